import pg from 'pg';
import { type Inspection, withContent } from '../inspect/index.ts';
import { interpret } from '../inspect/interpret.ts';
import { tryTransactionLock } from '../ledger/advisory-lock.ts';
import { isKnown, isSameLedger, type KnownLedger, type LedgerName, ledgerQuery, ledgerTable } from '../ledger/index.ts';
import type { Version } from '../migrations/index.ts';
import { grantReader } from '../ledger/write.ts';
import { asUtf8, identifier, literal, type Row, type Session } from '../postgres/index.ts';
import { classifyServerError } from '../postgres/server-error.ts';
import { asInspection } from '../schema/catalog/index.ts';
import { Abort, abortUnless, assertion, assertionQuery } from './assertion.ts';
import { type OwnStatement, sendBatch } from './batch.ts';
import { BodyFailure } from './body.ts';
import { makeLedger, makeOdd } from './make-ledger.ts';
import { ownPrefix, PreparedStatements } from './prepared-statements.ts';
import type { Run, StepResult } from './run.ts';
import { sessionSettings, setting, unlimited } from './session-settings.ts';

/** Ahead of our own statements: whatever an earlier body set is gone, and every name is looked up in pg_catalog. */
export const pinned = (role: string | null): string[] => [
  'RESET SESSION AUTHORIZATION',
  'RESET ROLE',
  ...inOwnNames(role),
];

const inOwnNames = (role: string | null): string[] => [
  'SET LOCAL search_path = pg_catalog, pg_temp',
  ...(role === null ? [] : [`SET LOCAL ROLE ${identifier(role)}`]),
];

/**
 * Of a transaction of ours. Files are read, and split, as the standard has it; a message is read as a whole before any
 * of it runs.
 */
const ownSettings = (session: Session): string =>
  sessionSettings(session, 'LOCAL', {
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    lock_timeout: '1s',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
  });

/** @param isOurs whether the session is one in which the last transaction was ours: `ending` has reset it. */
const begin = (session: Session, role: string | null, isOurs = false): string[] => [
  'BEGIN ISOLATION LEVEL READ COMMITTED',
  ...(isOurs ? inOwnNames(role) : ['RESET ALL', ...pinned(role)]),
  ownSettings(session),
];

/**
 * Between a body and what is ours to ask and to write in its transaction, one statement each: our role, our names, our
 * settings, whatever it has set of them, and for how long.
 *
 * @param isEnd whether the row and COMMIT follow in the same message: the server then waits for nobody, and need not
 *   notice that we are gone.
 */
export const ownAgain = (session: Session, role: string | null, isEnd: boolean): string[] => [
  'RESET ALL',
  ...pinned(role),
  isEnd ? endSettings(session) : ownSettings(session),
];

const endSettings = (session: Session): string =>
  setting(
    { client_encoding: 'UTF8', lock_timeout: '1s', statement_timeout: '0', ...unlimited(session) },
    'LOCAL',
  );

const preparedByOthers = `pg_catalog.pg_prepared_statements WHERE from_sql AND left(name, ${ownPrefix.length}) <> ${literal(ownPrefix)}`;

/**
 * Leaves a session as it was when it began, one statement each: what a body has set or kept beyond its transaction is
 * not for the next one, nor for the next client of a pooler. Expects a search_path of pg_catalog.
 */
export const leaving: readonly string[] = [
  'RESET SESSION AUTHORIZATION',
  'RESET ROLE',
  'CLOSE ALL',
  'UNLISTEN *',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
  `SELECT pg_catalog.pg_advisory_unlock_all(), (SELECT pg_catalog.json_agg(name) FROM ${preparedByOthers}) AS prepared`,
  'RESET ALL',
  asUtf8,
];

/** Ends a transaction of ours, one statement each. */
export const ending: readonly string[] = [...leaving, 'COMMIT'];

/**
 * To be called with what came of `ending`, or of `leaving`: takes back what the body has prepared, which no statement
 * does in general that leaves ours. Not behind a pooler, where the next message goes to who knows whom.
 *
 * @param isOwn whether the server's process is the session's own.
 * @throws Error where COMMIT was answered with something else, as it is where all is rolled back.
 */
