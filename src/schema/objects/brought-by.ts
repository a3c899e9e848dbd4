import { kindOf, nameOf } from '../model/index.ts';
import { split } from './common/names.ts';
import type { SchemaGraph } from './common/schema-graph.ts';
import { standingIn } from './constraint/create.ts';
import { ownerOf, sequenceOf } from './sequence/create.ts';

/**
 * The object whose making makes this one too: a table its columns, keys and checks, a serial or identity column its
 * sequence. What this one needs, that one then needs as well. Null for what is made by itself, and where the other one
 * is not described.
 */
export function createdWith(object: string, graph: SchemaGraph): string | null {
  const { snapshot, given } = graph;
  const name = nameOf(object);
  const known = (bringer: string): string | null =>
    snapshot.has(bringer) && (given === undefined || !given.has(bringer) || given.has(object))
      ? bringer
      : null;
  switch (kindOf(object)) {
    case 'column':
      return known(`table ${split(name).parent}`);
    case 'column order':
      return known(`table ${name}`);
    case 'not null':
    case 'column origin':
      return known(`column ${name}`);
    case 'without data':
      return known(`materialized view ${name}`);
    case 'sequence': {
      const owner = ownerOf(snapshot.get(object)?.text ?? '');
      if (owner === null || sequenceOf(owner, graph)?.sequence !== name) return null;
      return known(`column ${owner}`);
    }
    case 'constraint':
      return standingIn(split(name).parent, graph).includes(object)
        ? known(`table ${split(name).parent}`)
        : null;
    default:
      return null;
  }
}
