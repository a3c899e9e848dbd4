import { hardSchema } from '../../fixtures/hard-schema.ts';
import { majors, named } from '../../support/database.ts';
import { exampleFiles } from '../../support/example.ts';
import { hardRows } from '../../support/hard-rows.ts';
import { check, writeLock } from '../../support/locked.ts';
import { withoutPhases } from '../../support/phases.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, headObjects, squash } from '../../support/squashed.ts';
import { testInCi } from '../../support/thorough.ts';

const scene = useScenes();
const lasting = useScenes(afterAll);
jest.setTimeout(120_000);

async function locked(files: Readonly<Record<string, string>>): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  return made;
}

/**
 * Runs `up` on an empty database with these files, and holds what it made against the lock, every object of it. Which
 * version an extension has is its major's.
 */
async function expectFresh(files: Readonly<Record<string, string>>, major: number): Promise<Scene> {
  const fresh = await scene(files, { major });
  expectSuccess(await fresh.run('up'));
  const { drift } = JSON.parse(expectSuccess(await fresh.run('status --drift --json')).stdout);
  const objects = drift.differences.map(({ object }: { object: string }) => object);
  expect(objects.filter((object: string) => !object.startsWith('extension version '))).toEqual([]);
  return fresh;
}

const subjects: readonly {
  title: string;
  files: Record<string, string>;
  options: string;
  versions: string[];
}[] = [
  {
    title: 'the bundled example',
    files: exampleFiles(),
    options: '',
    versions: ['20251127101038', '20251204093000', '20251211140500', '20251218101500'],
  },
  {
    title: 'the hard schema, with rows in every table',
    files: {
      'sql/baseline.sql': `-- slipway: version 20250101000000\n${hardSchema}`,
      'migrations/20250102000000_rows.sql': hardRows,
    },
    options: '--set-sequence *',
    versions: ['20250101000000', '20250102000000'],
  },
];

describe.each(subjects)('$title', ({ files, options, versions }) => {
  let before: Record<string, string>;
  let made: Scene;
  let after: Record<string, string>;

  beforeAll(async () => {
    made = await lasting(files);
    await writeLock(made);
    before = filesOf(made);
    const result = expectSuccess(await squash(made, `--json ${options}`.trim()));
    after = filesOf(made);
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: true,
      version: versions.at(-1),
      folded: versions.slice(1),
      objects: Object.keys(headObjects(after)).length,
    });
  });

  test('is the same before and after, object by object; its files are listed and moved', async () => {
    expect(headObjects(after)).toEqual(headObjects(before));
    expect(Object.keys(headObjects(after)).length).toBeGreaterThan(100);
    expect(after['sql/schema.snapshot.json']).toBe(before['sql/schema.snapshot.json']);
    expect(JSON.parse(after['sql/schema.lock.json'] ?? '')).toMatchObject({
      migrations: {},
      superseded: versions.map((version) => ({ version, carriedBy: '1.0' })),
    });
    const moved = Object.entries(before)
      .filter(([path]) => path.startsWith('migrations/'))
      .map(([path, text]) => [path.replace('migrations/', 'migrations/superseded/'), text]);
    expect(
      Object.fromEntries(Object.entries(after).filter(([path]) => path.startsWith('migrations/'))),
    ).toEqual(Object.fromEntries(moved));
    expectSuccess(await check(made));
    await writeLock(made);
    expect(filesOf(made)).toEqual(after);
  });

  test('gives the same bytes from the new baseline', async () => {
    expect(expectSuccess(await squash(made, '--dry-run')).stdout).toBe(after['sql/baseline.sql']);
    expect(filesOf(made)).toEqual(after);
  });

  test.each(named(majors))('loads on PostgreSQL $version, as the lock says', async ({ major }) => {
    const fresh = await expectFresh(after, major);
    expect(await fresh.ledger()).toEqual([
      expect.objectContaining({ version: versions.at(-1), kind: 'baseline' }),
    ]);
  });
});

test('what the bundled example keeps is kept byte for byte, and its first words too', async () => {
  const made = await locked(exampleFiles());
  const { 'sql/baseline.sql': before = '' } = filesOf(made);
  expectSuccess(await squash(made));
  const { 'sql/baseline.sql': after = '' } = filesOf(made);
  const kept = /^-- slipway: keep$[\s\S]*?^-- slipway: end$/gm;
  expect(before.match(kept)).toHaveLength(2);
  expect(after.match(kept)).toEqual(before.match(kept));
  const header = (text: string) => text.slice(text.indexOf('\n'), text.indexOf('\n\n'));
  expect(header(after)).toBe(header(before));
  expect(after).toContain("  fee_tier text NOT NULL DEFAULT 'standard' CHECK");
});

