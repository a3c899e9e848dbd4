import { readFileSync } from 'node:fs';
import { serverOf } from '../../support/database.ts';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { tapWire } from '../../support/wire-tap.ts';

const scene = useScenes();
const baseline = `-- slipway: version 20250101000000
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('sad', 'glad');
CREATE TABLE shop.goods (
  id int PRIMARY KEY,
  name text NOT NULL DEFAULT 'thing',
  price numeric(10,2) CONSTRAINT price_positive CHECK (price > 0),
  mood shop.mood
);
CREATE UNIQUE INDEX goods_name ON shop.goods (name);
CREATE INDEX goods_price ON shop.goods (price);
CREATE VIEW shop.cheap AS SELECT id FROM shop.goods WHERE price < 10;
CREATE FUNCTION shop.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION shop.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER keeping BEFORE UPDATE ON shop.goods FOR EACH ROW EXECUTE FUNCTION shop.keep();
ALTER TABLE shop.goods ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_see ON shop.goods USING (price > 1);
COMMENT ON TABLE shop.goods IS 'what is for sale';
`;
const files = { 'sql/baseline.sql': baseline };
const pending = { 'migrations/20250102000000_b.sql': 'CREATE TABLE shop.b (x int);\n' };

/** A database at the baseline, and a lock that knows one version more. */
async function behind(): Promise<Scene> {
  const made = await scene(files);
  expectSuccess(await made.run('up'));
  for (const [file, text] of Object.entries(pending)) made.project.write(file, text);
  await writeLock(made);
  return made;
}

/** A database at head, with its lock. */
async function atHead(): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  expectSuccess(await made.run('up'));
  return made;
}

/** The lines that name objects. */
const named = (detail: unknown): string[] =>
  (detail as string[]).filter((line) => /^ *[-~+] /.test(line)).map((line) => line.trim());

test.each([
  ['ALTER TABLE shop.goods ALTER name DROP DEFAULT', '~ column shop.goods.name: changed'],
  ['ALTER TABLE shop.goods ALTER name DROP NOT NULL', '~ column shop.goods.name: changed'],
  [
    'ALTER TABLE shop.goods DROP CONSTRAINT price_positive',
    '- constraint shop.goods.price_positive: missing',
  ],
  ['DROP INDEX shop.goods_name', /^- (unique )?index shop\.goods\.goods_name: missing$/],
  [
    'CREATE OR REPLACE VIEW shop.cheap AS SELECT id FROM shop.goods WHERE price < 9',
    /^~ view shop\.cheap\b.*: changed$/,
  ],
  [
    `CREATE OR REPLACE FUNCTION shop.one() RETURNS int LANGUAGE sql AS 'SELECT 2'`,
    '~ function shop.one(): changed',
  ],
  ['ALTER TABLE shop.goods DISABLE TRIGGER keeping', '~ trigger shop.goods.keeping: changed'],
  ['ALTER POLICY all_see ON shop.goods USING (true)', '~ policy shop.goods.all_see: changed'],
  [`ALTER TYPE shop.mood ADD VALUE 'mad'`, '~ type shop.mood: changed'],
])('%s: 85 before anything is changed, and names it alone', async (sql, object) => {
  const made = await behind();
  await made.database.query(sql);
  const before = await made.fingerprint();
  const failure = expectFailure(await made.run('up'), {
    code: 85,
    names: /^the schema does not match 20250101000000: 1 object differs$/,
    remedy:
      /Nothing was touched.*put it back \(slipway repair --write-fix FILE.*or make the change a migration/,
  });
  const drifted = named(failure.detail).filter((line) => !line.startsWith('+'));
  expect(drifted).toEqual([expect.stringMatching(object instanceof RegExp ? object : escaped(object))]);
  expect(await made.fingerprint()).toEqual(before);

  const plan = await made.run('plan --json');
  expect({ code: plan.code, ...JSON.parse(plan.stdout) }).toMatchObject({
    code: 85,
    plan: 'refused',
    reason: 'drift',
    version: '20250101000000',
    differences: expect.arrayContaining([expect.objectContaining({ severity: 'drift' })]),
  });
});

const escaped = (text: string): RegExp => new RegExp(`^${text.replaceAll(/[.()+]/g, '\\$&')}$`);

test('what was put back is found gone', async () => {
  const made = await atHead();
  await made.database.query('ALTER TABLE shop.goods ALTER name DROP DEFAULT');
  expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /put it back/ });
  expect((await made.run('drift')).code).toBe(1);
  await made.database.query(`ALTER TABLE shop.goods ALTER name SET DEFAULT 'thing'`);
  expectSuccess(await made.run('up'));
  expect(expectSuccess(await made.run('drift')).stdout).toMatch(/no difference/);
});

