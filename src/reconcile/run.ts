import type { App } from '../app/index.ts';
import { count, SlipwayError } from '../core/index.ts';
import type { Inspection } from '../inspect/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { type AppliedFix, accept, type LedgerWrite } from '../ledger/write.ts';
import type { Lock } from '../lockfile/index.ts';
import type { Run } from '../migrate/index.ts';
import {
  applyInTransaction,
  applyUnrecorded,
  assertExtensions,
  type Body,
  LockWaiter,
  pinned,
  prepareScript,
  type StepResult,
  type Task,
  type Work,
} from '../migrate/own-script.ts';
import { readHeader } from '../migrations/directives.ts';
import type { Version } from '../migrations/index.ts';
import { readSource } from '../migrations/read.ts';
import {
  lastInspection,
  type Snapshot,
  snapshotIn,
  snapshotQuery,
  takeSnapshot,
} from '../schema/catalog/index.ts';
import { parseSql, type Script } from '../sql/index.ts';
import { describeForecast, forecast } from './forecast.ts';
import { groupsOf } from './groups.ts';

/** A fix as a person hands it over: read and checked. */
export interface Fix {
  readonly script: Script;
  readonly body: Body;
  /** What is committed ahead of the last transaction, one after the other; none where all of it is one. */
  readonly ahead: readonly Body[];
  /** The version that it brings its database to. */
  readonly version: Version;
  /** What the ledger keeps of it. */
  readonly applied: AppliedFix;
}

/**
 * Reads a fix and finds what can be known to be wrong with it before anything runs.
 *
 * @throws SlipwayError (65) naming file, line and column; (66) where it cannot be read.
 */
export async function readFix(file: string): Promise<Fix> {
  const source = readSource(file);
  const { directives, version } = readHeader(source);
  if (version === null) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file, line: 1 },
      message: 'the fix does not name the version that it brings a database to',
      remedy: 'Begin it with the line that --write-fix wrote, such as `-- slipway: version 20251127101038`.',
    });
  }
  const script: Script = { format: 'sql', source, directives };
  const whole = await prepareScript(script, 'fix');
  const groups = whole.kind === 'sql' ? groupsOf(whole.script) : [whole];
  const [body = whole] = groups.slice(-1);
  return { script, body, ahead: groups.slice(0, -1), version, applied: { file, checksum: source.checksum } };
}

/** Says what a fix will lock, before it does. */
export async function sayForecast(app: App, run: Run, { script }: Fix): Promise<void> {
  const found = await forecast(app, run, parseSql(script.source));
  if (found.kind === 'small') return;
  if (found.kind === 'unknown') {
    run.log.info(
      { event: 'fixForecast', locks: null, reason: found.reason },
      `what it will lock could not be tried on a shadow: ${found.reason}`,
    );
    return;
  }
  const { locks } = found;
  run.log.info(
    { event: 'fixForecast', locks, detail: describeForecast(locks) },
    locks.length === 0
      ? 'it will lock no table so that somebody waits'
      : 'it will lock, for about as long as that takes on a shadow:',
  );
}

/** What a fix did. */
export interface FixedBy {
  readonly version: Version;
  /** How many versions were recorded. */
  readonly recorded: number;
  readonly fix: AppliedFix;
  readonly ms: number;
}

/** @throws SlipwayError (66) where there is no lock: a fix is kept only where it is proved. */
export function lockOf({ lock, config }: Run): Lock {
  if (lock) return lock;
  throw new SlipwayError({
    exit: 'files',
    place: { file: config.lockfile },
    message: 'there is no lock file to compare the database with',
    remedy: 'Make it: slipway check --write; then commit it.',
  });
}

/** What is to be said of the schema that a fix left. */
type Checked =
  | { readonly kind: 'wrong'; readonly error: SlipwayError }
  /** `accepted`: what the ledger accepts as different from then on, as in `LedgerRow.accepted`. */
  | { readonly kind: 'right'; readonly accepted: LedgerRow['accepted'] };

