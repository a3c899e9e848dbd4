import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary folder with the files of a project, e.g. `sql/baseline.sql` and `migrations/`. */
export interface Project {
  readonly directory: string;
  /** The absolute path of one of its files. */
  path(file: string): string;
  write(file: string, content: string | Buffer): void;
  remove(file: string): void;
  /** Removes the folder. */
  destroy(): void;
}

/**
 * Makes a project.
 *
 * @param files path relative to the folder -> content; without any, `sql/` and `migrations/` are there and empty.
 */
export function makeProject(files: Readonly<Record<string, string | Buffer>> = {}): Project {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  const path = (file: string) => join(directory, file);
  const write = (file: string, content: string | Buffer) => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), content);
  };
  mkdirSync(path('sql'));
  mkdirSync(path('migrations'));
  for (const [file, content] of Object.entries(files)) write(file, content);
  return {
    directory,
    path,
    write,
    remove: (file) => rmSync(path(file)),
    destroy: () => rmSync(directory, { recursive: true, force: true }),
  };
}
