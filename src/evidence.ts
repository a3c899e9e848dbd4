import pg from 'pg';
import { identifier, literal, type Session } from './connection/session.ts';
import { type Candidate, type Tool, toolOf, tools } from './evidence-tools.ts';
import { asking } from './inspect.ts';

/** The version table of another migration tool, as it was found; the numbers are null where it may not be read. */
export interface Trace {
  readonly tool: string;
  /** Qualified, and quoted for SQL. */
  readonly table: string;
  /** Further tables of the same tool, likewise. */
  readonly companions: readonly string[];
  readonly contents: {
    readonly rows: number;
    /** The newest first, a few of them. */
    readonly versions: readonly string[];
    /** Versions whose row says that they did not come to an end, a few of them. */
    readonly unfinished: readonly string[];
  } | null;
}

/** What another tool's history says, judged. It decides nothing, and nothing of it is written to. */
export interface Evidence {
  readonly tool: string;
  readonly table: string;
  readonly rows: number | null;
  readonly versions: readonly string[];
  readonly problems: readonly string[];
  /** What removes it, once the tool is no longer used. */
  readonly cleanup: string;
}

/** Judges a trace; pure. */
export function judge({ tool, table, companions, contents }: Trace): Evidence {
  const problems: string[] = [];
  if (contents === null) problems.push('this role may not read it');
  else {
    const { rows, unfinished } = contents;
    if (rows === 0) problems.push('it records nothing');
    if (tool === 'Alembic' && rows > 1) {
      problems.push(`${rows} rows where one is right: its history has ${rows} heads, or was stamped twice`);
    }
    if (unfinished.length > 0) {
      problems.push(`failed, rolled back or never finished there: ${unfinished.join(', ')}`);
    }
  }
  return {
    tool,
    table,
    rows: contents?.rows ?? null,
    versions: contents?.versions ?? [],
    problems,
    cleanup: `DROP TABLE ${[table, ...companions].join(', ')};`,
  };
}

/** Evidence in one line; pure. */
export function describeEvidence({ tool, table, rows, versions, problems, cleanup }: Evidence): string {
  const counted = rows === null ? '' : `, ${rows} ${rows === 1 ? 'row' : 'rows'}`;
  const named = rows !== null && rows > versions.length ? [...versions, '...'] : versions;
  const newest = named.length > 0 ? ` (${named.join(', ')})` : '';
  const said = problems.map((problem) => `; ${problem}`).join('');
  return `${table} is the version table of ${tool}${counted}${newest}${said}. Not touched; once it is no longer used: ${cleanup}`;
}

/** So many rows are read at most: a table by this name may be anything. */
const mostRows = 10_000;
const mostNamed = 3;

/**
 * Looks for the version tables of other tools in every schema. Reads only, and only what the role may read: a table
 * with row security is left alone, since its policies would run with our privileges.
 *
 * @param role to look as; null: the one that logged in.
 */
export async function findEvidence(session: Session, role: string | null): Promise<Evidence[]> {
  const rows = await session.rows(asking(role) + candidatesQuery());
  const traces: Trace[] = [];
  for (const row of rows) {
    const candidate: Candidate = {
      schema: String(row.schema),
      name: String(row.name),
      columns: row.columns as Candidate['columns'],
      siblings: row.siblings as Candidate['siblings'],
    };
    const tool = toolOf(candidate);
    if (!tool) continue;
    const inSchema = (table: string): string => `${String(row.quoted_schema)}.${quoted(table)}`;
    const table = inSchema(candidate.name);
    const companions = (tool.companions ?? [])
      .filter((name) => candidate.siblings.includes(name))
      .map(inSchema);
    const contents = row.readable === true ? await readContents(session, role, tool, table) : null;
    traces.push({ tool: tool.name, table, companions, contents });
  }
  return traces.map(judge);
}

/** Quoted only where it must be, so that it reads as a person would write it. */
const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name));

const candidatesQuery =
  (): string => `SELECT n.nspname AS schema, quote_ident(n.nspname) AS quoted_schema, c.relname AS name,
      (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT coalesce(jsonb_agg(s.relname), '[]') FROM pg_class s WHERE s.relnamespace = n.oid AND s.relkind = 'r'
          AND s.relname IN (${listed(tools.flatMap(({ companions }) => companions ?? []))})) AS siblings,
      NOT c.relrowsecurity AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relname IN (${listed(tools.map(({ table }) => table))})
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp_)'
   ORDER BY n.nspname, c.relname`;

const listed = (names: readonly string[]): string => [...new Set(names)].map(literal).join(', ');

/** null where the server objects: what cannot be read is said, and stands in nobody's way. */
async function readContents(
  session: Session,
  role: string | null,
  { version, order, unfinished = 'false' }: Tool,
  table: string,
): Promise<Trace['contents']> {
  try {
    const [row] = await session.rows(
      `${asking(role)} SELECT count(*)::int AS rows,
          to_jsonb((array_agg(version ORDER BY position DESC))[1:${mostNamed}]) AS versions,
          to_jsonb((array_agg(version ORDER BY position DESC) FILTER (WHERE unfinished))[1:${mostNamed}]) AS unfinished
        FROM (SELECT (${version})::text AS version, ${order} AS position, coalesce(${unfinished}, false) AS unfinished
                FROM ONLY ${table} LIMIT ${mostRows}) AS history`,
    );
    return {
      rows: Number(row?.rows),
      versions: (row?.versions ?? []) as string[],
      unfinished: (row?.unfinished ?? []) as string[],
    };
  } catch (error) {
    if (error instanceof pg.DatabaseError) return null;
    throw error;
  }
}
