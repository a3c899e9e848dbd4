import type { LedgerName } from '../ledger/index.ts';
import type { Row, Session } from '../postgres/index.ts';
import { scope } from '../schema/catalog/index.ts';
/** Where a sequence stands. */
export interface SequenceState {
  /** Qualified and quoted where it must be. */
  readonly name: string;
  readonly lastValue: string;
  /** Whether that value was given out already. */
  readonly isCalled: boolean;
  /** Whether it stands where a new one begins. */
  readonly isFresh: boolean;
}

/** So many are read by one query: what planning takes grows with more than their number. */
const together = 100;

/** Reads where every sequence of a schema stands; expects search_path to be pg_catalog. */
export async function readSequences(session: Session, ledger: LedgerName): Promise<SequenceState[]> {
  const known = await session.rows(
    `WITH ${scope(ledger, null)} SELECT r.name, q.seqstart::text AS start
       FROM rel r JOIN pg_sequence q ON q.seqrelid = r.oid ORDER BY r.name COLLATE "C"`,
  );
  if (known.length === 0) return [];
  const queries = known.map(
    ({ name }, n) => `SELECT ${n} AS n, s.last_value::text AS last, s.is_called FROM ${name} AS s`,
  );
  const rows: Row[] = [];
  for (let at = 0; at < queries.length; at += together)
    rows.push(...(await session.rows(queries.slice(at, at + together).join(' UNION ALL '))));
  return rows
    .sort((a, b) => Number(a.n) - Number(b.n))
    .map(({ n, last, is_called: isCalled }) => {
      const { name, start } = known[Number(n)] ?? {};
      return {
        name: String(name),
        lastValue: String(last),
        isCalled: isCalled === true,
        isFresh: isCalled === false && last === start,
      };
    });
}
