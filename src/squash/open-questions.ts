import type { Problem } from '../check/index.ts';
import { formatPlace, type Place } from '../core/index.ts';
import { columnName, type Reading, type RowTable, type Volatile, volatileIn } from '../data/index.ts';
import { linesOf } from '../sql/index.ts';
import { keptStatement, keptTexts } from './baseline-text.ts';
import { Chosen, type Decisions, fromDefaultColumns } from './decisions.ts';
import { isKept, keepSections } from './keep.ts';
import { opaqueStatements } from './opaque.ts';
import { placeOf, type SquashedFile } from './origin.ts';

/** What was decided of rows and sequences, by full names. */
export interface RowDecisions {
  readonly fromDefault: readonly string[];
  readonly frozen: readonly string[];
  readonly setSequences: readonly string[];
}

export interface Decided<T> {
  readonly decided: T;
  readonly problems: readonly Problem[];
}

/**
 * What stands in the folded files that schema and rows do not show, taken over or left out as was said; each of which
 * nothing was said is a problem.
 *
 * @returns the sections that the new baseline keeps, in the order of the files.
 * @throws SlipwayError (64) for an option that names no statement; (65) for a marker in the wrong place.
 */
export function decideStatements(
  folded: readonly SquashedFile[],
  functions: ReadonlySet<string>,
  { carry, leave }: Decisions,
): Decided<readonly string[]> {
  const bundled = new Chosen(carry);
  const left = new Chosen(leave);
  const kept: { readonly file: number; readonly at: number; readonly text: string }[] = [];
  const problems: Problem[] = [];
  const known = new Set<string>();
  for (const [file, { migration, script }] of folded.entries()) {
    const { source } = migration;
    const open: Problem[] = [];
    if (!script) {
      const name = `${source.path}:1`;
      known.add(source.path);
      if (!left.has(name) && !left.has(source.path)) problems.push(moduleProblem(name));
      continue;
    }
    const sections = keepSections(script);
    for (const [n, text] of keptTexts(sections).entries())
      kept.push({ file, at: sections[n]?.start ?? 0, text });
    const opaque = new Map(
      opaqueStatements(script, { functions }).map(({ statement, what }) => [statement.start, what]),
    );
    const lineOf = linesOf(source);
    for (const statement of script.statements) {
      if (isKept(sections, statement)) continue;
      const line = lineOf(statement.start);
      const name = `${source.path}:${line}`;
      const what = opaque.get(statement.start);
      if (what !== undefined) known.add(source.path).add(name);
      // A pattern answers what is asked, and names no statement that nobody asks about.
      const isNamed = carry.includes(name) && bundled.has(name);
      const isAsked = what !== undefined && !left.has(name);
      const isBundled = isNamed || (isAsked && (bundled.has(name) || bundled.has(source.path)));
      if (isBundled)
        kept.push({ file, at: statement.start, text: keptStatement(source, statement.start, statement.end) });
      else if (what !== undefined && !left.has(name) && !left.has(source.path))
        open.push(statementProblem(name, what));
    }
    problems.push(...forWholeFile(source.path, open));
  }
  const asked = new Set(problems.map(({ file }) => file.slice(0, file.lastIndexOf(':'))));
  const last = problems.at(-1);
  if (asked.size > 1 && last !== undefined)
    problems.splice(-1, 1, {
      ...last,
      remedy: `${last.remedy}. One answer for all of these ${asked.size} files: --carry '*' or --leave '*'`,
    });
  const thing = 'such file or statement outside of a keep section';
  bundled.assertUsed('carry', thing, [...known]);
  left.assertUsed('leave', thing, [...known]);
  const decided = kept.sort((a, b) => a.file - b.file || a.at - b.at).map(({ text }) => text);
  return { decided, problems };
}

const moduleProblem = (name: string): Problem => ({
  file: name,
  message: 'a module: its effects may not show in schema and rows',
  remedy: `Read it. If they hold all that it did: --leave ${name}. Write what they do not hold as SQL between the lines -- slipway: keep and -- slipway: end.`,
  detail: [],
});

const statementProblem = (name: string, what: string): Problem => ({
  file: name,
  message: `${what}: schema and rows may not show all that it does, or it may do something else on another server`,
  remedy: `Keep it as it is: --carry ${name}; or, if they hold all that it did: --leave ${name}`,
  detail: [],
});

/** Of several questions about one file, the last says how one answer goes for all of them. */
const forWholeFile = (path: string, open: readonly Problem[]): Problem[] =>
  open.map((problem, n) =>
    open.length === 1 || n < open.length - 1
      ? problem
      : {
          ...problem,
          remedy: `${problem.remedy}. One answer for all ${open.length} of this file: --carry ${path} or --leave ${path}`,
        },
  );

/**
 * What rows and sequences are another time, or go on from, as was said of it; each of which nothing was said is a
 * problem.
 *
 * @throws SlipwayError (64) for an option that names nothing, or a column without a default.
 */
