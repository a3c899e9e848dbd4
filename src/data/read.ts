import pg from 'pg';
import { SlipwayError } from '../core/index.ts';
import { type LedgerName, ledgerTable } from '../ledger/index.ts';
import type { Version } from '../migrations/index.ts';
import { literal, type Session } from '../postgres/index.ts';
import { pinnedSettings, type Snapshot } from '../schema/catalog/index.ts';
import { readSequences, type SequenceState } from './sequences.ts';
import { listTables, type RowColumn, type RowTable } from './tables.ts';

/** One row of a table. */
export interface ReadRow {
  /** As the server prints them, in the order of the table's columns. */
  readonly values: readonly (string | null)[];
  /** The same, as clocks in the session's time zone show it; a clock's as the moment that it shows there. */
  readonly local: readonly (string | null)[];
  /** The version that wrote it; null where the ledger does not tell. */
  readonly writtenBy: Version | null;
}

export interface ReadTable {
  readonly table: RowTable;
  /** By primary key, else by all columns. */
  readonly rows: readonly ReadRow[];
}

/** All rows of a schema, and where its sequences stand. */
export interface Reading {
  readonly tables: readonly ReadTable[];
  readonly sequences: readonly SequenceState[];
  /** Materialized views that hold rows, in an order in which they can be filled. */
  readonly filled: readonly string[];
}

/** How values are printed, whatever the session has set. */
const printing = {
  ...pinnedSettings,
  search_path: 'pg_catalog, pg_temp',
  row_security: 'off',
};

/**
 * Reads every row of a schema, in a transaction of its own.
 *
 * @param snapshot of the schema, where there is one; else it is inspected.
 * @throws pg.DatabaseError where the role may not see every row of a table; SlipwayError (65) where there are more than
 *   a baseline has.
 */
