import { spawn } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Tools } from './coming-from-tools.ts';
import { searchForSecrets } from './leaks.ts';
import type { Scene } from './scene.ts';
import { bundle } from './slipway.ts';

const root = join(import.meta.dirname, '..', '..');

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
      const fenced = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
      const found = [...section.matchAll(fenced)].map(([, body]) => body ?? '');
      if (found.length === 0) throw new Error(`${name}.md has no ${language} beneath ${heading}`);
      return found;
    },
  };
}

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
 * @param env on top of what names the database.
 * @param tools what of them is here.
 */
export function enter(
  { project, database }: Pick<Scene, 'project' | 'database'>,
  tool: string,
  env: Readonly<Record<string, string>>,
  { modules, python }: Tools,
): Shell {
  for (const folder of ['sql', 'migrations']) rmSync(project.path(folder), { recursive: true });
  cpSync(join(root, 'test', 'fixtures', 'coming-from', tool), project.directory, { recursive: true });
  if (modules !== null) symlinkSync(modules, project.path('node_modules'));
  project.write('bin/slipway', `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`);
  chmodSync(project.path('bin/slipway'), 0o755);
  const path = [project.path('bin'), join(project.directory, 'node_modules', '.bin'), process.env.PATH];
  if (python !== null) symlinkSync(python, project.path('bin/python3'));
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
