import { type Place, SlipwayError } from '../core/index.ts';
import { isSetting, placeAt, type SqlScript, type Statement, TokenReader } from '../sql/index.ts';
import { outsideTransaction, transactionControl } from '../sql/lint.ts';

/** Statements that go into one file. */
export interface StatementGroup {
  /** Whether each runs by itself; else they share a transaction. */
  readonly isOutside: boolean;
  /** As in `Directives`: what the BEGIN around them asks for; null where it asks for nothing. */
  readonly isolation: string | null;
  readonly statements: readonly Statement[];
}

/**
 * Groups the statements of a script by the file that they go into: those that cannot run in a transaction beside each
 * other, and the others; what stood between BEGIN and COMMIT is a group of its own. A statement that sets something in
 * the session goes into the group that follows it.
 *
 * @returns the groups in order, without BEGIN and COMMIT.
 * @throws SlipwayError (65) with the place of what cannot be told apart.
 */
export function splitGroups(script: SqlScript): StatementGroup[] {
  const groups: StatementGroup[] = [];
  let open: { isOutside: boolean; isolation: string | null; statements: Statement[] } | null = null;
  let settings: Statement[] = [];
  let block: { readonly begin: Statement; readonly isolation: string | null } | null = null;
  const close = (): void => {
    // What is set alone is no file: it belongs to the first one with a statement after it.
    if (open?.statements.every(isSetting)) settings = [...open.statements, ...settings];
    else if (open) groups.push(open);
    open = null;
  };
  for (const statement of script.statements) {
    const control = transactionControl(statement);
    if (control !== null) {
      const does = controlOf(script, statement, control);
      if (does.kind === 'begin' && block)
        throw splitProblem(script, statement, `${control} inside of a transaction`, twice);
      if (does.kind === 'end' && !block)
        throw splitProblem(script, statement, `${control} without a BEGIN`, twice);
      close();
      block = does.kind === 'begin' ? { begin: statement, isolation: does.isolation } : null;
      continue;
    }
    const outside = outsideOf(script, statement);
    if (outside !== null && block) {
      throw splitProblem(
        script,
        statement,
        `${outside} between BEGIN and COMMIT, where no server takes it`,
        'Move it behind the COMMIT, or end the transaction ahead of it, as its statements allow.',
      );
    }
    if (isSetting(statement) && block === null) {
      settings.push(statement);
      continue;
    }
    const isOutside = outside !== null;
    if (open && open.isOutside !== isOutside) close();
    open ??= { isOutside, isolation: block?.isolation ?? null, statements: [] };
    open.statements.push(...settings, statement);
    settings = [];
    // A new value may be used once it is committed (PostgreSQL docs, ALTER TYPE, "Notes").
    if (addsValue(statement) && block === null) close();
  }
  if (block) throw splitProblem(script, block.begin, 'a BEGIN without its COMMIT', twice);
  close();
  const last = groups.at(-1);
  if (settings.length > 0 && last)
    groups[groups.length - 1] = { ...last, statements: [...last.statements, ...settings] };
  return groups;
}

const twice =
  'Write each transaction as BEGIN and COMMIT around its statements; what was to be rolled back leaves nothing to split.';

type Control = { readonly kind: 'begin'; readonly isolation: string | null } | { readonly kind: 'end' };

const levels: Readonly<Record<string, string | null>> = {
  'READ UNCOMMITTED': null,
  'READ COMMITTED': null,
  'REPEATABLE READ': 'repeatable-read',
  SERIALIZABLE: 'serializable',
};

function controlOf(script: SqlScript, statement: Statement, control: string): Control {
  const words = statement.words.map((word) => word.toUpperCase());
  const rest = words
    .slice(1)
    .filter((word) => word !== 'WORK' && word !== 'TRANSACTION')
    .join(' ');
  if (control === 'COMMIT' || control === 'END') {
    if (rest === '' || rest === 'AND NO CHAIN') return { kind: 'end' };
  } else if (control === 'BEGIN' || control === 'START TRANSACTION') {
    if (rest === '') return { kind: 'begin', isolation: null };
    const level = /^ISOLATION LEVEL (.+)$/.exec(rest)?.[1] ?? '';
    if (Object.hasOwn(levels, level)) return { kind: 'begin', isolation: levels[level] ?? null };
  }
  throw splitProblem(
    script,
    statement,
    `"${words.join(' ')}" cannot be split: only BEGIN, with an isolation level or without, and COMMIT are`,
    twice,
  );
}

/**
 * How a statement is called that cannot run in a transaction; a DO that ends one is among them (PostgreSQL docs 41.8).
 * Null for any other.
 */
export function outsideOf({ source, text }: SqlScript, statement: Statement): string | null {
  const outside = outsideTransaction(statement);
  if (outside !== null || statement.words[0] !== 'DO') return outside;
  const reader = new TokenReader(source, statement.start);
  while (reader.next() && reader.start < statement.end) {
    if (reader.kind !== 'literal') continue;
    const body = /^(\$[^$]*\$)(.*)\1$/s.exec(text.slice(reader.start, reader.end))?.[2];
    const control = body === undefined ? null : controlInBody(body);
    if (control !== null) return `DO with ${control}`;
  }
  return null;
}

/** The first COMMIT or ROLLBACK that is a statement of a body in PL/pgSQL. */
function controlInBody(body: string): string | null {
  const reader = new TokenReader({ path: '', text: body, checksum: '' });
  let before = ';';
  while (reader.next()) {
    const word = body.slice(reader.start, reader.end).toUpperCase();
    if ((word === 'COMMIT' || word === 'ROLLBACK') && mayPrecede.has(before)) return word;
    before = word;
  }
  return null;
}

const mayPrecede: ReadonlySet<string> = new Set([';', 'BEGIN', 'THEN', 'ELSE', 'LOOP', '>>']);

const addsValue = ({ words }: Statement): boolean =>
  words[0] === 'ALTER' && words[1] === 'TYPE' && words.includes('VALUE') && words.includes('ADD');

/** @throws nothing; makes the failure of what is wrong at a statement. */
export const splitProblem = (
  { source }: SqlScript,
  { start }: Pick<Statement, 'start'>,
  message: string,
  remedy: string,
): SlipwayError =>
  new SlipwayError({ exit: 'migration', place: placeAt(source, start) satisfies Place, message, remedy });
