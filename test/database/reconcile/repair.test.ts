import { readFileSync } from 'node:fs';
import { fillTables } from '../../../src/autogenerate/sample-rows.ts';
import { ledger, sessionOn } from '../../fixtures/hard-schema.ts';
import { eventually, nobodyLeft } from '../../support/activity.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const files = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.users (id serial PRIMARY KEY, name text NOT NULL UNIQUE, is_admin boolean NOT NULL DEFAULT false);
CREATE TABLE public.orders (
  id serial PRIMARY KEY,
  user_id integer NOT NULL REFERENCES public.users (id),
  amount numeric(12,2) NOT NULL CHECK (amount > 0),
  placed timestamptz NOT NULL DEFAULT now(),
  quantity integer NOT NULL DEFAULT 1,
  note text
);
CREATE INDEX orders_placed ON public.orders (placed);
`,
  'migrations/20250102000000_totals.sql':
    'CREATE VIEW public.totals AS SELECT user_id, sum(amount) AS total FROM public.orders GROUP BY user_id;\n',
};
const head = '20250102000000';
const later = { 'migrations/20250103000000_later.sql': 'CREATE TABLE public.later (x int);\n' };

let lock: Record<string, Buffer> | null = null;

/** A managed database at head with rows in every table, which then drifts. */
async function drifted(drift: string): Promise<Scene> {
  const made = await scene({ ...files, ...lock });
  if (!lock) {
    await writeLock(made);
    const paths = ['sql/schema.lock.json', 'sql/schema.snapshot.json'];
    lock = Object.fromEntries(paths.map((path) => [path, readFileSync(made.project.path(path))]));
  }
  expectSuccess(await made.run('up'));
  const session = await sessionOn(made.database);
  expect(await fillTables(session, ledger)).toEqual([]);
  await session.end();
  await made.database.query(drift);
  return made;
}

const run = (made: Scene, line: string, env = {}) => made.run(line, { ...shadowOf(made), ...env });
const fixOf = ({ project }: Scene) => readFileSync(project.path('fix.sql'), 'utf8');
const rowsOf = ({ database }: Scene, table: string, without: readonly string[] = []) =>
  database.query(
    `SELECT to_jsonb(t) ${without.map((column) => `- '${column}'`).join(' ')} AS row FROM ${table} t ORDER BY 1`,
  );

interface Drifting {
  readonly title: string;
  readonly drift: string;
  /** The statements of the fix. */
  readonly fix: readonly string[];
}

test.each<Drifting>([
  {
    title: 'a default that got lost',
    drift: 'ALTER TABLE users ALTER is_admin DROP DEFAULT',
    fix: ['ALTER TABLE public.users ALTER COLUMN is_admin SET DEFAULT false;'],
  },
  {
    title: 'a column that got lost',
    drift: 'ALTER TABLE orders DROP note',
    fix: ['ALTER TABLE public.orders ADD COLUMN note text;'],
  },
  {
    title: 'a view that got lost, and a check',
    drift: 'DROP VIEW totals; ALTER TABLE orders DROP CONSTRAINT orders_amount_check',
    fix: ['ALTER TABLE public.orders ADD CONSTRAINT orders_amount_check CHECK ((amount > (0)::numeric));'],
  },
  {
    title: 'all sorts of one table, which is altered once',
    drift:
      'ALTER TABLE orders ALTER quantity TYPE smallint, ALTER placed DROP DEFAULT, DROP note, DROP CONSTRAINT orders_amount_check',
    fix: [
      `ALTER TABLE public.orders
  ALTER COLUMN placed SET DEFAULT now(),
  -- Rewrites the table.
  ALTER COLUMN quantity TYPE integer,
  ADD COLUMN note text,
  -- Fails where rows do not keep it, which this finds:
  -- SELECT * FROM public.orders WHERE NOT ((amount > (0)::numeric));
  ADD CONSTRAINT orders_amount_check CHECK ((amount > (0)::numeric));`,
    ],
  },
  {
    title: 'an index, which is only reported',
    drift: 'DROP INDEX orders_placed; CREATE TABLE extra (x int); INSERT INTO extra VALUES (1)',
    fix: ['CREATE INDEX orders_placed ON public.orders (placed);'],
  },
])('$title: the fix brings it back, and every row is kept', async ({ drift, fix }) => {
  const made = await drifted(drift);
  const without = drift.includes('DROP note') ? ['note'] : [];
  const before = {
    users: await rowsOf(made, 'users'),
    orders: await rowsOf(made, 'orders', without),
    print: await made.fingerprint(),
  };
  const { stdout } = expectSuccess(await run(made, 'repair --write-fix fix.sql --json'));
  expect(JSON.parse(stdout)).toMatchObject({ fix: { version: head, file: 'fix.sql', left: [] } });
  expect(await made.fingerprint()).toEqual(before.print);
  const [first, ...lines] = fixOf(made).split('\n');
  expect(first).toBe(`-- slipway: version ${head}`);
  for (const statement of fix) expect(`\n${lines.join('\n')}`).toContain(`\n${statement}\n`);
  expect(fixOf(made)).not.toMatch(/^DROP/m);
  const fixed = JSON.parse(expectSuccess(await run(made, 'repair --fix fix.sql --json')).stdout);
  expect(fixed).toMatchObject({ fixed: head, recorded: 0 });
  expect({ users: await rowsOf(made, 'users'), orders: await rowsOf(made, 'orders', without) }).toEqual({
    users: before.users,
    orders: before.orders,
  });
  expectSuccess(await run(made, 'drift'));
  expect((await run(made, 'drift --strict')).code).toBe(drift.includes('CREATE TABLE extra') ? 1 : 0);
  expectSuccess(await run(made, 'up'));
  expect((await made.ledger()).at(-1)).toMatchObject({
    version: head,
    origin: 'applied',
    state: 'done',
    accepted: { fixes: [{ file: 'fix.sql', checksum: fixed.fix.checksum }] },
  });
});

test('drift is refused by up with the way out, and what the fix cannot do is left: 85 with the difference', async () => {
  const made = await drifted('ALTER TABLE orders ALTER note TYPE varchar(3) USING left(note, 3)');
  expectFailure(await run(made, 'up'), {
    code: 85,
    names: /1 object differs/,
    remedy: /slipway repair --write-fix FILE/,
  });
  made.project.write(
    'fix.sql',
    `-- slipway: version ${head}\nALTER TABLE public.orders ALTER note TYPE varchar(9);\n`,
  );
  const before = await made.fingerprint();
  const failure = expectFailure(await run(made, 'repair --fix fix.sql'), {
    code: 85,
    names: /^fix\.sql: after the fix the schema does not match 20250102000000$/,
    remedy: /rolled back/,
  });
  expect(failure.detail).toContain('  ~ column public.orders.note: changed');
  expect(await made.fingerprint()).toEqual(before);
  made.project.remove('fix.sql');
  expectSuccess(await run(made, 'repair --write-fix fix.sql'));
  expect(fixOf(made)).toMatch(/^ALTER TABLE public\.orders ALTER COLUMN note TYPE text;$/m);
  expectSuccess(await run(made, 'repair --fix fix.sql'));
});

test('a type that would have to become narrower is left for a person', async () => {
  const made = await drifted('ALTER TABLE orders ALTER quantity TYPE bigint');
  const { stdout } = expectSuccess(await run(made, 'repair --write-fix fix.sql --json'));
  expect(JSON.parse(stdout)).toMatchObject({ fix: { left: ['column public.orders.quantity'] } });
  expect(fixOf(made)).toMatch(/^-- - column public\.orders\.quantity: /m);
});

test('the version is that of the ledger, also where the image knows a later one', async () => {
  const made = await drifted('ALTER TABLE orders DROP note');
  for (const [file, text] of Object.entries(later)) made.project.write(file, text);
  await writeLock(made);
  expectSuccess(await run(made, 'repair --write-fix fix.sql'));
  expect(fixOf(made)).toMatch(new RegExp(`^-- slipway: version ${head}\n`));
  expect(fixOf(made)).not.toContain('later');
  expectSuccess(await run(made, 'repair --fix fix.sql'));
  expectSuccess(await run(made, 'up'));
});

test('what was accepted as different is not touched, and a second fix is kept beside the first', async () => {
  const made = await scene({ ...files, ...lock });
  await writeLock(made);
  await made.database.query(`${files['sql/baseline.sql']} ALTER TABLE users ALTER is_admin DROP DEFAULT`);
  expectSuccess(await run(made, 'adopt --as 20250101000000 --unverified'));
  expectSuccess(await run(made, 'up'));
  for (const file of ['one.sql', 'two.sql']) {
    await made.database.query('ALTER TABLE orders DROP note');
    expectSuccess(await run(made, `repair --write-fix ${file}`));
    const text = readFileSync(made.project.path(file), 'utf8');
    expect(text).toContain('ADD COLUMN note text');
    expect(text).not.toContain('is_admin');
    expectSuccess(await run(made, `repair --fix ${file}`));
  }
  expect((await made.ledger()).find(({ version }) => version === head)?.accepted).toMatchObject({
    fixes: [{ file: 'one.sql' }, { file: 'two.sql' }],
  });
  expectSuccess(await run(made, 'up'));
});

test('nothing differs: no file', async () => {
  const made = await drifted('SELECT 1');
  const { logs } = expectSuccess(await run(made, 'repair --write-fix fix.sql'));
  expect(logs.at(-1)?.msg).toBe(`nothing to fix: the schema already matches ${head}`);
});

test('kill -9 in the middle leaves nothing; the same fix then runs', async () => {
  const made = await drifted('ALTER TABLE orders DROP note; ALTER TABLE users ALTER is_admin DROP DEFAULT');
  expectSuccess(await run(made, 'repair --write-fix fix.sql'));
  const before = { print: await made.fingerprint(), users: await rowsOf(made, 'users') };
  const reader = await made.database.connect();
  await reader.query('BEGIN; SELECT FROM users');
  const running = startSlipway(['repair', '--fix', 'fix.sql'], {
    cwd: made.project.directory,
    env: { ...made.database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '60s' },
  });
  await eventually(async () => {
    const [waiting] = await made.database.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'slipway % repair%'",
    );
    return waiting ? true : undefined;
  }, 'a statement that waits');
  running.kill('SIGKILL');
  await running.done;
  await reader.query('ROLLBACK');
  await nobodyLeft(made.database);
  expect({ print: await made.fingerprint(), users: await rowsOf(made, 'users') }).toEqual(before);
  expectSuccess(await run(made, 'repair --fix fix.sql'));
  expectSuccess(await run(made, 'drift --strict'));
});

test.each([
  ['repair --write-fix fix.sql --apply', /--write-fix and --apply do not go together/],
  ['repair --fix fix.sql --as head', /--fix and --as do not go together/],
  ['repair --fix fix.sql', /the fix is for version 20240101000000, and the database is at 20250102000000/],
])('slipway %s is wrong usage', async (line, names) => {
  const made = await drifted('SELECT 1');
  made.project.write('fix.sql', '-- slipway: version 20240101000000\nSELECT 1;\n');
  expectFailure(await run(made, line), { code: 64, names, remedy: /./ });
});

test('a database that is not managed, or empty, is none to repair', async () => {
  const made = await scene({ ...files, ...lock });
  await writeLock(made);
  expectFailure(await run(made, 'repair --write-fix fix.sql'), {
    code: 64,
    names: /nothing to fix: the database is empty/,
    remedy: /slipway up/,
  });
  await made.database.query('CREATE TABLE users (id int)');
  expectFailure(await run(made, 'repair --write-fix fix.sql'), {
    code: 64,
    names: /the database is not managed/,
    remedy: /slipway adopt --write-fix FILE/,
  });
});
