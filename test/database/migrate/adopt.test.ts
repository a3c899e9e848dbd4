import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const baseline = { 'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE a (x int);' };
const files = {
  ...baseline,
  'migrations/20250102000000_b.sql': 'CREATE TABLE b (x int);',
  'migrations/20250103000000_c.sql': 'CREATE TABLE c (x int);',
};
const made = 'CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO b VALUES (7)';

test('a database that was made otherwise is put under management, and nothing of it is touched', async () => {
  const { database, run, ledger } = await scene(files);
  await database.query(made);
  expectFailure(await run('up'), {
    code: 80,
    names: /holds 2 relations/,
    remedy: /slipway adopt --as VERSION --unverified/,
  });
  const count = () => database.query('SELECT count(*) FROM pg_class');
  const before = await database.query(
    `SELECT xmin, oid, * FROM pg_class WHERE oid IN ('a'::regclass, 'b'::regclass)`,
  );

  const { stdout, logs } = expectSuccess(await run('adopt --as 20250102000000 --unverified --json'));
  expect(JSON.parse(stdout)).toMatchObject({
    adopted: '20250102000000',
    recorded: 2,
    accepted: 0,
    verified: false,
  });
  expect(logs.at(-1)?.msg).toMatch(
    /^adopted at 20250102000000, unverified: 2 versions recorded, in \w+ \(127\.0\.0\.1:\d+, role \w+\)$/,
  );
  expect(await ledger()).toMatchObject([
    {
      version: '20250101000000',
      kind: 'baseline',
      origin: 'adopted',
      state: 'done',
      accepted: { verified: false, objects: {} },
    },
    { version: '20250102000000', kind: 'migration', origin: 'adopted', state: 'done' },
  ]);
  expect(
    await database.query(`SELECT xmin, oid, * FROM pg_class WHERE oid IN ('a'::regclass, 'b'::regclass)`),
  ).toEqual(before);
  expect(await database.query('SELECT x FROM b')).toEqual([{ x: 7 }]);

  const counted = await count();
  expectSuccess(await run('adopt --as 20250102000000 --unverified'));
  expect(await count()).toEqual(counted);
  const up = expectSuccess(await run('up --json'));
  expect(JSON.parse(up.stdout)).toMatchObject({
    from: '20250102000000',
    version: '20250103000000',
    steps: [{ version: '20250103000000', status: 'applied' }],
  });
  expect((await ledger()).map(({ origin }) => origin)).toEqual(['adopted', 'adopted', 'applied']);
});

test('stamp head, as it is called elsewhere', async () => {
  const { database, run } = await scene(files);
  await database.query(`${made}; CREATE TABLE c (x int)`);
  expectSuccess(await run('stamp head --unverified'));
  expectSuccess(await run('status --exit-code'));
  expect((await run('status --all')).stdout).toMatch(/^20250103000000 {2}c +adopted/m);
});

test('an adopted file that is edited later is found out', async () => {
  const { database, run, project } = await scene(files);
  await database.query(made);
  expectSuccess(await run('adopt --as 20250102000000 --unverified'));
  project.write('migrations/20250102000000_b.sql', 'CREATE TABLE b (y int);');
  expectFailure(await run('up'), { code: 82, names: /_b\.sql was edited/, remedy: /Restore the file/ });
});

test.each([
  [
    'adopt --as 20250102000000',
    66,
    /no lock file to compare the database with/,
    /adopt --as 20250102000000 --unverified/,
  ],
  ['adopt', 64, /cannot find the version/, /known are 20250101000000, 20250102000000, 20250103000000/],
  [
    'adopt --as 20240101000000 --unverified',
    64,
    /does not contain version 20240101000000/,
    /Known are 20250101000000/,
  ],
  ['adopt --as 3 --unverified', 64, /does not contain version 3/, /Known are/],
])('slipway %s: %i', async (line, code, names, remedy) => {
  const { database, run, fingerprint } = await scene(files);
  await database.query(made);
  const before = await fingerprint();
  expectFailure(await run(line), { code, names, remedy });
  expect(await fingerprint()).toEqual(before);
});

test('an empty database has nothing to adopt', async () => {
  const { run, fingerprint } = await scene(files);
  const before = await fingerprint();
  expectFailure(await run('adopt --as head --unverified'), {
    code: 64,
    names: /nothing to adopt/,
    remedy: /slipway up/,
  });
  expect(await fingerprint()).toEqual(before);
});

test('a database at a version whose file is missing is not adopted at an older one', async () => {
  const made = await scene(files);
  await writeLock(made);
  await made.database.query('CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE TABLE c (x int)');
  made.project.remove('migrations/20250103000000_c.sql');
  const before = await made.fingerprint();
  for (const line of ['adopt', 'up']) {
    expectFailure(await made.run(line), {
      code: 66,
      names: /^migrations\/20250103000000_\*\.sql: sql\/schema\.lock\.json lists this migration/,
      remedy: /added to git/,
    });
  }
  expect(await made.fingerprint()).toEqual(before);
});

test('a managed database is not adopted as another version', async () => {
  const { run, fingerprint } = await scene(files);
  expectSuccess(await run('up'));
  const before = await fingerprint();
  expectFailure(await run('adopt --as 20250102000000 --unverified'), {
    code: 64,
    names: /managed already, at 20250103000000/,
    remedy: /slipway status/,
  });
  expect(await fingerprint()).toEqual(before);
});

test.each([
  ['GRANT INSERT ON slipway.ledger TO PUBLIC', 81, /slipway\.ledger/, /REVOKE INSERT/],
  ['UPDATE slipway.ledger SET format = 2', 83, /format 2/, /newer image/],
])('%s: %i', async (sql, code, names, remedy) => {
  const { run, database, fingerprint } = await scene(files);
  expectSuccess(await run('up'));
  await database.query(sql);
  const before = await fingerprint();
  expectFailure(await run('adopt --as head --unverified'), { code, names, remedy });
  expect(await fingerprint()).toEqual(before);
});

test('two that adopt at once: one records it, both end well', async () => {
  const { database, run, ledger } = await scene(files);
  await database.query(made);
  const results = await Promise.all([1, 2].map(() => run('adopt --as 20250102000000 --unverified --json')));
  const recorded = results.map((result) => JSON.parse(expectSuccess(result).stdout).recorded);
  expect(recorded.sort()).toEqual([0, 2]);
  expect(await ledger()).toHaveLength(2);
});
