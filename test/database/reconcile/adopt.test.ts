import { existsSync, readFileSync } from 'node:fs';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const run = (made: Scene, line: string, env = {}) => made.run(line, { ...shadowOf(made), ...env });
const fixOf = ({ project }: Scene, file = 'fix.sql') => readFileSync(project.path(file), 'utf8');

const small = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.a (id int PRIMARY KEY, x int NOT NULL DEFAULT 1, y text);
CREATE TABLE public.z (y int);
`,
  'migrations/20250102000000_b.sql': 'CREATE TABLE public.b (x int NOT NULL);\n',
};

let lock: Record<string, Buffer> | null = null;

/** The small project with its lock, which is made once, and a database that was made by hand. */
async function smallScene(sql: string): Promise<Scene> {
  const made = await scene({ ...small, ...lock });
  if (!lock) {
    await writeLock(made);
    const paths = ['sql/schema.lock.json', 'sql/schema.snapshot.json'];
    lock = Object.fromEntries(paths.map((path) => [path, readFileSync(made.project.path(path))]));
  }
  await made.database.query(sql);
  return made;
}
const differing =
  'CREATE TABLE public.a (id int PRIMARY KEY, x int); INSERT INTO public.a VALUES (1, 2), (3, 4)';

test('missing tables, columns, defaults and constraints are written for the version of --as', async () => {
  const made = await smallScene(differing);
  expectSuccess(await run(made, 'adopt --write-fix fix.sql --as head'));
  expect(fixOf(made)).toMatch(/^-- slipway: version 20250102000000\n/);
  const { logs } = expectSuccess(await run(made, 'adopt --fix fix.sql'));
  expect(logs).toMatchObject([
    { event: 'fixing', file: 'fix.sql', version: '20250102000000' },
    {
      event: 'fixed',
      msg: expect.stringMatching(/^fix\.sql ran in \d+ ms; adopted at 20250102000000: 2 versions/),
    },
  ]);
  expect(await made.ledger()).toMatchObject([
    { version: '20250101000000', origin: 'adopted', accepted: { verified: true } },
    { version: '20250102000000', origin: 'adopted', accepted: { verified: true, fixes: [{}] } },
  ]);
  expect(await made.database.query('SELECT * FROM a ORDER BY id')).toEqual([
    { id: 1, x: 2, y: null },
    { id: 3, x: 4, y: null },
  ]);
  expectSuccess(await run(made, 'drift --strict'));
});

test('a column that holds no NULL and has no default is left for a person, where the table has rows', async () => {
  const made = await smallScene('CREATE TABLE public.b (z text); INSERT INTO public.b VALUES (1::text)');
  await made.database.query(small['sql/baseline.sql']);
  const { stdout, logs } = expectSuccess(await run(made, 'adopt --write-fix fix.sql --as head --json'));
  expect(JSON.parse(stdout)).toMatchObject({ fix: { statements: 0, left: ['column public.b.x'] } });
  expect(logs.at(-1)).toMatchObject({ level: 'warn', event: 'fixWritten' });
  expect(fixOf(made)).toMatch(/^-- - column public\.b\.x: .*say what existing rows get/m);
  expectFailure(await run(made, 'adopt --fix fix.sql'), {
    code: 65,
    names: /comments but no statement/,
    remedy: /./,
  });
  made.project.write(
    'fix.sql',
    `${fixOf(made)}ALTER TABLE public.b ADD x int NOT NULL DEFAULT 0;\nALTER TABLE public.b ALTER x DROP DEFAULT;\n`,
  );
  expectSuccess(await run(made, 'adopt --fix fix.sql'));
});

test('a table of another version stands against the fix, and is left for a person', async () => {
  const made = await smallScene(`${small['sql/baseline.sql']} CREATE TABLE public.b (x int)`);
  const { stdout } = expectSuccess(await run(made, 'adopt --write-fix fix.sql --as 20250101000000 --json'));
  expect(JSON.parse(stdout)).toMatchObject({ fix: { statements: 0, left: ['table public.b'] } });
  expect(fixOf(made)).toMatch(
    /^-- - table public\.b: .*another version.*\n.*\n-- {5}DROP TABLE public\.b;$/m,
  );
});

describe('a fix that is wrong is rolled back whole', () => {
  const head = '-- slipway: version 20250101000000\n';
  test.each([
    {
      title: 'it does not make all of it: 80 with the difference',
      sql: 'ALTER TABLE public.a ADD y text;\nUPDATE public.a SET x = 0;\n',
      code: 80,
      names: /^fix\.sql: after the fix the schema does not match 20250101000000$/,
      detail: '  ~ column public.a.x: changed',
    },
    {
      title: 'a statement fails: 65 with its place',
      sql: 'ALTER TABLE public.a ADD y text;\nALTER TABLE public.aa ADD z int;\n',
      code: 65,
      names: /relation "public\.aa" does not exist/,
      place: 'fix.sql:3:1',
    },
    {
      title: 'a deferred constraint does not hold at its end',
      sql: `ALTER TABLE public.a ADD y text, ALTER x SET DEFAULT 1, ALTER x SET NOT NULL;
