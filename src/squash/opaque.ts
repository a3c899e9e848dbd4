import { foldName, type SqlScript, type Statement, TokenReader } from '../sql/index.ts';
import { isOfDatabase } from './database-statement.ts';

/** A statement whose effect the schema and rows of a shadow may not show. */
export interface OpaqueStatement {
  readonly statement: Statement;
  /** What it is, e.g. `DO`, or the function that it calls. */
  readonly what: string;
}

/** What a shadow shows the effect of. */
export interface Shown {
  /** Names of functions of PostgreSQL's own, and of extensions whose doing is described. */
  readonly functions: ReadonlySet<string>;
}

/**
 * The statements of a script whose effect a shadow may not show: they depend on the server they run on, or do what no
 * description of a schema holds.
 */
export function opaqueStatements(script: SqlScript, shown: Shown): OpaqueStatement[] {
  return script.statements.flatMap((statement) => {
    const what = whatIsOpaque(script, statement, shown);
    return what === null ? [] : [{ statement, what }];
  });
}

const always = new Set(['DO', 'CALL', 'EXECUTE', 'SECURITY', 'LOAD', 'NOTIFY']);

/** Kinds that no snapshot describes, or that belong to the whole server. */
const undescribed = new Set([
  'DATABASE',
  'GROUP',
  'LARGE',
  'ROLE',
  'SUBSCRIPTION',
  'SYSTEM',
  'TABLESPACE',
  'USER',
]);

function whatIsOpaque(script: SqlScript, statement: Statement, shown: Shown): string | null {
  const [first = '', second = '', third = '', fourth = ''] = statement.words.map((word) =>
    word.toUpperCase(),
  );
  if (first === 'CALL' && isPolicy(statement, shown)) return null;
  if (first === 'DO' && isOfDatabase(script.source.text.slice(statement.start, statement.end))) return null;
  if (always.has(first)) return first === 'SECURITY' ? 'SECURITY LABEL' : first;
  if (first === 'CREATE' || first === 'ALTER' || first === 'DROP') {
    const kind = second === 'OR' ? fourth : second;
    // A snapshot has user mappings; users are the server's.
    if (kind === 'USER' && third === 'MAPPING') return null;
    return undescribed.has(kind) ? `${first} ${kind}` : null;
  }
  if (first === 'COMMENT') return undescribed.has(third) ? `COMMENT ON ${third}` : null;
  if (first === 'GRANT' || first === 'REVOKE')
    return isMembership(script, statement) ? `${first} of a role` : null;
  if (first !== 'SELECT' && first !== 'WITH' && first !== 'VALUES' && first !== 'TABLE') return null;
  const called = calledOutside(script, statement, shown.functions);
  return called === null ? null : `${called}()`;
}

/** A procedure of TimescaleDB that adds or removes a policy, of which the schema shows all. */
function isPolicy({ words }: Statement, { functions }: Shown): boolean {
  const name = foldName(words.slice(1, words.indexOf('(')).at(-1) ?? '');
  return /^(?:add|remove)_\w+_policy$/.test(name) && functions.has(name);
}

/** A grant of a role to a role names nothing that it is on. */
function isMembership(script: SqlScript, { start, end }: Statement): boolean {
  const reader = new TokenReader(script.source, start);
  while (reader.next() && reader.start < end) {
    if (reader.kind === 'word' && script.source.text.slice(reader.start, reader.end).toUpperCase() === 'ON')
      return false;
  }
  return true;
}

/** A function outside of pg_catalog that a statement calls by name; null where it calls none. */
function calledOutside(
  { source }: SqlScript,
  statement: Statement,
  functions: ReadonlySet<string>,
): string | null {
  const tokens = tokensOf(source, statement);
  for (let at = 0; at < tokens.length; at += 1) {
    if (!tokens[at]?.isName) continue;
    const first = at;
    while (tokens[at + 1]?.text === '.' && tokens[at + 2]?.isName) at += 2;
    const name = tokens.slice(first, at + 1).map(({ text }) => text);
    if (tokens[at + 1]?.text !== '(' || !isOutside(name, functions)) continue;
    const before = tokens[first - 1]?.text.toUpperCase() ?? '';
    if (!beforeNames.has(before) && !isSubquery(tokens, at + 1)) return name.join('');
  }
  return null;
}

interface Token {
  readonly text: string;
  readonly isName: boolean;
}

function tokensOf(source: SqlScript['source'], { start, end }: Statement): Token[] {
  const reader = new TokenReader(source, start);
  const tokens: Token[] = [];
  while (reader.next() && reader.start < end)
    tokens.push({
      text: source.text.slice(reader.start, reader.end),
      isName: reader.kind === 'word' || reader.kind === 'quoted',
    });
  return tokens;
}

/** What a table stands behind that rows go into, and what an alias or a type stands behind: none of them is called. */
const beforeNames = new Set(['INTO', 'AS']);

/** Whether the brackets that open at a place name the columns of a query in WITH: `a (b, c) AS (SELECT`. */
function isSubquery(tokens: readonly Token[], open: number): boolean {
  let depth = 0;
  const close = tokens.findIndex(({ text }, at) => {
    if (at < open) return false;
    depth += text === '(' ? 1 : text === ')' ? -1 : 0;
    return depth === 0;
  });
  const [as = '', ...behind] = tokens.slice(close + 1, close + 6).map(({ text }) => text.toUpperCase());
  if (close < 0 || as !== 'AS') return false;
  const [ledgerWrite, verb = ''] = behind.filter((word) => word !== 'NOT' && word !== 'MATERIALIZED');
  return ledgerWrite === '(' && queries.has(verb);
}

const queries = new Set(['SELECT', 'VALUES', 'TABLE', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', '(']);

/** Words that stand before a parenthesis and call nothing. */
const grammar = new Set(
  'ALL AND ANY ARRAY AS BETWEEN BY CASE CHARACTER COALESCE CONFLICT CROSS CUBE DEC DECIMAL DISTINCT ELSE END EXCEPT EXISTS EXTRACT FILTER FLOAT FROM GREATEST GROUPING HAVING IN INSERT INTERSECT INTO JOIN LATERAL LEAST LIMIT MATERIALIZED NCHAR NOT NULLIF OFFSET ON OR OVER OVERLAY POSITION RETURNING ROLLUP ROW SELECT SET SETS SOME SUBSTRING THEN TREAT TRIM UNION USING VALUES VARYING WHEN WHERE WITH WITHIN'.split(
    ' ',
  ),
);

function isOutside(name: readonly string[], functions: ReadonlySet<string>): boolean {
  const parts = name.filter((part) => part !== '.');
  const last = parts.at(-1) ?? '';
  if (parts.length > 1)
    return foldName(parts.at(-2) ?? '') !== 'pg_catalog' && !functions.has(foldName(last));
  return !grammar.has(last.toUpperCase()) && !functions.has(foldName(last));
}
