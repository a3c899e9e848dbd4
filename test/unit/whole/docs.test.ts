import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { jobFiles, measured, pages, withFinalCodes, writtenParts } from '../../../scripts/docs/parts.ts';
import { recorded } from '../../../scripts/docs/recordings.ts';
import { fillParts, partsOf, withoutTimes } from '../../../scripts/docs/text.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { parameters } from '../../../src/config/conninfo/parameters.ts';
import { settings } from '../../../src/config/settings.ts';
import { exitCodes } from '../../../src/core/errors.ts';
import { readHeader } from '../../../src/migrations/directives.ts';
import { kinds, traitsOf } from '../../../src/schema/kinds.ts';
import type { Traits } from '../../../src/schema/traits.ts';

// Each page is made anew, on a machine that may be busy.
jest.setTimeout(60_000);

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const texts = new Map<string, string>(pages.map((page) => [page, read(page)]));
const readme = texts.get('README.md') ?? '';

/** The fenced blocks of a page in one language. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, body]) => body ?? '',
  );

const withoutBlocks = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** What stands in backticks outside of blocks. */
const spans = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '');

/** Headings as GitHub links to them. */
const anchors = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('what is generated', () => {
  let written: Awaited<ReturnType<typeof writtenParts>>;
  beforeAll(async () => {
    written = await writtenParts(root);
  }, 300_000);

  test.each(pages)('%s is as `npm run docs` writes it', (page) => {
    const text = texts.get(page) ?? '';
    const standing = [...partsOf(text)].filter(([name]) => [...recorded, ...measured].includes(name));
    expect(text).toBe(fillParts(text, new Map([...written, ...standing])));
  });

  test('every part has its place on a page, once', () => {
    const placed = [...texts.values()].flatMap((text) => [...partsOf(text).keys()]);
    expect(placed.sort()).toEqual([...written.keys(), ...recorded, ...measured].sort());
  });

  test('a part that differs only in times stays, any other is written anew', () => {
    const page = 'a\n<!-- generated: x -->\ndone in 12 ms\n<!-- /generated -->\nb\n';
    expect(fillParts(page, new Map([['x', 'done in 7 ms\n']]))).toBe(page);
    expect(fillParts(page, new Map([['x', 'failed in 7 ms\n']]))).toContain(
      '\nfailed in 7 ms\n<!-- /generated',
    );
    expect(() => fillParts(page, new Map())).toThrow('no part is called x');
  });

  test('only durations are left out of the comparison', () => {
    expect(withoutTimes('3 applied in 226 ms, 1.5 s of 60.0 s')).toBe('3 applied in 0 ms, 0 s of 0 s');
  });
});

