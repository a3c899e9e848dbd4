import { kindOf, nameOf, parentOf } from '../../catalog/index.ts';
import { traitsOf } from '../../kinds.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { type Warning, warning } from '../../objects/common/warnings.ts';
import { families } from '../../objects/index.ts';
import { isOfTimescale } from '../../objects/timescale/create.ts';

/** What a drop loses; nothing of what holds nothing. */
export function dropWarnings(object: string, graph: SchemaGraph): readonly Warning[] {
  const kind = kindOf(object);
  if (kind === 'view' && isOfTimescale(object, graph)) return [warning('losesAggregate', nameOf(object))];
  const { loses } = traitsOf(kind);
  return loses === undefined ? [] : [warning(loses, nameOf(object))];
}

/** What it costs that an object is dropped and made again. */
export const remakeWarnings = (object: string, graph: SchemaGraph): readonly Warning[] =>
  kindOf(object) === 'view' && isOfTimescale(object, graph)
    ? [...dropWarnings(object, graph), warning('refreshAfterwards')]
    : [warning('madeAgain')];

/** What making something may meet where there are rows. */
export function createWarnings(object: string, { before, after }: AlterContext): readonly Warning[] {
  const table = parentOf(object);
  const made = after.snapshot.get(object) ?? before.snapshot.get(object);
  if (made === undefined || table === null || !before.snapshot.has(`table ${table}`)) return [];
  return families[made.kind].risks?.({ table, text: made.text }, before) ?? [];
}