CREATE TABLE public.z (y int);
ALTER TABLE public.a ADD CONSTRAINT later UNIQUE (x) DEFERRABLE INITIALLY DEFERRED;
UPDATE public.a SET x = 1;
`,
      code: 65,
      names: /^fix\.sql: at the end of its transaction: duplicate key value violates/,
    },
    {
      title: 'it ends the transaction',
      sql: 'ALTER TABLE public.a ADD y text;\nCOMMIT;\n',
      code: 65,
      names: /COMMIT in a file that runs in a transaction/,
      place: 'fix.sql:3:1',
    },
    {
      title: 'it cannot run in a transaction',
      sql: 'CREATE INDEX CONCURRENTLY a_x ON public.a (x);\n',
      code: 65,
      names: /CREATE INDEX CONCURRENTLY cannot run inside a transaction/,
      place: 'fix.sql:2:1',
    },
  ])('$title', async ({ sql, code, names, place, detail }) => {
    const made = await smallScene(differing);
    made.project.write('fix.sql', head + sql);
    const before = { rows: await made.database.query('TABLE a'), print: await made.fingerprint() };
    const failure = expectFailure(await run(made, 'adopt --fix fix.sql'), {
      code,
      names,
      remedy: /./,
      ...(place === undefined ? {} : { place }),
    });
    if (detail !== undefined) expect(failure.detail).toContain(detail);
    expect({ rows: await made.database.query('TABLE a'), print: await made.fingerprint() }).toEqual(before);
  });
});

test.each([
  ['adopt --write-fix fix.sql --fix fix.sql', /--write-fix and --fix do not go together/],
  ['adopt --write-fix fix.sql --unverified', /--write-fix and --unverified do not go together/],
  ['adopt --fix fix.sql --unverified', /--fix and --unverified do not go together/],
  ['adopt --fix fix.sql --as head', /the fix brings a database to 20250101000000, not to 20250102000000/],
  ['adopt --write-fix there.sql', /^there\.sql: the file is there already, and is not overwritten$/],
  ['adopt --write-fix fix2.sql --as 20240101000000', /this image does not contain version 20240101000000/],
])('slipway %s is wrong usage', async (line, names) => {
  const made = await smallScene(differing);
  made.project.write('fix.sql', '-- slipway: version 20250101000000\nSELECT 1;\n');
  made.project.write('there.sql', 'mine\n');
  expectFailure(await run(made, line), { code: 64, names, remedy: /./ });
  expect(fixOf(made, 'there.sql')).toBe('mine\n');
});

test('what is no fix, and what needs none', async () => {
  const made = await smallScene(small['sql/baseline.sql']);
  const { stdout, logs } = expectSuccess(await run(made, 'adopt --write-fix fix.sql --json'));
  expect(JSON.parse(stdout)).toEqual({
    fix: { version: '20250101000000', file: null, statements: 0, left: [] },
  });
  expect(logs.at(-1)?.msg).toBe('nothing to fix: the schema already matches 20250101000000');
  expect(existsSync(made.project.path('fix.sql'))).toBe(false);
  expectFailure(await run(made, 'adopt --fix fix.sql'), {
    code: 66,
    names: /there is no such file/,
    remedy: /./,
  });
  made.project.write('fix.sql', 'SELECT 1;\n');
  expectFailure(await run(made, 'adopt --fix fix.sql'), {
    code: 65,
    names: /the fix does not name the version/,
    remedy: /-- slipway: version 20251127101038/,
  });
  expectSuccess(await run(made, 'adopt'));
  for (const line of ['adopt --write-fix other.sql', 'adopt --write-fix other.sql --as head']) {
    expectFailure(await run(made, line), {
      code: 64,
      names: /the database is managed already, at 20250101000000/,
      remedy: /slipway repair --write-fix FILE/,
    });
  }
});

test('files that do not make what the lock says are no target', async () => {
  const made = await smallScene(differing);
  made.project.write('sql/baseline.sql', small['sql/baseline.sql'].replace('DEFAULT 1', 'DEFAULT 2'));
  const failure = expectFailure(await run(made, 'adopt --write-fix fix.sql'), {
    code: 65,
    names: /the files do not make the schema that the lock has for 20250101000000/,
    remedy: /slipway check/,
  });
  expect(failure.detail).toContain('  ~ column public.a.x: changed');
});
