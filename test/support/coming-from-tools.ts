import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const fixtures = join(root, 'test', 'fixtures', 'coming-from');
const files = ['package.json', 'package-lock.json'];

/** The migration tools of this machine; null where one cannot be had. */
export interface Tools {
  /** The folder `node_modules` of those that npm has. */
  readonly modules: string | null;
  /** The interpreter that has Alembic. */
  readonly python: string | null;
}

/** Finds them; installs what npm has. @throws Error where one cannot be had and CI is set. */
export const findTools = (): Tools => ({ modules: installTools('tools'), python: findAlembic() });

/**
 * The folder `node_modules` with migration tools that npm has, beneath .cache/coming-from/, installed on first use;
 * null, with a warning, where npm cannot.
 *
 * @param of the folder of test/fixtures/coming-from/ that says which: `tools` are those that the pages have readers
 * run, `other-tools` are some that no walk starts from.
 * @throws Error where npm cannot and CI is set.
 */
export function installTools(of: 'tools' | 'other-tools'): string | null {
  const wanted = join(fixtures, of);
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(join(wanted, file)));
  const cache = join(root, '.cache', 'coming-from');
  const home = join(cache, digest.digest('hex').slice(0, 16));
  const modules = join(home, 'node_modules');
  if (existsSync(modules)) return modules;
  mkdirSync(cache, { recursive: true });
  // Installed aside and renamed, so that a run that is cut short, or another one beside it, never leaves half of it.
  const aside = mkdtempSync(join(cache, 'installing-'));
  try {
    for (const file of files) cpSync(join(wanted, file), join(aside, file));
    const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', install, { cwd: aside, stdio: ['ignore', 'ignore', 'pipe'] });
    if (!existsSync(home)) renameSync(aside, home);
  } catch (error) {
    if (!existsSync(modules)) return missing(`npm cannot install the tools of ${wanted}: ${error}`);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return modules;
}

/**
 * The Python that Alembic and its driver run on; null, with a warning, where they do not.
 *
 * @throws Error where they do not and CI is set.
 */
function findAlembic(): string | null {
  const installed = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'alembic'));
  const program = installed.find(existsSync);
  const python = program && /^#!(\S+)/.exec(readFileSync(program, 'utf8'))?.[1];
  if (python && spawnSync(python, ['-c', 'import alembic, psycopg2']).status === 0) return python;
  return missing('Alembic is not installed (Debian: apt-get install alembic python3-psycopg2)');
}

/**
 * A Python of this machine that has these modules; null, with a warning, where none has.
 *
 * @param modules as `import` takes them.
 * @param packages that bring them in Debian.
 * @throws Error where none has and CI is set.
 */
export function findPython(modules: string, packages: string): string | null {
  const installed = ['python3', '/usr/bin/python3'];
  const python = installed.find((name) => spawnSync(name, ['-c', `import ${modules}`]).status === 0);
  return python === undefined
    ? missing(`no Python has ${modules} (Debian: apt-get install ${packages})`)
    : execFileSync(python, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

function missing(why: string): null {
  const message = `COMING FROM OTHER TOOLS IS NOT TESTED IN FULL: ${why}`;
  if (process.env.CI) throw new Error(message);
  process.stderr.write(`\n${message}\n`);
  return null;
}
