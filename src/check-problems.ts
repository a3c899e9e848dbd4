import { type Comparison, diff, kindOf, type Texts } from './diff.ts';
import { describeDifferences } from './diff-text.ts';
import { cutOff, isCutOff, type LockProblem, lateFiles, lockProblems } from './lock-problems.ts';
import {
  type Delta,
  deltaBetween,
  expected,
  type Lock,
  type LockedObjects,
  lockObjects,
} from './lockfile.ts';
import type { MigrationSet, Version } from './model.ts';
import type { Replayed } from './replay.ts';
import type { Snapshot } from './snapshot/snapshot.ts';

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
  /** The readable text of what the lock expects. */
  readonly texts: Texts;
}

/** Everything in which files, lock and what a shadow made of them are not of one mind; pure. */
export function problemsOf(
  replayed: readonly Replayed[],
  { set, lock, known, allowOutOfOrder, texts }: Held,
): Problem[] {
  const undone = replayed.flatMap(wrongUndo);
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

/** A down file that does not bring back what was there before. */
function wrongUndo({ migration, before, undone }: Replayed): Problem[] {
  if (undone === null) return [];
  const { differences, unverified } = compare(lockObjects(before), undone, [], textsOf(before));
  // A column that is put back comes last: no SQL could place it where it was.
  const comparison = {
    unverified,
    differences: differences.filter(({ object }) => kindOf(object) !== 'column order'),
  };
  return comparison.differences.length === 0
    ? []
    : [
        {
          file: migration.down?.source.path ?? migration.source.path,
          message: 'it does not restore what was there before the migration',
          remedy: 'Correct it, or mark the migration as irreversible: -- slipway: irreversible',
          detail: describeDifferences(comparison),
        },
      ];
}

function againstLock(lock: Lock, set: MigrationSet, replayed: readonly Replayed[], texts: Texts): Problem[] {
  const problems = lockProblems(lock, set).map(asProblem);
  for (const { migration, before, after } of replayed) {
    if (migration.kind === 'baseline') {
      const comparison = compare(lock.baseline.objects, after, lock.options.ignore, texts);
      if (comparison.differences.length > 0) {
        problems.push({
          file: migration.source.path,
          message: 'the baseline does not make what the lock says',
          remedy: otherwise,
          detail: describeDifferences(comparison),
        });
      }
      continue;
    }
    const locked = lock.migrations[migration.version];
    const delta = deltaBetween(before, after);
    if (locked && JSON.stringify(sorted(locked.delta)) !== JSON.stringify(sorted(delta))) {
      problems.push({
        file: migration.source.path,
        message: 'it does not do what the lock says',
        remedy: otherwise,
        detail: describeDeltas(locked.delta, delta, after),
      });
    }
  }
  return problems;
}

const otherwise =
  'The lock was written of other files, or on another server: slipway check --write, and see what changes in it.';

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

function sorted({ added, changed, removed }: Delta): unknown {
  const entries = (objects: LockedObjects): unknown =>
    Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1));
  return [entries(added), entries(changed), [...removed].sort()];
}

function describeDeltas(locked: Delta, made: Delta, after: Snapshot): string[] {
  const was: LockedObjects = { ...locked.added, ...locked.changed };
  const is: LockedObjects = { ...made.added, ...made.changed };
  const text = (name: string): string => after.get(name)?.text ?? '';
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return [
    ...names.flatMap((name) => {
      if (is[name] === undefined)
        return `- ${name}: the lock has it changed or made, the file does not do it`;
      if (was[name] === undefined) return `+ ${name}: not in the lock; the file makes it ${text(name)}`;
      if (JSON.stringify(was[name]) === JSON.stringify(is[name])) return [];
      return `~ ${name}: not as in the lock; the file makes it ${text(name)}`;
    }),
    ...locked.removed
      .filter((name) => !made.removed.includes(name))
      .map((name) => `- ${name}: the lock has it removed, the file leaves it`),
    ...made.removed
      .filter((name) => !locked.removed.includes(name))
      .map((name) => `+ ${name}: the file removes it, the lock does not know`),
  ];
}