test.each([
  ['DROP INDEX shop.goods_price', 'index shop.goods.goods_price'],
  [`COMMENT ON TABLE shop.goods IS 'else'`, 'comment table shop.goods'],
  ['ALTER TABLE shop.goods SET (fillfactor = 50)', 'options shop.goods'],
])('%s: is only told, in a warning', async (sql, object) => {
  const made = await atHead();
  const asBefore = async () =>
    expectSuccess(await made.run('up')).logs.filter(({ level }) => level === 'warn');
  expect(await asBefore()).toEqual([]);
  await made.database.query(sql);
  const { logs } = expectSuccess(await made.run('up'));
  const warnings = logs.filter(({ event }) => event === 'differences');
  expect(warnings).toMatchObject([
    { level: 'warn', msg: expect.stringMatching(/only in storage, comments or other/) },
  ]);
  expect(named(warnings[0]?.detail)).toEqual([expect.stringContaining(` ${object}: `)]);
  const status = expectSuccess(await made.run('status --drift --json'));
  expect(JSON.parse(status.stdout)).toMatchObject({
    schema: { kind: 'compared', drifted: 0, reported: 1, extra: 0, unverified: [] },
    drift: { differences: [{ object, severity: 'reported' }] },
  });
  expect((await made.run('drift')).code).toBe(0);
  expect((await made.run('drift --strict')).code).toBe(1);
});

test('what is extra is not told at each start', async () => {
  const made = await atHead();
  await made.database.query(`CREATE TABLE shop.more (x int); COMMENT ON TABLE shop.more IS 'else'`);
  expect(expectSuccess(await made.run('up')).logs).toMatchObject([{ event: 'done' }]);
  const status = expectSuccess(await made.run('status --json'));
  expect(JSON.parse(status.stdout)).toMatchObject({
    schema: { drifted: 0, reported: 0, extra: expect.any(Number) },
  });
  expect((await made.run('drift')).code).toBe(0);
  expect((await made.run('drift --strict')).code).toBe(1);
});

test('strictly, what is in a schema that the lock has nothing in does not count', async () => {
  const made = await atHead();
  await made.database.query('CREATE SCHEMA other; CREATE TABLE other.more (x int)');
  expectSuccess(await made.run('drift --strict'));
});

test('SLIPWAY_ON_DRIFT=warn applies what is pending and says what differs, once', async () => {
  const made = await behind();
  await made.database.query('ALTER TABLE shop.goods ALTER name DROP DEFAULT');
  const { logs } = expectSuccess(await made.run('up', { SLIPWAY_ON_DRIFT: 'warn' }));
  const warnings = logs.filter(({ event }) => event === 'drift');
  expect(warnings).toMatchObject([{ level: 'warn', msg: expect.stringMatching(/has drifted/) }]);
  expect(named(warnings[0]?.detail)).toEqual(['~ column shop.goods.name: changed']);
  expect(await made.ledger()).toHaveLength(2);
  expectFailure(await made.run('up'), { code: 85, names: /20250102000000/, remedy: /put it back/ });
});

test('SLIPWAY_ON_DRIFT=ignore does not compare', async () => {
  const made = await atHead();
  await made.database.query('ALTER TABLE shop.goods ALTER name DROP DEFAULT');
  const { logs } = expectSuccess(await made.run('up', { SLIPWAY_ON_DRIFT: 'ignore' }));
  expect(logs).toHaveLength(1);
  expect(logs[0]?.msg).toMatch(/nothing to do, \d+ ms$/);
});

test('what the lock ignores does not count, up or check', async () => {
  const made = await atHead();
  const lock = made.project.path('sql/schema.lock.json');
  const text = readFileSync(lock, 'utf8');
  made.project.write(
    'sql/schema.lock.json',
    text.replace('"ignore": []', '"ignore": ["column shop.goods.n*"]'),
  );
  await made.database.query('ALTER TABLE shop.goods ALTER name DROP DEFAULT');
  expectSuccess(await made.run('up'));
  expectSuccess(await check(made));
  await made.database.query('ALTER TABLE shop.goods ALTER price SET NOT NULL');
  expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /put it back/ });
});

test('at head it is still one query after the greeting', async () => {
  const made = await atHead();
  const tap = await tapWire(serverOf(made.database.major).port);
  expectSuccess(await made.run('up', { PGPORT: String(tap.port) }));
  await tap.close();
  expect(tap.sent.filter((type) => type === 'Q')).toHaveLength(1);
});

test.each([
  ['without a lock file', false, /nothing to do, \d+ ms; drift is not checked: there is no lock file$/],
  [
    'with a lock that is not renewed',
    true,
    /; drift is not checked: the version is missing from the lock file$/,
  ],
])('%s the last line says that drift is not checked', async (_, hasLock, says) => {
  const made = await scene(files);
  if (hasLock) {
    await writeLock(made);
    made.project.write('migrations/20250102000000_b.sql', pending['migrations/20250102000000_b.sql']);
  }
  expectSuccess(await made.run('up'));
  await made.database.query('ALTER TABLE shop.goods ALTER name DROP DEFAULT');
  const { logs } = expectSuccess(await made.run('up'));
  expect(logs.at(-1)?.msg).toMatch(says);
  expect((await made.run('status')).stdout).toMatch(
    /^schema {3}not compared: (there is no|the version is missing)/m,
  );
});

