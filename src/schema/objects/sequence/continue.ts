import { lookup, splitPart } from '../../model/index.ts';
import { parseColumn } from '../column/parts.ts';
import { type AlterContext, type AlterStep, step } from '../common/alteration.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { type Warning, warning } from '../common/warnings.ts';
import { alterVerb, parentsOf, parseTable } from '../table/alter.ts';
import { ownerOf, parseSequence, type SequenceParts } from './create.ts';

/** What a new sequence goes on from besides the rows that were there before. */
interface More {
  /** Columns that are made with it, which fill the rows of their tables with its numbers. */
  readonly filled?: readonly string[];
  /** A sequence whose place the new one takes, and which is there still. */
  readonly from?: string;
  /** What the new one is called meanwhile, where that is another name. */
  readonly as?: string;
}

export interface Continuation {
  /** What comes after the sequence is made. */
  readonly steps: readonly AlterStep[];
  /** What rows do not tell of where it stood, and a person must. */
  readonly warnings: readonly Warning[];
}

/**
 * Puts a new sequence behind the numbers that the rows hold: of every column that takes them from it, downwards where
 * it descends. Where there is none, setval is given NULL and leaves it at its start; numbers that it does not come to
 * do not count. Row security hides no row from it: forced on the owner, it is off meanwhile; whom it binds all the
 * same the server refuses (42501) instead of showing a part (PostgreSQL docs, row_security).
 */
export function continueSequence(sequence: string, context: AlterContext, more: More = {}): Continuation {
  const { before, after } = context;
  const side = after.snapshot.has(`sequence ${sequence}`) ? after : before;
  const parts = parseSequence(side.snapshot.get(`sequence ${sequence}`)?.text ?? '');
  const uses = usesOf(sequence, side, context, more.filled ?? []);
  const sources = [
    ...uses.numbered.map((one) => numbersOf(one, parts)),
    ...(more.from === undefined ? [] : [placeOf(more.from, parts)]),
  ];
  const setting = settingOf(more.as ?? sequence, isDescending(parts) ? 'min' : 'max', sources);
  const tables = uses.numbered.map(({ table }) => table);
  return {
    steps: setting === null ? [] : unhidden(tables, setting, context),
    warnings: warningsOn(sequence, { ...uses, ...parts, ...more }, context),
  };
}

const isDescending = ({ increment }: SequenceParts): boolean => increment?.startsWith('-') ?? false;

/** A column that holds numbers of a sequence, in a table that is there. */
interface Numbered {
  readonly table: string;
  readonly own: string;
  /** The type that the numbers have. */
  readonly type: string;
}

interface Uses {
  readonly numbered: readonly Numbered[];
  /** Columns that make something else of its numbers. */
  readonly others: readonly string[];
  /** Whether any column at all uses it, be it of a table that is new. */
  readonly isUsed: boolean;
}

/** The columns that take their values from a sequence, or own it and have none of another. */
function usesOf(
  sequence: string,
  side: SchemaGraph,
  { before, after, purpose }: AlterContext,
  filled: readonly string[],
): Uses {
  const owner = ownerOf(side.snapshot.get(`sequence ${sequence}`)?.text ?? '');
  const mentioning = [after, before].flatMap(({ snapshot }) =>
    columnsMentioning(snapshot, sequence).map(({ name }) => name),
  );
  const numbered: Numbered[] = [];
  const others: string[] = [];
  let isUsed = false;
  for (const column of new Set([...mentioning, ...(owner === null ? [] : [owner])])) {
    const object = after.snapshot.get(`column ${column}`) ?? before.snapshot.get(`column ${column}`);
    const { default: fallback, identity, generated } = parseColumn(object?.text ?? '');
    const isMentioned = fallback !== null && sequencesIn(fallback).includes(sequence);
    const isOwner = column === owner && (identity !== null || (fallback === null && generated === null));
    if (!isMentioned && !isOwner) continue;
    isUsed = true;
    const there = before.snapshot.get(`column ${column}`) ?? (filled.includes(column) ? object : undefined);
    const { parent: table = '', own = '' } = splitPart(column) ?? {};
    // What a migration drops is gone by then, and its rows are nobody's.
    const isGone = purpose !== 'fix' && !after.snapshot.has(`column ${column}`);
    if (there === undefined || isGone || !before.snapshot.has(`table ${table}`)) continue;
    const type = numberType(parseColumn(there.text).type, before);
    if (type !== null && (fallback === null || isCall(fallback))) numbered.push({ table, own, type });
    else if (isMentioned) others.push(column);
  }
  const isCovered = ({ table, own }: Numbered): boolean =>
    ancestorsOf(table, before).some((above) =>
      numbered.some((other) => other.table === above && other.own === own),
    );
  return { numbered: numbered.filter((one) => !isCovered(one)), others, isUsed };
}

/** The columns whose default names a sequence. */
const columnsMentioning = lookup(({ kind, text }) =>
  kind === 'column' && text.includes('regclass') ? [...new Set(sequencesIn(text))] : [],
);

/** The names that an expression takes as those of relations. */
const sequencesIn = (expression: string): string[] =>
  [...expression.matchAll(/'((?:[^']|'')*)'::(?:text\)::)?regclass/g)].map(([, name = '']) =>
    name.replaceAll("''", "'"),
  );

/** Whether a default is the next number of a sequence and nothing else. */
const isCall = (fallback: string): boolean =>
  /^\(?nextval\(\(?'(?:[^']|'')*'::(?:text\)::)?regclass\)\)?(?:::(?:smallint|integer|bigint|numeric))?$/.test(
    fallback,
  );

