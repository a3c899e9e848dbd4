import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fillParts, partsOf } from '../../scripts/docs/text.ts';

/** Where figures come from. */
export interface Origin {
  /** What went before, such as `PostgreSQL 18.4, seed 1`. */
  readonly of: string;
  /** The command that writes them. */
  readonly command: string;
}

/**
 * Writes tables into docs/reliability.md, each with its origin, the date and the machine's size.
 *
 * @param root of the project.
 * @param tables by the name of their part of the page.
 */
export function writeReliability(
  root: string,
  origin: Origin,
  tables: Readonly<Record<string, string>>,
): void {
  const path = join(root, 'docs', 'reliability.md');
  const page = readFileSync(path, 'utf8');
  const day = new Date().toISOString().slice(0, 10);
  const said = `${origin.of}, ${day}, ${availableParallelism()} cores, by \`${origin.command}\`.`;
  const parts = Object.entries(tables).map(([name, table]): [string, string] => [
    name,
    `${said}\n\n${table}\n`,
  ]);
  writeFileSync(path, fillParts(page, new Map([...partsOf(page), ...parts])));
}
