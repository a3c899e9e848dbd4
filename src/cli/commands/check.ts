import { prepareToWrite } from '../../app/index.ts';
import {
  againstProblems,
  asProblem,
  type Base,
  type Changing,
  changingIn,
  describeLocks,
  describeProblem,
  describeUntold,
  keptImpact,
  limitProblems,
  lineOfLocks,
  type Problem,
  type Proven,
  placeOfChanging,
  problemsOf,
  readAll,
  readBase,
  remarksOn,
  renewedLock,
  type StatementLocks,
  statementLocks,
  type UntoldLocks,
  untoldLocks,
} from '../../check/index.ts';
import {
  count,
  exitCodes,
  formatPlace,
  nowMs,
  Problems,
  printableName,
  SlipwayError,
} from '../../core/index.ts';
import { replaceFile } from '../../core/replace-file.ts';
import { type LockChanges, lockChanges } from '../../lockfile/changes.ts';
import {
  expectedAt,
  formatLock,
  formatTexts,
  isListedIn,
  type Lock,
  readTexts,
  requireLock,
  textsPath,
  withRetained,
} from '../../lockfile/index.ts';
import { type RetainedLock, readRetained, retainedIn } from '../../lockfile/merge.ts';
import { lockInZone } from '../../lockfile/zone.ts';
import { isInActions, redacting } from '../../log/index.ts';
import type { Migration, MigrationSet } from '../../migrations/index.ts';
import { isVersion } from '../../migrations/names.ts';
import type { Comparison } from '../../schema/compare/index.ts';
import { describeDifferences } from '../../schema/compare/text.ts';
import { platformFile, type Replayed, replay, replayElsewhere, withShadow } from '../../shadow/index.ts';
import { type CommandOptions, type Context, command, type FlagsOf, reportOption } from '../command.ts';
import type { ChangingPart, CheckAgrees, CheckDisagrees } from '../results.ts';
import { withProgress } from '../show-progress.ts';

/** The files, and what is known of them. */
interface CheckInput {
  readonly set: MigrationSet;
  /** What the files are held against; null with --write. */
  readonly lock: Lock | null;
  readonly kept: RetainedLock | null;
  /** The other lock that the files are held against; null where --against names none. */
  readonly base: Base | null;
  /** Whether to find out what the statements of a file lock. */
  readonly isMeasured: (migration: Migration) => boolean;
  /** Whether what the lock says of the files that are not measured is held against SLIPWAY_MAX_LOCK. */
  readonly isLimited: boolean;
}