describe('the compose file of the README', () => {
  const [text = ''] = blocks(readme, 'yaml');

  test('has twelve lines', () => expect(text.trimEnd().split('\n')).toHaveLength(12));

  test('starts the application after the migration, with variables that Slipway knows', () => {
    const { services } = parse(text, { merge: true });
    expect(Object.keys(services)).toEqual(['postgres', 'migrate', 'app']);
    expect(services.app.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
    const known = settings.map(({ variable }) => variable);
    expect(Object.keys(services.migrate.environment).filter((name) => !known.includes(name))).toEqual([]);
    expect(services.migrate.environment.PGHOST).toBe('postgres');
    expect(services.migrate.environment.PGPASSWORD).toBe(services.postgres.environment.POSTGRES_PASSWORD);
  });
});

test('the Job ends at once for exactly the codes that trying again cannot help', () => {
  for (const file of jobFiles) expect(read(file)).toBe(withFinalCodes(read(file)));
  const [job] = parseAllDocuments(read('deploy/kubernetes/job.yaml')).map((document) => document.toJS());
  const [, { onExitCodes }] = job.spec.podFailurePolicy.rules;
  const final = Object.values(exitCodes).filter(({ code, again }) => code > 1 && !again);
  expect(onExitCodes.values).toEqual(final.map(({ code }) => code));
});

describe.each([...texts])('%s', (page, text) => {
  test('has YAML that can be read', () => {
    const errors = blocks(text, 'ya?ml').flatMap((block) =>
      parseAllDocuments(block).flatMap((document) => document.errors),
    );
    expect(errors).toEqual([]);
  });

  test('links to what is there', () => {
    const links = [...withoutBlocks(text).matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? '');
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? page : join(dirname(page), file);
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchors(read(path)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('shows commands that exist, with options that exist', async () => {
    const lines = [...spans(text), ...blocks(text, 'sh').flatMap((block) => block.split('\n'))]
      .map((line) => line.replace(/\s+#.*$/, ''))
      .filter((line) => line.startsWith('slipway ') && !/COMMAND|SHELL/.test(line));
    for (const line of lines) {
      const words = (line.match(/'[^']*'|\S+/g) ?? []).slice(1).map((word) => word.replace(/^'(.*)'$/, '$1'));
      const parsed = await parseCommandLine(words).catch((error: Error) => `${line}: ${error.message}`);
      expect(parsed).toMatchObject({ kind: expect.stringMatching(/^(run|print)$/) });
    }
  });

  test('names variables that are known', () => {
    const ofOthers = [
      'SLIPWAY_TEST_MAJORS',
      'SLIPWAY_TEST_FULL',
      'SLIPWAY_TEST_ROWS',
      'SLIPWAY_TEST_PROCESSES',
      'PGDATA',
    ];
    const known = new Set([
      ...settings.map(({ variable }) => variable),
      ...Object.values(parameters).flatMap(({ variable }) => variable ?? []),
      ...ofOthers,
    ]);
    const named = [...text.matchAll(/\b(?:SLIPWAY_(?!VAR_)[A-Z_]+|PG[A-Z_]+)\b/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')))).toEqual([]);
  });

  test('names npm scripts and files that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const run = [...text.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name ?? '');
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
    const paths = [
      ...text.matchAll(/(?<![\w/.])(?:src|test|scripts|healthcheck|deploy|docs|\.ci)\/[\w./-]*\w/g),
    ];
    expect(paths.map(([path]) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('names exit codes that exist', () => {
    const codes: number[] = Object.values(exitCodes).map(({ code }) => code);
    const named = [...withoutBlocks(text).matchAll(/\((\d{2,3})\)/g)].map(([, code]) => Number(code));
    expect(named.filter((code) => !codes.includes(code))).toEqual([]);
  });

  test('shows directives that are known', () => {
    const shown = [...spans(text), ...blocks(text, 'sql')].filter((code) => /^(--|\/\/) slipway:/.test(code));
    for (const code of shown) {
      expect(() => readHeader({ path: page, text: code, checksum: '' })).not.toThrow();
    }
  });
});

test('ARCHITECTURE.md names every file and every folder at the top of src/', () => {
  const page = read('ARCHITECTURE.md');
  const there = readdirSync(join(root, 'src'), { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? `src/${entry.name}/` : `src/${entry.name}`,
  );
  expect(there.filter((path) => !page.includes(`\`${path}\``))).toEqual([]);
});

describe('what is said of differences is what the kinds say', () => {
  const page = texts.get('docs/lock-and-drift.md') ?? '';
  const rows = [...page.matchAll(/^\| (.*?) \| (.*?) \|$/gm)].map(([, what = '', becomes = '']) => ({
    what,
    becomes,
  }));
  const row = (beginning: string) => rows.find(({ what }) => what.startsWith(beginning));
  /** Words on the page -> kinds. */
  const kindNamed = (words: string): string =>
    ({
      'plain indexes': 'index',
      'storage options': 'options',
      'versions of extensions': 'extension version',
      indexes: 'index',
      'unique indexes': 'unique index',
      policies: 'policy',
      statistics: 'statistics',
      'column order': 'column order',
    })[words] ?? words.replace(/s$/, '');

  test.each([
    ['what an application depends on: ', 'drift', 'ends with 85'],
    ['plain indexes, storage options', 'reported', 'warns'],
  ] as const)('%s ...: %s', (beginning, severity, becomes) => {
    const { what = '', becomes: said } = row(beginning) ?? {};
    const named = what.replace(/^.*: /, '').split(', ').map(kindNamed);
    expect(named.length).toBeGreaterThan(6);
    expect(named.filter((kind) => traitsOf(kind).changed !== severity || !(kind in kinds))).toEqual([]);
    expect(said).toMatch(new RegExp(`^${becomes}`));
  });

  test('an extra that decides about rows, or a grant, is drift', () => {
    const { what = '', becomes } = row('what is extra in a table') ?? {};
    const deciding = Object.entries<Traits>(kinds).filter(
      ([, { extra, isDeviation }]) => extra === 'drift' && !isDeviation,
    );
    const words = (kind: string): string =>
      kind === 'privileges' ? 'a grant' : `${kind === 'index' ? 'an' : 'a'} ${kind}`;
    expect(deciding.map(([kind]) => kind).filter((kind) => !what.includes(words(kind)))).toEqual([]);
    expect(becomes).toMatch(/^ends with 85/);
  });
});

test('the README is for the first ten minutes', () => {
  expect(readme.split('\n').length).toBeLessThan(250);
});

test('the README opens with what it is for, and its two commands', () => {
  const { scripts } = JSON.parse(read('package.json'));
  expect(readme).toMatch(/^# Slipway\n\nAll it does is wait for PostgreSQL, bring its schema to the version/);
  expect(blocks(readme, 'sh')[0]).toMatch(/^npm ci && npm run demo .*\nnpm ci && npm test /);
  expect(scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String) });
});

test('the changelog tells of each version what was added, changed and fixed', () => {
  const versions = read('CHANGELOG.md').split(/^## /m).slice(1);
  for (const text of versions) {
    expect(text).toMatch(/^\d+\.\d+\.\d+, (?:unreleased|\d{4}-\d\d-\d\d)\n/);
    const headings = [...text.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(['Added', 'Changed', 'Fixed'].filter((heading) => headings.includes(heading))).toEqual(headings);
    expect(text.split(/^### /m)[0]).not.toMatch(/^- /m);
  }
  const { version } = JSON.parse(read('package.json'));
  expect(versions[0]).toContain(version);
});