export function decideRows(
  first: Reading,
  second: Reading,
  folded: readonly SquashedFile[],
  decisions: Decisions,
): Decided<RowDecisions> {
  const before = folded.find(({ migration }) => migration.kind === 'baseline');
  const chosen = {
    fromDefault: new Chosen(decisions.fromDefault),
    fromBaseline: new Chosen(before ? fromDefaultColumns(before.migration.source) : []),
    freeze: new Chosen(decisions.freeze),
    set: new Chosen(decisions.setSequence),
  };
  const filled = first.tables.filter(({ rows }) => rows.length > 0).map(({ table }) => table);
  const columns = filled.flatMap((table) =>
    table.columns
      .filter(({ isGenerated }) => !isGenerated)
      .map((column) => ({ name: columnName(table, column), column })),
  );
  const fromDefault = columns
    .filter(
      ({ name, column }) =>
        column.hasDefault && (chosen.fromDefault.has(name) || chosen.fromBaseline.has(name)),
    )
    .map(({ name }) => name);
  const frozen = columns.filter(({ name }) => chosen.freeze.has(name)).map(({ name }) => name);
  const sequences = first.sequences.map(({ name }) => name);
  const alreadySet = setBy(before);
  const setSequences = sequences.filter((name) => chosen.set.has(name) || alreadySet(name));
  chosen.fromDefault.assertUsed(
    'from-default',
    'column with a default of a table with rows',
    fromDefaultable(filled),
  );
  chosen.freeze.assertUsed(
    'freeze',
    'column of a table with rows',
    columns.map(({ name }) => name),
  );
  chosen.set.assertUsed('set-sequence', 'sequence', sequences);
  const decided = { fromDefault, frozen, setSequences };
  const problems = volatileIn(first, second)
    .filter((found) => !isDecided(found, decided, filled))
    .map((found) => problemOf(found, first, folded));
  return { decided, problems };
}

const fromDefaultable = (tables: readonly RowTable[]): string[] =>
  tables.flatMap((table) =>
    table.columns.filter(({ hasDefault }) => hasDefault).map((column) => columnName(table, column)),
  );

/** What the baseline says itself: `SELECT setval('name', ...)`. */
function setBy(baseline: SquashedFile | undefined): (sequence: string) => boolean {
  const { source } = baseline?.migration ?? {};
  const texts = (baseline?.script?.statements ?? [])
    .filter(({ words }) => words[0] === 'SELECT')
    .map(({ start, end }) => source?.text.slice(start, end) ?? '')
    .filter((text) => /^select\s+(?:pg_catalog\.)?setval\s*\(/i.test(text));
  return (sequence) => texts.some((text) => text.includes(`'${sequence.replaceAll("'", "''")}'`));
}

function isDecided(found: Volatile, decided: RowDecisions, filled: readonly RowTable[]): boolean {
  const { fromDefault, frozen, setSequences } = decided;
  if (found.kind === 'sequence') {
    return (
      setSequences.includes(found.sequence) ||
      usersOf(found.sequence, filled).some(({ table, column }) =>
        fromDefault.includes(columnName(table, column)),
      )
    );
  }
  const names = found.table.columns.map((column) => columnName(found.table, column));
  if (found.kind === 'rows') return names.some((name) => frozen.includes(name));
  const name = columnName(found.table, found.column);
  return fromDefault.includes(name) || frozen.includes(name);
}

const usersOf = (sequence: string, tables: readonly RowTable[]) =>
  tables.flatMap((table) =>
    table.columns
      .filter(({ sequences }) => sequences.includes(sequence))
      .map((column) => ({ table, column })),
  );

function problemOf(found: Volatile, reading: Reading, folded: readonly SquashedFile[]): Problem {
  const filled = reading.tables.filter(({ rows }) => rows.length > 0);
  const users =
    found.kind === 'sequence'
      ? filled.flatMap(({ table, rows }) =>
          usersOf(found.sequence, [table]).map((user) => ({ ...user, by: rows.at(-1)?.writtenBy ?? null })),
        )
      : [];
  const place: Place | null = placeOf(found, folded, users);
  const file = place
    ? formatPlace({ file: place.file, ...(place.line === undefined ? {} : { line: place.line }) })
    : '';
  return { file: file === '' ? nameOf(found) : file, detail: [], ...wordsOf(found, reading) };
}

const nameOf = (found: Volatile): string => (found.kind === 'sequence' ? found.sequence : found.table.name);

function wordsOf(found: Volatile, reading: Reading): Pick<Problem, 'message' | 'remedy'> {
  switch (found.kind) {
    case 'column': {
      const name = columnName(found.table, found.column);
      const byDefault = found.column.hasDefault
        ? `Let its default fill it in each new database: --from-default ${name}; or keep`
        : 'Keep';
      return {
        message: `what it writes into ${name} is another value each time`,
        remedy: `${byDefault} the values of this replay: --freeze ${name}`,
      };
    }
    case 'rows':
      return {
        message: `the rows of ${found.table.name} differ each time`,
        remedy: `Keep those of this replay: --freeze '${found.table.name}.*'`,
      };
    case 'sequence': {
      const state = reading.sequences.find(({ name }) => name === found.sequence);
      const users = usersOf(
        found.sequence,
        reading.tables.filter(({ rows }) => rows.length > 0).map(({ table }) => table),
      );
      const user = users[0] && columnName(users[0].table, users[0].column);
      return {
        message: `the sequence ${found.sequence} does not start at its beginning: it is at ${state?.lastValue}`,
        remedy: `Let it continue from there: --set-sequence ${found.sequence}${user ? `; or let it give the rows their numbers again: --from-default ${user}` : ''}`,
      };
    }
  }
}
