import { type SchemaGraph, withKeptOrder } from '../objects/common/schema-graph.ts';
import { families } from '../objects/index.ts';

/**
 * The statements that make one object alone, apart from what it belongs to: a column is added with ALTER TABLE, a
 * comment is written with COMMENT ON. A table is made with its columns and its keys and checks. None for what comes
 * with another object (`broughtBy`), and for what is no thing by itself (the order of columns, an extension's version).
 *
 * @returns null where a thing of that kind cannot be made from its description.
 */
export function createObject(object: string, graph: SchemaGraph): readonly string[] | null {
  const found = graph.snapshot.get(object);
  if (found === undefined) return null;
  const wanted = withKeptOrder(found, graph.optionOrders?.get(object));
  return families[found.kind].create(wanted, graph);
}
