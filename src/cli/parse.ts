import { parseArgs } from 'node:util';
import { quotedValue, settings, suggest } from '../config/index.ts';
import { exitCodes, SlipwayError, version } from '../core/index.ts';
import type { Command, Printer } from './command.ts';
import { definitionOf } from './definition.ts';
import { helpForAll, helpForCommand } from './help.ts';
import { aliases, commands } from './table.ts';

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'print'; readonly text: string; readonly exit: number }
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly command: Command;
      /** Of the command's own options, those that were given. */
      readonly flags: Flags;
      /** The settings that were given by option. */
      readonly settings: Flags;
      readonly positionals: readonly string[];
    };

type Flags = Readonly<Record<string, string | boolean | undefined>>;

type Options = Record<string, { type: 'boolean' | 'string'; short?: string; multiple?: boolean }>;

const common: Options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  json: { type: 'boolean' },
  debug: { type: 'boolean' },
};

/** Of options of one letter written as one word; `parseArgs` takes minutes for a group as long as argv allows. */
const longestGroup = 100;

/**
 * Reads the command line (without the program's own name).
 *
 * @throws SlipwayError (64) for an unknown command or option, or more words than the command takes.
 */
export async function parseCommandLine(argv: readonly string[]): Promise<CommandLine> {
  const long = argv.find((word) => /^-[^-]/.test(word) && word.length > longestGroup);
  if (long !== undefined) throw usage(`unknown option ${shown(long)}`, 'slipway --help lists them.');
  const at = argv.findIndex((word) => !word.startsWith('-'));
  const first = at === -1 ? undefined : argv[at];
  if (first === undefined) {
    if (argv.includes('--version'))
      return { kind: 'print', text: `slipway ${version}`, exit: exitCodes.ok.code };
    const isAsked = argv.includes('--help') || argv.includes('-h');
    const unknown = argv.find((word) => !['--help', '-h', '--json', '--debug'].includes(word));
    if (unknown)
      throw usage(
        `unknown option ${shown(unknown)}`,
        'Write an option after the name of its command: slipway --help',
      );
    return {
      kind: 'print',
      text: helpForAll(await definitionOf(commands)),
      exit: isAsked ? exitCodes.ok.code : exitCodes.usage.code,
    };
  }
  const before = argv.slice(0, at);
  const expand = Object.hasOwn(aliases, first) ? aliases[first] : undefined;
  const [name = first, ...expanded] = expand?.(argv.slice(at + 1)) ?? argv.slice(at);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    if (isProgram(name)) {
      throw usage(
        `${quotedValue(name)} is no command of Slipway`,
        `The image starts slipway already${isShell(name) ? ', and has no shell' : ''}: give only what comes after it, such as \`docker run IMAGE up\` or \`command: [up]\`.`,
      );
    }
    const near = suggest(name, [...Object.keys(commands), ...Object.keys(aliases)]);
    throw usage(
      `unknown command ${quotedValue(name)}`,
      `${near ? `Is it \`${near}\`? ` : ''}slipway --help lists them.`,
    );
  }
  const command = await load();
  const { values, positionals } = parse(name, command, [...before, ...expanded]);
  const print = (text: string): CommandLine => ({ kind: 'print', text, exit: exitCodes.ok.code });
  if (values.help) return print(await helpOf(name));
  if (values.version) return print(`slipway ${version}`);
  const unexpected = positionals[mostWords(command.positionals)];
  if (unexpected !== undefined) {
    throw usage(
      `unexpected argument ${quotedValue(unexpected)}: ${name} takes ${command.positionals || 'none'}`,
      `slipway ${name} --help says what it takes.`,
    );
  }
  if ('print' in command)
    return print(await command.print({ positionals, isJson: values.json === true, commands }));
  const among = (wanted: (option: string) => boolean): Flags =>
    Object.fromEntries(Object.entries(values).filter(([option]) => wanted(option)));
  const flags = among((option) => Object.hasOwn(command.options, option));
  const shared = among((option) => settings.some(({ flag }) => flag === `--${option}`));
  return { kind: 'run', name, command, flags, settings: shared, positionals };
}

/** How many words may follow a command, by what its help says of them: `''`, `FILE`, `[NAME...]`. */
const mostWords = (positionals: string): number =>
  positionals.includes('...') ? Number.POSITIVE_INFINITY : positionals.split(' ').filter(Boolean).length;

async function helpOf(name: string): Promise<string> {
  const definition = await definitionOf(commands);
  const command = definition.commands.find((one) => one.name === name);
  return command ? helpForCommand(command, definition) : helpForAll(definition);
}

/** What people put first who do not know that the image has an entrypoint. */
const isProgram = (word: string): boolean =>
  isShell(word) || /^(?:\S*\/)?(?:slipway(?:\.js)?|node|npx|npm|pg-slipway)$/.test(word);

const isShell = (word: string): boolean => /^(?:\S*\/)?(?:sh|bash|ash|dash|zsh)$/.test(word);

function parse(
  name: string,
  command: Command | Printer,
  args: readonly string[],
): { values: Record<string, string | boolean | undefined>; positionals: string[] } {
  const own = Object.entries(command.options).map(
    ([option, { type, isList = false }]) => [option, { type, multiple: isList }] as const,
  );
  const shared = settings.flatMap(({ flag, placeholder }) =>
    flag === null
      ? []
      : [[flag.slice(2), { type: placeholder === null ? 'boolean' : 'string' } as const] as const],
  );
  const options: Options = { ...common, ...Object.fromEntries(shared), ...Object.fromEntries(own) };
  try {
    const { values, positionals } = parseArgs({
      args: withNegatives(args, options),
      options,
      allowPositionals: true,
      strict: true,
    });
    const joined = Object.entries(values).map(([option, value]) => [
      option,
      Array.isArray(value) ? value.join(',') : value,
    ]);
    return {
      values: Object.fromEntries(joined) as Record<string, string | boolean | undefined>,
      positionals,
    };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const unknown = /'(--?[^' ]+)/.exec(message)?.[1] ?? '';
    const isUnknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    const near = isUnknown
      ? suggest(
          unknown,
          Object.keys(options).map((option) => `--${option}`),
        )
      : null;
    const lacking = /^Option '(?:-\w, )?(--[\w-]+) <value>' argument (?:is ambiguous|missing)/.exec(
      message,
    )?.[1];
    if (lacking !== undefined)
      throw usage(
        `${name}: ${lacking} lacks its value`,
        `Write it after the option; one that begins with a dash as ${lacking}=VALUE. slipway ${name} --help lists them.`,
      );
    throw usage(
      isUnknown ? `${name} has no option ${shown(unknown)}` : `${name}: ${message}`,
      `${near ? `Is it ${near}? ` : ''}slipway ${name} --help lists them.`,
    );
  }
}

/** A negative number after an option that takes a value is its value: no option begins so. */
function withNegatives(args: readonly string[], options: Options): string[] {
  const joined: string[] = [];
  for (const word of args) {
    const option = joined.at(-1)?.replace(/^--/, '') ?? '';
    const isValue =
      /^-\d/.test(word) && joined.at(-1) === `--${option}` && options[option]?.type === 'string';
    if (isValue) joined.push(`${joined.pop()}=${word}`);
    else joined.push(word);
  }
  return joined;
}

/** A word without the quotes that `quote` puts around it: a password may stand where a word was meant. */
const shown = (word: string): string => quotedValue(word).replace(/^"(.*)"$/, '$1');

const usage = (message: string, remedy: string): SlipwayError =>
  new SlipwayError({ exit: 'usage', message, remedy });
