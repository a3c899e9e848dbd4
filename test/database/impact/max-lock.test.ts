import { readFileSync } from 'node:fs';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();

const baseline = `-- slipway: version 20250101000000
CREATE SCHEMA app;
CREATE TABLE app.orders (id bigint PRIMARY KEY, total integer);
CREATE TABLE app.quiet (id bigint PRIMARY KEY);
`;
const file = 'migrations/20250102000000_change.sql';
const lockfile = 'sql/schema.lock.json';

/** A project with its lock, whose migration is this, and a database at the version before it. */
async function behind(sql: string, name = file, start = baseline): Promise<Scene> {
  const made = await scene({ 'sql/baseline.sql': start });
  expectSuccess(await made.run('up'));
  await made.database.query(
    'INSERT INTO app.orders SELECT n, n FROM generate_series(1, 1000) n; ANALYZE app.orders',
  );
  made.project.write(name, sql);
  await writeLock(made);
  return made;
}

const impactIn = ({ project }: Scene): unknown =>
  JSON.parse(readFileSync(project.path(lockfile), 'utf8')).migrations['20250102000000'].impact;

const rewriting = 'ALTER TABLE app.orders ALTER COLUMN total TYPE bigint;\n';
const scanning = 'ALTER TABLE app.orders ALTER COLUMN total SET NOT NULL;\n';
const adding = 'ALTER TABLE app.orders ADD COLUMN note text;\n';
const building = '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY by_total ON app.orders (total);\n';

interface Row {
  readonly what: string;
  readonly sql: string;
  readonly limit: string;
  /** What the message names; null where the file is applied. */
  readonly refused: RegExp | null;
}

const rows: readonly Row[] = [
  {
    what: 'a stronger lock',
    sql: adding,
    limit: 'share-update-exclusive',
    refused: /takes ACCESS EXCLUSIVE on app\.orders: more than SLIPWAY_MAX_LOCK=share-update-exclusive/,
  },
  { what: 'a lock as strong', sql: adding, limit: 'access-exclusive', refused: null },
  {
    what: 'a lock that the file allows',
    sql: `-- slipway: allow access-exclusive\n${adding}`,
    limit: 'share-update-exclusive',
    refused: null,
  },
  { what: 'a rewrite', sql: rewriting, limit: 'no-rewrite', refused: /on app\.orders and rewrites it/ },
  { what: 'a rewrite, as it scans too', sql: rewriting, limit: 'no-scan', refused: /and rewrites it/ },
  {
    what: 'a rewrite that the file allows',
    sql: `-- slipway: allow rewrite\n${rewriting}`,
    limit: 'no-scan',
    refused: null,
  },
  {
    what: 'a rewrite of a file that allows the lock alone',
    sql: `-- slipway: allow access-exclusive\n${rewriting}`,
    limit: 'share,no-rewrite',
    refused: /and rewrites it: more than SLIPWAY_MAX_LOCK=share,no-rewrite/,
  },
  { what: 'a scan', sql: scanning, limit: 'no-scan', refused: /and reads all of it/ },
  { what: 'a scan where only rewriting is not allowed', sql: scanning, limit: 'no-rewrite', refused: null },
  {
    what: 'a scan that holds up nobody',
    sql: building,
    limit: 'share-update-exclusive,no-scan',
    refused: null,
  },
  {
    what: 'a table that the file makes itself',
    sql: `CREATE TABLE app.fresh (id int);\nALTER TABLE app.fresh ALTER COLUMN id TYPE bigint;\n`,
    limit: 'row-share,no-scan',
    refused: null,
  },
  {
    what: 'what a module does',
    sql: `export const up = ({ client }) => client.query('ALTER TABLE app.quiet ADD COLUMN note text');\n`,
    limit: 'share',
    refused: /takes ACCESS EXCLUSIVE on app\.quiet/,
  },
];

