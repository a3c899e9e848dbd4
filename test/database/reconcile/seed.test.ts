import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillTables } from '../../../src/autogenerate/sample-rows.ts';
import { ledger, sessionOn } from '../../fixtures/hard-schema.ts';
import { eventually, nobodyLeft } from '../../support/activity.ts';
import { majors, named, newestMajor } from '../../support/database.ts';
import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { shadowOf } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
jest.setTimeout(120_000);
const root = join(import.meta.dirname, '..', '..', '..');
const example = {
  ...exampleFiles(),
  'sql/schema.lock.json': readFileSync(join(root, 'sql', 'schema.lock.json')),
  'sql/schema.snapshot.json': readFileSync(join(root, 'sql', 'schema.snapshot.json')),
};
const [oldest = ''] = exampleVersions();
const newest = exampleVersions().at(-1);

/** What an old baseline lacked: columns that only its migrations knew. */
const lacking: Readonly<Record<string, readonly string[]>> = {
  accounts: ['maker_fee_bps', 'taker_fee_bps', 'balance_usd'],
  strategies: ['order_preference', 'funding_rate_threshold'],
  strategy_performances: ['total_fees_paid', 'total_funding_paid', 'total_liquidations'],
  decisions: ['asset_decisions', 'portfolio_rationale', 'total_allocation_usd', 'portfolio_risk_level'],
  market_data: ['funding_rate'],
};
const dropAll = Object.entries(lacking)
  .map(([table, columns]) => `ALTER TABLE trading.${table} ${columns.map((name) => `DROP ${name}`)}`)
  .join('; ');

/** The seed's database: made from an old baseline, rows in every table, two rows in Alembic's table. */
async function seeds(major = newestMajor): Promise<Scene> {
  const made = await scene(example, { major });
  const { database } = made;
  await database.query(`${exampleFiles()['sql/baseline.sql']}; ${dropAll}`);
  const session = await sessionOn(database);
  expect(await fillTables(session, ledger)).toEqual([]);
  await session.end();
  await database.query(
    `CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL);
     INSERT INTO public.alembic_version VALUES ('20251126_1'), ('20251127_2')`,
  );
  return made;
}

/** Every row of every table, without the columns that the fix brings. */
async function rowsOf({ database }: Scene): Promise<Record<string, unknown>> {
  const tables = await database.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind = 'r' AND relnamespace IN ('trading'::regnamespace, 'public'::regnamespace)`,
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    const brought = lacking[name.replace('trading.', '')] ?? [];
    rows[name] = await database.query(
      `SELECT to_jsonb(t) ${brought.map((column) => `- '${column}'`).join(' ')} AS row FROM ${name} t ORDER BY 1`,
    );
  }
  return rows;
}

const run = (made: Scene, line: string, env = {}) => made.run(line, { ...shadowOf(made), ...env });
const fixOf = ({ project }: Scene, file = 'fix.sql') => readFileSync(project.path(file), 'utf8');

test('a database that lacks columns is refused, brought there by a fix, and adopted; every row is kept', async () => {
  const made = await seeds();
  const before = { rows: await rowsOf(made), fingerprint: await made.fingerprint() };
  expectFailure(await run(made, 'up'), {
    code: 80,
    names: new RegExp(`the closest is ${oldest}$`),
    remedy: /slipway adopt --write-fix FILE/,
  });
  const { stdout, logs } = expectSuccess(await run(made, 'adopt --write-fix fix.sql --json'));
  expect(JSON.parse(stdout)).toEqual({
    fix: { version: oldest, file: 'fix.sql', statements: 5, left: [] },
  });
  expect(logs.at(-1)).toMatchObject({ level: 'info', event: 'fixWritten' });
  expect(await made.fingerprint()).toEqual(before.fingerprint);

  const text = fixOf(made);
  const added = [...text.matchAll(/^ALTER TABLE trading\.(\w+)\s([^;]*);/gm)].flatMap(
    ([, table, actions = '']) =>
      [...actions.matchAll(/ADD COLUMN (\w+) /g)].map(([, column]) => `${table}.${column}`),
  );
  expect(added.sort()).toEqual(
    Object.entries(lacking)
      .flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))
      .sort(),
  );
  for (const part of [
    `-- slipway: version ${oldest}\n`,
    'ADD COLUMN maker_fee_bps double precision NOT NULL DEFAULT 5.0',
    "ADD COLUMN order_preference varchar(50) NOT NULL DEFAULT 'any'",
  ])
    expect(text).toContain(part);
  expect(text).toContain(`Brings the database ${made.database.name} on `);
  expect(text).not.toContain(made.database.env.PGPASSWORD);

  const fixed = JSON.parse(expectSuccess(await run(made, 'adopt --fix fix.sql --json')).stdout);
  expect(fixed).toMatchObject({ fixed: oldest, recorded: 1, fix: { file: 'fix.sql' } });
  expect(await rowsOf(made)).toEqual(before.rows);
  expect(await made.ledger()).toMatchObject([
    {
      version: oldest,
      origin: 'adopted',
      state: 'done',
      accepted: { verified: true, objects: {}, fixes: [{ file: 'fix.sql', checksum: fixed.fix.checksum }] },
    },
  ]);
  expectSuccess(await run(made, 'up'));
  expectSuccess(await run(made, 'drift'));
});

test.each(named(majors))(
  'PostgreSQL $version: the shadow may be another major than the database',
  async ({ major }) => {
    const made = await seeds(major);
    const rows = await rowsOf(made);
    const { stdout } = expectSuccess(await made.run('adopt --write-fix fix.sql --as head --json'));
    expect(JSON.parse(stdout)).toMatchObject({ fix: { version: newest, left: [] } });
    expectSuccess(await made.run('adopt --fix fix.sql'));
    expect(await rowsOf(made)).toMatchObject(rows);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('drift'));
  },
);

test('kill -9 in the middle leaves nothing; the same fix then runs', async () => {
  const made = await seeds();
  expectSuccess(await run(made, 'adopt --write-fix fix.sql'));
  const before = { rows: await rowsOf(made), print: await made.fingerprint() };
  const reader = await made.database.connect();
  await reader.query('BEGIN; SELECT FROM trading.strategy_performances');
  const running = startSlipway(['adopt', '--fix', 'fix.sql'], {
    cwd: made.project.directory,
    env: { ...made.database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '60s' },
  });
  await eventually(async () => {
    const [waiting] = await made.database.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'slipway % adopt%'",
    );
    return waiting ? true : undefined;
  }, 'a statement that waits');
  running.kill('SIGKILL');
  await running.done;
  await reader.query('ROLLBACK');
  await nobodyLeft(made.database);
  expect({ rows: await rowsOf(made), print: await made.fingerprint() }).toEqual(before);
  expectSuccess(await run(made, 'adopt --fix fix.sql'));
});
