import { readFileSync } from 'node:fs';
import { advisoryKey } from '../../../src/ledger/table.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
const projects: Project[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.destroy();
});

/** The files of an app that has a table of its name. */
function filesOf(app: string): Project {
  const project = makeProject({
    'migrations/20250101000000_a.sql': `CREATE TABLE ${app} (x int);`,
    'migrations/20250102000000_b.sql': `ALTER TABLE ${app} ADD COLUMN y int;`,
  });
  projects.push(project);
  return project;
}

async function twoApps() {
  const made = await scene({});
  const run = (app: string, project: Project, line = 'up') =>
    slipway(line.split(' '), { cwd: project.directory, env: { ...made.database.env, SLIPWAY_APP: app } });
  return { ...made, run, orders: filesOf('orders'), fees: filesOf('fees') };
}

test('two apps in one database each have their rows, and see only those', async () => {
  const { run, orders, fees, ledger, database } = await twoApps();
  expectSuccess(await run('orders', orders));
  expect(JSON.parse((await run('fees', fees, 'status --json')).stdout)).toMatchObject({ state: 'empty' });
  expectSuccess(await run('fees', fees));
  expect((await ledger()).map(({ app, version }) => `${app} ${version}`)).toEqual([
    'fees 20250101000000',
    'fees 20250102000000',
    'orders 20250101000000',
    'orders 20250102000000',
  ]);
  expectSuccess(await run('orders', orders, 'status --exit-code'));
  await database.query(`UPDATE slipway.ledger SET checksum = 'x' WHERE app = 'fees'`);
  expectSuccess(await run('orders', orders));
  expect((await run('fees', fees)).code).toBe(82);
});

test('both at once, 5 times over', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { run, orders, fees, ledger } = await twoApps();
    const results = await Promise.all([
      run('orders', orders),
      run('fees', fees),
      run('orders', orders),
      run('fees', fees),
    ]);
    for (const result of results) expectSuccess(result);
    expect(await ledger()).toHaveLength(4);
  }
});

test('an app whose tables are there, without rows of its own, is unmanaged', async () => {
  const { run, orders, fees, database, fingerprint } = await twoApps();
  expectSuccess(await run('orders', orders));
  await database.query('CREATE TABLE fees (x int); CREATE TABLE others ()');
  const before = await fingerprint();
  const { detail } = expectFailure(await run('fees', fees), {
    code: 80,
    names: /holds 1 relation/,
    remedy: /slipway adopt/,
  });
  expect(detail).toEqual(expect.arrayContaining(['public.fees (table)']));
  expect(await fingerprint()).toEqual(before);
});

test('the same files under another name find their tables there', async () => {
  const { run, orders } = await twoApps();
  expectSuccess(await run('orders', orders));
  expectFailure(await run('renamed', orders), {
    code: 80,
    names: /holds 1 relation and no ledger row of this app/,
    remedy: /adopt/,
  });
});

test('one app does not wait for the lock of the other', async () => {
  const { run, orders, fees, database } = await twoApps();
  expectSuccess(await run('orders', orders));
  const holder = await database.connect();
  await holder.query(`SELECT pg_advisory_lock(${advisoryKey({ schema: 'slipway', app: 'orders' })})`);
  expectSuccess(await run('fees', fees));
  orders.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
  const waiting = startSlipway(['up'], {
    cwd: orders.directory,
    env: { ...database.env, SLIPWAY_APP: 'orders' },
  });
  await waiting.waitForLog(/another run is at work/);
  await holder.end();
  expectSuccess(await waiting.done);
});

test('each may have a ledger of its own', async () => {
  const { database, orders, fees } = await twoApps();
  for (const [schema, project] of [
    ['orders_ledger', orders],
    ['Fees "ledger"', fees],
  ] as const) {
    const options = { cwd: project.directory, env: { ...database.env, SLIPWAY_SCHEMA: schema } };
    if (schema === 'orders_ledger') expectSuccess(await slipway(['up'], options));
    else
      expectFailure(await slipway(['up'], options), {
        code: 80,
        names: /relations? and no ledger row/,
        remedy: /adopt/,
      });
  }
  expect(await database.query('SELECT count(*)::int AS count FROM orders_ledger.ledger')).toEqual([
    { count: 2 },
  ]);
  expect(await database.query(`SELECT to_regnamespace('slipway') AS schema`)).toEqual([{ schema: null }]);
});

test.each(['Fees "ledger"', "o'clock", 'żółw', 'public'])(
  'the ledger can be in the schema %s',
  async (schema) => {
    const { database, orders } = await twoApps();
    const options = { cwd: orders.directory, env: { ...database.env, SLIPWAY_SCHEMA: schema } };
    expectSuccess(await slipway(['up'], options));
    expectSuccess(await slipway(['wait', '--timeout', '0'], options));
    expectSuccess(await slipway(['up'], options));
    const [row] = await database.query(
      `SELECT count(*)::int AS count FROM "${schema.replaceAll('"', '""')}".ledger`,
    );
    expect(row).toEqual({ count: 2 });
  },
);