test.each(rows)('up and plan: $what, under $limit', async ({ sql, limit, refused }) => {
  const name = sql.startsWith('export') ? file.replace('.sql', '.mjs') : file;
  const made = await behind(sql, name);
  const env = { SLIPWAY_MAX_LOCK: limit };
  for (const command of ['plan', 'up']) {
    const result = await made.run(command, env);
    if (refused === null) expectSuccess(result);
    else expectFailure(result, { code: 65, names: refused, remedy: /-- slipway: allow /, place: name });
  }
  expect((await made.ledger()).length).toBe(refused === null ? 2 : 1);
});

interface RowsDecide {
  readonly what: string;
  readonly sql: string;
  readonly limit: string;
  /** What `up` says; null where the file is applied. */
  readonly refused: RegExp | null;
  /** Where, `:line:column`; absent where it is the first statement. */
  readonly at?: string;
}

const ifRows = (then: string): string =>
  `DO $$ BEGIN IF EXISTS (SELECT FROM app.orders) THEN ${then}; END IF; END $$;\n`;
const rewritten = /takes ACCESS EXCLUSIVE on app\.orders and rewrites it: more than SLIPWAY_MAX_LOCK/;

const decidedByRows: readonly RowsDecide[] = [
  {
    what: 'a block',
    sql: ifRows('ALTER TABLE app.orders ALTER total TYPE bigint'),
    limit: 'no-rewrite',
    refused: rewritten,
  },
  {
    what: 'a block that takes a lock',
    sql: ifRows('LOCK TABLE app.quiet IN SHARE MODE'),
    limit: 'share-update-exclusive',
    refused: /takes SHARE on app\.quiet: more than/,
  },
  {
    what: 'a block that reads all rows',
    sql: ifRows('ALTER TABLE app.orders ALTER total SET NOT NULL'),
    limit: 'no-scan',
    refused: /on app\.orders and reads all of it/,
  },
  {
    what: 'a block whose file allows it',
    sql: `-- slipway: allow rewrite\n${ifRows('ALTER TABLE app.orders ALTER total TYPE bigint')}`,
    limit: 'no-rewrite',
    refused: null,
  },
  {
    what: 'a block within the limit',
    sql: ifRows('UPDATE app.orders SET total = total + 1'),
    limit: 'row-exclusive,no-scan',
    refused: null,
  },
  {
    what: 'a function in a query',
    sql: `CREATE FUNCTION app.widen() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN
  IF EXISTS (SELECT FROM app.orders) THEN ALTER TABLE app.orders ALTER total TYPE bigint; END IF; END $f$;
SELECT app.widen();\n`,
    limit: 'no-rewrite',
    refused: rewritten,
    at: ':3:1',
  },
  {
    what: 'a function in a query, that reads all rows',
    sql: `CREATE FUNCTION app.widen() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN
  IF EXISTS (SELECT FROM app.orders) THEN ALTER TABLE app.orders ALTER total SET NOT NULL; END IF; END $f$;
SELECT app.widen();\n`,
    limit: 'no-scan',
    refused: /on app\.orders and reads all of it/,
    at: ':3:1',
  },
  {
    what: 'a trigger',
    sql: `CREATE FUNCTION app.lock() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
            LOCK TABLE app.quiet IN ACCESS EXCLUSIVE MODE; RETURN NEW; END $f$;
CREATE TRIGGER locks BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.lock();
UPDATE app.orders SET total = 0 WHERE id = 1;\n`,
    limit: 'share-row-exclusive',
    refused: /takes ACCESS EXCLUSIVE on app\.quiet/,
    at: ':4:1',
  },
  {
    what: 'a deferred trigger',
    sql: `CREATE FUNCTION app.lock() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
            LOCK TABLE app.quiet IN ACCESS EXCLUSIVE MODE; RETURN NEW; END $f$;
CREATE CONSTRAINT TRIGGER locks AFTER UPDATE ON app.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.lock();
UPDATE app.orders SET total = 0 WHERE id = 1;\n`,
    limit: 'share-row-exclusive',
    refused: /takes ACCESS EXCLUSIVE on app\.quiet/,
    at: '',
  },
  {
    what: 'a module',
    sql: `export const up = async ({ client }) => {
  const { rows } = await client.query('SELECT FROM app.orders LIMIT 1');
  if (rows.length > 0) await client.query('ALTER TABLE app.orders ALTER total TYPE bigint');
};\n`,
    limit: 'no-rewrite',
    refused: rewritten,
    at: '',
  },
  {
    what: 'a trigger that a repeated statement fires',
    sql: `-- slipway: repeat\nUPDATE app.orders SET total = NULL WHERE total IS NOT NULL;\n`,
    limit: 'share',
    refused: /takes ACCESS EXCLUSIVE on app\.quiet/,
    at: ':2:1',
  },
  {
    what: 'a statement that shares no transaction with others',
    sql: `-- slipway: no-transaction\nUPDATE app.orders SET total = NULL WHERE total IS NOT NULL;\n`,
    limit: 'share',
    refused: /takes ACCESS EXCLUSIVE on app\.quiet/,
    at: ':2:1',
  },
];