/** The number type that a column's type is, be it by way of domains; null where it is none. */
function numberType(type: string, graph: SchemaGraph): string | null {
  if (/^(?:smallint|integer|bigint|numeric(?:\(.*\))?)$/.test(type)) return type;
  const [, base] =
    /^domain over ((?:"(?:[^"]|"")*"|[^\s"(])+(?:\([^)]*\))?)/.exec(
      graph.snapshot.get(`type ${type}`)?.text ?? '',
    ) ?? [];
  return base === undefined ? null : numberType(base, graph);
}

/** The tables whose rows a table's are as well. */
function ancestorsOf(table: string, graph: SchemaGraph): string[] {
  const parents = parentsOf(graph.snapshot.get(`table ${table}`)?.text);
  return parents.flatMap((parent) => [parent, ...ancestorsOf(parent, graph)]);
}

/** What gives the last number in one column that a sequence comes to from its start on. */
function numbersOf({ table, own, type }: Numbered, parts: SequenceParts): Source {
  const { start, minvalue = '', maxvalue = '' } = parts;
  const end = isDescending(parts) ? minvalue : maxvalue;
  const isWithin = holdsNoMore(type, end);
  const reached = isDescending(parts)
    ? [`${own} <= ${start}`, ...(isWithin ? [] : [`${own} >= ${minvalue}`])]
    : [`${own} >= ${start}`, ...(isWithin ? [] : [`${own} <= ${maxvalue}`])];
  const value = `${isDescending(parts) ? 'min' : 'max'}(${own})${type.startsWith('numeric') ? '::bigint' : ''}`;
  return { value, from: `${table} WHERE ${reached.join(' AND ')}` };
}

const limits: Readonly<Record<string, readonly [number: bigint, end: bigint]>> = {
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  bigint: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
};

/** Whether no value of a type lies beyond a limit. */
function holdsNoMore(type: string, limit: string): boolean {
  const range = limits[type];
  return range !== undefined && (BigInt(limit) < 0n ? BigInt(limit) <= range[0] : BigInt(limit) >= range[1]);
}

/** Where another sequence stands, as the last number that it gave out. */
const placeOf = (sequence: string, { increment, minvalue, maxvalue }: SequenceParts): Source => ({
  value: 'last_value',
  from: `(SELECT last_value - CASE WHEN is_called THEN 0 ELSE ${increment} END AS last_value FROM ${sequence}) AS place WHERE last_value BETWEEN ${minvalue} AND ${maxvalue}`,
});

interface Source {
  readonly value: string;
  readonly from: string;
}

function settingOf(sequence: string, best: 'min' | 'max', sources: readonly Source[]): string | null {
  const [only, ...more] = sources;
  if (only === undefined) return null;
  const name = `'${sequence.replaceAll("'", "''")}'`;
  if (more.length === 0) return `SELECT pg_catalog.setval(${name}, ${only.value}) FROM ${only.from}`;
  const lines = sources.map(({ value, from }) => `  SELECT ${value} FROM ${from}`);
  return `SELECT pg_catalog.setval(${name}, ${best}(number)) FROM (\n${lines.join('\n  UNION ALL\n')}\n) AS numbers (number)`;
}

/** A statement that reads tables, so that no row of them is hidden from it. */
function unhidden(tables: readonly string[], sql: string, { before, after }: AlterContext): AlterStep[] {
  const partsOf = (table: string) =>
    [before, after].flatMap(({ snapshot }) => {
      const text = snapshot.get(`table ${table}`)?.text;
      return text === undefined ? [] : [{ text, ...parseTable(text) }];
    });
  const secured = tables.filter((table) => partsOf(table).some(({ hasRowSecurity }) => hasRowSecurity));
  const forced = tables.filter((table) => partsOf(table).some(({ isForced }) => isForced));
  const stays = forced.filter((table) => partsOf(table).at(-1)?.isForced);
  const alter = (table: string, how: string): AlterStep =>
    step(`${alterVerb(partsOf(table)[0]?.text)} ${table} ${how} ROW LEVEL SECURITY`);
  return [
    ...forced.map((table) => alter(table, 'NO FORCE')),
    ...(secured.length > 0 ? [step('SET LOCAL row_security = off')] : []),
    step(sql),
    ...(secured.length > 0 ? [step('SET LOCAL row_security TO DEFAULT')] : []),
    ...stays.map((table) => alter(table, 'FORCE')),
  ];
}

/** What a person must see to. */
function warningsOn(
  sequence: string,
  { others, isUsed, cycle, from }: Uses & SequenceParts & More,
  { purpose, isUndoing = false }: AlterContext,
): readonly Warning[] {
  const isAnew = purpose === 'fix' || isUndoing;
  const set = `: SELECT setval('${sequence.replaceAll("'", "''")}', NUMBER)`;
  if (others.length > 0)
    return [
      warning(
        'leftToYou',
        `${others.join(', ')} ${others.length === 1 ? 'makes' : 'make'} other values of its numbers, so the rows do not show the last one${set}`,
      ),
    ];
  if (!isAnew || from !== undefined) return [];
  if (!isUsed)
    return [warning('leftToYou', `no column uses its numbers, so nothing shows where it was${set}`)];
  return cycle === undefined
    ? []
    : [warning('leftToYou', `it cycles, so rows do not show where it was${set}`)];
}
