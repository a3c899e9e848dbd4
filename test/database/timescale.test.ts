import type pg from 'pg';
import { readSnapshot, type Snapshot, snapshotQuery } from '../../src/snapshot/snapshot.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../support/database.ts';

/**
 * TimescaleDB cannot be had from a package registry, so its views stand here as tables that hold rows as a real server
 * gave them. What is proved is how Slipway reads them, not how TimescaleDB fills them.
 */
const views = `
  CREATE SCHEMA trading;
  CREATE TABLE trading.market_data (time timestamp NOT NULL, id integer NOT NULL, symbol text, PRIMARY KEY (time, id));
  CREATE TABLE trading.orders (id integer PRIMARY KEY);
  CREATE TABLE trading._hyper_1_1_chunk (CONSTRAINT constraint_1 CHECK (time >= '2025-01-01')) INHERITS (trading.market_data);
  CREATE SCHEMA _timescaledb_internal;
  CREATE TABLE _timescaledb_internal._hyper_1_2_chunk () INHERITS (trading.market_data);
  CREATE SCHEMA timescaledb_information;
  CREATE TABLE timescaledb_information.hypertables (hypertable_schema name, hypertable_name name, owner name, num_dimensions smallint,
    num_chunks bigint, compression_enabled boolean, tablespaces name[]);
  CREATE TABLE timescaledb_information.dimensions (hypertable_schema name, hypertable_name name, dimension_number bigint, column_name name,
    column_type regtype, dimension_type text, time_interval interval, integer_interval bigint, integer_now_func name, num_partitions smallint);
  CREATE TABLE timescaledb_information.compression_settings (hypertable_schema name, hypertable_name name, attname name,
    segmentby_column_index smallint, orderby_column_index smallint, orderby_asc boolean, orderby_nullsfirst boolean);
  CREATE TABLE timescaledb_information.continuous_aggregates (hypertable_schema name, hypertable_name name, view_schema name, view_name name,
    view_owner name, materialized_only boolean, compression_enabled boolean, materialization_hypertable_schema name,
    materialization_hypertable_name name, view_definition text);
  CREATE TABLE timescaledb_information.jobs (job_id integer, application_name name, schedule_interval interval, max_runtime interval,
    max_retries integer, retry_period interval, proc_schema name, proc_name name, owner name, scheduled boolean, fixed_schedule boolean,
    config jsonb, next_start timestamptz, initial_start timestamptz, hypertable_schema name, hypertable_name name, check_schema name, check_name name);
  CREATE TABLE timescaledb_information.chunks (hypertable_schema name, hypertable_name name, chunk_schema name, chunk_name name);
  INSERT INTO timescaledb_information.hypertables VALUES ('trading', 'market_data', 'postgres', 1, 2, false, NULL);
  INSERT INTO timescaledb_information.dimensions VALUES ('trading', 'market_data', 1, 'time', 'timestamp', 'Time', '7 days', NULL, NULL, NULL);
  INSERT INTO timescaledb_information.chunks VALUES ('trading', 'market_data', 'trading', '_hyper_1_1_chunk'),
    ('trading', 'market_data', '_timescaledb_internal', '_hyper_1_2_chunk');`;

const retention = (id: number, hypertable: number, every = '1 day', next = '2025-01-02'): string =>
  `INSERT INTO timescaledb_information.jobs VALUES (${id}, 'Retention Policy [${id}]', '${every}', '00:05:00', -1, '00:05:00',
    '_timescaledb_functions', 'policy_retention', 'postgres', true, false,
    '{"drop_after": "1 year", "hypertable_id": ${hypertable}}', '${next}', NULL, 'trading', 'market_data',
    '_timescaledb_functions', 'policy_retention_check')`;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase(newestMajor);
  client = await database.connect();
  await client.query(views);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const query = snapshotQuery({ ledger: { schema: 'slipway', app: 'default' }, withPrivileges: false });

async function facetOf(object: string): Promise<string | undefined> {
  return (await snapshot()).get(object)?.facets.TimescaleDB;
}

async function snapshot(): Promise<Snapshot> {
  const results = (await client.query(
    `BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; ${query}; COMMIT`,
  )) as unknown as pg.QueryResult[];
  return readSnapshot(results.at(-2)?.rows ?? []);
}

/** What a change makes of the hypertable's facet; undone afterwards. */
async function facetAfter(change: string): Promise<string | undefined> {
  await client.query(
    `CREATE SCHEMA kept; ${['hypertables', 'dimensions', 'jobs', 'compression_settings'].map((name) => `CREATE TABLE kept.${name} AS TABLE timescaledb_information.${name}`).join('; ')}`,
  );
  await client.query(change);
  const facet = await facetOf('table trading.market_data');
  for (const name of ['hypertables', 'dimensions', 'jobs', 'compression_settings']) {
    await client.query(
      `TRUNCATE timescaledb_information.${name}; INSERT INTO timescaledb_information.${name} TABLE kept.${name}`,
    );
  }
  await client.query('DROP SCHEMA kept CASCADE');
  return facet;
}

test('a hypertable is a facet of its table; a plain table has none', async () => {
  expect(await facetOf('table trading.market_data')).toBe(
    'Time dimension "time" timestamp without time zone interval 7 days',
  );
  expect(await facetOf('table trading.orders')).toBeUndefined();
});

test('chunks are left out, with all that hangs on them, wherever they stand', async () => {
  expect([...(await snapshot()).keys()].filter((object) => object.includes('chunk'))).toEqual([]);
});

test('the views of TimescaleDB are left out themselves', async () => {
  expect([...(await snapshot()).keys()].filter((object) => object.includes('timescaledb'))).toEqual([]);
});

test.each([
  [
    'another interval',
    `UPDATE timescaledb_information.dimensions SET time_interval = '1 day'`,
    /interval 1 day/,
  ],
  [
    'a policy',
    retention(1001, 1),
    /job _timescaledb_functions\.policy_retention every 1 day .*"drop_after": "1 year"/,
  ],
  [
    'compression',
    `UPDATE timescaledb_information.hypertables SET compression_enabled = true;
     INSERT INTO timescaledb_information.compression_settings VALUES ('trading', 'market_data', 'symbol', 1, NULL, NULL, NULL), ('trading', 'market_data', 'time', NULL, 1, false, true)`,
    /compressed by symbol segment 1, "time" order 1 desc nulls first/,
  ],
])('the facet shows %s', async (_, change, shows) => {
  const before = await facetOf('table trading.market_data');
  const after = await facetAfter(change);
  expect(after).not.toBe(before);
  expect(after).toMatch(shows);
  expect(await facetOf('table trading.market_data')).toBe(before);
});

test.each([
  ['more chunks', `UPDATE timescaledb_information.hypertables SET num_chunks = 40`],
  [
    "another extension's job",
    `INSERT INTO timescaledb_information.jobs SELECT 3, 'Telemetry', '1 day', '0', 1, '0', '_timescaledb_functions', 'policy_telemetry', 'postgres', true, false, '{}', now(), NULL, NULL, NULL, NULL, NULL`,
  ],
])('the facet does not show %s', async (_, change) => {
  expect(await facetAfter(change)).toBe(await facetOf('table trading.market_data'));
});

test('a policy is the same whatever its number, its table and its next start', async () => {
  const one = await facetAfter(retention(1001, 1));
  const other = await facetAfter(retention(1007, 12, '1 day', '2025-06-01'));
  expect(one).toMatch(/policy_retention/);
  expect(other).toBe(one);
});
