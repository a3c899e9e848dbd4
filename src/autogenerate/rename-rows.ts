import pg from 'pg';
import type { ConnInfo } from '../config/index.ts';
import { SlipwayError } from '../core/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import { atLeast } from '../log/index.ts';
import { type Run, withRun } from '../migrate/index.ts';
import { literal, type Row } from '../postgres/index.ts';
import { objectsOf, splitPart } from '../schema/catalog/index.ts';
import { type CandidateRename, parseColumn, type SchemaGraph } from '../schema/generate/index.ts';
import type { DesiredSchema } from './desired-schema.ts';
import { compareSamples, heldBy, mostRows, type RowEvidence, type Sample } from './rename-evidence.ts';
import type { GenerateRequest } from './request.ts';

/** Milliseconds that a server is waited for, and that one statement may take: a question must not be long in coming. */
const mostWaitMs = 3_000;
const mostStatementMs = 2_000;
/** A function takes a hundred arguments (PostgreSQL docs, appendix K), of which the format is one. */
const mostColumns = 99;

/** What is read under one name: the columns of a table, and of those the one that is asked about; all for a table. */
interface Wanted {
  /** Qualified and quoted. */
  readonly table: string;
  /** Quoted. */
  readonly columns: readonly string[];
}

/** What was read; by its rows' places where the table has no primary key, or has it of the very columns. */
interface Read {
  readonly sample: Sample;
  readonly isByKey: boolean;
}

/**
 * Finds what rows say of possible renames: those of the configured database, where one was named, and those of SOURCE,
 * where that is a database. Both are only read, and of rows digests alone.
 *
 * @returns in the order of the renames; null for one of which no database has what goes.
 * @throws the signal's reason.
 */
export async function rowsOf(
  app: GenerateRequest,
  desired: DesiredSchema,
  renames: readonly CandidateRename[],
  goal: SchemaGraph,
): Promise<(RowEvidence | null)[]> {
  const { connection } = app.config;
  const unseen = renames.map(() => null);
  if (renames.length === 0 || connection.isDefaulted || connection.lacking) return unseen;
  const names = renames.map((rename) => namesOf(rename, goal));
  try {
    const here = await readAll(
      app,
      connection,
      names.map(({ old, now }) => [old, now]),
    );
    const isNeeded = here.some(([old, now]) => old?.isByKey && !now);
    const there =
      desired.kind === 'database' && isNeeded
        ? await readAll(
            app,
            desired.connection,
            names.map(({ now }) => [now]),
          )
        : [];
    return here.map(([old, now], at) => evidenceOf(old ?? null, now ?? null, there[at]?.[0] ?? null));
  } catch (error) {
    app.signal.throwIfAborted();
    if (!(error instanceof SlipwayError)) throw error;
    return renames.map(() => ({ kind: 'unseen', why: error.failure.message }));
  }
}

function evidenceOf(old: Read | null, now: Read | null, elsewhere: Read | null): RowEvidence | null {
  if (old === null) return null;
  const compared = now
    ? compareSamples(old.sample, now.sample, 'one database')
    : old.isByKey && elsewhere?.isByKey
      ? compareSamples(old.sample, elsewhere.sample, 'both databases')
      : null;
  return compared ?? heldBy(old.sample);
}

function namesOf({ kind, from, to }: CandidateRename, goal: SchemaGraph): { old: Wanted; now: Wanted } {
  const { parent = '', own = '' } = splitPart(from) ?? {};
  if (kind === 'column')
    return { old: { table: parent, columns: [own] }, now: { table: parent, columns: [to] } };
  const table = `${parent}.${to}`;
  const columns = sortedColumns(goal, table).slice(0, mostColumns);
  return { old: { table: from, columns }, now: { table, columns } };
}

/** The columns of a table by name: in two databases they may stand in another order. */
const sortedColumns = ({ snapshot }: SchemaGraph, table: string): string[] =>
  objectsOf(snapshot, table)
    .filter(({ kind, text }) => kind === 'column' && parseColumn(text).generated === null)
    .map(({ name }) => splitPart(name)?.own ?? '')
    .sort();

/** Reads each of these; null for what the database does not have, or does not let us read. */
function readAll(
  app: GenerateRequest,
  connection: ConnInfo,
  wanted: readonly (readonly Wanted[])[],
): Promise<(Read | null)[][]> {
  const inside = {
    ...app,
    log: atLeast('silent', app.log),
    config: { ...app.config, connection },
  };
  const bundled = { set: { baseline: null, migrations: [], superseded: [], head: '' }, lock: null };
  const waitBudget = { waitMs: () => mostWaitMs, isFinal: () => true };
  return withRun(inside, { isWriter: false, bundled, waitBudget }, async (run) => {
    const found: (Read | null)[][] = [];
    for (const group of wanted) {
      const read: (Read | null)[] = [];
      for (const one of group) read.push(await readOne(run, one));
      found.push(read);
    }
    return found;
  });
}

/** One that the server refuses, a view in the table's place or a statement that takes too long, says nothing. */
async function readOne(run: Run, wanted: Wanted): Promise<Read | null> {
  const { session, config } = run;
  try {
    const [facts] = await session.rows(
      `BEGIN; ${readOnlyPreamble(config.role)}; ${likeEverywhere}; ${factsQuery(wanted)}`,
    );
    if (!facts?.has_all) return null;
    const key = (facts.key as string[] | null)?.slice(0, mostColumns) ?? [];
    const isByKey =
      key.length > 0 && !key.some((column) => wanted.columns.length === 1 && wanted.columns.includes(column));
    const rows = await session.rows(sampleQuery(wanted, isByKey ? key : null));
    return { isByKey, sample: asSample(rows) };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return null;
  } finally {
    if (!session.isLost) await session.run('ROLLBACK');
  }
}

const asSample = (rows: readonly Row[]): Sample =>
  new Map(rows.map(({ key, value }) => [String(key), value === null ? null : String(value)]));

/** Two servers print a value alike; where policies hide rows the server refuses instead of leaving them out. */
const likeEverywhere = `SET LOCAL row_security = off; SET LOCAL statement_timeout = ${mostStatementMs};
  SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'`;

/** Whether it is a table that has these columns, and the columns of its primary key. */
const factsQuery = ({ table, columns }: Wanted): string => `
  SELECT ARRAY[${columns.map(literal)}]::text[] <@ ARRAY(
           SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS has_all,
         (SELECT json_agg(quote_ident(a.attname) ORDER BY k.place)
            FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
           WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid) AS key
    FROM pg_class c WHERE c.oid = to_regclass(${literal(table)}) AND c.relkind IN ('r', 'p')`;

/** Values by the functions that print their types: a cast may be somebody's function. */
function sampleQuery({ table, columns }: Wanted, key: readonly string[] | null): string {
  const digest = (names: readonly string[]): string =>
    `left(encode(sha256(convert_to(format('${names.map(() => '%L').join()}', ${names}), 'UTF8')), 'hex'), 24)`;
  const of = (name: string): string => `t.${name}`;
  const value = digest(columns.map(of));
  const [only] = columns;
  return `SELECT ${key ? digest(key.map(of)) : `t.tableoid || ' ' || t.ctid`} AS key,
      ${columns.length === 1 ? `CASE WHEN t.${only} IS NOT NULL THEN ${value} END` : value} AS value
    FROM ${table} t ${key ? `ORDER BY ${key.map(of)}` : ''} LIMIT ${mostRows}`;
}
