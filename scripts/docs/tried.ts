import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bind } from 'jest-each';
import { serversVariable } from '../../test/support/servers.ts';

/** Tests beneath a `describe` whose title begins so are listed in docs/reliability.md, under what follows. */
const prefix = 'Hostile and odd: ';

/** The titles of what is tried, by kind. */
export type Tried = ReadonlyMap<string, readonly string[]>;

/** Every kind, sorted, with the titles of its tests, as Markdown. */
export function triedText(tried: Tried): string {
  const kinds = [...tried].sort(([a], [b]) => a.localeCompare(b, 'en'));
  return kinds
    .map(([kind, titles]) => `### ${kind}\n\n${titles.map((title) => `- ${inMarkdown(title)}\n`).join('')}`)
    .join('\n');
}

/** A title may hold what Markdown would read as markup. */
const inMarkdown = (title: string): string =>
  title.replaceAll(/[\\<>*_[\]|]/g, '\\$&').replaceAll(/\s+/g, ' ');

/**
 * Loads the test files of the project that have such a `describe`, and runs none of their tests.
 *
 * @param root of the project.
 * @throws Error where a file cannot be loaded without Jest, or a title is used twice in one kind.
 */
export async function findTried(root: string): Promise<Tried> {
  const require = createRequire(join(root, 'package.json'));
  const tried = new Map<string, string[]>();
  for (const file of testFiles(root)) {
    const { globals, titles } = collector();
    Object.assign(globals, { process: withoutServers() });
    const names = [...Object.keys(globals), 'require', 'module', 'exports'];
    const load = new Function(...names, await bundled(root, file));
    const module = { exports: {} };
    load(...Object.values(globals), require, module, module.exports);
    for (const { kind, title } of titles) {
      const listed = tried.get(kind) ?? [];
      if (listed.includes(title)) throw new Error(`${file}: "${title}" is there twice beneath "${kind}"`);
      tried.set(kind, [...listed, title]);
    }
  }
  return tried;
}

/** This process, without the servers that a run of the tests has started: titles are the same with and without them. */
function withoutServers(): NodeJS.Process {
  const { [serversVariable]: _, ...env } = process.env;
  return Object.create(process, { env: { value: env } });
}

function testFiles(root: string): string[] {
  const directory = join(root, 'test');
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(directory, name))
    .filter((path) => readFileSync(path, 'utf8').includes(prefix))
    .sort();
}

async function bundled(root: string, entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    alias: { '@rushstack/ts-command-line': './scripts/build/absent.cjs' },
    loader: { '.sql': 'text' },
    logLevel: 'error',
    write: false,
    plugins: [ownDirectory],
  });
  return outputFiles[0]?.text ?? '';
}

/** A file in a bundle still knows the folder that it lies in. */
const ownDirectory: Plugin = {
  name: 'own directory',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
    }));
  },
};

/** What Jest gives to a test file, where every test is noted and none is run. */
function collector() {
  const titles: { kind: string; title: string }[] = [];
  const path: string[] = [];
  type Body = (...row: unknown[]) => void;
  const describe = (name: string, body: Body, ...row: unknown[]): void => {
    path.push(name);
    body(...row);
    path.pop();
  };
  const test = (name: string): void => {
    const at = path.findIndex((title) => title.startsWith(prefix));
    if (at < 0) return;
    const kind = path[at]?.slice(prefix.length) ?? '';
    titles.push({ kind, title: [...path.slice(at + 1), name].join(': ') });
  };
  // Without servers the table of their majors is empty: what is in it counts once, whatever the major.
  const withEach = (run: (name: string, body: Body) => void, ofNone: (name: string, body: Body) => void) => {
    // biome-ignore lint/suspicious/noExplicitAny: Jest's own type of what its tables call.
    const ofTable = bind(run as any, false);
    const each = (table: readonly unknown[], ...rest: unknown[]) =>
      Array.isArray(table) && table.length === 0 ? ofNone : ofTable(table as unknown[], ...rest);
    return Object.assign(run, { each, only: run, skip: run, concurrent: run });
  };
  const ignored = (): void => {};
  const globals = {
    describe: withEach(describe, (_name, body) => body({})),
    test: withEach(test, test),
    it: withEach(test, test),
    beforeAll: ignored,
    beforeEach: ignored,
    afterAll: ignored,
    afterEach: ignored,
    expect: ignored,
    jest: { setTimeout: ignored, retryTimes: ignored },
  };
  return { globals, titles };
}