describe('what another app has put into a table of this one', () => {
  const versions = ['20250101000000', '20250102000000', '20250103000000'];
  const additions = `ALTER TABLE orders ADD CONSTRAINT positive CHECK (x > 0), ADD z int NOT NULL;
    CREATE UNIQUE INDEX one_each ON orders (x);
    CREATE POLICY few ON orders USING (x > 1);
    CREATE RULE never AS ON DELETE TO orders DO INSTEAD NOTHING;
    CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER act BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION act();`;

  /** Orders with its lock, at head or made by hand, and the other app's additions to its table. */
  async function added(isManaged: boolean) {
    const made = await twoApps();
    const { run, orders, fees, database } = made;
    const shadow = { SLIPWAY_SHADOW_URL: `${database.url}?sslmode=disable` };
    expectSuccess(
      await slipway(['check', '--write'], {
        cwd: orders.directory,
        env: { ...database.env, ...shadow, SLIPWAY_APP: 'orders' },
      }),
    );
    expectSuccess(await run('orders', orders));
    fees.write(`migrations/${versions[2]}_c.sql`, additions);
    expectSuccess(await run('fees', fees));
    if (!isManaged) await database.query(`DELETE FROM slipway.ledger WHERE app = 'orders'`);
    return made;
  }

  test.each([
    ['managed', true],
    ['unmanaged', false],
  ])('is only told: the database is %s', async (_, isManaged) => {
    const { run, orders } = await added(isManaged);
    expectSuccess(await run('orders', orders));
    const { stdout } = expectSuccess(await run('orders', orders, 'status --drift --json'));
    const { drift, schema } = JSON.parse(stdout);
    expect(schema).toMatchObject({ kind: 'compared', drifted: 0 });
    const told = drift.differences.map(
      ({ kind, object, severity }: Record<string, string>) => `${kind} ${object} ${severity}`,
    );
    expect(told).toEqual(
      expect.arrayContaining([
        'extra column public.orders.z reported',
        'extra constraint public.orders.positive reported',
        'extra policy public.orders.few reported',
        'extra rule public.orders.never reported',
        'extra trigger public.orders.act reported',
        'extra unique index public.orders.one_each reported',
      ]),
    );
  });

  test('but is drift where the ledger was brought from another cluster, whose transactions are others', async () => {
    const { run, orders, database } = await added(true);
    const asked = `SELECT DISTINCT accepted->>'cluster' = (SELECT system_identifier::text FROM pg_control_system()) AS is_here FROM slipway.ledger`;
    expect(await database.query(asked)).toEqual([{ is_here: true }]);
    const drifted = { code: 85, names: /differ/, remedy: /trigger public\.orders\.act/ };
    for (const change of [
      `UPDATE slipway.ledger SET accepted = accepted || '{"cluster": "1"}' WHERE app = 'fees'`,
      `UPDATE slipway.ledger SET accepted = accepted - 'cluster' WHERE app = 'fees'`,
    ]) {
      await database.query(change);
      const { detail } = expectFailure(await run('orders', orders), drifted);
      expect(detail).toContain('  + trigger public.orders.act: extra');
    }
  });

  test('until somebody alters it by hand: a fix takes away that alone', async () => {
    const { run, orders, database } = await added(true);
    await database.query('DROP POLICY few ON orders; CREATE POLICY few ON orders USING (true)');
    const { detail } = expectFailure(await run('orders', orders), {
      code: 85,
      names: /differ/,
      remedy: /policy public\.orders\.few/,
    });
    expect(detail).toContain('  + policy public.orders.few: extra');
    expect(detail).toContain('  + trigger public.orders.act: extra (reported only)');
    const env = {
      ...database.env,
      SLIPWAY_APP: 'orders',
      SLIPWAY_SHADOW_URL: `${database.url}?sslmode=disable`,
    };
    const repair = (...argv: string[]) => slipway(['repair', ...argv], { cwd: orders.directory, env });
    expectSuccess(await repair('--write-fix', 'fix.sql'));
    expect(readFileSync(orders.path('fix.sql'), 'utf8').match(/^[A-Z].*;$/gm)).toEqual([
      'DROP POLICY few ON public.orders;',
    ]);
    expectSuccess(await repair('--fix', 'fix.sql'));
    expectSuccess(await run('orders', orders));
  });

  test('but where it was made outside of a transaction it is drift, until the lock ignores it', async () => {
    const { run, orders, fees, database } = await added(true);
    fees.write(
      'migrations/20250104000000_d.sql',
      '-- slipway: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY one_more ON orders (x, z);\n',
    );
    expectSuccess(await run('fees', fees));
    const { detail } = expectFailure(await run('orders', orders), {
      code: 85,
      names: /differ/,
      remedy: /ignore/,
    });
    expect(detail).toContain('  + unique index public.orders.one_more: extra');
    expect(detail).toContain('  + unique index public.orders.one_each: extra (reported only)');
    const lock = JSON.parse(readFileSync(orders.path('sql/schema.lock.json'), 'utf8'));
    lock.options.ignore = ['unique index public.orders.one_more'];
    orders.write('sql/schema.lock.json', JSON.stringify(lock));
    expectSuccess(await run('orders', orders));
    expect(await database.query("SELECT to_regclass('one_more') IS NOT NULL AS there")).toEqual([
      { there: true },
    ]);
  });
});
