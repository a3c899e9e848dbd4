import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Comparison, diff, kindOf, type Texts } from '../diff.ts';
import { describeDifferences } from '../diff-text.ts';
import { exitCodes, SlipwayError } from '../errors.ts';
import { readMigrationSet } from '../files.ts';
import { type LockProblem, lateFiles, lockProblems } from '../lock-problems.ts';
import { type Kept, readKept } from '../lock-renewal.ts';
import {
  type Delta,
  deltaBetween,
  expected,
  formatLock,
  type Lock,
  type LockedObjects,
  type LockOptions,
  lockedVersions,
  lockFormat,
  lockObjects,
  readLock,
} from '../lockfile.ts';
import type { MigrationSet } from '../model.ts';
import { type Replayed, replay } from '../replay.ts';
import { withShadow } from '../shadow.ts';
import { type Snapshot, snapshotFormat } from '../snapshot/snapshot.ts';
import { formatTexts, readTexts, textsPath } from '../texts.ts';
import type { Command, Context } from './command.ts';

/** One thing that is wrong, with the difference beneath it where there is one. */
interface Problem {
  readonly file: string;
  readonly message: string;
  readonly remedy: string;
  readonly detail: readonly string[];
}

/** The files, and what is known of them. */
interface Matter {
  readonly set: MigrationSet;
  /** What the files are held against; null with --write. */
  readonly lock: Lock | null;
  readonly kept: Kept | null;
}

export const check: Command = {
  summary: 'prove on a shadow database that files, lock and baseline agree',
  positionals: '',
  options: { write: { type: 'boolean', summary: 'renew the lock file and the readable snapshot beside it' } },
  description:
    'Replays the baseline and every migration on a shadow database, undoes what can be undone, and compares each step with the lock file. Ends with 1 and the difference where something does not hold. The shadow is a temporary database on SLIPWAY_SHADOW_URL, or an embedded PostgreSQL.',
  async run(context) {
    const startedAt = performance.now();
    const matter = readMatter(context);
    const { set, lock, kept } = matter;
    const replayed = await withShadow(context, (shadow) =>
      replay(context, shadow, set, kept?.options.privileges ?? false),
    );
    const problems = [
      ...replayed.flatMap(wrongUndo),
      ...lateFiles(set, kept?.versions ?? [], context.config.allowOutOfOrder).map(asProblem),
      ...(lock ? againstLock(lock, set, replayed, readTexts(context.config.lockfile)) : []),
    ];
    const ms = Math.round(performance.now() - startedAt);
    if (problems.length > 0) {
      if (context.isJson) context.print(JSON.stringify({ ok: false, problems, ms }));
      else context.print(problems.flatMap(describe).join('\n'));
      return exitCodes.no.code;
    }
    if (context.flags.write) write(context, matter, replayed);
    const versions = replayed.length;
    if (context.isJson) context.print(JSON.stringify({ ok: true, versions, head: set.head, ms }));
    else
      context.print(
        `${versions} versions replayed, head is ${set.head}: files, lock and baseline agree (${ms} ms)`,
      );
    return exitCodes.ok.code;
  },
};

/** @throws SlipwayError (65, 66, 83), also where there is no lock and none is to be written. */
function readMatter({ config, flags }: Context): Matter {
  const files = readMigrationSet(config);
  if (flags.write) {
    const kept = readKept(config.lockfile);
    return { set: { ...files, superseded: kept?.superseded ?? [] }, lock: null, kept };
  }
  const lock = readLock(config.lockfile);
  if (lock) {
    const { app, options, superseded } = lock;
    return {
      set: { ...files, superseded },
      lock,
      kept: { app, options, superseded, versions: lockedVersions(lock) },
    };
  }
  throw new SlipwayError({
    exit: 'files',
    place: { file: config.lockfile },
    message: 'there is no lock file',
    remedy: 'Make it: slipway check --write; then commit it.',
  });
}

const asProblem = (problem: LockProblem): Problem => ({ ...problem, detail: [] });

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

const describe = ({ file, message, detail, remedy }: Problem): string[] => [
  `${file}: ${message}`,
  ...detail.map((line) => `    ${line}`),
  `    → ${remedy}`,
];

function write({ config, log }: Context, { set, kept }: Matter, replayed: readonly Replayed[]): void {
  const options: LockOptions = kept?.options ?? { ignore: [], privileges: false };
  const made = lockOf(set, replayed, options, config.app ?? kept?.app ?? 'default');
  const head = replayed.at(-1);
  if (head) replaceFile(textsPath(config.lockfile), formatTexts(set.head, head.after));
  replaceFile(config.lockfile, formatLock(made));
  log.info(
    { event: 'written', file: config.lockfile },
    `written: ${config.lockfile}, ${textsPath(config.lockfile)}`,
  );
}

/** Writes a file whole or not at all. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new SlipwayError(
      {
        exit: 'files',
        place: { file: path },
        message: `it cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
        remedy: 'Make its folder writable, or name another file with SLIPWAY_LOCKFILE.',
      },
      { cause: error },
    );
  }
}

function lockOf(set: MigrationSet, replayed: readonly Replayed[], options: LockOptions, app: string): Lock {
  const first = replayed.find(({ migration }) => migration.kind === 'baseline');
  const before = replayed[0]?.before;
  const migrations = replayed
    .filter(({ migration }) => migration.kind === 'migration')
    .map(({ migration: { version, source, down }, before, after }) => [
      version,
      { checksum: source.checksum, down: down?.source.checksum ?? null, delta: deltaBetween(before, after) },
    ]);
  return {
    format: lockFormat,
    snapshotFormat,
    app,
    options,
    baseline: {
      version: set.baseline?.version ?? null,
      checksum: set.baseline?.source.checksum ?? null,
      objects: first ? lockObjects(first.after) : before ? lockObjects(before) : {},
    },
    migrations: Object.fromEntries(migrations),
    superseded: set.superseded,
  };
}
