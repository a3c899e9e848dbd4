import { readdirSync, readFileSync } from 'node:fs';
import { expectFailure, expectSuccess, type Scene } from '../../support/scene.ts';
import { useTimescale } from '../../support/timescale.ts';

const server = useTimescale(afterAll);
// Each database that a run builds is an engine that takes seconds to start.
jest.setTimeout(300_000);

const extension = 'CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;\n';
const plain = `CREATE SCHEMA m;
CREATE TABLE m.ticks (at timestamptz NOT NULL, symbol text NOT NULL, price double precision, PRIMARY KEY (symbol, at));
CREATE INDEX ticks_price ON m.ticks (price, at DESC);
`;
const views = `CREATE VIEW m.hourly AS SELECT public.time_bucket('1 hour', at) AS hour, count(*) AS ticks FROM m.ticks GROUP BY 1;
CREATE MATERIALIZED VIEW m.weekly AS SELECT public.time_bucket('7 days', at) AS week, max(price) AS price FROM m.ticks GROUP BY 1;
`;
const hypertable = (interval: string): string =>
  `SELECT public.create_hypertable('m.ticks', 'at', chunk_time_interval => INTERVAL '${interval}', create_default_indexes => false);\n`;
const retention = (after: string): string =>
  `SELECT public.add_retention_policy('m.ticks', INTERVAL '${after}');\n`;
const columnstore = `ALTER TABLE m.ticks SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'symbol', timescaledb.orderby = 'at DESC');
CALL public.add_columnstore_policy('m.ticks', after => INTERVAL '30 days');
`;
const aggregates = `CREATE MATERIALIZED VIEW m.hourly WITH (timescaledb.continuous) AS
  SELECT public.time_bucket('1 hour', at) AS hour, count(*) AS ticks FROM m.ticks GROUP BY 1 WITH NO DATA;
CREATE MATERIALIZED VIEW m.weekly WITH (timescaledb.continuous) AS
  SELECT public.time_bucket('7 days', at) AS week, max(price) AS price FROM m.ticks GROUP BY 1 WITH NO DATA;
CREATE MATERIALIZED VIEW m.daily WITH (timescaledb.continuous) AS
  SELECT public.time_bucket('1 day', hour) AS day, sum(ticks) AS ticks FROM m.hourly GROUP BY 1 WITH NO DATA;
CREATE INDEX hourly_ticks ON m.hourly (ticks);
`;
const refresh =
  "SELECT public.add_continuous_aggregate_policy('m.hourly', start_offset => INTERVAL '30 days', end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour');\n";

let scene: Scene;

beforeAll(async () => {
  scene = await server.scene({
    'sql/baseline.sql': `-- slipway: version 20260101000000\n${extension}${plain}${views}`,
  });
  expectSuccess(await scene.run('check --write', server.shadow()));
  expectSuccess(await scene.run('up'));
  await scene.database.query(
    "INSERT INTO m.ticks SELECT TIMESTAMPTZ '2026-01-01 00:00+00' + i * INTERVAL '1 day', 'a', i FROM generate_series(1, 30) AS i",
  );
});

/** What the server itself says of hypertables, aggregates and jobs, without Slipway's reading. */
async function kept(): Promise<unknown> {
  const [row] = await scene.database.query(`SELECT
    (SELECT count(*)::int FROM m.ticks) AS rows,
    (SELECT json_agg(hypertable_name || CASE WHEN compression_enabled THEN ' compressed' ELSE '' END ORDER BY 1)
       FROM timescaledb_information.hypertables WHERE hypertable_schema = 'm') AS hypertables,
    (SELECT max(time_interval)::text FROM timescaledb_information.dimensions WHERE hypertable_name = 'ticks') AS interval,
    (SELECT json_agg(view_name ORDER BY view_name) FROM timescaledb_information.continuous_aggregates) AS aggregates,
    (SELECT json_agg(proc_name || ' ' || coalesce(config->>'drop_after', config->>'compress_after', config->>'start_offset') ORDER BY proc_name)
       FROM timescaledb_information.jobs WHERE job_id >= 1000) AS jobs,
    (SELECT count(*)::int FROM pg_indexes WHERE indexname = 'hourly_ticks') AS indexes`);
  return row;
}

