import { type LockLimit, type LockMode, noAllowance, type TableWork } from '../core/index.ts';
import {
  allowsAll,
  blockedBy,
  describeExcess,
  effectInWords,
  excessOf,
  fileImpact,
  type ImpactText,
  locksInWords,
  parseImpact,
  type StatementImpact,
  safeWayOf,
} from '../impact/index.ts';
import type { Migration, Version } from '../migrations/index.ts';
import type { Replayed } from '../shadow/index.ts';
import { linesOf } from '../sql/index.ts';
import type { Problem } from './problems.ts';

/** What one statement of a new file does to the tables that were there before, as a result shows it. */
export interface StatementLocks {
  readonly version: Version;
  readonly file: string;
  /** Where the statement begins, from 1. */
  readonly line: number;
  readonly relations: readonly {
    readonly relation: string;
    readonly lock: LockMode;
    /** `scan`: it is read as a whole; `rewrite`: it is written anew. */
    readonly work: TableWork;
  }[];
  readonly blocks: { readonly reads: boolean; readonly writes: boolean };
  /** Whether it reads or rewrites a whole table while nobody else can write to it. */
  readonly isLong: boolean;
  /** What it locks, blocks and waits for, a sentence each. */
  readonly words: readonly string[];
  /** How the same is done with less; null where there is no need. */
  readonly safeWay: string | null;
}

/** The statements that were measured, of those that block somebody or read a whole table. */
export const statementLocks = (replayed: readonly Replayed[]): StatementLocks[] =>
  replayed.flatMap(({ migration, measured }) => {
    if (measured?.kind !== 'measured') return [];
    const lineOf = linesOf(migration.source);
    return measured.statements.flatMap((statement) => locksOf(migration, statement, lineOf(statement.start)));
  });

function locksOf(
  { version, source, format }: Migration,
  statement: StatementImpact,
  line: number,
): StatementLocks[] {
  const locks = locksInWords(statement);
  if (locks.length === 0) return [];
  const { relations } = statement;
  const effect = effectInWords(statement);
  const blocked = relations.map(({ mode }) => blockedBy(mode));
  // What a module does is measured as a whole: no statement of it is known.
  const text = format === 'sql' ? source.text.slice(statement.start, statement.end) : '';
  return [
    {
      version,
      file: source.path,
      line,
      relations: relations.map(({ relation, mode, work }) => ({ relation, lock: mode, work })),
      blocks: { reads: blocked.some(({ reads }) => reads), writes: blocked.some(({ writes }) => writes) },
      isLong: relations.some(({ mode, work }) => work !== 'none' && blockedBy(mode).writes),
      words: [...locks, ...(effect === null ? [] : [effect])],
      safeWay: safeWayOf(statement, text),
    },
  ];
}

/** A file of which nobody can tell what it locks. */
export interface UntoldLocks {
  readonly version: Version;
  readonly file: string;
  readonly reason: string;
}

/** The files that were to be measured and could not be. */
export const untoldLocks = (replayed: readonly Replayed[]): UntoldLocks[] =>
  replayed.flatMap(({ migration: { version, source }, measured }) =>
    measured?.kind === 'unknown' ? [{ version, file: source.path, reason: measured.reason }] : [],
  );

/** The same in words. */
export const describeUntold = ({ reason }: UntoldLocks): string => `What it locks cannot be told: ${reason}`;

/** What files are held against. */
interface LimitChecked {
  readonly limit: LockLimit | null;
  /** What an older lock says that a file locks which was not measured; null: that file is not held against the limit. */
  readonly keptImpactOf: (migration: Migration) => ImpactText | null;
}

/** The files that lock more than a limit, and more than they allow themselves. */
export function limitProblems(
  replayed: readonly Replayed[],
  { limit, keptImpactOf }: LimitChecked,
): Problem[] {
  if (limit === null) return [];
  return replayed.flatMap(({ migration, measured }): Problem[] => {
    const { allow = noAllowance } = migration.directives;
    if (allowsAll(allow)) return [];
    const { path: file } = migration.source;
    if (measured?.kind === 'unknown') {
      return [
        {
          file,
          message: `what it locks cannot be told, and SLIPWAY_MAX_LOCK is set: ${measured.reason}`,
          remedy: 'If it may lock everything, let the file say: -- slipway: allow access-exclusive, rewrite',
          detail: [],
        },
      ];
    }
    const kept = measured === null ? keptImpactOf(migration) : null;
    const impact = measured === null ? kept && parseImpact(kept) : fileImpact(measured.statements);
    const excess = impact === null ? [] : excessOf(impact, limit, allow);
    return excess.length === 0 ? [] : [{ file, ...describeExcess(excess, limit), detail: [] }];
  });
}

/** What a statement locks, blocks and waits for, and how it is done with less. */
export const describeLocks = ({ words, safeWay }: StatementLocks): string =>
  `${words.join('; ')}${safeWay === null ? '' : `. ${safeWay}`}`;

/** The same as a line of what is said of its file. */
export const lineOfLocks = (one: StatementLocks): string => `Line ${one.line}: ${describeLocks(one)}`;
