import type { Kind } from '../../src/schema/kinds.ts';
import { kindOf, nameOf, parentOf } from '../../src/schema/model/names.ts';
import type { Snapshot } from '../../src/schema/model/object.ts';

/** What stands for one object: its text, or its text and facets. */
export type Described = string | { readonly text: string; readonly facets: Readonly<Record<string, string>> };

/** A snapshot of `kind name` -> what describes it. */
export function snapshotOf(objects: Readonly<Record<string, Described>>): Snapshot {
  return new Map(
    Object.entries(objects).map(([object, graph]) => {
      const { text, facets } = typeof graph === 'string' ? { text: graph, facets: {} } : graph;
      return [
        object,
        { kind: kindOf(object) as Kind, name: nameOf(object), parent: parentOf(object), text, facets },
      ];
    }),
  );
}
