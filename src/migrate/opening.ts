import type pg from 'pg';
import { type Inspection, withContent } from '../inspect/index.ts';
import { interpret } from '../inspect/interpret.ts';
import { tryTransactionLock } from '../ledger/advisory-lock.ts';
import {
  isSameLedger,
  type KnownLedger,
  type LedgerName,
  ledgerQuery,
  ledgerTable,
} from '../ledger/index.ts';
import type { Version } from '../migrations/index.ts';
import { literal, type Row, type Session } from '../postgres/index.ts';
import { asInspection } from '../schema/catalog/index.ts';
import type { Isolation } from '../sql/index.ts';
import { Abort, abortUnless, assertion, assertionQuery } from './assertion.ts';
import { type OwnStatement, sendBatch } from './batch.ts';
import { makeLedger, makeOdd } from './make-ledger.ts';
import { begin, beginIsolated, isUnpooled, preparedByOthers } from './own-session.ts';
import type { Run } from './run.ts';

/** What is to be sent ahead of anything else, in the same message if `ahead` is not empty; and who will do the work. */
export interface Opening {
  readonly ahead: readonly OwnStatement[];
  readonly backendPid: number;
  /** Where the body has run already, what came of the proof's question. */
  readonly answer?: readonly pg.QueryResult[];
}

/** How a transaction of ours begins. */
export interface BeginOptions {
  readonly isSharing?: boolean;
  /** null: read committed. Any other needs a ledger that is there. */
  readonly isolation?: Isolation | null;
  readonly begun?: (() => Opening) | null;
}

/** Begins, takes the lock and looks. */
export async function open(
  run: Run,
  isStillRight: (inspection: Inspection) => boolean,
  { isSharing = false, isolation = null }: Pick<BeginOptions, 'isSharing' | 'isolation'>,
): Promise<Opening> {
  const { session, config, ledger, memory, inspectOptions } = run;
  const unchanged = isSharing ? whileNothingHappens(run, isStillRight) : null;
  if (unchanged) return unchanged;
  const results = await session.run(
    [
      ...(isolation === null
        ? begin(session, config.role)
        : beginIsolated(session, config.role, { level: isolation, table: ledgerTable(ledger) })),
      tryTransactionLock(ledger),
      ledgerQuery(ledger, { seen: memory.ledger, isRemembered: true }),
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
    sameAsInspected(memory.planned, answer) ??
    (await interpret(answer, inspectOptions, ask, { before: memory.ledger }));
  if (!isStillRight(inspection)) throw new Abort('changed');
  const { backendPid } = inspection;
  memory.inspected(inspection);
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
 * inspected. Null where that cannot be told so; elsewhere on the server a transaction may end at any time, and so it is
 * tried once.
 */
function whileNothingHappens(run: Run, isStillRight: (inspection: Inspection) => boolean): Opening | null {
  const { session, memory, config, ledger } = run;
  const inspection = memory.planned;
  if (inspection === null || inspection.hasLedger || memory.isOdd || memory.isRestless) return null;
  const { backendPid, asOf } = inspection;
  if (backendPid !== session.processId || !readsByStandard(session) || !isStillRight(inspection)) return null;
  memory.trustsThatNothingHappened(backendPid);
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
export async function openAgain(run: Run, seen: KnownLedger, isSharing: boolean): Promise<Opening> {
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
 * What opens a step in the round trip that ends the one before, one statement each: as `openAgain`, of the ledger as it
 * was, to which that step has added its row. Null where it must have a message of its own.
 *
 * @param before the version of that step.
 */
export function openNext(run: Run, before: Version): OwnStatement[] | null {
  const { session, config, ledger, memory } = run;
  const seen = memory.ledger;
  if (seen?.shape == null || !isUnpooled(run) || !readsByStandard(session)) return null;
  return [
    ...begin(session, config.role, true),
    // What the body before has prepared is taken back first, in a message of its own.
    assertion(`SELECT WHERE NOT EXISTS (SELECT FROM ${preparedByOthers})`, 'again'),
    assertLock(ledger),
    ...assertSamePrepared(run, { ...seen, shape: seen.shape }, before),
  ];
}

const assertSame = ({ ledger }: Run, { shape, mark }: KnownLedger): OwnStatement[] =>
  isSameLedger(ledger, { shape: literal(shape), mark: literal(mark), besides: "''" }).map((query) =>
    assertion(query, 'changed'),
  );

/**
 * As `assertSame`, by statements that the session has prepared.
 *
 * @param besides a version whose row is passed over.
 */
export function assertSamePrepared(
  { session, ledger, memory }: Run,
  { shape, mark }: KnownLedger,
  besides = '',
): OwnStatement[] {
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
