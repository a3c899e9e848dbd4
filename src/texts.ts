import { dirname, join } from 'node:path';
import type { Texts } from './diff.ts';
import type { Version } from './model.ts';
import { readText } from './read-file.ts';
import { hashText, type Snapshot } from './snapshot/snapshot.ts';

/** The readable snapshot that stands beside the lock file; opened only to explain a difference. */
export const textsPath = (lockfile: string): string => join(dirname(lockfile), 'schema.snapshot.json');

interface Book {
  readonly version: Version;
  readonly objects: Readonly<
    Record<string, { readonly text: string; readonly facets?: Readonly<Record<string, string>> }>
  >;
}

/** Reads it; where it is absent or damaged nothing is explained, and nothing else depends on it. */
export function readTexts(lockfile: string): Texts {
  try {
    const { objects } = JSON.parse(readText(textsPath(lockfile), 'snapshot')) as Partial<Book>;
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

/** The readable snapshot as text. */
export function formatTexts(version: Version, snapshot: Snapshot): string {
  const objects = [...snapshot].map(([name, { text, facets }]) => [
    name,
    Object.keys(facets).length > 0 ? { text, facets } : { text },
  ]);
  return `${JSON.stringify({ version, objects: Object.fromEntries(objects) }, null, 1)}\n`;
}