const options = {
  write: { type: 'boolean', summary: 'renew the lock file and the readable snapshot beside it' },
  against: {
    type: 'string',
    placeholder: 'FILE',
    summary: 'compare the files with another lock as well, or with that of a git ref, e.g. origin/main',
  },
  since: {
    type: 'string',
    placeholder: 'VERSION',
    summary: 'tell what each statement locks from this version on, not only in files that the lock lacks',
  },
  ...reportOption,
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const check = command({
  summary: 'prove on a shadow database that files, lock and baseline agree',
  positionals: '',
  options,
  description:
    'Replays the baseline and every migration on a shadow database, undoes what can be undone, and compares each step with the lock file. Ends with 1 and the difference if something disagrees, with 65 if SQL fails. With --against it also ends with 1 if a version of the other lock is gone or was edited, or if a new version is not newer than its newest: databases of that branch would refuse it. The shadow is a temporary database on SLIPWAY_SHADOW_URL, or an embedded PostgreSQL.',
  run: (context) => withProgress(context, prove),
});

async function prove(context: Context<Flags>): Promise<number> {
  const startedAt = nowMs();
  const input = await readInput(context);
  const { set, lock, kept, base } = input;
  const { maxLock } = context.config;
  if (context.flags.write) prepareToWrite(context, written(context.config));
  const { replayed, elsewhere } = await replayAll(context, input);
  const { allowOutOfOrder, lockfile } = context.config;
  const here = lock && lockInZone(lock, replayed[0]?.zone ?? null);
  const problems = [
    ...problemsOf(replayed, {
      set,
      lock: here,
      known: kept?.versions ?? [],
      allowOutOfOrder,
      ignore: kept?.options.ignore ?? [],
      texts: readTexts(lockfile),
    }),
    ...(base ? againstProblems(base, set, allowOutOfOrder).map(asProblem) : []),
  ];
  const beyond = limitProblems(replayed, {
    limit: maxLock,
    keptImpactOf: (migration) => (input.isLimited ? keptImpact(kept, migration) : null),
  });
  problems.push(...beyond);
  const locks = statementLocks(replayed);
  const untold = untoldLocks(replayed);
  for (const one of locks) tellOfLocks(context, one);
  for (const one of untold) tellOfUntold(context, one);
  const measured = { ...(locks.length > 0 && { locks }), ...(untold.length > 0 && { untold }) };
  const ms = Math.round(nowMs() - startedAt);
  for (const one of replayed) tellOfPlatform(context, one);
  await report(context, input, { replayed, elsewhere, problems, locks, untold });
  if (problems.length > 0) {
    await annotateProblems(context, problems);
    if (context.isJson)
      context.print(
        JSON.stringify({
          ok: false,
          problems,
          ms,
          ...measured,
        } satisfies CheckDisagrees),
      );
    else context.print(problems.flatMap(describeProblem).join('\n'));
    const isFailing = replayed.some(({ undoing: { kind } }) => kind === 'failed' || kind === 'once');
    return (isFailing || beyond.length > 0 ? exitCodes.migration : exitCodes.no).code;
  }
  const changes = context.flags.write ? write(context, input, { set, replayed, elsewhere }) : {};
  const versions = replayed.length;
  const against = base ? { against: base.name } : {};
  const remarks = here ? remarksOn(here, replayed, readTexts(lockfile)) : null;
  if (context.isJson) {
    const head = { ok: true, versions, head: set.head, ms } as const;
    const agrees: CheckAgrees = {
      ...head,
      ...against,
      ...changes,
      ...measured,
      ...(remarks ? asJson(remarks) : {}),
    };
    context.print(JSON.stringify(agrees));
  } else {
    const agree = `${count(versions, 'version')} replayed, head is ${set.head}: files, lock and baseline agree${base ? `, and nothing of ${base.name} is lost` : ''} (${ms} ms)`;
    context.print([agree, ...(remarks ? describeDifferences(remarks) : [])].join('\n'));
  }
  return exitCodes.ok.code;
}

/** Gives a report what it says of the new files, where one is written. */
async function report(
  { report, config }: Context<Flags>,
  { kept, base, set }: CheckInput,
  found: Pick<Proven, 'replayed' | 'elsewhere'> & {
    readonly problems: readonly Problem[];
    readonly locks: readonly StatementLocks[];
    readonly untold: readonly UntoldLocks[];
  },
): Promise<void> {
  if (report === null) return;
  const { replayed, elsewhere, problems, locks, untold } = found;
  const { reviewOf } = await import('../../check/review.ts');
  const known = new Set(kept?.versions ?? []);
  report.add({
    problems,
    facts: [
      { label: 'head', value: set.head },
      { label: 'versions', value: String(replayed.length) },
      { label: 'compared with', value: base?.name ?? config.lockfile },
      ...(replayed[0] ? [{ label: 'shadow', value: `PostgreSQL ${replayed[0].major}` }] : []),
    ],
    outcome: { words: 'files, lock and baseline agree', isGood: true },
    ...reviewOf(replayed, {
      isKnown: base ? isListedIn(base.lock) : (version) => known.has(version),
      base: base?.name ?? config.lockfile,
      isNamed: base !== null,
      findings: [
        ...locks.filter(({ isLong }) => isLong).map(lineOfReport),
        ...untold.map((one) => ({ version: one.version, words: describeUntold(one) })),
        ...changingIn(replayed, elsewhere).map((changing) => ({
          version: changing.migration.version,
          words: sayWhatChanges(changing),
        })),
      ],
      locks: locks.filter(({ isLong }) => !isLong).map(lineOfReport),
    }),
  });
}

const lineOfReport = (one: StatementLocks): { readonly version: string; readonly words: string } => ({
  version: one.version,
  words: lineOfLocks(one),
});

/** A warning where a whole table is read or rewritten while nobody can write to it; what is gone at once is told. */
function tellOfLocks({ log }: Context, one: StatementLocks): void {
  const { version, file, line, relations, blocks, isLong, safeWay } = one;
  log[isLong ? 'warn' : 'info'](
    { event: 'locks', version, file, line, relations, blocks, ...(safeWay === null ? {} : { safeWay }) },
    `${formatPlace({ file, line })}: ${describeLocks(one)}`,
  );
}

/** Nobody can tell what the file locks: silence would say that it locks nothing. */
const tellOfUntold = ({ log }: Context, one: UntoldLocks): void =>
  log.warn({ event: 'locksUntold', ...one }, `${one.file}: what it locks cannot be told: ${one.reason}`);

/** Lets GitHub show each problem at its file, where a runner reads what is written. */
async function annotateProblems({ config }: Context, problems: readonly Problem[]): Promise<void> {
  if (!isInActions()) return;
  const { annotateErrors } = await import('../../log/annotating.ts');
  const wrong = problems.map(({ file, message, remedy }) => ({ message, remedy, place: { file } }));
  annotateErrors(wrong, redacting(config.secrets));
}

/** What is told and makes no problem: objects that only each server decides, and facets that cannot be verified here. */
const asJson = ({ differences, unverified }: Comparison): Pick<CheckAgrees, 'reported' | 'unverified'> => ({
  reported: differences.map(({ object }) => object),
  unverified,
});

/** The lock says nothing of what the platform owns: a migration that changes it is held against nothing. */
function tellOfPlatform({ config, log }: Context, { migration, changedOfPlatform }: Replayed): void {
  if (changedOfPlatform.length === 0) return;
  const { path } = migration.source;
  log.warn(
    { event: 'platform', file: path, objects: changedOfPlatform },
    `${path} changes what ${platformFile(config)} makes; no lock includes that, and nothing compares it: ${changedOfPlatform.join(', ')}`,
  );
}

/** @throws SlipwayError (65, 66, 83), also where there is no lock and none is to be written; (64) for --against. */
async function readInput({ config, flags, signal }: Context<Flags>): Promise<CheckInput> {
  const problems = new Problems();
  const lock = flags.write ? null : (problems.attempt(() => requireLock(config.lockfile)) ?? null);
  const kept = flags.write
    ? (problems.attempt(() => readRetained(config.lockfile)) ?? null)
    : lock && retainedIn(lock);
  const superseded = kept?.superseded ?? [];
  const listed = new Set([...(kept?.versions ?? []), ...superseded.map(({ version }) => version)]);
  const isListed = problems.isEmpty ? (version: string) => listed.has(version) : () => true;
  const files = readAll(config, { lock, isListed }, problems);
  const base = flags.against !== undefined ? await readBase(flags.against, config.lockfile, signal) : null;
  const isMeasured = measuredIn({ config, flags }, files, kept, base);
  const isLimited = !flags.write && flags.since === undefined && base === null;
  return { set: { ...files, superseded }, lock, kept, base, isMeasured, isLimited };
}

/**
 * Which files are measured: those from --since on; else those that no lock knows yet, neither that of the files nor that
 * of --against; and where the lock is to say it or a limit holds, those of which it does not.
 *
 * @throws SlipwayError (64) where --since is no version.
 */
function measuredIn(
  { config, flags }: Pick<Context<Flags>, 'config' | 'flags'>,
  { baseline }: MigrationSet,
  kept: RetainedLock | null,
  base: Base | null,
): CheckInput['isMeasured'] {
  const { since } = flags;
  if (since !== undefined && !isVersion(since)) {
    throw new SlipwayError({
      exit: 'usage',
      message: `--since ${printableName(since)}: it is not a version`,
      remedy: 'Write 14 digits, UTC yyyymmddhhmmss: the version in the name of the first file to look at.',
    });
  }
  const isNeeded = flags.write === true || config.maxLock !== null;
  const isOfBase = base === null ? () => true : isListedIn(base.lock);
  return (migration) => {
    const { kind, version, source } = migration;
    if (kind !== 'migration' || version <= (baseline?.version ?? '')) return false;
    if (since !== undefined && version >= since) return true;
    const isKnown = kept?.checksums.get(version)?.includes(source.checksum) === true;
    return !isKnown || !isOfBase(version) || (isNeeded && keptImpact(kept, migration) === null);
  };
}

/** With --write the files are replayed at another moment as well: what they make otherwise then is not verified. */
function replayAll(
  context: Context<Flags>,
  { set, kept, isMeasured }: CheckInput,
): Promise<Pick<Proven, 'replayed' | 'elsewhere'>> {
  const isWritten = context.flags.write === true;
  const withPrivileges = kept?.options.privileges ?? false;
  const phase = context.progress.begin({
    shadow: 'starting a shadow database',
    replay: 'replaying the files',
    elsewhere: isWritten ? 'replaying them once more, as of another day' : null,
  });
  phase('shadow');
  return withShadow(context, async (shadow) => {
    phase('replay');
    const replayed = await replay(context, shadow, { set, withPrivileges, isMeasured });
    if (!isWritten) return { replayed, elsewhere: { made: new Map(), zone: null } };
    phase('elsewhere');
    return { replayed, elsewhere: await replayElsewhere(context, shadow, { set, replayed, withPrivileges }) };
  });
}

/** What a new lock says otherwise than the one before it, and what it does not verify. */
interface Written extends LockChanges {
  readonly changing: readonly ChangingPart[];
}

const written = ({ lockfile }: Context['config']) =>
  [textsPath(lockfile), lockfile].map((path) => ({ path, setting: 'SLIPWAY_LOCKFILE' }));

function write({ config, log }: Context, { kept }: CheckInput, proven: Proven): Written {
  const { set, replayed } = proven;
  const made = renewedLock(proven, kept, config.app);
  const head = replayed.at(-1);
  const texts = textsPath(config.lockfile);
  if (head) {
    const all = withRetained(head.after, expectedAt(made, set.head), readTexts(config.lockfile));
    replaceFile(texts, formatTexts(set.head, all), 'SLIPWAY_LOCKFILE');
  }
  replaceFile(config.lockfile, formatLock(made), 'SLIPWAY_LOCKFILE');
  log.info({ event: 'written', file: config.lockfile }, `written: ${config.lockfile}, ${texts}`);
  const changes = lockChanges(kept, set);
  for (const version of changes.removed) {
    log.warn(
      { event: 'removed', version },
      `${version} has no file any more and was taken out of the lock: a database that has it already will be refused (82)`,
    );
  }
  for (const { version, file } of changes.edited) {
    log.warn(
      { event: 'edited', version, file },
      `${file} was edited after it was locked: a database that has it already will be refused (82); if one may have it, restore the file and write the change as a new migration`,
    );
  }
  return { ...changes, changing: changingIn(replayed, proven.elsewhere).map((one) => sayChanging(log, one)) };
}

/** Says of a part that is another one each time where it comes from, and that the lock does not verify it. */
function sayChanging(log: Context['log'], changing: Changing): ChangingPart {
  const { object, part, zone } = changing;
  const { file, line } = placeOfChanging(changing);
  log.warn(
    { event: 'changing', object, part, file, line, ...(zone === null ? {} : { zone }) },
    sayWhatChanges(changing),
  );
  return { object, part, place: placeIn(changing), ...(zone === null ? {} : { zone }) };
}

function placeIn(changing: Changing): string {
  const { file, line } = placeOfChanging(changing);
  return formatPlace({ file, ...(line === undefined ? {} : { line }) });
}

function sayWhatChanges(changing: Changing): string {
  const { object, part, zone } = changing;
  return `${placeIn(changing)}: ${printableName(object)} ${zone === null ? followsMoment(part) : followsZone(part, zone)}`;
}

const followsMoment = (part: string): string =>
  `differs each time that this runs (${part}), so the lock does not verify it. Write now() or CURRENT_DATE if you mean the moment of use, else a fixed value`;

const followsZone = (part: string, zone: string): string =>
  `is another moment in each time zone (${part}): the lock verifies it only if TimeZone is ${zone}, as here. Write the offset: '2025-01-01 00:00+00'`;
