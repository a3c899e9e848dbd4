import { nameOf } from '../../model/index.ts';
import { displayLists, typesAround } from '../common/lists.ts';
import { split } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { isOwnIndex } from '../timescale/create.ts';

/** An index; null for one that is not valid. */
export function createIndex(object: string, text: string, graph: SchemaGraph): readonly string[] | null {
  if (text.endsWith(' INVALID')) return null;
  const table = split(nameOf(object)).parent;
  if (isOwnIndex(nameOf(object)) && graph.snapshot.has(`view ${table}`)) return [];
  const bare = text
    .replace(` ON ONLY ${table} `, ` ON ${table} `)
    .replace(` ON ${table} USING btree (`, ` ON ${table} (`);
  return [displayLists(bare, typesAround(object, graph))];
}
