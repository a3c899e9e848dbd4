import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const files = ['package.json', 'package-lock.json'];

/** The packages of the tools that npm has. */
export interface Packages {
  /** The folder `node_modules`. */
  readonly modules: string;
  /** The folder of the adapters, and of the scripts beside them. */
  readonly adapters: string;
}

/** Why npm could not install them. */
export interface NoPackages {
  readonly why: string;
}

/**
 * Installs the packages beneath .cache/peers/ on first use.
 *
 * @param root of the project.
 * @returns where they are, or what npm said.
 */
export async function installPackages(root: string): Promise<Packages | NoPackages> {
  const adapters = join(root, 'bench', 'peers');
  const cache = join(root, '.cache', 'peers');
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(join(adapters, file)));
  const home = join(cache, digest.digest('hex').slice(0, 16));
  const packages = { modules: join(home, 'node_modules'), adapters };
  if (existsSync(packages.modules)) return packages;
  mkdirSync(cache, { recursive: true });
  // So that a run that is cut short, or another one beside it, never leaves half of it.
  const aside = mkdtempSync(join(cache, 'installing-'));
  try {
    for (const file of files) cpSync(join(adapters, file), join(aside, file));
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: aside });
    renameSync(aside, home);
  } catch (error) {
    if (!existsSync(packages.modules)) return { why: `npm cannot install it: ${messageOf(error)}` };
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return packages;
}

/** The version of a package. */
export const versionOf = (packages: Packages, name: string): string => read(packages, name).version;

/** The script that a package has npm link as a program of the package's own name. */
export const scriptOf = (packages: Packages, name: string): string => {
  const { bin } = read(packages, name);
  const path = typeof bin === 'string' ? bin : bin?.[name];
  if (path === undefined) throw new Error(`${name} has no program`);
  return join(packages.modules, name, path);
};

interface Manifest {
  readonly version: string;
  readonly bin?: string | Readonly<Record<string, string>>;
}

const read = ({ modules }: Packages, name: string): Manifest =>
  JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));

/** The first lines of what npm said, without its own mark before each. */
const messageOf = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  const lines = (stderr || message).split('\n').map((line) => line.replace(/^npm error\s*/, '').trim());
  return lines.filter(Boolean).slice(0, 3).join('; ');
};
