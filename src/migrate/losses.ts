import pg from 'pg';
import { count, type Failure, SlipwayError } from '../core/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import { ledgerTable } from '../ledger/index.ts';
import { literal, type Row } from '../postgres/index.ts';
import type { Script } from '../sql/index.ts';
import { divisionByZero } from './assertion.ts';
import { type Body, BodyFailure } from './body.ts';
import type { Run } from './run.ts';
import type { Proof } from './step.ts';

/** What the undoing of a version would take away for good. */
interface Loss {
  /** Qualified, and quoted for SQL. */
  readonly relation: string;
  /** Quoted for SQL; null where it is rows of the relation. */
  readonly column: string | null;
  /** How many rows, or values other than NULL. */
  readonly rows: number;
}

/** What a body took away, before it is known whether anything was in it. */
interface Taken {
  readonly how: 'dropped' | 'emptied' | 'deleted';
  readonly oid: string;
  readonly column: number | null;
  /** Of `deleted`: how many rows. */
  readonly rows: string | null;
}

/** How the rows of something that was taken away are counted. */
interface Counting {
  readonly relation: string;
  readonly column: string | null;
  /** What stands between `SELECT count(*)` and its end. */
  readonly from: string;
}

/**
 * What the transaction has taken away so far. To drop a relation or a column, and to empty one with TRUNCATE, takes an
 * ACCESS EXCLUSIVE lock (PostgreSQL docs 13.3.1), which is held to the end; what was deleted is counted by the server
 * (pg_stat_xact_user_tables, where track_counts is on).
 */
const takenQuery = (run: Run): string => `WITH locked AS (
    SELECT DISTINCT l.relation FROM pg_locks l
     WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
  SELECT 'dropped' AS how, relation::text AS oid, NULL::int AS attnum, NULL::text AS rows
    FROM locked WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = relation)
  UNION ALL
  SELECT 'dropped', attrelid::text, attnum, NULL
    FROM locked JOIN pg_attribute ON attrelid = relation WHERE attisdropped AND attnum > 0
  UNION ALL
  SELECT 'emptied', c.oid::text, NULL, NULL
    FROM locked JOIN pg_class c ON c.oid = relation WHERE c.relkind = 'r' AND pg_relation_size(c.oid) = 0
  UNION ALL
  SELECT 'deleted', relid::text, NULL, n_tup_del::text
    FROM pg_stat_xact_user_tables
   WHERE n_tup_del > 0 AND relid IS DISTINCT FROM to_regclass(${literal(ledgerTable(run.ledger))})`;

const readTaken = (rows: readonly Row[]): Taken[] =>
  rows.map(({ how, oid, attnum, rows: deleted }) => ({
    how: how as Taken['how'],
    oid: String(oid),
    column: attnum === null ? null : Number(attnum),
    rows: deleted === null ? null : String(deleted),
  }));

const keyOf = ({ how, oid, column }: Taken): string => `${how} ${oid} ${column ?? ''}`;

/** The body took something away of which it is not known whether anything was in it; all is rolled back. */
class MayLose extends BodyFailure {
  readonly taken: readonly Taken[];

  constructor(failure: Failure, taken: readonly Taken[]) {
    super(failure, null, undefined);
    this.taken = taken;
  }
}

/**
 * Lets no undoing take a row away that was not said may go. The body is run, and where it took something away it is
 * rolled back, and what it took is counted. Where that held nothing, the body is run again, under a lock that keeps it
 * so.
 */
export class LossGuard {
  readonly #run: Run;
  readonly #script: Script;
  readonly #title: string;
  /** The tables that were there before, by oid: what the body makes itself is nobody's loss, and is another one each time. */
  #tables: ReadonlySet<string> = new Set();
  /** What was found to hold nothing. */
  #empty: readonly Taken[] = [];
  #countings: readonly Counting[] = [];

  /** @param title of what is undone. */
  constructor(run: Run, script: Script, title: string) {
    this.#run = run;
    this.#script = script;
    this.#title = title;
  }

