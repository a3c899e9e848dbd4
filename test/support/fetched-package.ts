import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A package of the npm registry that only some tests need, and that `npm ci` therefore does not bring. */
export interface FetchedPackage {
  readonly name: string;
  readonly version: string;
  /** A file of it, relative to its folder: while that is not there, the package is not whole. */
  readonly holds: string;
}

const cache = join(import.meta.dirname, '..', '..', '.cache');
const run = promisify(execFile);

/**
 * The folder of a package, which npm puts beneath `.cache/` on first use; its install scripts are not run.
 *
 * @param shelf the folder of `.cache/` that it goes to.
 * @throws Error where npm cannot install it.
 */
export async function fetchPackage(shelf: string, { name, version, holds }: FetchedPackage): Promise<string> {
  const home = join(cache, shelf, version);
  const folder = join(home, 'node_modules', name);
  if (existsSync(join(folder, holds))) return folder;
  mkdirSync(join(cache, shelf), { recursive: true });
  // Installed aside and renamed, so that a run that is cut short, or another one beside it, never leaves half of it.
  const aside = mkdtempSync(join(cache, shelf, 'new-'));
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    await run('npm', ['install', '--prefix', aside, ...options, `${name}@${version}`], { cwd: aside });
    if (!existsSync(folder)) renameSync(aside, home);
  } catch (error) {
    if (!existsSync(join(folder, holds)))
      throw new Error(`npm could not install ${name}@${version}`, { cause: error });
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return folder;
}