const locking = `CREATE FUNCTION app.touched() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
  IF NEW.total IS NULL THEN LOCK TABLE app.quiet IN ACCESS EXCLUSIVE MODE; END IF; RETURN NEW; END $f$;
CREATE TRIGGER touched BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touched();
`;

test.each(decidedByRows)(
  'up sees before COMMIT what rows decide: $what, under $limit',
  async ({ sql, limit, refused, at = ':1:1' }) => {
    const name = sql.startsWith('export') ? file.replace('.sql', '.mjs') : file;
    const made = await behind(sql, name, `${baseline}${locking}`);
    const fileNode = async (): Promise<unknown> =>
      made.database.query("SELECT pg_relation_filenode('app.orders') AS node");
    const before = await fileNode();
    // What rows decide makes another schema than on the shadow: here that is not the question.
    const env = { SLIPWAY_MAX_LOCK: limit, SLIPWAY_ON_DRIFT: 'ignore' };
    expectSuccess(await made.run('plan', env));
    const result = await made.run('up', env);
    if (refused === null) expectSuccess(result);
    else {
      expectFailure(result, {
        code: 65,
        names: refused,
        remedy: /-- slipway: allow /,
        place: `${name}${at}`,
      });
      expect(await fileNode()).toEqual(before);
    }
    expect((await made.ledger()).length).toBe(refused === null ? 2 : 1);
  },
);

test('a table that an earlier file of the same run makes never counts', async () => {
  const made = await behind('CREATE TABLE app.fresh AS SELECT 1 AS id;\n');
  made.project.write(
    'migrations/20250103000000_next.sql',
    'ALTER TABLE app.fresh ALTER COLUMN id TYPE bigint;\n',
  );
  await writeLock(made);
  expectSuccess(await made.run('up', { SLIPWAY_MAX_LOCK: 'row-share,no-scan' }));
});

test('the first run of an app is held to the limit for tables of others', async () => {
  const made = await scene({
    'sql/shadow.sql': 'CREATE SCHEMA other; CREATE TABLE other.live (id integer);\n',
    'sql/baseline.sql': baseline,
    [file]: 'ALTER TABLE other.live ALTER COLUMN id TYPE bigint;\n',
  });
  await made.database.query(
    'CREATE SCHEMA other; CREATE TABLE other.live (id integer); INSERT INTO other.live VALUES (1)',
  );
  await writeLock(made);
  expectFailure(await made.run('up', { SLIPWAY_MAX_LOCK: 'no-rewrite' }), {
    code: 65,
    names: /takes ACCESS EXCLUSIVE on other\.live and rewrites it/,
    remedy: /-- slipway: allow /,
    place: file,
  });
  expectSuccess(await made.run('up', { SLIPWAY_MAX_LOCK: 'none' }));
});

const down = file.replace('.sql', '.down.sql');

