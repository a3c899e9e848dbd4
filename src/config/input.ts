import type { Container } from '../core/index.ts';

/** What decides whether a file is safe from others. */
export interface FileMode {
  readonly mode: number;
  /** The number of its owner. */
  readonly uid: number;
}

/** All that configuration is read from; nothing else is inspected. */
export interface ConfigInput {
  /** The parsed command line, keys as in `settings`' `flag`, without dashes. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file's text; null when there is no such file; throws the error of `node:fs` otherwise. */
  readonly readFile: (path: string) => string | null;
  /** A file's permissions, links followed; null where there is no such file, or it cannot be told. */
  readonly modeOf: (path: string) => FileMode | null;
  /** The operating system's user; `uid` only serves messages about files that it cannot read. */
  readonly user: {
    readonly name: string | null;
    readonly home: string | null;
    readonly uid?: number | undefined;
  };
  /** What the program runs in, for messages about files that it cannot read. */
  readonly container?: Container | null | undefined;
  /** Whether stderr is a terminal. */
  readonly isTerminal: boolean;
}