export async function leaveTransaction(
  run: Run,
  results: readonly pg.QueryResult[],
  isOwn = isUnpooled(run),
): Promise<void> {
  const command = results.at(-1)?.command;
  if (command !== 'COMMIT' && command !== 'SET') throw new Error(`COMMIT was answered with ${command}`);
  const rows = results.flatMap(({ rows }) => rows as Row[]);
  const names = (rows.findLast(({ prepared }) => Array.isArray(prepared))?.prepared ?? []) as string[];
  if (names.length > 0 && isOwn)
    await run.session.run(names.map((name) => `DEALLOCATE ${identifier(name)}`).join('; '));
}

/** What is to be sent ahead of anything else, in the same message if `ahead` is not empty; and who will do the work. */
export interface Opening {
  readonly ahead: readonly OwnStatement[];
  readonly backendPid: number;
  /** Where the body has run already, what came of the proof's question. */
  readonly answer?: readonly pg.QueryResult[];
}

/** How a transaction of ours begins. */
export interface Beginning {
  readonly isSharing?: boolean;
  readonly begun?: (() => Opening) | null;
}

/**
 * Runs `work` in one transaction that holds the app's lock, after a second inspection under that lock: that the plan is
 * still right, or that the ledger is what it was left as by the step before. The ledger exists when `work` is called,
 * or once what goes ahead has run; it is made in the same transaction where it was missing.
 *
 * @param work returns whether it has ended the transaction itself, with `ending`; it must not where SLIPWAY_READERS
 *   names roles, which are granted access at the end.
 * @param how.isSharing whether `work` sends what goes ahead, in its first message: that saves round trips.
 * @param how.begun what has begun the transaction already, or throws what became of that.
 * @returns `busy` where another run holds the lock, `changed` where `isStillRight` says no; nothing is written then.
 * @throws what `work` throws, after a rollback; ConnectionLost where the outcome of COMMIT is not known.
 */
export async function underLock(
  run: Run,
  isStillRight: (inspection: Inspection) => boolean,
  work: (opening: Opening) => Promise<boolean>,
  { isSharing = false, begun = null }: Beginning = {},
): Promise<Exclude<StepResult['kind'], 'done'> | 'committed'> {
  const { session, memory } = run;
  const { seen } = memory;
  try {
    const opening =
      begun?.() ??
      (isKnown(seen) ? await openAgain(run, seen, isSharing) : await open(run, isStillRight, isSharing));
    if (await work(opening)) return 'committed';
    await grantReaders(run);
    run.signal.throwIfAborted();
    await leaveTransaction(run, await session.work(ending.join('; '), () => true));
    return 'committed';
  } catch (error) {
    await rollback(run, error instanceof BodyFailure || begun !== null);
    if (!(error instanceof BodyFailure)) memory.seen = null;
    if (error instanceof Abort) {
      const { result } = error;
      if (result === 'odd') memory.isOdd = true;
      memory.lastInspected = null;
      return result === 'again' || result === 'odd'
        ? underLock(run, isStillRight, work, { isSharing })
        : result;
    }
    if (error instanceof pg.DatabaseError && error.code === lockNotAvailable) return 'busy';
    if (error instanceof pg.DatabaseError && isPassing(error)) throw vanished(error);
    throw error;
  }
}

