import type { Request } from '../app/index.ts';
import type { SlipwayError } from '../core/index.ts';
import type { ReportContent } from '../report/index.ts';

/** One option of a command's own, in the manner of `util.parseArgs`. */
interface CommandOption {
  readonly type: 'boolean' | 'string';
  /** What stands for its value in `--help`. */
  readonly placeholder?: string;
  /** Whether it may be given several times; its values come joined by commas. */
  readonly isList?: true;
  readonly summary: string;
}

/** The options of a command, by their names without dashes. */
export type CommandOptions = Readonly<Record<string, CommandOption>>;

type ValueOf<Type extends CommandOption['type']> = Type extends 'boolean' ? boolean : string;

/** What a command line gives of a command's options. */
export type FlagsOf<Options extends CommandOptions> = {
  readonly [Name in keyof Options]?: ValueOf<Options[Name]['type']> | undefined;
};

interface Described<Options extends CommandOptions> {
  readonly summary: string;
  /** What follows the command's name, e.g. `NAME`; empty for none. */
  readonly positionals: string;
  readonly options: Options;
  /** A paragraph for `slipway COMMAND --help`. */
  readonly description: string;
}

export interface Command<Options extends CommandOptions = CommandOptions> extends Described<Options> {
  /** Whether it goes on until somebody ends it: it has no deadline. */
  readonly isEndless?: true;
  /** Runs the command; returns its exit code. Throws SlipwayError for what went wrong. */
  run(context: Context<FlagsOf<Options>>): Promise<number>;
}

/** A command that prints a text about Slipway itself, and so needs no settings. */
export interface Printer extends Described<CommandOptions> {
  /** @throws SlipwayError (64) for what it cannot print. */
  print(request: PrintRequest): Promise<string>;
}

interface PrintRequest {
  readonly positionals: readonly string[];
  readonly isJson: boolean;
  readonly commands: Commands;
}

/** Commands by name; each is loaded when it is asked for. */
export type Commands = Readonly<Record<string, () => Promise<Command | Printer>>>;

/** A command whose flags have the types that its options say. */
export const command = <const Options extends CommandOptions>(one: Command<Options>): Command<Options> => one;

/** What a command may use of the process it runs in. */
export interface Context<Flags extends object = object> extends Request<Flags> {
  readonly positionals: readonly string[];
  readonly isJson: boolean;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Aborts `signal` with this reason. */
  abort(reason: unknown): void;
  /**
   * Lets a command deal with errors that nobody waits for: those that a migration module lets happen, its
   * `process.exit()` among them. Null: such an error ends the process.
   */
  onStray(handler: ((error: SlipwayError) => void) | null): void;
  /** Writes the command's result, a line or several, to stdout; what `styler` marked is emphasised on a terminal. */
  print(text: string): void;
  /** Writes a file's text to stdout as it is; on a terminal so that nothing in it is obeyed there. */
  printFile(text: string): void;
  /** Leaves what a run came to where a container's engine searches for it: one line, and details as far as they fit. */
  writeTerminationMessage(first: string, details: readonly string[]): void;
  /** Takes in, part by part, what a report of the run is to say; null where none is written. */
  readonly report: { add(content: ReportContent): void } | null;
}

/** The option of a command that gives its context's `report` what to say. */
export const reportOption = {
  report: {
    type: 'string',
    placeholder: 'FILE',
    isList: true,
    summary:
      'write a report as Markdown, or where FILE ends in .html as one page; may be given several times; -: to stdout, in place of the result',
  },
} as const satisfies CommandOptions;
