import { nameOf, parentOf } from '../model/index.ts';
import { type Warning, type WarningKind, warning } from '../objects/common/warnings.ts';
import type { Change } from './changes/change.ts';
import { alterationIn, type Joined, joinAlters, namePattern } from './joined-alters.ts';

type Statement = Change & { readonly kind: 'statement' };

/** A statement that is to have a transaction to itself. */
interface Step {
  readonly statement: Statement;
  readonly isAlone: boolean;
}

/**
 * As `joinAlters`, in groups that are committed one by one on tables in use. What would read a whole table under a lock
 * that keeps writes waiting is promised for new rows first, and proved for those that are there under a lock that nobody
 * waits for (PostgreSQL docs, ALTER TABLE: NOT VALID, VALIDATE CONSTRAINT; SET NOT NULL reads nothing where a valid CHECK
 * proves it). Those, and whatever else takes long on a large table, have a group to themselves. What is dropped to be
 * made again is one group with all in between, its rights included: nobody sees a table without its policy, or a view
 * without its grants, and nothing of it is lost where a later group fails.
 *
 * @param isPartitioned of a table, as its statements name it: a foreign key of one cannot be proved later before
 *   PostgreSQL 18.
 */
export function stepwise(
  changes: readonly Change[],
  isPartitioned: (table: string) => boolean,
): readonly (readonly Joined[])[] {
  const statements = changes.filter((change) => change.kind === 'statement');
  const whole = madeAgain(statements);
  const groups: (readonly Joined[])[] = [];
  let from = 0;
  for (const { first, last } of whole) {
    groups.push(...apart(statements.slice(from, first), isPartitioned));
    groups.push(joinAlters(statements.slice(first, last + 1)));
    from = last + 1;
  }
  groups.push(...apart(statements.slice(from), isPartitioned));
  return groups;
}

/** From the statement that drops something to the last that makes it and what hangs on it again, both counted from 0. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/** The spans in which objects are missing, in order; those that overlap are one. */
function madeAgain(statements: readonly Statement[]): Span[] {
  const spans: Span[] = [];
  for (const [first, { object, sql }] of statements.entries()) {
    if (!drops.test(sql)) continue;
    const isMade = statements.findIndex((later, at) => at > first && later.object === object);
    if (isMade < 0) continue;
    const name = nameOf(object);
    const last = statements.findLastIndex(
      (later) => nameOf(later.object) === name || parentOf(later.object) === name,
    );
    const before = spans.at(-1);
    if (before === undefined || first > before.last) spans.push({ first, last });
    else spans[spans.length - 1] = { first: before.first, last: Math.max(before.last, last) };
  }
  return spans;
}

const drops = /^(?:DROP |ALTER (?:FOREIGN )?TABLE .* DROP )/s;

/** Statements by what is committed together, where nothing of it is missing meanwhile. */
function apart(
  statements: readonly Statement[],
  isPartitioned: (table: string) => boolean,
): readonly (readonly Joined[])[] {
  const steps = statements.flatMap((statement) => stepsOf(statement, isPartitioned));
  const groups: Joined[][] = [];
  let isOpen = false;
  for (const { statements, isAlone } of runsOf(steps)) {
    for (const joined of joinAlters(statements)) {
      const isApart = isAlone || joined.parts.some(({ warnings }) => warnings.some(takesLong));
      if (isOpen && !isApart) groups.at(-1)?.push(joined);
      else groups.push([joined]);
      isOpen = !isApart;
    }
  }
  return groups;
}

/** Steps that follow each other and may be joined; one that may not by itself. */
function runsOf(steps: readonly Step[]): { readonly statements: Statement[]; readonly isAlone: boolean }[] {
  const runs: { readonly statements: Statement[]; readonly isAlone: boolean }[] = [];
  for (const { statement, isAlone } of steps) {
    const last = runs.at(-1);
    if (!isAlone && last?.isAlone === false) last.statements.push(statement);
    else runs.push({ statements: [statement], isAlone });
  }
  return runs;
}

const long: readonly WarningKind[] = [
  'rewritesTable',
  'readsTable',
  'buildsIndex',
  'rebuildsIndexes',
  'blocksWrites',
  'blocksWritesUnless',
  'movesTable',
  'movesIndex',
  'movesRows',
];

const takesLong = ({ kind }: Warning): boolean => long.includes(kind);

const added = new RegExp(`^ADD CONSTRAINT (${namePattern}) (CHECK|FOREIGN KEY|NOT NULL) `);
const promised = / NOT (?:VALID|ENFORCED)$/;
const proved = /^VALIDATE CONSTRAINT /;
const notNull = new RegExp(`^ALTER COLUMN (${namePattern}) SET NOT NULL$`);

function stepsOf(statement: Statement, isPartitioned: (table: string) => boolean): Step[] {
  const whole = { statement, isAlone: false };
  const { head, action } = alterationIn(statement) ?? {};
  if (head === undefined || action === undefined || head.startsWith('ALTER FOREIGN')) return [whole];
  const alone = (own: string, warnings: Statement['warnings'] = []): Step => ({
    statement: { ...statement, sql: `${head} ${own}`, warnings },
    isAlone: true,
  });
  const [, name = '', kind] = added.exec(action) ?? [];
  if (kind !== undefined) {
    if (promised.test(action)) return [{ ...whole, isAlone: true }];
    const table = head.replace(/^ALTER TABLE (?:ONLY )?/, '');
    if (kind === 'FOREIGN KEY' && isPartitioned(table)) return [whole];
    return [
      alone(`${action} NOT VALID`),
      alone(`VALIDATE CONSTRAINT ${name}`, [...statement.warnings, warning('readsTable')]),
    ];
  }
  if (proved.test(action)) return [{ ...whole, isAlone: true }];
  const [, column] = notNull.exec(action) ?? [];
  if (column === undefined) return [whole];
  const check = `"slipway ${column.replace(/^"(.*)"$/s, '$1').slice(0, 40)} is given"`;
  return [
    alone(`ADD CONSTRAINT ${check} CHECK (${column} IS NOT NULL) NOT VALID`),
    alone(`VALIDATE CONSTRAINT ${check}`, [...statement.warnings, warning('readsTable')]),
    alone(action),
    alone(`DROP CONSTRAINT ${check}`),
  ];
}
