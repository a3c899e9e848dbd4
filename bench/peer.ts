import type { History } from './history.ts';

/** Where a run finds its database. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A program to be run, as spawn takes it. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What a failure leaves nothing of: one migration with the record of it, the whole run, or one migration, whose record
 * follows by itself.
 */
type Unit = 'migration' | 'run' | 'migration without its record';

/** How it is said of a tool that has another unit than a migration with its record. */
export const unitOf = ({ unit }: Peer): string =>
  ({
    migration: '',
    run: ', all in one transaction',
    'migration without its record': ', each record by itself',
  })[unit];

/** A migration tool, set up as its own documentation says. */
export interface Peer {
  /** As its users write it. */
  readonly name: string;
  readonly version: string;
  /** `binary` runs on no interpreter. */
  readonly runsOn: 'node' | 'python' | 'perl' | 'binary';
  readonly unit: Unit;
  /** Lays out a history in an empty folder, in the form that the tool wants. */
  readonly prepare: (folder: string, history: History) => void;
  /** What brings the target to head, where the folder was prepared; run once to apply, and again at head. */
  readonly command: (folder: string, target: Target) => Command;
}

/** A tool that cannot be run on this machine, and why. */
export interface Unavailable {
  readonly name: string;
  readonly why: string;
}

/** One of the two. */
export type Found = Peer | Unavailable;

export const isAvailable = (found: Found): found is Peer => 'command' in found;
