import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Packages } from './packages.ts';

/** A file's path in a folder, and its text. */
export type File = readonly [path: string, text: string];

/** Writes files, and the folders that they are in. */
export function writeFiles(folder: string, files: readonly File[]): void {
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Makes a folder a project of Node's that has the packages installed, with these files. */
export function writeNodeProject(folder: string, { modules }: Packages, files: readonly File[]): void {
  writeFiles(folder, [['package.json', '{ "private": true }\n'], ...files]);
  symlinkSync(modules, join(folder, 'node_modules'));
}

/** When a step was written, ISO 8601, UTC: its version says so. */
export const writtenAt = ({ version }: { readonly version: string }): string =>
  version.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
