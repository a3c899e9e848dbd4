import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import type { MigrationSource } from '../../../src/migrations/migration-source.ts';
import { assemble, type FoundFile, readMigrationSet } from '../../../src/migrations/read.ts';
import { makeProject, type Project } from '../../support/project.ts';

const file = (name: string, text: string | Buffer = 'SELECT 1;'): FoundFile => ({
  path: `migrations/${name}`,
  name,
  bytes: Buffer.from(text),
});
const baseline = (text: string): FoundFile => ({
  path: 'sql/baseline.sql',
  name: '',
  bytes: Buffer.from(text),
});
const dated = baseline('-- slipway: version 20250101000000\nCREATE TABLE t ();');

function refusal(act: () => unknown): SlipwayError {
  try {
    act();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('files become a set, in the order of their versions, each with what undoes it', () => {
  const set = assemble(dated, [
    file('20250301000000_c.mjs', '// slipway: lock-timeout 10s\nexport function up() {}'),
    file('20250201000000_b.down.sql'),
    file('20250201000000_b.sql', '-- why\n\n-- slipway: no-transaction\n-- slipway: irreversible\nVACUUM;'),
    file('20250401000000_d.v2-final.ts'),
  ]);
  expect(set.head).toBe('20250401000000');
  expect(set.baseline).toMatchObject({ version: '20250101000000', kind: 'baseline', name: 'baseline' });
  expect(set.migrations).toMatchObject([
    {
      version: '20250201000000',
      name: 'b',
      format: 'sql',
      directives: { noTransaction: true, irreversible: true, lockTimeoutMs: null },
      down: { source: { path: 'migrations/20250201000000_b.down.sql' } },
    },
    { name: 'c', format: 'module', directives: { noTransaction: false, lockTimeoutMs: 10_000 }, down: null },
    { name: 'd.v2-final', format: 'module' },
  ]);
});

test('the baseline alone, and migrations alone, are enough', () => {
  expect(assemble(dated, [])).toMatchObject({ head: '20250101000000', migrations: [] });
  expect(assemble(null, [file('20250201000000_b.sql')])).toMatchObject({
    head: '20250201000000',
    baseline: null,
  });
});

test('a directive after the first statement is a comment like any other', () => {
  const { migrations } = assemble(null, [
    file('20250201000000_b.sql', 'SELECT 1;\n-- slipway: no-transaction\n-- slipway: nonsense'),
  ]);
  expect(migrations[0]?.directives.noTransaction).toBe(false);
});

describe('Hostile and odd: comments that were meant as directives', () => {
  const read = (text: string): string => {
    try {
      assemble(null, [file('20250201000000_b.sql', text)]);
      return 'read';
    } catch (error) {
      return (error as SlipwayError).failure.remedy;
    }
  };

  test.each([
    ['-- slipway no-transaction', '-- slipway: no-transaction'],
    ['-- Slipway: Irreversible', '-- slipway: irreversible'],
    ['--slipway : irreversible', '-- slipway: irreversible'],
    ['-- SLIPWAY - lock-timeout 10s', '-- slipway: lock-timeout 10s'],
    ['-- slipway allow access-exclusive, rewrite', '-- slipway: allow access-exclusive, rewrite'],
    ['/* slipway: no-transaction */', '-- slipway: no-transaction'],
    ['/** slipway: lock-timeout 0 **/', '-- slipway: lock-timeout 0'],
    ['-- slipway version 20250201000000', '-- slipway: version 20250201000000'],
  ])('%s: 65, and how it is written', (text, written) => {
    expect(read(`-- a\n${text}\nSELECT 1;`)).toBe(`Write it so: ${written}`);
  });

  test.each([
    '-- slipway: irreversible',
    '--slipway:irreversible',
    '-- slipway irreversible changes come last',
    '-- slipway version 2',
    '-- our slipway: irreversible',
    '-- irreversible',
    'SELECT 1; -- slipway irreversible',
  ])('%s: is read as it is', (text) => {
    expect(read(`${text}\nSELECT 1;`)).toBe('read');
  });
});

const name = /Name it like 20251204093000_add_fee_tier\.sql/;
test.each<[string, FoundFile | null, FoundFile[], number, RegExp, RegExp]>([
  ['nothing', null, [], 66, /no baseline and no migration/, /slipway new NAME/],
  ['no version', null, [file('add_fee.sql')], 65, /^migrations\/add_fee\.sql: .*no version/, name],
  [
    'a short version',
    null,
    [file('0001_init.sql')],
    65,
    /^migrations\/0001_init\.sql: .*4 digits, not 14/,
    name,
  ],
  ['a long version', null, [file('202502010000001_x.sql')], 65, /15 digits, not 14/, name],
  ['a version alone', null, [file('20250201000000.sql')], 65, /not VERSION_NAME\.sql/, name],
  ['CommonJS', null, [file('20250201000000_x.cjs')], 65, /not VERSION_NAME\.sql/, name],
  [
    'two files with one version',
    null,
    [file('20250201000000_b.sql'), file('20250201000000_a.mjs')],
    65,
    /^migrations\/20250201000000_b\.sql: version 20250201000000 is already taken by migrations\/20250201000000_a\.mjs/,
    /--restamp migrations\/20250201000000_b\.sql/,
  ],
  [
    'two down files with one version',
    null,
    [file('20250201000000_a.sql'), file('20250201000000_a.down.sql'), file('20250201000000_a.down.mjs')],
    65,
    /already taken by/,
    /--restamp/,
  ],
  [
    'a down file alone',
    null,
    [file('20250201000000_a.down.sql')],
    65,
    /^migrations\/20250201000000_a\.down\.sql: this is the down file of a migration that does not exist/,
    /Add migrations\/20250201000000_a\.sql/,
  ],
  [
    'a baseline without its version',
    baseline('CREATE TABLE t ();'),
    [],
    65,
    /^sql\/baseline\.sql:1: .*does not name its version/,
    /-- slipway: version 20251127101038/,
  ],
  [
    'a version that is none',
    baseline('--\n-- slipway: version 7\nCREATE TABLE t ();'),
    [],
    65,
    /^sql\/baseline\.sql:2: "7" is not a version/,
    /14 digits/,
  ],
  [
    'an unknown directive',
    null,
    [file('20250201000000_a.sql', '-- slipway: no-transactions\nSELECT 1;')],
    65,
    /^migrations\/20250201000000_a\.sql:1: unknown directive "no-transactions"/,
    /Known are: no-transaction, irreversible/,
  ],
  [
    'a lock timeout that is no duration',
    null,
    [file('20250201000000_a.sql', '-- slipway: lock-timeout soon\nSELECT 1;')],
    65,
    /"soon" is not a duration/,
    /500ms, 3s, 2m/,
  ],
  [
    'a level of isolation that is none',
    null,
    [file('20250201000000_a.sql', '-- slipway: isolation read-committed\nSELECT 1;')],
    65,
    /"read-committed" is not a level of isolation/,
    /serializable or repeatable-read/,
  ],
])('%s is refused', (_, start, files, code, names, remedy) => {
  const error = refusal(() => assemble(start, files));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(names);
  expect(error.failure.remedy).toMatch(remedy);
});

describe('in a folder', () => {
  let project: Project;
  beforeEach(() => {
    project = makeProject({ 'migrations/20250201000000_a.sql': 'SELECT 1;' });
  });
  afterEach(() => project.destroy());
  const read = () =>
    readMigrationSet({ migrations: project.path('migrations'), baseline: project.path('sql/baseline.sql') });

  test('what is no migration by its suffix is left alone', () => {
    for (const other of ['README.md', '.hidden.sql', 'types.d.ts', 'notes.sql.orig']) {
      project.write(`migrations/${other}`, 'x');
    }
    expect(read().migrations.map(({ name }) => name)).toEqual(['a']);
  });

  test.each([
    [
      'a folder named like a migration',
      'migrations/20250301000000_b.sql/x',
      /20250301000000_b\.sql: a directory stands where/,
      /bind mount/,
    ],
    [
      'a folder in place of the baseline',
      'sql/baseline.sql/x',
      /baseline\.sql: a directory stands where/,
      /bind mount/,
    ],
  ])('%s is named', (_, path, names, remedy) => {
    project.write(path, '');
    const error = refusal(read);
    expect(error.code).toBe(66);
    expect(error.message).toMatch(names);
    expect(error.failure.remedy).toMatch(remedy);
  });

  test('a file in place of the folder is named', () => {
    const paths = {
      migrations: project.path('migrations/20250201000000_a.sql'),
      baseline: project.path('none.sql'),
    };
    const error = refusal(() => readMigrationSet(paths));
    expect(error.code).toBe(66);
    expect(error.message).toMatch(/a file stands where a directory should be/);
    expect(error.failure.remedy).toMatch(/SLIPWAY_MIGRATIONS/);
  });

  test('where there is neither, both places are named', () => {
    const error = refusal(() =>
      readMigrationSet({ migrations: project.path('no'), baseline: project.path('no.sql') }),
    );
    expect(error.code).toBe(66);
    expect(error.message).toMatch(/neither .*\/no\/ nor .*\/no\.sql exists/);
    expect(error.failure.remedy).toMatch(/SLIPWAY_MIGRATIONS and SLIPWAY_BASELINE/);
  });
});

test('another layout of files is another source, which tells by name what each file is', () => {
  const files: Readonly<Record<string, string>> = {
    '20250102000000_a/up.sql': 'CREATE TABLE a ();',
    '20250102000000_a/down.sql': 'DROP TABLE a;',
  };
  const aFolderEach: MigrationSource = {
    list: () => ({ migrations: Object.keys(files), superseded: null, odd: new Set() }),
    hasBaseline: () => false,
    baseline: () => null,
    misplaced: () => [],
    files: ({ migrations }) =>
      (migrations ?? []).map((path) => ({
        path,
        name: path.replace('/up', '').replace('/down', '.down'),
        bytes: Buffer.from(files[path] ?? ''),
      })),
  };
  const { head, migrations } = assemble(aFolderEach.baseline(), aFolderEach.files(aFolderEach.list()));
  expect(head).toBe('20250102000000');
  expect(migrations[0]).toMatchObject({
    name: 'a',
    source: { path: '20250102000000_a/up.sql' },
    down: { source: { path: '20250102000000_a/down.sql' } },
  });
});

describe('a file', () => {
  const sql = (bytes: number): string => `SELECT 1;${' '.repeat(bytes - 9)}`;

  test('is read whole, however long it is, and also where it is a link', () => {
    const project = makeProject({
      'migrations/20250101000000_a.sql': '',
      'migrations/20250102000000_b.sql': sql(65_535),
      'migrations/20250103000000_c.sql': sql(65_536),
      'migrations/20250104000000_d.sql': sql(200_000),
      'elsewhere/e.sql': sql(10),
    });
    try {
      symlinkSync(project.path('elsewhere/e.sql'), join(project.path('migrations'), '20250105000000_e.sql'));
      const { migrations } = readMigrationSet({
        migrations: project.path('migrations'),
        baseline: project.path('sql/baseline.sql'),
      });
      const texts = migrations.map(({ source }) => source.text.slice(0, 1_000_000));
      expect(texts).toEqual(['', sql(65_535), sql(65_536), sql(200_000), sql(10)]);
      expect(migrations.map(({ source }) => source.checksum)).toEqual(
        texts.map((text) => createHash('sha256').update(text).digest('hex')),
      );
    } finally {
      project.destroy();
    }
  });
});