const shop = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE SCHEMA shop;
CREATE TABLE shop.sizes (id serial PRIMARY KEY, label text NOT NULL, at timestamptz DEFAULT now(), day date, twin int);
CREATE TABLE shop.colors (id int PRIMARY KEY, label text);
CREATE FUNCTION shop.fill() RETURNS void LANGUAGE sql AS 'INSERT INTO shop.colors VALUES (9, ''nine'')';
CREATE PROCEDURE shop.tidy() LANGUAGE sql AS 'DELETE FROM shop.colors WHERE id > 5';
`,
};
const migration = 'migrations/20250102000000_rows.sql';

test('what check would refuse is refused', async () => {
  const made = await locked({ ...shop, [migration]: 'CREATE TABLE shop.a ();\n' });
  made.project.write(migration, 'CREATE TABLE shop.b ();\n');
  const stopped = await squash(made);
  expect({ code: stopped.code, stderr: withoutPhases(stopped.stderr) }).toEqual({ code: 1, stderr: '' });
  expect(stopped.stdout).toMatch(/it was edited since the lock was written/);
  made.project.remove('sql/schema.lock.json');
  expectFailure(await squash(made), {
    code: 66,
    names: /there is no lock file/,
    remedy: /slipway check --write/,
  });
});

test('the last image with the files is the nearest package.json, or must be said', async () => {
  const made = await locked({ ...shop, [migration]: 'CREATE TABLE shop.a ();\n' });
  const env = { SLIPWAY_SHADOW_URL: `${made.database.url}?sslmode=disable` };
  expectFailure(await made.run('squash', env), {
    code: 64,
    names: /no package\.json/,
    remedy: /--carried-by 1\.4\.0/,
  });
  made.project.write('package.json', '{"version": "3.2.1"}');
  expectSuccess(await made.run('squash', env));
  expect(JSON.parse(filesOf(made)['sql/schema.lock.json'] ?? '').superseded).toEqual([
    { version: '20250101000000', carriedBy: '3.2.1', baseline: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { version: '20250102000000', carriedBy: '3.2.1', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
});

test('where there is nothing to squash, the baseline stays byte for byte', async () => {
  const made = await locked(shop);
  const before = filesOf(made);
  expect(expectSuccess(await squash(made)).stdout).toMatch(
    /at head already, 20250101000000: nothing to squash/,
  );
  expect(filesOf(made)).toEqual(before);
  expect(expectSuccess(await squash(made, '--dry-run')).stdout).not.toBe(before['sql/baseline.sql']);
});

test('--keep leaves the files; the next squash moves them', async () => {
  const made = await locked({
    ...shop,
    [migration]: 'CREATE TABLE shop.a ();\n',
    'migrations/20250102000000_rows.down.sql': 'DROP TABLE shop.a;\n',
  });
  expectSuccess(await squash(made, '--keep'));
  expect(Object.keys(filesOf(made)).filter((path) => path.startsWith('migrations/'))).toEqual([
    'migrations/20250102000000_rows.down.sql',
    migration,
  ]);
  expectSuccess(await check(made));
  expect(expectSuccess(await squash(made)).stdout).toMatch(/2 superseded files moved/);
  expect(Object.keys(filesOf(made)).filter((path) => path.startsWith('migrations/'))).toEqual([
    'migrations/superseded/20250102000000_rows.down.sql',
    'migrations/superseded/20250102000000_rows.sql',
  ]);
  expectSuccess(await check(made));
});

testInCi(
  'more rows than a baseline holds are refused with 65, which names the table that holds most; not one less',
  async () => {
    const rowsOf = (few: number, many: number): Record<string, string> => ({
      'sql/baseline.sql': `-- slipway: version 20250101000000
      CREATE TABLE public.few (x int);
      CREATE TABLE public.many (x int PRIMARY KEY);
      INSERT INTO public.few SELECT generate_series(1, ${few});
      INSERT INTO public.many SELECT generate_series(1, ${many});\n`,
      'migrations/20250102000000_b.sql': 'CREATE TABLE public.b ();\n',
    });
    const made = await locked(rowsOf(1, 200_000));
    expectFailure(await squash(made), {
      code: 65,
      names:
        /^the files leave 200001 rows, 200000 of them in public\.many, and a baseline holds 200000 at most$/,
      remedy: /repair --apply --accept-edit VERSION/,
    });
    expectSuccess(await squash(await locked(rowsOf(1, 199_999)), '--dry-run'));
  },
);