describe('a migration that makes something else than the lock says, because the database is another', () => {
  test('is rolled back: 65, the difference named, nothing kept', async () => {
    const made = await scene(files);
    expectSuccess(await made.run('up'));
    made.project.write(
      'migrations/20250102000000_b.sql',
      'CREATE TABLE IF NOT EXISTS shop.b (x int NOT NULL);\nCREATE TABLE shop.c (x int);\n',
    );
    await writeLock(made);
    await made.database.query('CREATE TABLE shop.b (x int)');
    const before = await made.fingerprint();
    const failure = expectFailure(await made.run('up'), {
      code: 65,
      names: /the schema after it is not what the lock expects/,
      remedy: /It was rolled back/,
      place: 'migrations/20250102000000_b.sql',
    });
    expect(failure.detail).toEqual([
      'shop.b:',
      '  ~ column shop.b.x: changed',
      '      expected integer not null',
      '      found    integer',
      'failed, rolled back: 20250102000000_b',
    ]);
    expect(await made.fingerprint()).toEqual(before);
  });

  test('what it should have removed and did not counts as well', async () => {
    const made = await scene(files);
    expectSuccess(await made.run('up'));
    made.project.write(
      'migrations/20250102000000_b.sql',
      `DO $$ BEGIN IF current_database() LIKE 'slipway%' THEN DROP VIEW shop.cheap; END IF; END $$;\n`,
    );
    await writeLock(made);
    const failure = expectFailure(await made.run('up'), {
      code: 65,
      names: /the schema after it is not what the lock expects/,
      remedy: /It was rolled back/,
    });
    expect(named(failure.detail)).toEqual(['+ view shop.cheap: extra']);
    expect(await made.ledger()).toHaveLength(1);
  });

  test('a later one is not run, the ones before are kept', async () => {
    const made = await scene({ ...files, ...pending });
    made.project.write('migrations/20250103000000_c.sql', 'CREATE TABLE IF NOT EXISTS shop.c (x int);\n');
    made.project.write('migrations/20250104000000_d.sql', 'CREATE TABLE shop.d (x int);\n');
    await writeLock(made);
    await made.database.query(`${baseline} CREATE TABLE shop.c ();`);
    expectSuccess(await made.run('adopt --as 20250101000000 --unverified'));
    const failure = expectFailure(await made.run('up'), {
      code: 65,
      names: /_c\.sql: the schema after it is not what the lock expects/,
      remedy: /rolled back/,
    });
    expect(failure.detail).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^applied: 20250102000000_b/),
        'failed, rolled back: 20250103000000_c',
        'not executed: 20250104000000_d',
      ]),
    );
    expect((await made.ledger()).map(({ version }) => version)).toEqual(['20250101000000', '20250102000000']);
  });

  test('after a non-transactional one: 84, and the next run says so too', async () => {
    const made = await scene(files);
    expectSuccess(await made.run('up'));
    made.project.write(
      'migrations/20250102000000_mood.sql',
      `-- slipway: no-transaction\nALTER TYPE shop.mood ADD VALUE IF NOT EXISTS 'mad';\n`,
    );
    await writeLock(made);
    await made.database.query(`ALTER TYPE shop.mood ADD VALUE 'mad' BEFORE 'sad'`);
    const failure = expectFailure(await made.run('up', { SLIPWAY_ON_DRIFT: 'warn' }), {
      code: 84,
      names: /_mood\.sql: the schema after it is not what the lock expects/,
      remedy: /outside of a transaction: check what it made/,
    });
    expect(named(failure.detail)).toEqual(['~ type shop.mood: changed']);
    // The value is there, so the statement is done: what is wrong with it is found again.
    expectFailure(await made.run('up', { SLIPWAY_ON_DRIFT: 'warn' }), {
      code: 84,
      names: /_mood\.sql: the schema after it is not what the lock expects/,
      remedy: /outside of a transaction: check what it made/,
    });
  });
});

test('a run that applied something before it was refused does not say that nothing was touched', async () => {
  const made = await scene({
    'migrations/20250102000000_b.sql': 'CREATE TABLE b (x int);',
    'migrations/20250103000000_c.sql': 'CREATE TABLE c (x int);',
    'migrations/20250104000000_d.sql': '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY c_x ON c (x);',
  });
  await writeLock(made);
  const lock = JSON.parse(readFileSync(made.project.path('sql/schema.lock.json'), 'utf8'));
  lock.baseline.objects['table public.gone'] = 'AAAAAAAAAAAAAAAAAAAAAA';
  made.project.write('sql/schema.lock.json', JSON.stringify(lock));
  const { detail, remedy } = expectFailure(await made.run('up'), {
    code: 85,
    names: /the schema does not match 20250104000000: 1 object differs/,
    remedy: /^Somebody changed the schema by hand/,
  });
  expect(detail).toContainEqual(expect.stringMatching(/^applied: 20250104000000_d/));
  expect(remedy).not.toMatch(/Nothing was touched/);
  expect(await made.ledger()).toHaveLength(3);
});
