import pg from 'pg';
import { type LedgerName, type LedgerQueryOptions, ledgerQuery, quickQuery } from '../ledger/index.ts';
import { hasItsKinds } from '../lockfile/index.ts';
import type { Row, Session } from '../postgres/index.ts';
import { fingerprintWanted } from './fingerprint.ts';
import type { Inspection, InspectOptions } from './inspection.ts';
import { interpret, interpretUnread, type Unread } from './interpret.ts';
import { readOnlyPreamble, snapshotOf } from './queries.ts';

/**
 * A limit as the server shows it that may strike before a message of ours has switched it off: it counts from the
 * message's arrival, and the whole of it is read first.
 */
const isShort = (limit: unknown): boolean => /^[1-9]\d?ms$/.test(String(limit));

/**
 * Finds out what the database is, in one round trip; only an unmanaged or empty one without a lock takes a second.
 * Reads only.
 *
 * @throws pg.DatabaseError when the server objects; ConnectionLost when the connection is gone.
 */
export async function inspectOnce(session: Session, options: InspectOptions): Promise<Inspection> {
  const { lock, role, withDrift } = options;
  const ask = async (sql: string): Promise<pg.QueryResult[]> => {
    const results = await session.run(`${readOnlyPreamble(role)} ${sql}`);
    const limits: Row = results[1]?.rows[0] ?? {};
    session.isHurried ||= Object.values(limits).some(isShort);
    session.endsOnError ||= limits.exit_on_error === 'on';
    return results;
  };
  const rowsOf = async (sql: string): Promise<Row[]> => ((await ask(sql)).at(-1)?.rows ?? []) as Row[];
  if (lock !== null && withDrift) {
    const { fingerprint, ledger } = options;
    const wanted = fingerprintWanted(session, options);
    if (wanted && fingerprint?.isBelieved) {
      const askQuickly = async (isAbridged: boolean): Promise<Unread> => {
        const [row] = await unlessRefused(
          rowsOf(quickQuery(ledger, wanted, isAbridged, options.readers)),
          () => [],
        );
        return row ? interpretUnread(row, options, wanted.key) : { kind: 'schemaWanted' };
      };
      const short = await askQuickly(fingerprint.files !== null);
      const unread = short.kind === 'rowsWanted' ? await askQuickly(false) : short;
      // Where nothing was compared, nobody has seen yet whether all of the lock is as it should be.
      if (unread.kind === 'inspected') {
        if (!isCompared(unread.inspection)) fingerprint.lock.whole();
        return unread.inspection;
      }
    }
    fingerprint?.lock.whole();
    const snapshot = options.shortest(session, snapshotOf(options));
    const read = (more: LedgerQueryOptions): Promise<pg.QueryResult[]> =>
      ask(`${ledgerQuery(ledger, { ...options, ...more })}; ${snapshot}`);
    let isTaken = wanted !== null && fingerprint?.isTaken === true && hasItsKinds(fingerprint.lock);
    const readWithout = (): Promise<pg.QueryResult[]> => {
      isTaken = false;
      return read({});
    };
    const results =
      isTaken && wanted
        ? await unlessRefused(read({ takes: wanted.query, isRemembered: true }), readWithout)
        : await readWithout();
    const [found, objects] = results.slice(-2).map(({ rows }) => rows as Row[]);
    const row = await withContent(found?.[0] ?? {}, session, readOnlyPreamble(role), ledger);
    return interpret(row, options, rowsOf, {
      objects: objects ?? [],
      key: isTaken ? (wanted?.key ?? null) : null,
    });
  }
  const readLedger = async (): Promise<Row> => {
    const [row] = await rowsOf(ledgerQuery(options.ledger, options));
    return withContent(row ?? {}, session, readOnlyPreamble(role), options.ledger);
  };
  let answer: Promise<Row[]> | null = null;
  let asked: string | null = null;
  const askOnce = (sql: string): Promise<Row[]> => {
    if (asked !== null && asked !== sql) return rowsOf(sql);
    asked = sql;
    answer ??= rowsOf(sql);
    return answer;
  };
  const inspection = await interpret(await readLedger(), options, askOnce);
  // A run that committed between the two questions made relations and row at once: the row shows when asked for last.
  return inspection.state.kind === 'unmanaged' ? interpret(await readLedger(), options, askOnce) : inspection;
}

/**
 * Asks in a way that a server may refuse, such as by a function that somebody has taken from this role; where it does, in
 * the other way, which tells whether anything is wrong.
 */
async function unlessRefused<T>(asked: Promise<T>, otherwise: () => T | Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || saysNothing.includes(error.code ?? '')) throw error;
    return otherwise();
  }
}

/** lock_not_available, query_canceled, invalid_sql_statement_name: the same is asked again. */
const saysNothing = ['55P03', '57014', '26000'];

const isCompared = ({ state }: Inspection): boolean => state.kind === 'managed' && state.comparison !== null;

/** What `ledgerQuery` gave, with the content where it has to be copied; that is loaded only there. */
export async function withContent(
  row: Row,
  session: Session,
  ahead: string,
  ledger: LedgerName,
): Promise<Row> {
  if (row.is_copied !== true) return row;
  const { copyContent } = await import('../ledger/copy.ts');
  return { ...row, content: await copyContent(session, ahead, ledger) };
}
