import { count } from '../core/index.ts';
import { kindOf, objectsOf, parentOf, splitPart } from '../schema/catalog/index.ts';
import {
  type CandidateRename,
  dependentsOf,
  type Rename,
  type SchemaGraph,
} from '../schema/generate/index.ts';
import { traitsOf } from '../schema/kinds.ts';

/** So many rows of a table are read, the first by its primary key. */
export const mostRows = 1_000;

/** What the two schemas say of a possible rename. */
export interface ShapeEvidence {
  /** How both columns are defined, where that is the same; null where only the type is. */
  readonly definition: string | null;
  /** Whether they stand after the same column, or are the same one counted from the first. */
  readonly isInPlace: boolean;
  /** What of the table depends on the old one, indexes and constraints mostly, and how much of it the new one has. */
  readonly parts: number;
  readonly partsKept: number;
}

/** Digests of what was read of one column, or of all columns of a table; null for NULL. By a digest of the row's key. */
export type Sample = ReadonlyMap<string, string | null>;

/** What the rows say of a possible rename. */
export type RowEvidence =
  /** Rows that have a value under either name, and those that have the same under both. */
  | {
      readonly kind: 'compared';
      readonly within: 'one database' | 'both databases';
      readonly rows: number;
      readonly equal: number;
      /** How many values the equal ones are. */
      readonly different: number;
    }
  /** Only what goes could be seen. */
  | { readonly kind: 'held'; readonly rows: number; readonly values: number }
  | { readonly kind: 'unseen'; readonly why: string };

/** A possible rename, with what speaks for it and against it. */
export interface Judged {
  readonly rename: CandidateRename;
  /** null for a table: that its columns are the same is why it may be one. */
  readonly shape: ShapeEvidence | null;
  /** null where no database was named, or none has what goes. */
  readonly rows: RowEvidence | null;
}

/** Holds what one schema has of a column against what the other has under the new name. */
export function compareShapes(
  { kind, from, to }: Rename,
  head: SchemaGraph,
  goal: SchemaGraph,
): ShapeEvidence | null {
  const { parent = '', own = '' } = splitPart(from) ?? {};
  if (kind === 'table') return null;
  const was = head.snapshot.get(`column ${from}`)?.text ?? '';
  const is = goal.snapshot.get(`column ${parent}.${to}`)?.text ?? '';
  const [before, now] = [placeOf(own, parent, head), placeOf(to, parent, goal)];
  const parts = (dependentsOf(head.dependencies).get(`column ${from}`) ?? []).filter(
    (object) => parentOf(object) === parent && !traitsOf(kindOf(object)).goesWith,
  );
  const there = new Set(
    objectsOf(goal.snapshot, parent).map(({ kind: one, text }) => `${one} ${withoutName(text)}`),
  );
  const kept = parts.filter((object) => {
    const text = withoutName(head.snapshot.get(object)?.text ?? '');
    return there.has(`${kindOf(object)} ${replaceName(text, own, to)}`);
  });
  return {
    definition: was === is ? was : null,
    isInPlace: before.at >= 0 && (before.at === now.at || before.after === now.after),
    parts: parts.length,
    partsKept: kept.length,
  };
}

/** Where a column stands in its table; -1 where that is not known. */
function placeOf(column: string, table: string, { snapshot }: SchemaGraph): { at: number; after: string } {
  const order = snapshot.get(`column order ${table}`)?.text.split(', ') ?? [];
  const at = order.indexOf(column);
  return { at, after: order[at - 1] ?? '' };
}

/** An index is often called after its column, and has another name then. */
const withoutName = (text: string): string =>
  text.replace(/^(CREATE (?:UNIQUE )?INDEX) (?:"(?:[^"]|"")*"|\S+) /, '$1 ');

/** A name in SQL, as a word of its own. */
const replaceName = (text: string, name: string, by: string): string =>
  text.replaceAll(/"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu, (word) => (word === name ? by : word));

/**
 * Holds samples against each other, row by row.
 *
 * @returns null where they have no row in common that has a value.
 */
export function compareSamples(
  old: Sample,
  other: Sample,
  within: 'one database' | 'both databases',
): RowEvidence | null {
  const common = [...old].filter(([key, value]) => {
    const there = other.get(key);
    return there !== undefined && (value !== null || there !== null);
  });
  if (common.length === 0) return null;
  const equal = common.filter(([key, value]) => value !== null && value === other.get(key));
  const different = new Set(equal.map(([, value]) => value)).size;
  return { kind: 'compared', within, rows: common.length, equal: equal.length, different };
}

/** What the rows of one sample say: how many of them would lose a value. */
export const heldBy = (sample: Sample): RowEvidence => ({
  kind: 'held',
  rows: sample.size,
  values: [...sample.values()].filter((value) => value !== null).length,
});

/**
 * What is worth asking, the likeliest first: whatever is the only rename possible, and of others those that more speaks
 * for than the type.
 */
export const worthAsking = (all: readonly Judged[]): Judged[] =>
  all
    .filter((judged) => judged.rename.isOnly || weightOf(judged) > 0)
    .sort(
      (a, b) =>
        Number(a.rename.kind === 'column') - Number(b.rename.kind === 'column') || weightOf(b) - weightOf(a),
    );

/** Values count for more than all that definitions say. */
function weightOf({ shape, rows }: Judged): number {
  const ofShape = shape === null ? 0 : Number(shape.isInPlace) + Number(shape.partsKept > 0);
  if (rows?.kind !== 'compared') return ofShape;
  const share = rows.equal / rows.rows;
  return rows.different > 1 ? ofShape + 4 * share : ofShape;
}

/** The question, with what speaks for a yes above it, a line each. */
export function askAbout({ rename, shape, rows }: Judged): string {
  const { from, to, kind } = rename;
  const said = [
    ...(shape === null ? [] : describeShape(shape)),
    ...(rows === null ? [] : [describeRows(rows, kind)]),
  ];
  return [
    `${from} goes, and ${to} comes:`,
    ...said.map((line) => `  ${line}`),
    `Was ${kind} ${from} renamed to ${to}?`,
  ].join('\n');
}

function describeShape({ definition, isInPlace, parts, partsKept }: ShapeEvidence): string[] {
  return [
    definition === null ? 'both have the same type, and differ in the rest' : `both are ${definition}`,
    ...(isInPlace ? ['both stand at the same place in the table'] : []),
    ...(parts === 0
      ? []
      : [`indexes, constraints and others on it that the new one has as well: ${partsKept} of ${parts}`]),
  ];
}

function describeRows(evidence: RowEvidence, kind: Rename['kind']): string {
  if (evidence.kind === 'unseen') return `no rows were compared: ${evidence.why}`;
  const rows = `${evidence.rows === mostRows ? 'the first ' : ''}${count(evidence.rows, 'row')}`;
  if (evidence.kind === 'held') {
    if (kind === 'table')
      return evidence.rows === 0 ? 'it holds no row' : 'its rows are lost unless it was renamed';
    return evidence.values === 0
      ? `none of ${rows} holds a value`
      : `${evidence.values} of ${rows} hold a value, which is lost unless it was renamed`;
  }
  const { within, equal, different } = evidence;
  const where = within === 'both databases' ? ' that both databases have' : '';
  const values = equal === 0 ? '' : `, ${count(different, 'different one')}`;
  return `${equal} of ${rows}${where} hold the same ${kind === 'table' ? 'row' : 'value'} in both${values}`;
}
