import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The repository's folder. */
export const root = join(import.meta.dirname, '..', '..');

/** All that `npm run check` and `npm run docs` read. */
const read = [
  ...['src', 'scripts', 'test', 'bench', 'healthcheck', '.ci', 'examples', 'sql', 'migrations', 'docs'],
  ...[
    'deploy',
    'README.md',
    'package.json',
    'package-lock.json',
    'pins.json',
    'LICENSE',
    'layers.json',
    'biome.json',
    'knip.json',
    'tsconfig.json',
    'tsconfig.types.json',
  ],
  ...['jest.config.mjs', 'build.mjs', '.gitignore'],
];

/** A copy of the repository, to change. */
export interface Tree {
  readonly directory: string;
  /** Runs a shell's line in it, with the tools of `node_modules`; returns its exit code and all that it says. */
  run(line: string): { readonly code: number | null; readonly said: string };
  /** Removes it. */
  destroy(): void;
}

/** Copies the repository as it is on disk, `node_modules` as a link. */
export function copyOfTree(): Tree {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-tree-'));
  for (const path of read) cpSync(join(root, path), join(directory, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
  return {
    directory,
    run(line) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
        cwd: directory,
        env,
        encoding: 'utf8',
      });
      return { code: status, said: `${stdout}\n${stderr}` };
    },
    destroy: () => rmSync(directory, { recursive: true, force: true }),
  };
}
