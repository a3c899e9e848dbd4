import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'fixtures', 'formats');

/** The files of a project that an older Slipway wrote. */
export function olderFiles(name: string): Record<string, string> {
  const from = join(folder, name);
  return Object.fromEntries(
    readdirSync(from, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(from.length + 1), readFileSync(path, 'utf8')]),
  );
}

/** The dump of a database that an older Slipway made, as SQL for one message. */
export const olderDatabase = (name: string): string =>
  `${readFileSync(join(folder, `${name}.sql`), 'utf8')}\nRESET ALL;`;
