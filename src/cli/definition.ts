import { connectionSettings, settings } from '../config/index.ts';
import { exitCodes, version } from '../core/index.ts';
import type { Commands } from './command.ts';

export interface OptionDefinition {
  /** With its dashes. */
  readonly option: string;
  /** What stands for its value; null where it takes none. */
  readonly value: string | null;
  readonly isList: boolean;
  readonly summary: string;
}

export interface CommandDefinition {
  readonly name: string;
  readonly positionals: string;
  readonly summary: string;
  readonly description: string;
  /** Its own; those of every command stand beside the commands. */
  readonly options: readonly OptionDefinition[];
}

export interface SettingDefinition {
  readonly variable: string;
  /** The option that sets it, on every command; null where there is none. */
  readonly option: string | null;
  readonly value: string | null;
  /** As text; empty where there is none. */
  readonly default: string;
  readonly isSecret: boolean;
  /** Whether it says how the server is reached. */
  readonly isConnection: boolean;
  readonly summary: string;
}

/** The command line as data: help, completion and docs/commands.md are made of it. */
export interface Definition {
  readonly program: 'slipway';
  readonly version: string;
  readonly commands: readonly CommandDefinition[];
  readonly options: readonly OptionDefinition[];
  readonly settings: readonly SettingDefinition[];
  readonly exitCodes: readonly {
    readonly code: number;
    readonly name: string;
    readonly meaning: string;
    readonly again: boolean;
  }[];
}

const common = (option: string, summary: string): OptionDefinition => ({
  option,
  value: null,
  isList: false,
  summary,
});

/** Describes the command line that these commands make. */
export async function definitionOf(commands: Commands): Promise<Definition> {
  return {
    program: 'slipway',
    version,
    commands: await Promise.all(
      Object.entries(commands).map(async ([name, load]): Promise<CommandDefinition> => {
        const { positionals, summary, description, options } = await load();
        return {
          name,
          positionals,
          summary,
          description,
          options: Object.entries(options).map(([option, { placeholder, isList = false, summary }]) => ({
            option: `--${option}`,
            value: placeholder ?? null,
            isList,
            summary,
          })),
        };
      }),
    ),
    options: [
      common('--json', 'the result as JSON on stdout; the log stays on stderr'),
      common('--debug', 'log everything, with stack traces'),
      common('--help', 'this text, or that of a command'),
      common('--version', 'the version'),
    ],
    settings: settings.map((setting) => ({
      variable: setting.variable,
      option: setting.flag,
      value: setting.placeholder,
      default: setting.fallback,
      isSecret: setting.isSecret,
      isConnection: connectionSettings.includes(setting),
      summary: setting.summary,
    })),
    exitCodes: Object.entries(exitCodes).map(([name, exit]) => ({ name, ...exit })),
  };
}
