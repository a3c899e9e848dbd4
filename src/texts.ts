import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Texts } from './diff.ts';
import type { Version } from './model.ts';
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
    const { objects } = JSON.parse(readFileSync(textsPath(lockfile), 'utf8')) as Book;
    return (object, hash) => {
      const known = objects[object];
      return known && hashText(known.text) === hash ? { text: known.text, facets: known.facets ?? {} } : null;
    };
  } catch {
    return () => null;
  }
}

/** The readable snapshot as text. */
export function formatTexts(version: Version, snapshot: Snapshot): string {
  const objects = [...snapshot].map(([name, { text, facets }]) => [
    name,
    Object.keys(facets).length > 0 ? { text, facets } : { text },
  ]);
  return `${JSON.stringify({ version, objects: Object.fromEntries(objects) }, null, 1)}\n`;
}
