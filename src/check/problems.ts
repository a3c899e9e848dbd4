import { formatPlace } from '../core/index.ts';
import { expectedAt, isVaryingAt, type Lock } from '../lockfile/index.ts';
import { cutOff, isCutOff, type LockProblem, lateFiles, lockProblems } from '../lockfile/problems.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import {
  type Comparison,
  type Delta,
  type Difference,
  deltaBetween,
  diff,
  type ExpectedObject,
  expected,
  kindOf,
  type LockedObjects,
  lockObjects,
  type Texts,
  wholly,
} from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import { traitsOf } from '../schema/kinds.ts';
import type { Replayed } from '../shadow/index.ts';
/** One thing that is wrong, with the difference beneath it where there is one. */
export interface Problem {
  readonly file: string;
  readonly message: string;
  readonly remedy: string;
  readonly detail: readonly string[];
}

/** What a replay is held against. */
export interface Held {
  readonly set: MigrationSet;
  /** null where a new one is about to be written. */
  readonly lock: Lock | null;
  /** The versions that the lock knows so far. */
  readonly known: readonly Version[];
  readonly allowOutOfOrder: boolean;
  /** Patterns of objects that do not count. */
  readonly ignore: readonly string[];
  /** The readable text of what the lock expects. */
  readonly texts: Texts;
}

/** Everything in which files, lock and what a shadow made of them disagree. */
export function problemsOf(
  replayed: readonly Replayed[],
  { set, lock, known, allowOutOfOrder, ignore, texts }: Held,
): Problem[] {
  const undone = replayed.flatMap((step) => undoProblems(step, ignore));
  if (lock && isCutOff(lock, set)) return [...undone, asProblem(cutOff(lock, set))];
  return [
    ...undone,
    ...lateFiles(set, known, allowOutOfOrder).map(asProblem),
    ...(lock ? againstLock(lock, set, replayed, texts) : []),
  ];
}

/** A problem in words, with what to do. */
export const describeProblem = ({ file, message, detail, remedy }: Problem): string[] => [
  `${file}: ${message}`,
  ...detail.map((line) => `    ${line}`),
  `    → ${remedy}`,
];

/** A problem without a difference beneath it. */
export const asProblem = (problem: LockProblem): Problem => ({ ...problem, detail: [] });

/** A down file that fails, or does not bring back what was there before. */
export function undoProblems({ migration, before, undoing }: Replayed, ignore: readonly string[]): Problem[] {
  if (undoing.kind === 'none') return [];
  const file = migration.down?.source.path ?? migration.source.path;
  if (undoing.kind === 'failed') {
    const { place, message, detail = [] } = undoing.failure;
    const where = place?.line === undefined ? '' : ` in line ${place.line}`;
    return [{ file, message: `it fails${where}: ${message}`, remedy: orNone, detail }];
  }
  const { differences } = compare(lockObjects(before), undoing.schema, ignore, textsOf(before));
  // A column that is put back comes last: no SQL could place it where it was.
  const left = differences.filter(({ object }) => kindOf(object) !== 'column order');
  const detail = describeDifferences(wholly({ differences: left, unverified: [] }));
  const unlike = 'it does not restore the schema from before the migration';
  if (undoing.kind === 'undone')
    return left.length === 0 ? [] : [{ file, message: unlike, remedy: orNone, detail }];
  const { place, message, detail: excerpt = [] } = undoing.failure;
  const where = place === undefined ? '' : `${formatPlace(place)}: `;
  return [
    {
      file,
      message: `after it the migration cannot be applied again: ${where}${message}`,
      remedy: orNone,
      detail: left.length === 0 ? excerpt : [...excerpt, `${unlike}:`, ...detail],
    },
  ];
}

const orNone =
  'Correct it, or delete it: a migration without a down file cannot be undone. While no database has the migration, you can mark it instead: -- slipway: irreversible';