  /** To be called before the body is run. */
  async begin(): Promise<void> {
    const rows = await ask(this.#run, "SELECT oid::text AS oid FROM pg_class WHERE relkind IN ('r', 'p')");
    this.#tables = new Set(rows.map(({ oid }) => String(oid)));
  }

  /** Finds what the body took away, in its transaction; `mayRunAgain` takes what it throws. */
  get proof(): Proof {
    return {
      query: () => [takenQuery(this.#run)],
      hold: async (_run, _exit, answer) => {
        const known = new Set(this.#empty.map(keyOf));
        const taken = readTaken((answer?.[0]?.rows ?? []) as Row[]).filter(
          (one) => this.#tables.has(one.oid) && !known.has(keyOf(one)),
        );
        if (taken.length > 0) throw new MayLose(this.#refusal([]), taken);
      },
    };
  }

  /**
   * What goes ahead of the body, so that nobody adds a row to what was found to hold none. The server refuses it (22012)
   * where somebody has.
   */
  ahead(): string[] {
    const relations = [...new Set(this.#countings.map(({ relation }) => relation))];
    return [
      ...relations.map((relation) => `LOCK TABLE ${relation} IN ACCESS EXCLUSIVE MODE`),
      ...this.#countings.map(
        ({ from }) => `SELECT 1 / CASE WHEN EXISTS (SELECT FROM ${from}) THEN 0 ELSE 1 END`,
      ),
    ];
  }

  /**
   * Whether the body is to be run again: it was rolled back to count what it took away, and that held nothing; or
   * somebody has added a row meanwhile, and it is counted anew.
   *
   * @param error what running it threw.
   * @throws SlipwayError (64) naming all that would be lost.
   */
  async mayRunAgain(error: unknown): Promise<boolean> {
    if (error instanceof pg.DatabaseError && error.code === divisionByZero && this.#countings.length > 0) {
      this.#empty = [];
      this.#countings = [];
      return true;
    }
    if (!(error instanceof MayLose)) return false;
    const { losses, countings } = await lossesIn(this.#run, error.taken);
    if (losses.length > 0) throw new SlipwayError(this.#refusal(losses));
    this.#empty = [...this.#empty, ...error.taken];
    this.#countings = [...this.#countings, ...countings];
    return true;
  }

  /** @throws SlipwayError (64) for a body outside of a transaction, of which nothing can be counted before it is gone. */
  assertCountable(body: Body): void {
    const statements = body.kind === 'sql' ? [...body.script.statements] : [];
    if (statements.every(({ words }) => losesNothing(words))) return;
    throw new SlipwayError({
      exit: 'usage',
      place: { file: this.#script.source.path },
      message: `the undoing of ${this.#title} runs outside of a transaction: what it would lose cannot be counted before it is gone`,
      remedy: 'Check the file. If nothing is lost, or what is lost may go: slipway down --accept-data-loss.',
    });
  }

  #refusal(losses: readonly Loss[]): Failure {
    return {
      exit: 'usage',
      place: { file: this.#script.source.path },
      message: `the undoing of ${this.#title} would lose ${listLosses(losses)}`,
      detail: losses.length > 1 ? losses.map(describeLoss) : undefined,
      remedy:
        'It was not undone. Save what is to be kept; if the rest may go: slipway down --accept-data-loss.',
    };
  }
}

/** Statements that take no row away; those that cannot run in a transaction, and what makes indexes and comments. */
const losesNothing = ([first = '', second = '', ...rest]: readonly string[]): boolean =>
  harmless.has(first) ||
  (first === 'DROP' && second === 'INDEX') ||
  (first === 'ALTER' && second === 'TABLE' && rest.includes('CONCURRENTLY'));

const harmless = new Set(['VACUUM', 'ANALYZE', 'REINDEX', 'REFRESH', 'CLUSTER', 'CREATE', 'COMMENT', 'SET']);

/** So many are named in the first line. */
const mostNamed = 3;

function listLosses(losses: readonly Loss[]): string {
  const named = losses.slice(0, mostNamed).map(describeLoss);
  const more = losses.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(' and ');
}

/** `3 rows of public.b`, `2 values of public.a.note`. */
const describeLoss = ({ relation, column, rows }: Loss): string =>
  column === null
    ? `${count(rows, 'row')} of ${relation}`
    : `${count(rows, 'value')} of ${relation}.${column}`;

/** Counts what was taken away, now that it is there again. */
async function lossesIn(
  run: Run,
  taken: readonly Taken[],
): Promise<{ readonly losses: readonly Loss[]; readonly countings: readonly Counting[] }> {
  const found = await ask(run, countingsQuery(taken));
  const losses: Loss[] = [];
  const countings: Counting[] = [];
  for (const { relation, column_name: column, source, deleted } of found) {
    const named = { relation: String(relation), column: column === null ? null : String(column) };
    if (deleted !== null) {
      losses.push({ ...named, rows: Number(deleted) });
      continue;
    }
    const counting = { ...named, from: String(source) };
    const [counted] = await ask(run, `SELECT count(*)::text AS rows FROM ${counting.from}`);
    const rows = Number(counted?.rows);
    if (rows > 0) losses.push({ ...named, rows });
    else countings.push(counting);
  }
  return { losses, countings };
}

/** Reads, with no limit to the time; where policies hide rows the server refuses instead of leaving them out (42501). */
async function ask({ session, config }: Run, query: string): Promise<readonly Row[]> {
  const message = [readOnlyPreamble(config.role), 'SET LOCAL row_security = off', query].join('; ');
  const results = await session.work(message, () => true);
  return (results.at(-1)?.rows ?? []) as Row[];
}

/**
 * What to count of what was taken away: tables, and columns that hold more than what they were added with. A partition
 * counts with its parent where that went too. A value that ADD COLUMN gave to the rows of then (`attmissingval`) is
 * given again by the next `up`. What an extension keeps for itself is nobody's row, and TimescaleDB moves rows between a
 * chunk and its compressed form.
 */
const countingsQuery = (
  taken: readonly Taken[],
): string => `WITH taken (how, oid, attnum, deleted) AS (VALUES ${taken
  .map(
    ({ how, oid, column, rows }) =>
      `(${literal(how)}, ${literal(oid)}::oid, ${column ?? 'NULL'}::int, ${rows ?? 'NULL'}::bigint)`,
  )
  .join(', ')})
  SELECT relation, column_name, deleted::text,
         CASE WHEN how = 'emptied' THEN 'ONLY ' ELSE '' END || relation || CASE WHEN column_name IS NOT NULL
           THEN format(' WHERE %s IS NOT NULL', column_name) || coalesce(' AND ' || column_name || '::text <> ' || added, '')
           ELSE '' END AS source
    FROM (
      SELECT t.how, t.deleted, quote_ident(a.attname) AS column_name,
             format('%I.%I', n.nspname, c.relname) AS relation,
             CASE WHEN a.atthasmissing AND y.typnamespace = 'pg_catalog'::regnamespace AND y.typtype = 'b'
               THEN format('(%L::%s[])[1]::text', a.attmissingval::text, format_type(a.atttypid, a.atttypmod)) END AS added
        FROM taken t
        JOIN pg_class c ON c.oid = t.oid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = t.attnum AND NOT a.attisdropped
        LEFT JOIN pg_type y ON y.oid = a.atttypid
       WHERE c.relkind IN ('r', 'p') AND (t.attnum IS NULL OR a.attgenerated = '')
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         AND NOT (n.nspname = '_timescaledb_internal' AND (t.how = 'emptied' OR c.relname ~ '^_?compress'))
         AND NOT EXISTS (
           SELECT FROM taken p
             JOIN pg_inherits i ON i.inhparent = p.oid AND i.inhrelid = c.oid
             LEFT JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = p.attnum
            WHERE t.how = 'dropped' AND p.how = 'dropped' AND b.attname IS NOT DISTINCT FROM a.attname)
    ) AS found
   ORDER BY relation, column_name`;