test.each([
  { what: 'in a transaction', header: '', sql: 'ALTER TABLE app.orders DROP COLUMN note;\n', code: 65 },
  {
    what: 'outside of one',
    header: '-- slipway: no-transaction\n',
    sql: 'VACUUM FULL app.orders;\n',
    code: 65,
  },
  {
    what: 'that nobody can tell',
    header: '-- slipway: no-transaction\n',
    sql: 'DO $$ BEGIN COMMIT; END $$;\n',
    code: 78,
  },
])('down is held to the limit, too: $what', async ({ header, sql, code }) => {
  const made = await behind(adding);
  expectSuccess(await made.run('up'));
  made.project.write(down, `${header}${sql}`);
  const env = { SLIPWAY_MAX_LOCK: 'share' };
  expectFailure(await made.run('down --accept-data-loss', env), {
    code,
    names: /SLIPWAY_MAX_LOCK/,
    remedy: /-- slipway: allow /,
    place: `${down}:${header === '' ? 1 : 2}:1`,
  });
  expect((await made.ledger()).length).toBe(2);
  made.project.write(down, `${header}-- slipway: allow access-exclusive, rewrite\n${sql}`);
  expectSuccess(await made.run('down --accept-data-loss', env));
});

test('a migration of which the lock does not say what it locks is 78; its own allowance is enough', async () => {
  const made = await behind(adding);
  const lock = JSON.parse(readFileSync(made.project.path(lockfile), 'utf8'));
  delete lock.migrations['20250102000000'].impact;
  made.project.write(lockfile, JSON.stringify(lock));
  const env = { SLIPWAY_MAX_LOCK: 'share' };
  expectFailure(await made.run('up', env), {
    code: 78,
    names: /SLIPWAY_MAX_LOCK is share, and sql\/schema\.lock\.json does not say what this file locks/,
    remedy: /slipway check --write/,
    place: file,
  });
  made.project.write(file, `-- slipway: allow access-exclusive, rewrite\n${adding}`);
  expectSuccess(await made.run('up', { ...env, SLIPWAY_ON_DRIFT: 'ignore' }));
});

test('an empty database is brought to head, whatever the limit', async () => {
  const made = await scene({ 'sql/baseline.sql': baseline, [file]: rewriting });
  await writeLock(made);
  expectSuccess(await made.run('up', { SLIPWAY_MAX_LOCK: 'access-share,no-scan' }));
});

test('check --write keeps what a file locks, refuses what goes beyond the limit, and a lock without it is completed', async () => {
  const made = await behind(rewriting);
  expect(impactIn(made)).toEqual({ 'app.orders': 'access-exclusive, rewrite' });
  const before = readFileSync(made.project.path(lockfile), 'utf8');
  const beyond = await check(made, '--write', { SLIPWAY_MAX_LOCK: 'no-rewrite' });
  // The lock knows the file already, which may have been applied long ago.
  expectSuccess(beyond);
  made.project.write(file, `${rewriting}${scanning}`);
  const refused = await check(made, '--write', { SLIPWAY_MAX_LOCK: 'no-rewrite' });
  expect(refused.code).toBe(65);
  expect(refused.stdout).toMatch(
    /20250102000000_change\.sql: it takes ACCESS EXCLUSIVE on app\.orders and rewrites it/,
  );
  expect(readFileSync(made.project.path(lockfile), 'utf8')).toBe(before);
  made.project.write(file, rewriting);
  const lock = JSON.parse(before);
  delete lock.migrations['20250102000000'].impact;
  made.project.write(lockfile, JSON.stringify(lock));
  expectSuccess(await check(made));
  expectSuccess(await check(made, '--write'));
  expect(readFileSync(made.project.path(lockfile), 'utf8')).toBe(before);
});

test('check refuses what the lock says of old files, too, unless it is told where the new ones begin', async () => {
  const made = await behind(rewriting);
  made.project.write('migrations/20250103000000_next.sql', 'ALTER TABLE app.quiet ADD COLUMN note text;\n');
  await writeLock(made);
  const env = { SLIPWAY_MAX_LOCK: 'no-rewrite' };
  const refused = await check(made, '', env);
  expect(refused.code).toBe(65);
  expect(refused.stdout).toMatch(
    /20250102000000_change\.sql: it takes ACCESS EXCLUSIVE on app\.orders and rewrites/,
  );
  expect(refused.stdout).not.toMatch(/20250103000000/);
  expectSuccess(await check(made, '--since 20250103000000', env));
  expect((await check(made, '--since 20250102000000', env)).code).toBe(65);
  expectSuccess(await check(made, `--against ${lockfile}`, env));
  const stronger = await check(made, '--since 20250103000000', { SLIPWAY_MAX_LOCK: 'share' });
  expect(stronger.stdout).toMatch(/20250103000000_next\.sql: it takes ACCESS EXCLUSIVE on app\.quiet/);
});