export async function readRows(
  session: Session,
  ledger: LedgerName,
  snapshot: Snapshot | null = null,
): Promise<Reading> {
  const [zone] = await session.rows(`SELECT pg_catalog.current_setting('TimeZone') AS name`);
  const settings = Object.entries(printing).map(([name, value]) => `SET LOCAL ${name} = ${setting(value)}`);
  await session.run(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${settings.join('; ')}`);
  try {
    const writers = await session.rows(
      `SELECT version, transaction_id FROM ONLY ${ledgerTable(ledger)} WHERE app = ${literal(ledger.app)} ORDER BY transaction_id::bigint`,
    );
    const known = await listTables(session, ledger, snapshot);
    const zoned = literal(String(zone?.name));
    await refuseTooMany(session, known);
    const tables: ReadTable[] = [];
    for (const table of known) tables.push(await readBoth(session, table, zoned, writers));
    const sequences = await readSequences(session, ledger);
    const filled = await readFilled(session);
    return { tables, sequences, filled };
  } finally {
    if (!session.isLost) await session.run('ROLLBACK');
  }
}

/** So many rows are held at most, as two readings of them: some 2 KiB for each row. */
const mostRowsRead = 200_000;

/** @throws SlipwayError (65) where there are more rows than a baseline has. */
async function refuseTooMany(session: Session, tables: readonly RowTable[]): Promise<void> {
  let all = 0;
  let most = { name: '', rows: 0 };
  for (const table of tables.filter((one) => !isEmpty(one))) {
    const { name, isSpread } = table;
    const [row] = await session.rows(`SELECT count(*) AS rows FROM ${isSpread ? '' : 'ONLY '}${name}`);
    const rows = Number(row?.rows);
    all += rows;
    if (rows > most.rows) most = { name, rows };
  }
  if (all <= mostRowsRead) return;
  throw new SlipwayError({
    exit: 'migration',
    message: `the files leave ${all} rows, ${most.rows} of them in ${most.name}, and a baseline holds ${mostRowsRead} at most`,
    remedy:
      'Keep the files as they are: they work for every database. Or, if the application can write these rows itself: remove the statements that write them from their file, run slipway repair --apply --accept-edit VERSION on each database, then squash.',
  });
}

const isEmpty = ({ isBlank, isSpread }: RowTable): boolean => isBlank === true && !isSpread;

/** A table's rows as UTC shows them, and as the time zone of the session does. */
async function readBoth(
  session: Session,
  table: RowTable,
  zone: string,
  writers: readonly Record<string, unknown>[],
): Promise<ReadTable> {
  const rows = isEmpty(table) ? [] : await readTable(session, table, zone);
  if (rows.length === 0) return { table, rows: [] };
  await session.run(`SET LOCAL timezone = ${zone}`);
  const local = new Map((await readTable(session, table, zone)).map(placed));
  await session.run(`SET LOCAL timezone = ${literal(printing.timezone)}`);
  return { table, rows: rows.map((row) => rowOf(row, local.get(placed(row)[0]), table, writers)) };
}

/** A list of names stays one; everything else is a string. */
const setting = (value: string): string => (value.startsWith('pg_catalog') ? value : literal(value));

/** A table's columns; its clocks as moments; who wrote the row, and where it stands. */
type RawRow = readonly (string | null)[];

const placed = (row: RawRow): [place: string, row: RawRow] => [row.slice(-2).join(), row];

/** A table's rows. Of a hypertable with compressed chunks TimescaleDB tells neither place nor writer. */
async function readTable(session: Session, table: RowTable, zone: string): Promise<RawRow[]> {
  if (!table.isSpread || table.isPartitioned)
    return readColumnsOf(session, table, zone, ['xmin', 'tableoid', 'ctid']);
  await session.run('SAVEPOINT compressed');
  try {
    return await readColumnsOf(session, table, zone, ['xmin', 'tableoid', 'ctid']);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && isOfPlaces(error))) throw error;
    await session.run('ROLLBACK TO SAVEPOINT compressed');
  }
  const rows = await readColumnsOf(session, table, zone, ['NULL', 'tableoid']);
  return rows.map((row, at) => [...row, String(at)]);
}

/** TimescaleDB's word for columns of the system that a compressed row has not; its code differs by version. */
const isOfPlaces = ({ code, message }: pg.DatabaseError): boolean =>
  code === '0A000' || message.includes('tableoid system column');

/** Values come as the server's output functions print them: no cast, and no parsing here. */
async function readColumnsOf(
  session: Session,
  table: RowTable,
  zone: string,
  system: readonly string[],
): Promise<RawRow[]> {
  const { columns, key, name } = table;
  const moment = (column: RowColumn): string =>
    column.isClock ? `${column.name} AT TIME ZONE ${zone}` : 'NULL';
  const ordered =
    key.length > 0 ? key.map((part) => orderBy(table, part)) : columns.map((column) => asText(column.name));
  const text = `SELECT ${[...columns.map((column) => column.name), ...columns.map(moment), ...system].join(', ')}
    FROM ${table.isSpread ? '' : 'ONLY '}${name} ${ordered.length > 0 ? `ORDER BY ${ordered.join(', ')}` : ''}`;
  const raw = { getTypeParser: () => (value: string) => value };
  const { rows } = await session.ask<pg.QueryArrayResult<(string | null)[]>>({
    text,
    rowMode: 'array',
    types: raw as never,
  });
  return rows;
}

const asText = (name: string): string => `format('%s', ${name}) COLLATE "C"`;

/** Numbers by size; all else by what it prints, so that no collation matters. */
const orderBy = ({ columns }: RowTable, name: string): string =>
  columns.find((column) => column.name === name)?.style === 'number' ? name : asText(name);

/** How far a clock is from UTC, as it is printed. */
const offset = /(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)[+-]\d\d(?::\d\d)*/g;

function rowOf(
  row: RawRow,
  elsewhere: RawRow | undefined,
  { columns }: RowTable,
  writers: readonly Record<string, unknown>[],
): ReadRow {
  const values = row.slice(0, columns.length);
  const xid = Number(row.at(-3));
  // A savepoint's rows carry a number of their own, which is higher than their transaction's.
  const writer = writers.findLast(({ transaction_id: id }) => Number(id) % 2 ** 32 <= xid);
  const local = columns.map(({ isClock }, n) =>
    isClock ? (row[columns.length + n] ?? null) : (elsewhere?.[n]?.replaceAll(offset, '$1') ?? null),
  );
  return {
    values,
    // Mostly they are the same: then only one is held.
    local: local.every((value, n) => value === values[n]) ? values : local,
    writtenBy: writer ? String(writer.version) : null,
  };
}

/** Numbers of objects grow with their making, so that what reads another one comes after it. */
async function readFilled(session: Session): Promise<string[]> {
  const known = await session.rows(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'm' AND c.relispopulated AND c.oid >= 16384 AND n.nspname !~ '^_?timescaledb_' ORDER BY c.oid`,
  );
  const filled: string[] = [];
  for (const { name } of known) {
    const [row] = await session.rows(`SELECT EXISTS (SELECT FROM ${name}) AS filled`);
    if (row?.filled === true) filled.push(String(name));
  }
  return filled;
}
