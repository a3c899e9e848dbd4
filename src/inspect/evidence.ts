import pg from 'pg';
import { count } from '../core/index.ts';
import { type CopiedRow, copyTable } from '../postgres/copy-table.ts';
import { identifier, literal, type Row, type Session, TooLarge } from '../postgres/index.ts';
import { type Candidate, companionsAmong, type Tool, toolOf, tools } from './evidence-tools.ts';
import { readOnlyPreamble } from './queries.ts';
import { mostNamed, summarize, type TableContents } from './version-rows.ts';

/** The version table of another migration tool, as it was found. */
export interface ToolTrace {
  readonly tool: Pick<Tool, 'name' | 'mend' | 'keep' | 'isSeveral' | 'isOneRow'>;
  /** Qualified, and quoted for SQL. */
  readonly table: string;
  /** Further tables of the same tool, likewise. */
  readonly companions: readonly string[];
  /** What it holds; where it was not read, why. */
  readonly contents: TableContents | string;
  /** What a further table of the tool says is wrong; null: nothing. */
  readonly problemBeside: string | null;
}

/** What another tool's history says, judged. It decides nothing, and nothing of it is written to. */
export interface ToolEvidence {
  readonly tool: string;
  readonly table: string;
  readonly rows: number | null;
  /** The version that it says the database is at; null where it does not tell. */
  readonly version: string | null;
  /** Those that were not undone, the newest first, a few of them. */
  readonly versions: readonly string[];
  /** Those that do not count as applied, though a row names them: undone, resolved as rolled back, deleted; a few of them. */
  readonly undone: readonly string[];
  readonly problems: readonly string[];
  /** What removes it, once the tool is no longer used; null where it may be another program's, or is to stay. */
  readonly cleanup: string | null;
  /** Why nothing is said that removes it; null where `cleanup` does. */
  readonly kept: string | null;
  /** What to do first; null where nothing is unfinished there. */
  readonly remedy: string | null;
}

/** Judges a trace. */
export function interpretTrace({
  tool,
  table,
  companions,
  contents,
  problemBeside,
}: ToolTrace): ToolEvidence {
  const problems = problemsOf(tool, contents);
  const isUnsettled =
    problemBeside !== null || (typeof contents !== 'string' && contents.unfinished.length > 0);
  if (problemBeside !== null) problems.push(problemBeside);
  const isTold = typeof contents !== 'string' && !tool.isSeveral && !(tool.isOneRow && contents.rows > 1);
  return {
    tool: tool.name,
    table,
    rows: typeof contents === 'string' ? null : contents.rows,
    version: isTold ? contents.newest : null,
    versions: typeof contents === 'string' ? [] : contents.versions,
    undone: typeof contents === 'string' ? [] : contents.undone,
    problems,
    cleanup: tool.keep === undefined ? `DROP TABLE ${[table, ...companions].join(', ')};` : null,
    kept: tool.keep ?? null,
    remedy: isUnsettled ? repairFirst(tool) : null,
  };
}

const repairFirst = ({ name, mend }: ToolTrace['tool']): string =>
  `First finish or repair that with ${name}${mend === undefined ? '' : ` (${mend})`}; then \`slipway adopt\` takes the database over where its schema matches a version.`;

function problemsOf({ isOneRow }: ToolTrace['tool'], contents: ToolTrace['contents']): string[] {
  if (typeof contents === 'string') return [contents];
  const { rows, unfinished } = contents;
  const problems: string[] = [];
  if (rows === 0) problems.push('it records nothing');
  if (isOneRow && rows > 1) {
    problems.push(`${rows} rows where one is right: its history has ${rows} heads, or was stamped twice`);
  }
  if (unfinished.length > 0) {
    problems.push(`failed or never finished there: ${unfinished.join(', ')}`);
  }
  return problems;
}

/** Evidence in one line. */
export function describeEvidence(found: ToolEvidence): string {
  const { tool, table, rows, versions, undone, problems, cleanup, kept } = found;
  const counted = rows === null ? '' : `, ${count(rows, 'row')}`;
  const named = versions.length === mostNamed && Number(rows) > mostNamed ? [...versions, '...'] : versions;
  const newest = named.length > 0 ? ` (${named.join(', ')})` : '';
  const recorded = undone.length > 0 ? [`recorded as undone: ${undone.join(', ')}`] : [];
  const said = [...recorded, ...problems].map((problem) => `; ${problem}`).join('');
  const after = cleanup === null ? kept : `once it is no longer used: ${cleanup}`;
  return `${table} is the version table of ${tool}${counted}${newest}${said}. Not touched; ${after}`;
}

