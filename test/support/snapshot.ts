import type { Snapshot } from '../../src/snapshot/snapshot.ts';

/** What stands for one object: its text, or its text and facets. */
export type Described = string | { readonly text: string; readonly facets: Readonly<Record<string, string>> };

/** A snapshot of `kind name` -> what describes it. */
export function snapshotOf(objects: Readonly<Record<string, Described>>): Snapshot {
  return new Map(
    Object.entries(objects).map(([object, described]) => {
      const { text, facets } = typeof described === 'string' ? { text: described, facets: {} } : described;
      const [kind = '', ...name] = object.split(' ');
      return [object, { kind, name: name.join(' '), parent: null, text, facets }];
    }),
  );
}
