import { count } from '../core/index.ts';
import type { Difference } from '../schema/compare/index.ts';
import { differencesBetween } from '../schema/compare/snapshots.ts';
import { traitsOf } from '../schema/kinds.ts';
import { kindOf, nameOf, objectsOf, type Snapshot, splitPart } from '../schema/model/index.ts';
import { columnChange } from './column-change.ts';
import { tablesOf } from './tables.ts';
import { code, joined, type Words } from './words.ts';

/** One thing that a migration does to the schema. */
export interface SchemaChange {
  readonly verb: 'adds' | 'changes' | 'removes';
  readonly kind: string;
  /** `kind name`. */
  readonly object: string;
  /** The relation that it is, or belongs to; null for what stands by itself. */
  readonly table: string | null;
  /** What is done, without the verb and the table: `column fee_tier: text, not null`. */
  readonly words: Words;
  /** The texts of before and after, where they are too long for a sentence: lines that one has and the other lacks. */
  readonly lines: readonly string[];
}

/** What stands in a sentence; longer texts are shown line by line. */
const longestInSentence = 160;

/** What changes from one schema to the next, in the order of tables; what only follows from another change is left out. */
export function schemaChanges(before: Snapshot, after: Snapshot): SchemaChange[] {
  const { differences } = differencesBetween(before, after);
  return differences.map((difference) => changeOf(difference, after)).sort(byTable);
}

const byTable = (a: SchemaChange, b: SchemaChange): number => compare(a.table ?? '', b.table ?? '');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const verbs = { missing: 'removes', changed: 'changes', extra: 'adds' } as const;

function changeOf(difference: Difference, after: Snapshot): SchemaChange {
  const { kind: way, object, parent, expected: was, actual: is, facet } = difference;
  const kind = kindOf(object);
  const name = nameOf(object);
  const own = traitsOf(kind).parent === 'name' ? (splitPart(name)?.own ?? name) : name;
  const head: Words = [`${kind} `, code(own), ...(facet === null ? [] : [', ', code(facet)])];
  const made = { verb: verbs[way], kind, object, table: parent, lines: [] };
  if (way === 'missing') return { ...made, words: head };
  if (way === 'extra') return { ...made, words: [...head, ...whatIsAdded(object, is, after)] };
  if (kind === 'column' && was !== null && is !== null && facet === null)
    return { ...made, words: [...head, ': ', ...columnChange(was, is)] };
  if (was !== null && is !== null && isShort(was) && isShort(is))
    return { ...made, words: [...head, ': ', code(was), ' becomes ', code(is)] };
  return { ...made, words: head, lines: linesApart(was ?? '', is ?? '') };
}

const isShort = (text: string): boolean => text.length <= longestInSentence && !text.includes('\n');

function whatIsAdded(object: string, text: string | null, after: Snapshot): Words {
  const kind = kindOf(object);
  if (kind === 'table') return [': ', ...whatTableHas(nameOf(object), after)];
  const { is, hasBody } = traitsOf(kind);
  const isTelling = is !== 'relation' && !hasBody;
  return text !== null && isTelling && isShort(text) ? [': ', code(text)] : [];
}

/** `3 columns (id, name, owner), 1 constraint, 2 indexes`. */
function whatTableHas(table: string, after: Snapshot): Words {
  const parts = objectsOf(after, table);
  const [drawn] = tablesOf(parts.map(({ kind, name, text }) => [`${kind} ${name}`, text]));
  const columns = drawn?.columns.map(({ name }) => name) ?? [];
  const constraints = parts
    .filter(({ kind }) => kind === 'constraint')
    .map(({ text }) => code(text))
    .sort((a, b) => Number(isPrimary(b.code)) - Number(isPrimary(a.code)));
  const indexes = parts.filter(({ kind }) => traitsOf(kind).is === 'index').length;
  const said: Words[] = [
    [
      `${count(columns.length, 'column')}`,
      ...(columns.length === 0
        ? []
        : [
            ' (',
            ...joined(
              columns.map((column) => [code(column)]),
              ', ',
            ),
            ')',
          ]),
    ],
    ...constraints.filter(({ code }) => isShort(code)).map((text): Words => [text]),
    ...(indexes === 0 ? [] : [[indexes === 1 ? '1 index' : `${indexes} indexes`] as const]),
  ];
  return joined(said, ', ');
}

const isPrimary = (text: string): boolean => text.startsWith('PRIMARY KEY');

/** The lines that only one of two texts has, `-` before those of the first and `+` before those of the second. */
function linesApart(was: string, is: string): string[] {
  const [had, has] = [was, is].map((text) => (text === '' ? [] : text.split('\n'))) as [string[], string[]];
  const gone = had.filter((line) => !has.includes(line)).map((line) => `- ${line}`);
  const come = has.filter((line) => !had.includes(line)).map((line) => `+ ${line}`);
  return gone.length + come.length > 0
    ? [...gone, ...come]
    : [...had.map((line) => `- ${line}`), ...has.map((line) => `+ ${line}`)];
}

/** `adds 1 table and 2 columns, changes 1 view`; empty where nothing changes. */
export function summaryOf(changes: readonly SchemaChange[]): string {
  const said = (['adds', 'changes', 'removes'] as const).flatMap((verb) => {
    const kinds = new Map<string, number>();
    for (const change of changes)
      if (change.verb === verb) kinds.set(change.kind, (kinds.get(change.kind) ?? 0) + 1);
    const counted = [...kinds].map(([kind, number]) => numberOf(number, kind));
    const last = counted.pop();
    if (last === undefined) return [];
    return [`${verb} ${counted.length === 0 ? last : `${counted.join(', ')} and ${last}`}`];
  });
  return said.join('; ');
}

const alike = /(?:s|privileges|statistics|options|order)$/;

function numberOf(number: number, kind: string): string {
  if (number === 1 || alike.test(kind)) return `${number} ${kind}`;
  if (kind.endsWith('index')) return `${number} ${kind}es`;
  if (kind.endsWith('y')) return `${number} ${kind.slice(0, -1)}ies`;
  return count(number, kind);
}
