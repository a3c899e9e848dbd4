import { writeFileSync } from 'node:fs';
import { type Comparison, diff, type Texts } from '../diff.ts';
import { describeDifferences } from '../diff-text.ts';
import { exitCodes, SlipwayError } from '../errors.ts';
import {
  type Delta,
  deltaBetween,
  expected,
  formatLock,
  type Lock,
  type LockedObjects,
  type LockOptions,
  lockFormat,
  lockObjects,
  lockProblems,
} from '../lockfile.ts';
import type { MigrationSet } from '../model.ts';
import { type Replayed, replay } from '../replay.ts';
import { withShadow } from '../shadow.ts';
import { type Snapshot, snapshotFormat } from '../snapshot/snapshot.ts';
import { type Carried, readCarried } from '../start.ts';
import { formatTexts, textsPath } from '../texts.ts';
import type { Command, Context } from './command.ts';

/** One thing that is wrong, with the difference beneath it where there is one. */
interface Problem {
  readonly file: string;
  readonly message: string;
  readonly detail: readonly string[];
}

export const check: Command = {
  summary: 'prove on a shadow database that files, lock and baseline agree',
  positionals: '',
  options: { write: { type: 'boolean', summary: 'renew the lock file and the readable snapshot beside it' } },
  description:
    'Replays the baseline and every migration on a shadow database, undoes what can be undone, and compares each step with the lock file. Ends with 1 and the difference where something does not hold. The shadow is a temporary database on SLIPWAY_SHADOW_URL, or an embedded PostgreSQL.',
  async run(context) {
    const startedAt = performance.now();
    const carried = readCarriedFor(context);
    const replayed = await withShadow(context, (shadow) =>
      replay(context, shadow, carried.set, carried.lock?.options.privileges ?? false),
    );
    const undoProblems = replayed.flatMap(wrongUndo);
    const problems = context.flags.write
      ? undoProblems
      : [...undoProblems, ...againstLock(carried, replayed)];
    const ms = Math.round(performance.now() - startedAt);
    if (problems.length > 0) {
      if (context.isJson) context.print(JSON.stringify({ ok: false, problems, ms }));
      else context.print(problems.flatMap(describe).join('\n'));
      return exitCodes.no.code;
    }
    if (context.flags.write) write(context, carried, replayed);
    const versions = replayed.length;
    if (context.isJson) context.print(JSON.stringify({ ok: true, versions, head: carried.set.head, ms }));
    else
      context.print(
        `${versions} versions replayed, head is ${carried.set.head}: files, lock and baseline agree (${ms} ms)`,
      );
    return exitCodes.ok.code;
  },
};

/** With --write a lock that cannot be read, or is not there, is no obstacle: it is made anew. */
function readCarriedFor(context: Context): Carried {
  const { config, flags } = context;
  if (!flags.write) {
    const carried = readCarried(config);
    if (carried.lock) return carried;
    throw new SlipwayError({
      exit: 'files',
      place: { file: config.lockfile },
      message: 'there is no lock file',
      remedy: 'Make it: slipway check --write; then commit it.',
    });
  }
  try {
    return readCarried(config);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.failure.place?.file !== config.lockfile) throw error;
    throw new SlipwayError(
      {
        ...error.failure,
        remedy: `${error.failure.remedy} What it says of superseded versions and options is lost if you delete it first.`,
      },
      { cause: error },
    );
  }
}

/** A down file that does not bring back what was there before. */
function wrongUndo({ migration, before, undone }: Replayed): Problem[] {
  if (undone === null) return [];
  const comparison = compare(lockObjects(before), undone, [], textsOf(before));
  return comparison.differences.length === 0
    ? []
    : [
        {
          file: migration.down?.source.path ?? migration.source.path,
          message: 'it does not restore what was there before the migration',
          detail: describeDifferences(comparison),
        },
      ];
}

function againstLock({ set, lock }: Carried, replayed: readonly Replayed[]): Problem[] {
  if (!lock) return [];
  const problems: Problem[] = lockProblems(lock, set).map((problem) => ({ ...problem, detail: [] }));
  for (const { migration, before, after } of replayed) {
    if (migration.kind === 'baseline') {
      const comparison = compare(lock.baseline.objects, after, lock.options.ignore, textsOf(after));
      if (comparison.differences.length > 0) {
        problems.push({
          file: migration.source.path,
          message: 'the baseline does not make what the lock says',
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
        detail: describeDeltas(locked.delta, delta),
      });
    }
  }
  return problems;
}

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

function describeDeltas(locked: Delta, made: Delta): string[] {
  const list = (title: string, was: readonly string[], is: readonly string[]): string[] => [
    ...was
      .filter((name) => !is.includes(name))
      .map((name) => `${title} in the lock, not by the file: ${name}`),
    ...is
      .filter((name) => !was.includes(name))
      .map((name) => `${title} by the file, not in the lock: ${name}`),
  ];
  const hashes = (objects: LockedObjects): string[] =>
    Object.entries(objects).map(([name, hash]) => `${name} (${JSON.stringify(hash)})`);
  return [
    ...list('added', hashes(locked.added), hashes(made.added)),
    ...list('changed', hashes(locked.changed), hashes(made.changed)),
    ...list('removed', locked.removed, made.removed),
  ].map((line) => line.replace(/ \("[^"]*"\)$/, ''));
}

const describe = ({ file, message, detail }: Problem): string[] => [
  `${file}: ${message}`,
  ...detail.map((line) => `    ${line}`),
];

function write({ config, log }: Context, { set, lock }: Carried, replayed: readonly Replayed[]): void {
  const options: LockOptions = lock?.options ?? { ignore: [], privileges: false };
  const made = lockOf(set, replayed, options, config.app ?? lock?.app ?? 'default');
  writeFileSync(config.lockfile, formatLock(made));
  const head = replayed.at(-1);
  if (head) writeFileSync(textsPath(config.lockfile), formatTexts(set.head, head.after));
  log.info(
    { event: 'written', file: config.lockfile },
    `written: ${config.lockfile}, ${textsPath(config.lockfile)}`,
  );
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
