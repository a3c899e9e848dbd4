import { kindOf, nameOf, parentOf } from '../../catalog/index.ts';
import { parseColumn } from '../../objects/column/parts.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { type Warning, warning } from '../../objects/common/warnings.ts';
import { constraintWarnings } from '../../objects/constraint/alter.ts';
import { isOfTimescale } from '../../objects/timescale/create.ts';

/** What a drop loses; nothing of what holds nothing. */
export function dropWarnings(object: string, graph: SchemaGraph): readonly Warning[] {
  const kind = kindOf(object);
  if (kind === 'view' && isOfTimescale(object, graph)) return [warning('losesAggregate', nameOf(object))];
  if (kind === 'table') return [warning('losesRows', nameOf(object))];
  if (kind === 'column') return [warning('losesColumn', nameOf(object))];
  return kind === 'sequence' ? [warning('losesPosition', nameOf(object))] : [];
}

/** What it costs that an object is dropped and made again. */
export const remakeWarnings = (object: string, graph: SchemaGraph): readonly Warning[] =>
  kindOf(object) === 'view' && isOfTimescale(object, graph)
    ? [...dropWarnings(object, graph), warning('refreshAfterwards')]
    : [warning('madeAgain')];

/** No index of a hypertable can be built CONCURRENTLY. */
const isHypertable = (relation: string, graph: SchemaGraph): boolean =>
  isOfTimescale(`table ${relation}`, graph);

/** What making something may meet where there are rows. */
export function createWarnings(object: string, { before, after }: AlterContext): readonly Warning[] {
  const kind = kindOf(object);
  const parent = parentOf(object);
  if (parent === null || !before.snapshot.has(`table ${parent}`)) return [];
  const text = after.snapshot.get(object)?.text ?? before.snapshot.get(object)?.text ?? '';
  if (kind === 'constraint') return constraintWarnings(text);
  if (kind === 'unique index') return [warning('failsOnViolation'), warning('blocksWrites')];
  if (kind === 'index')
    return [
      warning(
        'blocksWritesUnless',
        isHypertable(parent, before)
          ? 'WITH (timescaledb.transaction_per_chunk)'
          : 'CREATE INDEX CONCURRENTLY',
      ),
    ];
  if (kind !== 'column') return [];
  const { isNotNull, default: fallback, identity, generated } = parseColumn(text);
  if (generated?.kind === 'stored' || identity !== null) return [warning('rewritesTable')];
  if (fallback === null) return isNotNull ? [warning('failsOnRows')] : [];
  return /\b(?:nextval|random|gen_random_uuid|uuid\w*|clock_timestamp|timeofday)\(/.test(fallback)
    ? [warning('rewritesTable')]
    : [];
}
