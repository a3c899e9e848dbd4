import { majors, newestMajor } from '../../support/database.ts';
import { check, writeLock } from '../../support/locked.ts';
import { dump, dumps, findPgDump } from '../../support/pg-dump.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, install, squash } from '../../support/squashed.ts';
import { testInCi } from '../../support/thorough.ts';

const scene = useScenes();
const building = useScenes(afterAll);
jest.setTimeout(120_000);

const files = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE SCHEMA shop;
CREATE TABLE shop.sizes (id int PRIMARY KEY, label text);
INSERT INTO shop.sizes VALUES (1, 'small');
`,
  'migrations/20250102000000_large.sql': "INSERT INTO shop.sizes VALUES (2, 'large');\n",
  'migrations/20250103000000_width.sql': 'ALTER TABLE shop.sizes ADD width int NOT NULL DEFAULT 3;\n',
  'migrations/20250103000000_width.down.sql': 'ALTER TABLE shop.sizes DROP width;\n',
};
type Files = Record<string, string>;

/** A project that is squashed at 3, with a migration 4 after it and squashed again at 5: its files at each stage. */
let first: Files;
let once: Files;
let after: Files;
let twice: Files;

beforeAll(async () => {
  const made = await building(files);
  await writeLock(made);
  first = filesOf(made);
  expectSuccess(await squash(made));
  once = filesOf(made);
  made.project.write('migrations/20250104000000_heavy.sql', 'ALTER TABLE shop.sizes ADD heavy boolean;\n');
  await writeLock(made);
  after = filesOf(made);
  made.project.write(
    'migrations/20250105000000_some.sql',
    'UPDATE shop.sizes SET heavy = true WHERE id = 2;\n',
  );
  await writeLock(made);
  expectSuccess(await squash(made, '--carried-by 2.0'));
  twice = filesOf(made);
});

/** The files up to a version, as an older image had them. */
const upTo = (of: Files, version: string): Files =>
  Object.fromEntries(
    Object.entries(of).filter(
      ([path]) => !path.startsWith('migrations/') || path.slice('migrations/'.length) < `${version}_~`,
    ),
  );

async function contentOf({ database }: Scene): Promise<object> {
  const pgDump = findPgDump();
  return {
    rows: await database.query('SELECT * FROM shop.sizes ORDER BY id'),
    dump:
      pgDump && dumps(pgDump, database.major)
        ? dump(pgDump, database, ['--schema-only', '--exclude-schema=slipway']).replaceAll(
            /^\\(?:un)?restrict .*$/gm,
            '',
          )
        : null,
  };
}

test('a database left at any version reaches head, wherever it began, and is then what a fresh one is', async () => {
  const major = majors.find((known) => known <= 15) ?? newestMajor;
  const fresh = await scene(twice, { major });
  expectSuccess(await fresh.run('up'));
  expect(await fresh.ledger()).toHaveLength(1);
  const wanted = await contentOf(fresh);
  const left: readonly (readonly [where: string, files: Files, rows: number])[] = [
    ['the first baseline', { 'sql/baseline.sql': first['sql/baseline.sql'] ?? '' }, 5],
    ['after the first migration', { ...upTo(first, '20250102000000'), 'sql/schema.lock.json': '' }, 5],
    ['at the head of the first files', first, 5],
    ['made from the second baseline', once, 3],
    ['made from it, with what came after', after, 3],
    ['at head already', twice, 1],
  ];
  for (const [where, older, rows] of left) {
    const { 'sql/schema.lock.json': lock, ...rest } = older;
    const laggard = await scene(lock ? older : rest, { major });
    expectSuccess(await laggard.run('up'));
    install(laggard, twice);
    const result = expectSuccess(await laggard.run('up'));
    expect({ where, warnings: result.logs.filter(({ level }) => level === 'warn') }).toEqual({
      where,
      warnings: [],
    });
    expectSuccess(await laggard.run('status --drift --strict --exit-code'));
    expect({ where, content: await contentOf(laggard), rows: (await laggard.ledger()).length }).toEqual({
      where,
      content: wanted,
      rows,
    });
    expectSuccess(await laggard.run('wait --timeout 0'));
  }
});

test('without the files a laggard is refused, with the image to run first', async () => {
  const without = Object.fromEntries(
    Object.entries(twice).filter(([path]) => !path.startsWith('migrations/')),
  );
  const use = async (older: Files): Promise<Scene> => {
    const laggard = await scene(older);
    expectSuccess(await laggard.run('up'));
    install(laggard, without);
    return laggard;
  };
  const { 'sql/schema.lock.json': _, ...unlocked } = upTo(first, '20250102000000');
  for (const [older, carriedBy, version] of [
    [unlocked, '1.0', '20250103000000'],
    [once, '2.0', '20250104000000'],
  ] as const) {
    const laggard = await use(older);
    const before = await laggard.fingerprint();
    const failure = expectFailure(await laggard.run('up'), {
      code: 82,
      names: /./,
      remedy: new RegExp(carriedBy.replace('.', '\\.')),
    });
    expect(JSON.stringify(failure)).toContain(version);
    expect(await laggard.fingerprint()).toEqual(before);
  }
});

test('a superseded file that was edited is not applied to a laggard: 82, and nothing is touched', async () => {
  const laggard = await scene(once);
  expectSuccess(await laggard.run('up'));
  const path = Object.keys(twice).find((name) => name.endsWith('20250104000000_heavy.sql')) ?? '';
  install(laggard, { ...twice, [path]: 'ALTER TABLE shop.sizes ADD heavy text;\n' });
  const before = await laggard.fingerprint();
  expectFailure(await laggard.run('up'), {
    code: 82,
    names: /20250104000000_heavy\.sql was edited after it was squashed into the baseline/,
    remedy: /Restore the file as it was when it was squashed/,
  });
  expect(await laggard.fingerprint()).toEqual(before);
  laggard.project.write(path, twice[path] ?? '');
  expectSuccess(await laggard.run('up'));
});

test('a database that nobody manages is adopted at the new baseline, with one row, while the old files stand beside it', async () => {
  const made = await scene(twice);
  const there = await scene(twice);
  await there.database.query(
    "CREATE SCHEMA shop; CREATE TABLE shop.sizes (id int PRIMARY KEY, label text, width int NOT NULL DEFAULT 3, heavy boolean); INSERT INTO shop.sizes VALUES (1, 'mine', 4, NULL)",
  );
  expectSuccess(await there.run('up'));
  expect(await there.ledger()).toEqual([
    expect.objectContaining({ version: '20250105000000', kind: 'baseline', origin: 'adopted' }),
  ]);
  expect(await there.database.query('SELECT * FROM shop.sizes')).toEqual([
    { id: 1, label: 'mine', width: 4, heavy: null },
  ]);
  expectSuccess(await check(made));
  expectFailure(await there.run('down'), { code: 64, names: /is the baseline/, remedy: /./ });
  const { stdout } = expectSuccess(await there.run('status --all --json'));
  expect(JSON.parse(stdout).versions).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ version: '20250104000000', state: 'superseded' }),
      expect.objectContaining({ version: '20250105000000', state: 'adopted', kind: 'baseline' }),
    ]),
  );
});

test('a migration that comes after a squash goes on from there', async () => {
  const made = await scene(twice);
  made.project.write('migrations/20250106000000_more.sql', 'CREATE TABLE shop.more ();\n');
  made.project.write('migrations/20250106000000_more.down.sql', 'DROP TABLE shop.more;\n');
  await writeLock(made);
  expectSuccess(await made.run('up'));
  expectSuccess(await made.run('down'));
  expectSuccess(await made.run('up'));
  expect((await made.ledger()).map(({ version, kind }) => [version, kind])).toEqual([
    ['20250105000000', 'baseline'],
    ['20250106000000', 'migration'],
  ]);
});

testInCi(
  'cut off between two of its writes, every state serves each database, and the next squash ends it',
  async () => {
    const made = await scene(files);
    await writeLock(made);
    const before = filesOf(made);
    expectSuccess(await squash(made));
    const after = filesOf(made);
    const writes: readonly ((state: Files) => Files)[] = [
      (state) => ({ ...state, 'sql/schema.snapshot.json': after['sql/schema.snapshot.json'] ?? '' }),
      (state) => ({ ...state, 'sql/schema.lock.json': after['sql/schema.lock.json'] ?? '' }),
      (state) => ({ ...state, 'sql/baseline.sql': after['sql/baseline.sql'] ?? '' }),
      ...Object.keys(before)
        .filter((path) => path.startsWith('migrations/'))
        .map(
          (path) =>
            ({ [path]: text, ...state }: Files): Files => ({
              ...state,
              [path.replace('migrations/', 'migrations/superseded/')]: text ?? '',
            }),
        ),
    ];
    let state = before;
    for (const [n, write] of writes.entries()) {
      state = write(state);
      const fresh = await scene(state);
      expectSuccess(await fresh.run('up'));
      const laggard = await scene({ 'sql/baseline.sql': files['sql/baseline.sql'] });
      expectSuccess(await laggard.run('up'));
      for (const [path, text] of Object.entries(state)) laggard.project.write(path, text);
      expectSuccess(await laggard.run('up'));
      for (const { database } of [fresh, laggard]) {
        expect(await database.query('SELECT * FROM shop.sizes ORDER BY id')).toEqual([
          { id: 1, label: 'small', width: 3 },
          { id: 2, label: 'large', width: 3 },
        ]);
      }
      const checked = await check(fresh);
      expect({ n, code: checked.code }).toEqual({ n, code: n === 1 ? 1 : 0 });
      if (n === 1) expect(checked.stdout).toMatch(/slipway squash/);
      expectSuccess(await squash(fresh));
      expect(filesOf(fresh)).toEqual(after);
    }
    expect(state).toEqual(after);
  },
);

test('what cannot be written leaves everything as it was: 66', async () => {
  const made = await scene(files);
  await writeLock(made);
  const before = filesOf(made);
  made.project.write('migrations/superseded', 'a file stands where the folder should be');
  expectFailure(await squash(made), { code: 66, names: /./, remedy: /./ });
  made.project.remove('migrations/superseded');
  expect(filesOf(made)).toEqual(before);
});