export interface FixWork {
  /** The ledger's statements around it. */
  readonly ledgerWrite: LedgerWrite;
  /** Whether the database still is what the fix is for; asked under the lock. */
  readonly isStillRight: (inspection: Inspection) => boolean;
  readonly check: (snapshot: Snapshot) => Checked;
  readonly withPrivileges: boolean;
}

/**
 * Runs a fix, and keeps it where the schema then is what it is to be, with the ledger's rows: all in one transaction
 * that holds the app's lock. Of a fix that is committed in parts that is the last of them; the others stay.
 *
 * @returns how long it took, milliseconds; null where the database is no longer what the fix is for.
 * @throws BodyFailure that points at the statement; what `check` gives; nothing is kept then.
 */
export async function runFix(run: Run, fix: Fix, work: FixWork): Promise<number | null> {
  const { script, body, ahead, version } = fix;
  const { ledgerWrite, isStillRight, check, withPrivileges } = work;
  await assertExtensions(run, [...ahead, body]);
  const { path } = script.source;
  const parts = ahead.length + 1;
  const beginning = (number: number) => (): void =>
    run.log.info(
      { event: 'fixing', file: path, version, ...(parts > 1 ? { number, of: parts } : {}) },
      `running ${path}${parts > 1 ? `, part ${number} of ${parts}` : ''}`,
    );
  for (const [index, part] of ahead.entries()) {
    const number = index + 1;
    const title = `${path}, part ${number} of ${parts}`;
    const task: Task = { title, script, body: part, limit: null, isStillRight, begin: beginning(number) };
    const ran = await untilFree(run, () => leaving(index, () => applyUnrecorded(run, task)));
    if (ran === null) return null;
  }
  const options = { ledger: run.ledger, withPrivileges };
  const step: Work = {
    title: path,
    script,
    version,
    body,
    limit: null,
    ledgerWrite,
    reach: () => '',
    revert: '',
    isStillRight,
    proof: {
      query: () => lastInspection([snapshotQuery(options)]),
      hold: async ({ session }, _, answer) => {
        const snapshot = (answer && snapshotIn(answer)) ?? (await takeSnapshot(session, options));
        const checked = check(snapshot);
        if (checked.kind === 'wrong') throw checked.error;
        if (Object.keys(checked.accepted).length === 0) return;
        const note = accept(run.ledger, version, checked.accepted);
        await session.run([...pinned(run.config.role), note].join('; '));
      },
    },
    begin: beginning(parts),
  };
  return untilFree(run, () => leaving(ahead.length, () => applyInTransaction(run, step)));
}

/** Runs again for as long as another run holds the app's lock. */
async function untilFree(run: Run, attempt: () => Promise<StepResult>): Promise<number | null> {
  const waiter = new LockWaiter(run);
  for (;;) {
    const result = await attempt();
    if (result.kind === 'done') return result.ms;
    if (result.kind === 'changed') return null;
    await waiter.wait();
  }
}

/** Says of a failure what stays of a fix that is committed in parts. */
async function leaving<T>(committed: number, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (committed === 0 || !(error instanceof SlipwayError)) throw error;
    const { failure } = error;
    throw new SlipwayError(
      {
        ...failure,
        remedy: `${beforeRest(failure.remedy)}${count(committed, 'part')} of the fix ${committed === 1 ? 'was' : 'were'} committed before and ${committed === 1 ? 'stays' : 'stay'}: write what is left with --write-fix, and apply that.`,
      },
      { cause: error },
    );
  }
}

/** What is to be done before the rest of a fix is written; to correct that file or to start it again is no use. */
function beforeRest(remedy: string): string {
  const rest = remedy.replace(/^Correct the statement|(?:,| and|, then) start again\.$/g, '').trim();
  return rest === '' ? '' : `${rest.replace(/\.$/, '')}. `;
}