/** Begins, takes the lock and looks. */
async function open(
  run: Run,
  isStillRight: (inspection: Inspection) => boolean,
  isSharing: boolean,
): Promise<Opening> {
  const { session, config, ledger, memory, inspectOptions } = run;
  const unchanged = isSharing ? whileNothingHappens(run, isStillRight) : null;
  if (unchanged) return unchanged;
  const results = await session.run(
    [
      ...begin(session, config.role),
      tryTransactionLock(ledger),
      ledgerQuery(ledger, { seen: memory.seen, isRemembered: true }),
    ].join('; '),
  );
  const [lock, judged] = results.slice(-2).map(({ rows }) => (rows[0] ?? {}) as Row);
  const answer = await withContent(judged ?? {}, session, '', ledger);
  if (lock?.locked !== true) throw new Abort('busy');
  const ask = async (sql: string): Promise<Row[]> => {
    // What an inspection sets is put back: the body runs in this transaction, and prints and reads by the session's settings.
    const answers = await session.run(asInspection([sql]).join('; '));
    return (answers.at(-2)?.rows ?? []) as Row[];
  };
  const inspection =
    sameAsInspected(memory.lastInspected, answer) ??
    (await interpret(answer, inspectOptions, ask, { before: memory.seen }));
  if (!isStillRight(inspection)) throw new Abort('changed');
  const { seen, backendPid } = inspection;
  Object.assign(memory, { seen, backendPid });
  if (inspection.hasLedger) return { ahead: [], backendPid };
  if (memory.isOdd) {
    await makeOdd(run, inspection);
    return { ahead: [], backendPid };
  }
  const ahead = makeLedger(run, inspection);
  if (isSharing) return { ahead, backendPid };
  await sendBatch(session, { before: ahead, body: null, after: [] });
  return { ahead: [], backendPid };
}

/**
 * Where nothing has happened since an empty database was inspected, its schema need not be read again. With a ledger
 * there is more to be known.
 */
const sameAsInspected = (lastInspected: Inspection | null, answer: Row): Inspection | null =>
  lastInspected !== null && !lastInspected.hasLedger && lastInspected.asOf === answer.as_of
    ? { ...lastInspected, backendPid: Number(answer.backend_pid) }
    : null;

/**
 * What opens the first step on an empty database: the plan is right as long as no transaction has ended since it was
 * inspected. Null where that cannot be told so; elsewhere on the server a transaction may end at any time.
 */
function whileNothingHappens(run: Run, isStillRight: (inspection: Inspection) => boolean): Opening | null {
  const { session, memory, config, ledger } = run;
  const inspection = memory.lastInspected;
  if (inspection === null || inspection.hasLedger || memory.isOdd) return null;
  const { backendPid, asOf } = inspection;
  if (backendPid !== session.processId || !readsByStandard(session) || !isStillRight(inspection)) return null;
  Object.assign(memory, { seen: null, backendPid });
  const ahead = [
    ...begin(session, config.role),
    assertLock(ledger),
    assertion(`SELECT WHERE pg_current_snapshot()::text = ${literal(asOf)}`, 'again'),
    ...makeLedger(run, inspection),
  ];
  return { ahead, backendPid };
}

/** Where strings are not read by the standard, a body must come in a message of its own. */
const readsByStandard = (session: Session): boolean =>
  session.reported('standard_conforming_strings') === 'on';

const assertLock = (ledger: LedgerName): OwnStatement =>
  assertion(`SELECT FROM (${tryTransactionLock(ledger)}) AS lock WHERE locked`, 'busy');

/**
 * As `open`, where the plan is right as long as the ledger is the same. Behind a pooler it is not known beforehand who
 * will do the work.
 */
async function openAgain(run: Run, seen: KnownLedger, isSharing: boolean): Promise<Opening> {
  const { session, config, ledger } = run;
  const isDirect = isUnpooled(run);
  const ahead = [
    ...begin(session, config.role, isDirect),
    assertLock(ledger),
    ...(isDirect ? assertSamePrepared(run, seen) : assertSame(run, seen)),
  ];
  if (isSharing && isDirect && readsByStandard(session)) return { ahead, backendPid: session.processId };
  const [pid] = await sendBatch(session, {
    before: ahead,
    body: null,
    after: ['SELECT pg_backend_pid() AS backend_pid'],
  });
  return { ahead: [], backendPid: Number(pid?.rows[0]?.backend_pid) };
}

/**
 * What opens a step in the message that ends the one before, one statement each: as `openAgain`, of the ledger as it
 * was, to which that step has added its row. Null where it must have a message of its own.
 *
 * @param before the version of that step.
 */