/** So much is read at most: a table by this name may be anything. */
const mostBytes = 16 * 1024 * 1024;

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
  const found = (await session.rows(readOnlyPreamble(role) + candidatesQuery())).map(asFound);
  const bySchema = new Map<string, FoundTable[]>();
  for (const one of found) {
    const siblings = bySchema.get(one.schema) ?? [];
    siblings.push(one);
    bySchema.set(one.schema, siblings);
  }
  const evidence: ToolEvidence[] = [];
  for (const one of found) {
    const siblings = bySchema.get(one.schema) ?? [];
    const tool = toolOf({ ...one, siblings: columnsByName(siblings) });
    if (!tool || isOwn(one.table)) continue;
    evidence.push(interpretTrace(await readTrace({ session, role }, tool, one, siblings)));
  }
  return evidence;
}

const columnsByName = (siblings: readonly FoundTable[]): Candidate['siblings'] =>
  Object.fromEntries(siblings.map(({ name, columns }) => [name, columns]));

/** How a table is read. */
interface Access {
  readonly session: Session;
  readonly role: string | null;
}

/** @param siblings the tables of the same schema that have a name that is searched for. */
async function readTrace(
  access: Access,
  tool: Tool,
  found: FoundTable,
  siblings: readonly FoundTable[],
): Promise<ToolTrace> {
  const { companions = {}, alsoRead } = tool;
  const names = companionsAmong(tool, columnsByName(siblings));
  const companionTables = siblings.filter(({ name }) => names.includes(name));
  const contents = await readContents(access, found, columnsOf(tool, found));
  const beside = companionTables.find(({ name }) => name === alsoRead?.table);
  const rows = beside ? await readContents(access, beside, companions[beside.name] ?? []) : [];
  return {
    tool,
    table: found.table,
    companions: companionTables.map(({ table }) => table),
    contents: typeof contents === 'string' ? contents : summarize(tool, contents),
    problemBeside: typeof rows === 'string' ? null : (alsoRead?.problemOf(rows) ?? null),
  };
}

/** A table with a name that is searched for. */
interface FoundTable extends Omit<Candidate, 'siblings'> {
  /** Qualified, and quoted for SQL. */
  readonly table: string;
  readonly isReadable: boolean;
}

const asFound = (row: Row): FoundTable => ({
  schema: String(row.schema),
  name: String(row.name),
  table: `${String(row.quoted_schema)}.${quoted(String(row.name))}`,
  columns: (row.columns ?? {}) as FoundTable['columns'],
  isReadable: row.readable === true,
});

const columnsOf = ({ columns, newer = [] }: Tool, { columns: there }: FoundTable): string[] => [
  ...Object.keys(columns),
  ...newer.filter((column) => Object.hasOwn(there, column) && !Object.hasOwn(columns, column)),
];

/** Quoted only where it must be, so that it reads as a person would write it. */
const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name));

const searched = [
  ...new Set(tools.flatMap(({ table, companions = {} }) => [table, ...Object.keys(companions)])),
];

const candidatesQuery =
  (): string => `SELECT n.nspname AS schema, quote_ident(n.nspname) AS quoted_schema, c.relname AS name,
      (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      NOT row_security_active(c.oid) AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relname IN (${searched.map(literal).join(', ')})
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp_)'
   ORDER BY n.nspname, c.relname`;

/** The rows of a table, with these columns; where it is not read, why. */
async function readContents(
  { session, role }: Access,
  { table, isReadable }: FoundTable,
  columns: readonly string[],
): Promise<CopiedRow[] | string> {
  if (!isReadable) return 'this role may not read it';
  const copied = { table, columns: columns.map(identifier) };
  try {
    return await copyTable(session, readOnlyPreamble(role), copied, mostBytes);
  } catch (error) {
    if (error instanceof TooLarge) return 'it is too large to be read';
    if (error instanceof pg.DatabaseError) return `it could not be read: ${error.message}`;
    throw error;
  }
}
