import { spawn } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Tools } from './coming-from-tools.ts';
import { searchForSecrets } from './leaks.ts';
import type { Scene } from './scene.ts';
import { bundle } from './slipway.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * Prisma searches for engines to fetch unless these name some. With an adapter it needs neither, but `migrate resolve`
 * asks the second one whether the database can be reached, and no answer means that it can.
 */
export const prismaEngines = {
  PRISMA_QUERY_ENGINE_LIBRARY: '/usr/bin/true',
  PRISMA_SCHEMA_ENGINE_BINARY: '/usr/bin/true',
  CHECKPOINT_DISABLE: '1',
};

/** What a page of docs/coming-from/ has readers run and read, by the heading that it stands under. */
export interface Page {
  /** What stands beneath a heading, with it. */
  section(heading: string): string;
  /** The fenced blocks in this language beneath a heading, in order; of the whole page without one. */
  blocks(language: string, heading?: string): string[];
}

export function readPage(name: string): Page {
  const text = readFileSync(join(root, 'docs', 'coming-from', `${name}.md`), 'utf8');
  const sections = new Map(
    text.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), section]),
  );
  const sectionOf = (heading: string): string => {
    const section = sections.get(heading);
    if (section === undefined) throw new Error(`${name}.md has no heading ${heading}`);
    return section;
  };
  return {
    section: sectionOf,
    blocks(language, heading) {
      const section = heading === undefined ? text : sectionOf(heading);
      const found = fencedIn(section, language);
      if (found.length === 0) throw new Error(`${name}.md has no ${language} beneath ${heading}`);
      return found;
    },
  };
}

/** What stands in the fenced blocks in this language. */
export const fencedIn = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, body]) => body ?? '',
  );

/** Runs a script in a project's folder; the program `slipway` is the bundle. */
export type Shell = (script: string) => Promise<Ran>;

export interface Ran {
  readonly code: number | null;
  /** Both streams. */
  readonly output: string;
}

/**
 * Puts a tool's project into a scene's folder, and gives the shell that somebody would run it in.
 *
 * @param folder of the project, from the repository's.
 * @param env on top of what names the database.
 * @param tools what of them is here.
 */
export function enter(
  { project, database }: Pick<Scene, 'project' | 'database'>,
  folder: string,
  env: Readonly<Record<string, string>>,
  { modules, python }: Tools,
): Shell {
  for (const own of ['sql', 'migrations']) rmSync(project.path(own), { recursive: true });
  cpSync(join(root, folder), project.directory, { recursive: true });
  if (modules !== null) symlinkSync(modules, project.path('node_modules'));
  const programs = {
    slipway: `'${process.execPath}' '${bundle}'`,
    ...(python === null ? {} : { python3: `'${python}'` }),
  };
  for (const [name, command] of Object.entries(programs)) {
    // No link: a Python finds the packages of its environment by the path that it is called by.
    project.write(`bin/${name}`, `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(project.path(`bin/${name}`), 0o755);
  }
  const path = [project.path('bin'), join(project.directory, 'node_modules', '.bin'), process.env.PATH];
  return (script) =>
    runShell(script, project.directory, {
      ...database.env,
      HOME: project.directory,
      PATH: path.join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
      SLIPWAY_WAIT_TIMEOUT: '5s',
      ...env,
    });
}

function runShell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      searchForSecrets('a script of a page', output);
      resolve({ code, output });
    });
  });
}

/** Checks that a script ended with 0; shows what it wrote where it did not. */
export function expectRan(ran: Ran): string {
  if (ran.code !== 0) throw new Error(`exit ${ran.code}\n${ran.output}`);
  return ran.output;
}