export function openNext(run: Run, before: Version): OwnStatement[] | null {
  const { session, config, ledger, memory } = run;
  const { seen } = memory;
  if (seen?.shape == null || !isUnpooled(run) || !readsByStandard(session)) return null;
  return [
    ...begin(session, config.role, true),
    // What the body before has prepared is taken back first, in a message of its own.
    assertion(`SELECT WHERE NOT EXISTS (SELECT FROM ${preparedByOthers})`, 'again'),
    assertLock(ledger),
    ...assertSamePrepared(run, { ...seen, shape: seen.shape }, before),
  ];
}

/** Whether the process that the server named when the session began is the one that does the work. */
export const isUnpooled = ({ session, memory }: Run): boolean => memory.backendPid === session.processId;

const assertSame = ({ ledger }: Run, { shape, mark }: KnownLedger): OwnStatement[] =>
  isSameLedger(ledger, { shape: literal(shape), mark: literal(mark), besides: "''" }).map((query) =>
    assertion(query, 'changed'),
  );

/**
 * As `assertSame`, by statements that the session has prepared.
 *
 * @param besides a version whose row is passed over.
 */
function assertSamePrepared(
  { session, ledger, memory }: Run,
  { shape, mark }: KnownLedger,
  besides = '',
): OwnStatement[] {
  memory.prepared ??= new PreparedStatements();
  const { prepared } = memory;
  const parameters = [[shape], [mark, besides]].map((values) => ({
    type: 'text[]',
    value: `ARRAY[${values.map(literal).join(', ')}]`,
  }));
  return isSameLedger(ledger, { shape: '$1[1]', mark: '$1[1]', besides: '$1[2]' }).flatMap((query, n) =>
    prepared.asking(
      session,
      { query: assertionQuery(query), parameter: parameters[n] ?? null },
      abortUnless('changed'),
      () => new Abort('again'),
    ),
  );
}

/** lock_not_available: somebody holds the ledger itself, longer than the second we queue for it. */
const lockNotAvailable = '55P03';

/**
 * internal_error: what a catalog function says of an object that was dropped while it read; or what the server says
 * where another session writes the row of a catalog that a statement of ours writes.
 */
const isPassing = (error: pg.DatabaseError): boolean =>
  error.code === 'XX000' || classifyServerError(error).again === 'race';

/** Somebody else's DDL got in the way of an inspection of ours: the whole transaction may be tried again. */
const vanished = (error: pg.DatabaseError): BodyFailure =>
  new BodyFailure(
    {
      exit: 'temporary',
      message: `the schema changed while it was being inspected: ${error.message}`,
      remedy: 'Somebody alters it right now: start again when that is over.',
      sqlstate: error.code,
    },
    'deadlock',
    error,
  );

/** What a transaction does not take back: what the body has prepared, and locks that it took for the session. */
const beyondRollback = 'DEALLOCATE ALL; SELECT pg_catalog.pg_advisory_unlock_all()';

async function rollback(run: Run, hasRunBody: boolean): Promise<void> {
  const { session, memory } = run;
  if (session.isLost) return;
  const isTidied = hasRunBody && isUnpooled(run);
  if (isTidied) memory.prepared = null;
  await session.run(isTidied ? `ROLLBACK; ${beyondRollback}` : 'ROLLBACK').catch(() => session.destroy());
}

async function grantReaders({ session, config, ledger, log }: Run): Promise<void> {
  if (config.readers.length === 0) return;
  const names = config.readers.map(literal).join(', ');
  const rows = await session.rows(
    `${pinned(config.role).join('; ')}; SELECT rolname AS name,
      has_schema_privilege(oid, ${literal(ledger.schema)}, 'USAGE') AND has_table_privilege(oid, ${literal(ledgerTable(ledger))}, 'SELECT') AS is_let_in
      FROM pg_roles WHERE rolname IN (${names})`,
  );
  const present = new Set(rows.map(({ name }) => String(name)));
  for (const role of config.readers.filter((name) => !present.has(name))) {
    log.warn({ event: 'reader', role }, `SLIPWAY_READERS names the role "${role}", which does not exist`);
  }
  const grants = rows
    .filter((row) => row.is_let_in !== true)
    .map(({ name }) => grantReader(ledger, String(name)));
  if (grants.length > 0) await session.run(grants.join('; '));
}
