import { quotedValue, suggest } from '../../config/index.ts';
import { SlipwayError } from '../../core/index.ts';
import type { Printer } from '../command.ts';
import { definitionOf } from '../definition.ts';
import { helpForAll, helpForCommand } from '../help.ts';

export const help: Printer = {
  summary: 'say what there is, or what a command takes; with --json as data',
  positionals: '[COMMAND]',
  options: {},
  description:
    'Prints what `slipway --help` prints, or with a command what `slipway COMMAND --help` prints. With --json it prints the whole command line as data: commands, options, settings and exit codes.',
  async print({ positionals, isJson, commands }) {
    const definition = await definitionOf(commands);
    if (isJson) return JSON.stringify(definition);
    const [name] = positionals;
    if (name === undefined) return helpForAll(definition);
    const command = definition.commands.find((one) => one.name === name);
    if (command) return helpForCommand(command, definition);
    const near = suggest(name, Object.keys(commands));
    throw new SlipwayError({
      exit: 'usage',
      message: `unknown command ${quotedValue(name)}`,
      remedy: `${near ? `Is it \`${near}\`? ` : ''}slipway --help lists them.`,
    });
  },
};