test('check says of which files it cannot tell what they lock', async () => {
  const made = await behind('-- slipway: no-transaction\nDO $$ BEGIN COMMIT; END $$;\n');
  expect(impactIn(made)).toBeUndefined();
  const told = await check(made, '--json --since 20250102000000 --report report.md');
  expectSuccess(told);
  const reason = expect.stringMatching(/outside of a transaction/);
  expect(JSON.parse(told.stdout).untold).toEqual([{ version: '20250102000000', file, reason }]);
  expect(told.stderr).toMatch(/what it locks cannot be told/);
  expect(readFileSync(made.project.path('report.md'), 'utf8')).toMatch(/What it locks cannot be told/);
  expect((await check(made, '', { SLIPWAY_MAX_LOCK: 'share' })).code).toBe(65);
});

test('check tells of new files, and with --since of others: in the log, the result, the report, and to GitHub', async () => {
  const made = await behind(`${adding}${scanning}`);
  const quiet = await check(made, '--json');
  expect(JSON.parse(quiet.stdout)).not.toHaveProperty('locks');
  const told = await check(made, '--json --since 20250102000000 --report report.md', {
    GITHUB_ACTIONS: 'true',
  });
  expectSuccess(told);
  expect(JSON.parse(told.stdout).locks).toEqual([
    {
      version: '20250102000000',
      file,
      line: 1,
      relations: [{ relation: 'app.orders', lock: 'access-exclusive', work: 'none' }],
      blocks: { reads: true, writes: true },
      isLong: false,
      words: [
        'takes ACCESS EXCLUSIVE on app.orders',
        'blocks reads and writes; waits for every open transaction that has used the table, and all who come later wait behind it',
      ],
      safeWay: null,
    },
    {
      version: '20250102000000',
      file,
      line: 2,
      relations: [{ relation: 'app.orders', lock: 'access-exclusive', work: 'scan' }],
      blocks: { reads: true, writes: true },
      isLong: true,
      words: [
        'holds ACCESS EXCLUSIVE on app.orders since an earlier statement and reads all of it',
        expect.stringMatching(/^blocks reads and writes/),
      ],
      safeWay: expect.stringMatching(/CHECK \(column IS NOT NULL\) NOT VALID/),
    },
  ]);
  expect(told.stderr).toMatch(/^::warning file=[^,]*20250102000000_change\.sql,line=2/m);
  expect(told.stderr).not.toMatch(/^::warning [^:]*line=1/m);
  expect(readFileSync(made.project.path('report.md'), 'utf8')).toMatch(/Line 2: holds ACCESS EXCLUSIVE/);
  expectFailure(await check(made, '--since yesterday'), {
    code: 64,
    names: /--since yesterday: it is not a version/,
    remedy: /14 digits/,
  });
});

test('plan shows what is locked with the sizes of now', async () => {
  const made = await behind(rewriting);
  const shown = await made.run('plan');
  expectSuccess(shown);
  expect(shown.stdout).toMatch(
    /^ {4}ACCESS EXCLUSIVE on app\.orders \(\d+ kB, 1000 rows\), rewrites it: blocks reads and writes$/m,
  );
  const [step] = JSON.parse((await made.run('plan --json')).stdout).steps;
  expect(step.locks).toEqual([
    {
      relation: 'app.orders',
      lock: 'access-exclusive',
      work: 'rewrite',
      bytes: expect.any(Number),
      rows: 1000,
    },
  ]);
});

test('plan waits for no lock to tell a size', async () => {
  const made = await behind(rewriting);
  const other = await made.database.connect();
  await other.query('BEGIN; LOCK TABLE app.orders IN ACCESS EXCLUSIVE MODE');
  const [step] = JSON.parse((await made.run('plan --json', { SLIPWAY_ON_DRIFT: 'ignore' })).stdout).steps;
  expect(step.locks).toMatchObject([{ relation: 'app.orders', bytes: null, rows: null }]);
  await other.query('ROLLBACK');
});
