import pg from 'pg';
import { count } from '../core/index.ts';
import { type CopiedRow, copyTable } from '../postgres/copy-table.ts';
import { identifier, literal, type Session, TooLarge } from '../postgres/index.ts';
import { type Candidate, type Tool, toolOf, tools } from './evidence-tools.ts';
import { readOnlyPreamble } from './queries.ts';

/** The version table of another migration tool, as it was found. */
export interface ToolTrace {
  readonly tool: string;
  /** Qualified, and quoted for SQL. */
  readonly table: string;
  /** Further tables of the same tool, likewise. */
  readonly companions: readonly string[];
  /** What it holds; where it was not read, why. */
  readonly contents:
    | {
        readonly rows: number;
        /** The newest first, a few of them. */
        readonly versions: readonly string[];
        /** Versions whose row says that they did not come to an end, a few of them. */
        readonly unfinished: readonly string[];
      }
    | string;
}

/** What another tool's history says, judged. It decides nothing, and nothing of it is written to. */
export interface ToolEvidence {
  readonly tool: string;
  readonly table: string;
  readonly rows: number | null;
  readonly versions: readonly string[];
  readonly problems: readonly string[];
  /** What removes it, once the tool is no longer used. */
  readonly cleanup: string;
}

/** Judges a trace. */
export function interpretTrace({ tool, table, companions, contents }: ToolTrace): ToolEvidence {
  const problems: string[] = [];
  if (typeof contents === 'string') problems.push(contents);
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
    rows: typeof contents === 'string' ? null : contents.rows,
    versions: typeof contents === 'string' ? [] : contents.versions,
    problems,
    cleanup: `DROP TABLE ${[table, ...companions].join(', ')};`,
  };
}

/** Evidence in one line. */
export function describeEvidence({ tool, table, rows, versions, problems, cleanup }: ToolEvidence): string {
  const counted = rows === null ? '' : `, ${count(rows, 'row')}`;
  const named = rows !== null && rows > versions.length ? [...versions, '...'] : versions;
  const newest = named.length > 0 ? ` (${named.join(', ')})` : '';
  const said = problems.map((problem) => `; ${problem}`).join('');
  return `${table} is the version table of ${tool}${counted}${newest}${said}. Not touched; once it is no longer used: ${cleanup}`;
}

/** So much is read at most: a table by this name may be anything. */
const mostBytes = 16 * 1024 * 1024;
const mostNamed = 3;

/**
 * Looks for the version tables of other tools in every schema. Reads only, and only what the role may read: what
 * its owner may have made of it in between runs nothing of his (`copyTable`).
 *
 * @param role to look as; null: the one that logged in.
 * @param isOwn whether a table, by its qualified name, is one that the project made itself.
 */
export async function findEvidence(
  session: Session,
  role: string | null,
  isOwn: (table: string) => boolean,
): Promise<ToolEvidence[]> {
  const rows = await session.rows(readOnlyPreamble(role) + candidatesQuery());
  const traces: ToolTrace[] = [];
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
    if (isOwn(table)) continue;
    const companions = (tool.companions ?? [])
      .filter((name) => candidate.siblings.includes(name))
      .map(inSchema);
    const contents =
      row.readable === true ? await readContents(session, role, tool, table) : 'this role may not read it';
    traces.push({ tool: tool.name, table, companions, contents });
  }
  return traces.map(interpretTrace);
}

/** Quoted only where it must be, so that it reads as a person would write it. */
const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name));

const candidatesQuery =
  (): string => `SELECT n.nspname AS schema, quote_ident(n.nspname) AS quoted_schema, c.relname AS name,
      (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT coalesce(jsonb_agg(s.relname), '[]') FROM pg_class s WHERE s.relnamespace = n.oid AND s.relkind = 'r'
          AND s.relname IN (${listed(tools.flatMap(({ companions }) => companions ?? []))})) AS siblings,
      NOT row_security_active(c.oid) AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relname IN (${listed(tools.map(({ table }) => table))})
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp_)'
   ORDER BY n.nspname, c.relname`;

const listed = (names: readonly string[]): string => [...new Set(names)].map(literal).join(', ');

/** What the table holds; where it is not read, why. */
async function readContents(
  session: Session,
  role: string | null,
  tool: Tool,
  table: string,
): Promise<ToolTrace['contents']> {
  try {
    const columns = Object.keys(tool.columns).map(identifier);
    return summarize(tool, await copyTable(session, readOnlyPreamble(role), { table, columns }, mostBytes));
  } catch (error) {
    if (error instanceof TooLarge) return 'it is too large to be read';
    if (error instanceof pg.DatabaseError) return `it could not be read: ${error.message}`;
    throw error;
  }
}

function summarize({ version, order, unfinished }: Tool, rows: readonly CopiedRow[]): ToolTrace['contents'] {
  const sorted = [...rows].sort((a, b) => compareValues(b[order] ?? '', a[order] ?? ''));
  const named = (some: readonly CopiedRow[]): string[] =>
    some.slice(0, mostNamed).map((row) => String(version(row)));
  return {
    rows: rows.length,
    versions: named(sorted),
    unfinished: unfinished ? named(sorted.filter(unfinished)) : [],
  };
}

const isNumber = (text: string): boolean => /^-?\d{1,30}$/.test(text);

/** Numbers by size, all else (texts, moments as ISO 8601 prints them in UTC) as text. */
function compareValues(a: string, b: string): number {
  if (a === b) return 0;
  return (isNumber(a) && isNumber(b) ? BigInt(a) < BigInt(b) : a < b) ? -1 : 1;
}
