import { dirname, join } from 'node:path';
import { readText } from '../core/index.ts';
import type { Version } from '../migrations/index.ts';
import {
  hashText,
  kindOf,
  nameOf,
  parentOf,
  type Snapshot,
  type SnapshotObject,
} from '../schema/catalog/index.ts';
import type { ExpectedObjects, Texts } from '../schema/compare/index.ts';
import type { Kind } from '../schema/kinds.ts';
/** The readable snapshot that stands beside the lock file; opened only to explain a difference. */
export const textsPath = (lockfile: string): string => join(dirname(lockfile), 'schema.snapshot.json');

interface ReadableSnapshot {
  readonly version: Version;
  readonly objects: Readonly<
    Record<string, { readonly text: string; readonly facets?: Readonly<Record<string, string>> }>
  >;
}

/** Reads it; where it is absent or damaged nothing is explained, and nothing else depends on it. */
export function readTexts(lockfile: string): Texts {
  try {
    const { objects } = JSON.parse(readText(textsPath(lockfile), 'snapshot')) as Partial<ReadableSnapshot>;
    return (object, hash) => {
      const { text, facets } = objects?.[object] ?? {};
      return typeof text === 'string' && hashText(text) === hash ? { text, facets: readable(facets) } : null;
    };
  } catch {
    return () => null;
  }
}

const readable = (facets: object = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(facets ?? {}).filter(([, value]) => typeof value === 'string'));

/**
 * A snapshot with what a lock keeps of other servers besides, as far as its text is known.
 *
 * @param expected what the lock says of the same version.
 * @param texts the readable snapshot of before.
 */
export function withRetained(snapshot: Snapshot, expected: ExpectedObjects, texts: Texts): Snapshot {
  const objects = new Map(snapshot);
  for (const [object, { hash, facets }] of expected) {
    const there = snapshot.get(object) ?? elsewhere(object, hash);
    const kept = Object.entries(facets).flatMap(([facet, wanted]) => {
      const text = there?.facets[facet] === undefined ? texts(object, hash)?.facets[facet] : undefined;
      return text !== undefined && hashText(text) === wanted ? [[facet, text] as const] : [];
    });
    if (!there || kept.length === 0) continue;
    const all = [...Object.entries(there.facets), ...kept].sort(([a], [b]) => (a < b ? -1 : 1));
    objects.set(object, { ...there, facets: Object.fromEntries(all) });
  }
  return new Map([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * An object that is nothing but facets; null where it is more. A newer program may have written its kind: that is kept as
 * it is, and only written again.
 */
const elsewhere = (object: string, hash: string): SnapshotObject | null =>
  hash === hashText('')
    ? { kind: kindOf(object) as Kind, name: nameOf(object), parent: parentOf(object), text: '', facets: {} }
    : null;

/** The readable snapshot as text. */
export function formatTexts(version: Version, snapshot: Snapshot): string {
  const objects = [...snapshot].map(([name, { text, facets }]) => [
    name,
    Object.keys(facets).length > 0 ? { text, facets } : { text },
  ]);
  return `${JSON.stringify({ version, objects: Object.fromEntries(objects) }, null, 1)}\n`;
}
