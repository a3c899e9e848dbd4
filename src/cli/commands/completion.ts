import { quotedValue } from '../../config/index.ts';
import { SlipwayError } from '../../core/index.ts';
import type { Printer } from '../command.ts';
import { isShell, scriptFor, shells } from '../completion.ts';
import { definitionOf } from '../definition.ts';

export const completion: Printer = {
  summary: 'print a script that completes commands and options in a shell',
  positionals: 'SHELL',
  options: {},
  description:
    'In ~/.bashrc: source <(slipway completion bash). In ~/.zshrc, after compinit: source <(slipway completion zsh). In ~/.config/fish/config.fish: slipway completion fish | source.',
  async print({ positionals, commands }) {
    const [shell = ''] = positionals;
    if (isShell(shell)) return scriptFor(shell, await definitionOf(commands));
    throw new SlipwayError({
      exit: 'usage',
      message:
        shell === ''
          ? 'completion needs the name of a shell'
          : `no completion for the shell ${quotedValue(shell)}`,
      remedy: `Known are ${shells.join(', ')}.`,
    });
  },
};
