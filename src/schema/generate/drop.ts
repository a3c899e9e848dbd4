import { kindOf, nameOf } from '../catalog/index.ts';
import { isKind } from '../kinds.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { families } from '../objects/index.ts';

/**
 * The statements that take one object away, or set it back where it cannot be without.
 *
 * @returns null where there is no such statement; an empty list where it goes with something else.
 */
export function dropObject(object: string, graph: SchemaGraph): readonly string[] | null {
  const kind = kindOf(object);
  const { text = '' } = graph.snapshot.get(object) ?? {};
  return isKind(kind) ? families[kind].drop({ kind, name: nameOf(object), text }, graph) : null;
}