const before = { rows: 30, hypertables: null, interval: null, aggregates: null, jobs: null, indexes: 0 };
const divided = { ...before, hypertables: ['ticks'], interval: '7 days' };
const full = {
  ...divided,
  hypertables: ['ticks compressed'],
  aggregates: ['daily', 'hourly', 'weekly'],
  jobs: [
    'policy_compression 30 days',
    'policy_refresh_continuous_aggregate 30 days',
    'policy_retention 1 year',
  ],
  indexes: 1,
};
const changed = {
  ...full,
  interval: '1 day',
  jobs: ['policy_compression 30 days', 'policy_retention 6 mons'],
};

/**
 * Generates what leads to the desired schema, brings the database there, and compares it with the lock and with the
 * desired schema.
 */
async function follow(name: string, wish: string): Promise<string[]> {
  scene.project.write('desired.sql', extension + wish);
  const made = expectSuccess(await scene.run(`new ${name} --from desired.sql --json`, server.shadow()));
  const { files, problems } = JSON.parse(made.stdout) as { files: string[]; problems: string[] };
  expectSuccess(await scene.run('check --write', server.shadow()));
  expectSuccess(await scene.run('up'));
  expectSuccess(await scene.run('status --drift --exit-code'));
  const again = expectSuccess(await scene.run('new again --from desired.sql', server.shadow()));
  expect(again.stdout).toBe('nothing differs: head already matches desired.sql\n');
  return [...files.map((file) => file.replace(/^migrations\/\d+_/, '')), ...problems];
}

const migration = (name: string): string => {
  const file = readdirSync(scene.project.path('migrations')).find((path) => path.endsWith(name)) ?? '';
  return readFileSync(scene.project.path(`migrations/${file}`), 'utf8');
};

test('a plain table with rows becomes a hypertable; nothing undoes that, and what a person can do is said', async () => {
  expect(await kept()).toEqual(before);
  expect(await follow('divide', plain + hypertable('7 days') + views)).toEqual([
    'divide.sql',
    expect.stringMatching(
      /^nothing undoes it, so it has no down file: table m\.ticks: TimescaleDB makes no plain table of a hypertable; by hand: /,
    ),
  ]);
  expect(await kept()).toEqual(divided);
  expect(migration('_divide.sql')).toMatch(/migrate_data => true\);\n$/);
});

test('it gains a columnstore, a policy of retention, and aggregates in the place of views, with index and policy', async () => {
  expect(
    await follow(
      'more',
      plain + hypertable('7 days') + retention('1 year') + columnstore + aggregates + refresh,
    ),
  ).toEqual(['more.sql', 'more.down.sql']);
  expect(await kept()).toEqual(full);
});

test('its interval and a policy become others, and a policy goes', async () => {
  expect(
    await follow('other', plain + hypertable('1 day') + retention('6 months') + columnstore + aggregates),
  ).toEqual(['other.sql', 'other.down.sql']);
  expect(await kept()).toEqual(changed);
});

test('each is undone by its down file, but for what none undoes', async () => {
  expectSuccess(await scene.run('down'));
  expect(await kept()).toEqual(full);
  expectSuccess(await scene.run('status --drift'));
  expectSuccess(await scene.run('down'));
  expect(await kept()).toEqual(divided);
  const status = expectSuccess(await scene.run('status --drift --json'));
  expect(JSON.parse(status.stdout).drift.differences).toEqual([]);
  expectFailure(await scene.run('down'), { code: 64, names: /marked irreversible/, remedy: /./ });
});