function againstLock(lock: Lock, set: MigrationSet, replayed: readonly Replayed[], texts: Texts): Problem[] {
  return [
    ...lockProblems(lock, set).map(asProblem),
    ...stepsOf(lock, replayed, texts).flatMap(({ migration, comparison }) =>
      comparison.differences.every(isOfServer) ? [] : [unlikeLock(migration, comparison)],
    ),
  ];
}

const unlikeLock = ({ kind, source }: Migration, comparison: Comparison): Problem => ({
  file: source.path,
  message:
    kind === 'baseline'
      ? 'the schema after the baseline is not what the lock expects'
      : 'the schema after it is not what the lock expects',
  remedy: otherwise,
  detail: describeDifferences(wholly({ ...comparison, unverified: [] })),
});

/** Whether it is in what each server brings by itself: files and lock do not disagree by it. */
export const isOfServer = ({ object }: Difference): boolean => traitsOf(kindOf(object)).isOfServer === true;

/**
 * What does not make files and lock disagree, of the schema at head: what each server brings by itself, and the facets
 * that this one spells otherwise or cannot have.
 */
export function remarksOn(lock: Lock, replayed: readonly Replayed[], texts: Texts): Comparison {
  const head = replayed.at(-1);
  if (!head) return { differences: [], unverified: [] };
  const { differences, unverified } = diff(expectedAt(lock, head.migration.version), head.after, {
    ignore: lock.options.ignore,
    texts,
    accepted: {},
  });
  return { differences: differences.filter(isOfServer), unverified };
}

/**
 * How what each file makes differs from what the lock says that it makes, of the objects that either names. What the
 * lock does not list is left out.
 */
function stepsOf(
  lock: Lock,
  replayed: readonly Replayed[],
  texts: Texts,
): { readonly migration: Migration; readonly comparison: Comparison }[] {
  const options = { ignore: lock.options.ignore, texts, accepted: {} };
  const isVarying = isVaryingAt(lock, replayed.at(-1)?.migration.version ?? '');
  const known = new Map<string, ExpectedObject>();
  return replayed.flatMap(({ migration, before, after }) => {
    const isBaseline = migration.kind === 'baseline';
    const nothing = { added: {}, changed: {}, removed: [] };
    const locked = isBaseline
      ? { ...nothing, added: lock.baseline.objects }
      : lock.migrations[migration.version]?.delta;
    if (!locked) return [];
    const made = isBaseline ? { ...nothing, added: lockObjects(after) } : deltaBetween(before, after);
    for (const name of locked.removed) known.delete(name);
    for (const [name, object] of Object.entries({ ...locked.added, ...locked.changed }))
      known.set(name, expected(object));
    const touched = [...new Set([...touchedBy(locked), ...touchedBy(made)])];
    const { unverified, differences } = diff(among(touched, known), among(touched, after), options);
    return [
      {
        migration,
        comparison: {
          unverified,
          differences: differences.filter(({ kind, object }) => kind !== 'extra' || !isVarying(object)),
        },
      },
    ];
  });
}

const touchedBy = ({ added, changed, removed }: Delta): string[] => [
  ...Object.keys(added),
  ...Object.keys(changed),
  ...removed,
];

const among = <T>(names: readonly string[], objects: ReadonlyMap<string, T>): Map<string, T> =>
  new Map(
    names.flatMap((name) => {
      const object = objects.get(name);
      return object === undefined ? [] : [[name, object] as const];
    }),
  );

const otherwise =
  'The lock was made from other files, or edited: run slipway check --write, and see what changes in it.';

const compare = (
  objects: LockedObjects,
  actual: Snapshot,
  ignore: readonly string[],
  texts: Texts,
): Comparison =>
  diff(new Map(Object.entries(objects).map(([name, object]) => [name, expected(object)])), actual, {
    ignore,
    texts,
    accepted: {},
  });

const textsOf =
  (snapshot: Snapshot): Texts =>
  (object) =>
    snapshot.get(object) ?? null;
