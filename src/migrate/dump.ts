import { readOnlyPreamble } from '../inspect/index.ts';
import type { Log } from '../log/index.ts';
import { literal } from '../postgres/index.ts';
import { foldName, placeAt, type SqlScript, type Statement } from '../sql/index.ts';
import { blankParts, type LeftOut } from '../sql/left-out.ts';
import type { Body } from './body.ts';
import type { Run } from './run.ts';

/** What the server has of the things that a dump names. */
interface ServerHas {
  readonly parameters: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
}

/**
 * Makes a file that pg_dump wrote on another server run on this one: `SET` of a parameter that this major does
 * not know, a schema that is there already, and comments on extensions, which only their owner may write, are left
 * out, and the log says so.
 */
export async function fitDump(run: Run, body: Body): Promise<Body> {
  if (body.kind !== 'sql') return body;
  const names = body.script.statements.flatMap((statement) => named(statement) ?? []);
  if (names.length === 0) return body;
  const has = await ask(run, names);
  const parts = body.script.statements.flatMap((statement) => partOf(statement, has) ?? []);
  return { kind: 'sql', script: leaveOut(body.script, parts, run.log) };
}

/** The script without these parts; each is told the log. */
export function leaveOut(script: SqlScript, parts: readonly LeftOut[], log: Log | null): SqlScript {
  for (const { start, reason } of log ? parts : []) {
    if (reason === null) continue;
    const { file, line } = placeAt(script.source, start);
    log?.info({ event: 'leftOut', file, line }, `${file}:${line}: left out, ${reason}`);
  }
  return blankParts(script, parts);
}

/** A statement that has no place on a server that has these things. */
function partOf(statement: Statement, has: ServerHas): LeftOut | null {
  const subject = named(statement);
  const reason = subject && reasonAgainst(subject, has);
  return reason === null ? null : { start: statement.start, end: statement.end, reason };
}

function reasonAgainst({ kind, name }: Subject, has: ServerHas): string | null {
  switch (kind) {
    case 'parameter':
      return has.parameters.has(name) ? null : `this server does not know the parameter ${name}`;
    case 'schema':
      return has.schemas.has(name) ? `the schema ${name} is there already` : null;
    case 'extension':
      return 'only its owner may comment on an extension';
  }
}

interface Subject {
  readonly kind: 'parameter' | 'schema' | 'extension';
  readonly name: string;
}

function named({ words }: Statement): Subject | null {
  const [first, second, third = ''] = words;
  if (first === 'COMMENT' && second === 'ON' && third === 'EXTENSION')
    return { kind: 'extension', name: words[3] ?? '' };
  if (first === 'CREATE' && second === 'SCHEMA' && words.length === 3)
    return { kind: 'schema', name: foldName(third) };
  if (first !== 'SET') return null;
  const at = second === 'LOCAL' || second === 'SESSION' ? 2 : 1;
  const isAssignment = words[at + 1] === '=' || words[at + 1] === 'TO';
  return isAssignment ? { kind: 'parameter', name: foldName(words[at] ?? '').toLowerCase() } : null;
}

/** Parameters that every server knows and pg_settings does not show (guc_tables.c, GUC_NO_SHOW_ALL). */
const unlisted = ['role', 'session_authorization', 'seed'];

async function ask({ session, config }: Run, subjects: readonly Subject[]): Promise<ServerHas> {
  const list = (kind: Subject['kind']): string =>
    ['', ...subjects.filter((subject) => subject.kind === kind).map(({ name }) => name)]
      .map(literal)
      .join(', ');
  const rows = await session.rows(
    `${readOnlyPreamble(config.role)} SELECT 'parameter' AS kind, lower(name) AS name FROM pg_settings WHERE lower(name) IN (${list('parameter')})
     UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspname IN (${list('schema')})`,
  );
  const of = (kind: string): Set<string> =>
    new Set(rows.filter((row) => row.kind === kind).map(({ name }) => String(name)));
  return { parameters: new Set([...of('parameter'), ...unlisted]), schemas: of('schema') };
}
