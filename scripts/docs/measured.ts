import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fillParts, partsOf } from './text.ts';

/** Where figures come from. */
export interface Origin {
  /** What they are of, such as `PostgreSQL 18.4, seed 1`. */
  readonly of: string;
  /** The command that writes them. */
  readonly command: string;
}

/**
 * Writes what was measured into generated parts of a page, each with its origin, the date and the machine's size.
 *
 * @param path of the page.
 * @param texts Markdown by the name of the part.
 */
export function writeMeasured(path: string, origin: Origin, texts: Readonly<Record<string, string>>): void {
  const page = readFileSync(path, 'utf8');
  const day = new Date().toISOString().slice(0, 10);
  const said = `${origin.of}, ${day}, ${availableParallelism()} cores, by \`${origin.command}\`.`;
  const parts = Object.entries(texts).map(([name, text]): [string, string] => [name, `${said}\n\n${text}\n`]);
  writeFileSync(path, fillParts(page, new Map([...partsOf(page), ...parts])));
}
