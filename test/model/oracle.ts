import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Contents } from './contents.ts';
import type { Database } from './database.ts';
import type { TakenIn } from './image.ts';

/** A ledger row as it stands in the table. */
export interface LedgerFact {
  readonly version: string;
  readonly kind: string;
  readonly state: string;
  readonly checksum: string | null;
  /** What the row says that its baseline took in, as it is written there. */
  readonly taken: Readonly<Record<string, { migration?: string; baseline?: string }>> | null;
}

/** What stands in a database, read without any of Slipway's code. */
export interface Facts extends Contents {
  readonly ledger: readonly LedgerFact[];
}

const objectsQuery = `
SELECT 'table ' || relname AS object, '' AS definition FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 't')
UNION ALL
SELECT 'column ' || c.relname || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN 'not null' END, 'default ' || pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 't') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index ' || x.relname, CASE WHEN i.indisunique THEN 'unique ' ELSE '' END || 'on ' || t.relname || ' (' ||
       (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' ORDER BY k) FROM generate_series(1, i.indnatts) k) || ')' ||
       CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
 WHERE x.relnamespace = 'public'::regnamespace AND NOT i.indisprimary`;

/** Reads the facts of a database. */
export async function readFacts(client: pg.Client): Promise<Facts> {
  const objects = await client.query<{ object: string; definition: string }>(objectsQuery);
  const made = new Map(objects.rows.map(({ object, definition }) => [object, definition]));
  const traces = made.has('table trace')
    ? (await client.query<{ step: string }>('SELECT step FROM public.trace')).rows.map(({ step }) => step)
    : [];
  const found = await client.query<{ is_there: boolean }>(
    "SELECT to_regclass('slipway.ledger') IS NOT NULL AS is_there",
  );
  const ledger = found.rows[0]?.is_there
    ? (
        await client.query<LedgerFact>(
          "SELECT version, kind, state, checksum, accepted -> 'takenIn' AS taken FROM slipway.ledger ORDER BY version",
        )
      ).rows
    : [];
  return { objects: made, traces, ledger };
}

/** The checksum that the contract gives a file. */
export const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As much of a checksum as a baseline's row keeps of what it took in. */
export const beginningOf = (text: string): string => checksumOf(text).slice(0, 16);

/** What a row says that its baseline took in; null where it says nothing. */
export const takenInOf = ({ taken }: LedgerFact): TakenIn | null =>
  taken === null ? null : new Map(Object.entries(taken));

const sayTaken = (taken: TakenIn | null): string =>
  taken === null
    ? ''
    : ` took in ${[...taken]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([version, { migration = '-', baseline = '-' }]) => `${version} ${migration} ${baseline}`)}`;

/** How facts differ from what a database should be, a line each; none where they do not. */
export function differing(facts: Facts, wanted: Database): string[] {
  const lines: string[] = [];
  for (const [object, definition] of wanted.objects) {
    const there = facts.objects.get(object);
    if (there === undefined) lines.push(`${object} is not there`);
    else if (there !== definition) lines.push(`${object} is "${there}", not "${definition}"`);
  }
  for (const object of facts.objects.keys()) {
    if (!wanted.objects.has(object)) lines.push(`${object} is there and should not be`);
  }
  const [wrote, should] = [facts.traces, wanted.traces].map((traces) => [...traces].sort().join(', '));
  if (wrote !== should) lines.push(`the rows are ${wrote}; they should be ${should}`);
  const ledger = facts.ledger.map(
    (row) =>
      `${row.version} ${row.kind} ${row.state} ${row.checksum?.slice(0, 8)}${sayTaken(takenInOf(row))}`,
  );
  const rows = wanted.rows.map(
    ({ version, kind, state, text, takenIn }) =>
      `${version} ${kind} ${state} ${checksumOf(text).slice(0, 8)}${sayTaken(takenIn)}`,
  );
  if (ledger.join() !== rows.join())
    lines.push(`the ledger is [${ledger.join('; ')}]; it should be [${rows.join('; ')}]`);
  return lines;
}
