import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A Node that programs are measured on. */
export interface Node {
  readonly major: number;
  readonly version: string;
  readonly path: string;
}

const wanted = [20, 24] as const;

/** The Nodes to measure on: the oldest that is supported and the one of the image. */
export const findNodes = (root: string): Node[] => wanted.map((major) => findNode(root, major));

/** The Node of a major; comes from npm, on first use, where it is not this process' own. */
export function findNode(root: string, major: number): Node {
  const own = process.versions.node;
  if (Number(own.split('.')[0]) === major) return { major, version: own, path: process.execPath };
  const home = join(root, '.cache', `node-${major}`);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(home, 'node_modules', name, 'bin', 'node');
  if (!existsSync(path)) {
    mkdirSync(home, { recursive: true });
    const aside = mkdtempSync(`${home}-`);
    const install = [
      'install',
      '--prefix',
      aside,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
    ];
    execFileSync('npm', [...install, `${name}@${major}`], { cwd: aside, stdio: 'pipe' });
    rmSync(home, { recursive: true, force: true });
    renameSync(aside, home);
  }
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  return { major, version, path };
}
