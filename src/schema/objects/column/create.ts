import { displayDefault, displayType, withoutBrackets } from '../common/display.ts';
import { createOptions } from '../common/foreign-options.ts';
import { split } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { type Warning, warning } from '../common/warnings.ts';
import { ownSequence, sequenceOf, sequencesOwnedBy } from '../sequence/create.ts';
import { parseColumn } from './parts.ts';

/** The facet that names a NOT NULL. */
const named = 'constraint, PostgreSQL 18 and later';

/** The name that a column's NOT NULL was given, quoted where it must be; null where PostgreSQL gave it. */
export const givenNotNullName = (column: string, { snapshot }: SchemaGraph): string | null =>
  snapshot.get(`not null ${column}`)?.facets[named] ?? null;

/** A column as it stands in CREATE TABLE or behind ADD COLUMN. */
interface ColumnDefinition {
  readonly sql: string;
  /** What can only be said once the column is there. */
  readonly afterwards: readonly string[];
}

/**
 * How a column is written.
 *
 * @param column `table.column`.
 * @param inline constraints that stand at it.
 */
export function defineColumn(
  column: string,
  graph: SchemaGraph,
  inline: readonly { readonly sql: string; readonly isPrimary: boolean }[] = [],
): ColumnDefinition {
  const { parent, own } = split(column);
  const parts = parseColumn(graph.snapshot.get(`column ${column}`)?.text ?? '');
  const sequence = sequenceOf(column, graph);
  const given = givenNotNullName(column, graph);
  const later = parts.odd.includes('not valid');
  const isImplied =
    (sequence !== null || inline.some(({ isPrimary }) => isPrimary)) && given === null && parts.odd === '';
  const notNull = `${given === null ? '' : `CONSTRAINT ${given} `}NOT NULL${parts.odd.includes('no inherit') ? ' NO INHERIT' : ''}`;
  const sql = [
    own,
    sequence?.serial ?? displayType(parts.type),
    ...(parts.collation === null ? [] : [`COLLATE ${parts.collation}`]),
    ...foreignColumnOptions(column, graph),
    ...(parts.identity === null
      ? []
      : [`GENERATED ${parts.identity.toUpperCase()} AS IDENTITY${sequence?.options ?? ''}`]),
    ...(parts.generated === null
      ? []
      : [
          `GENERATED ALWAYS AS (${withoutBrackets(parts.generated.expression)}) ${parts.generated.kind.toUpperCase()}`,
        ]),
    ...(parts.isNotNull && !isImplied && !later ? [notNull] : []),
    ...(parts.default === null || sequence?.serial
      ? []
      : [`DEFAULT ${displayDefault(parts.default, parts.type)}`]),
    ...inline.map((constraint) => constraint.sql),
  ].join(' ');
  const notNullLater = `ALTER TABLE ${parent} ADD CONSTRAINT ${given ?? `${split(parent).own}_${own}_not_null`} NOT NULL ${own}${parts.odd.includes('no inherit') ? ' NO INHERIT' : ''} NOT VALID`;
  return {
    sql,
    afterwards: [...(sequence?.afterwards ?? []), ...(later ? [notNullLater] : [])],
  };
}

/** The options of a foreign table's column, which stand in its definition. */
const foreignColumnOptions = (column: string, { snapshot }: SchemaGraph): readonly string[] =>
  createOptions(/(?:^|; )options \((.*)\)$/s.exec(snapshot.get(`column options ${column}`)?.text ?? '')?.[1]);

/** The statements that add a column to a table that is there. */
export function addColumn(column: string, graph: SchemaGraph): readonly string[] {
  const { parent } = split(column);
  const isForeign = graph.snapshot.get(`table ${parent}`)?.text.includes('foreign table') ?? false;
  const { sql, afterwards } = defineColumn(column, graph);
  return [
    `ALTER ${isForeign ? 'FOREIGN ' : ''}TABLE ${parent} ADD COLUMN ${sql}`,
    ...afterwards,
    ...givenSequences(column, graph),
  ];
}

/** What gives a column the sequences that it owns and that are not made with it. */
export function givenSequences(column: string, graph: SchemaGraph): string[] {
  const brought = sequenceOf(column, graph)?.sequence;
  return sequencesOwnedBy(column, graph)
    .filter(({ name }) => name !== brought)
    .map(({ name, text }) => ownSequence(name, text) ?? '');
}

/** What a column that is added may meet where there are rows. */
export function columnWarnings(text: string): readonly Warning[] {
  const { isNotNull, default: fallback, identity, generated } = parseColumn(text);
  if (generated?.kind === 'stored' || identity !== null) return [warning('rewritesTable')];
  if (fallback === null) return isNotNull ? [warning('failsOnRows')] : [];
  return /\b(?:nextval|random|gen_random_uuid|uuid\w*|clock_timestamp|timeofday)\(/.test(fallback)
    ? [warning('rewritesTable')]
    : [];
}
