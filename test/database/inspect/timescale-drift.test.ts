import { timescaleBaseline } from '../../fixtures/timescale-schema.ts';
import { expectSuccess, type Scene } from '../../support/scene.ts';
import { useTimescale } from '../../support/timescale.ts';

const server = useTimescale(afterAll);
let scene: Scene;

beforeAll(async () => {
  scene = await server.scene({ 'sql/baseline.sql': timescaleBaseline });
  expectSuccess(await scene.run('check --write', server.shadow()));
  expectSuccess(await scene.run('up'));
});

interface Found {
  readonly kind: string;
  readonly object: string;
  readonly facet: string | null;
  readonly severity: string;
}

/** What `status --drift` finds: the kind of difference, the object with its facet, the severity; and unverified facets. */
async function drift(): Promise<{ found: string[]; unverified: string[] }> {
  const { stdout } = await scene.run('status --drift --json');
  const { differences, unverified } = JSON.parse(stdout).drift as {
    differences: Found[];
    unverified: string[];
  };
  return {
    found: differences.map(
      ({ kind, object, facet, severity }) =>
        `${kind} ${object}${facet === null ? '' : `, ${facet}`}: ${severity}`,
    ),
    unverified,
  };
}

test('a schema with something of everything is what the lock says, and nothing of it is unverified', async () => {
  expect(await drift()).toEqual({ found: [], unverified: [] });
  expectSuccess(await scene.run('check', server.shadow()));
});

const catalog = '_timescaledb_catalog';
const job = (procedure: string): string =>
  `(SELECT id FROM _timescaledb_config.bgw_job WHERE proc_name = '${procedure}' AND id >= 1000)`;
const ofTicks = 'changed table m.ticks, TimescaleDB: drift';
const ofDaily = 'changed view m.daily, TimescaleDB: drift';

/** What is changed by hand, how it is undone, and what is found. */
test.each<[string, { apply: string; undo: string; found: string[] }]>([
  [
    'the chunk interval',
    {
      apply: "SELECT public.set_chunk_time_interval('m.ticks', INTERVAL '1 day')",
      undo: "SELECT public.set_chunk_time_interval('m.ticks', INTERVAL '7 days')",
      found: [ofTicks],
    },
  ],
  [
    'the interval that compressed chunks are merged to',
    {
      apply: "ALTER TABLE m.ticks SET (timescaledb.compress_chunk_time_interval = '21 days')",
      undo: "ALTER TABLE m.ticks SET (timescaledb.compress_chunk_time_interval = '14 days')",
      found: [ofTicks],
    },
  ],
  [
    'chunk skipping',
    {
      apply:
        "SET timescaledb.enable_chunk_skipping = on; SELECT public.disable_chunk_skipping('m.ticks', 'seq')",
      undo: "SET timescaledb.enable_chunk_skipping = on; SELECT public.enable_chunk_skipping('m.ticks', 'seq')",
      found: [ofTicks],
    },
  ],
  [
    'the schema of chunks',
    {
      apply: `UPDATE ${catalog}.hypertable SET associated_schema_name = 'm' WHERE table_name = 'ticks'`,
      undo: `UPDATE ${catalog}.hypertable SET associated_schema_name = 'chunks' WHERE table_name = 'ticks'`,
      found: [ofTicks],
    },
  ],
  [
    'the names of chunks',
    {
      apply: `UPDATE ${catalog}.hypertable SET associated_table_prefix = 'other' WHERE table_name = 'ticks'`,
      undo: `UPDATE ${catalog}.hypertable SET associated_table_prefix = 'ticks_part' WHERE table_name = 'ticks'`,
      found: [ofTicks],
    },
  ],
  [
    'the column to segment by',
    {
      apply: "ALTER TABLE m.ticks SET (timescaledb.compress_segmentby = '')",
      undo: "ALTER TABLE m.ticks SET (timescaledb.compress_segmentby = 'symbol')",
      found: ['changed table m.ticks, TimescaleDB, compress_segmentby: drift'],
    },
  ],
  [
    'the order within compressed rows',
    {
      apply: "ALTER TABLE m.ticks SET (timescaledb.compress_orderby = 'at')",
      undo: "ALTER TABLE m.ticks SET (timescaledb.compress_orderby = 'at DESC')",
      found: ['changed table m.ticks, TimescaleDB, compress_orderby: drift'],
    },
  ],
  [
    'sparse indexes',
    {
      apply: `ALTER TABLE m.ticks SET (timescaledb.compress_index = 'bloom("seq")')`,
      undo: `UPDATE ${catalog}.compression_settings SET "index" = NULL WHERE relid = 'm.ticks'::regclass`,
      found: [ofTicks],
    },
  ],
  [
    'the schedule of a policy',
    {
      apply: `SELECT public.alter_job(${job('policy_retention')}, schedule_interval => INTERVAL '2 days')`,
      undo: `SELECT public.alter_job(${job('policy_retention')}, schedule_interval => INTERVAL '1 day')`,
      found: [ofTicks],
    },
  ],
  [
    'the time zone of a policy',
    {
      apply: `UPDATE _timescaledb_config.bgw_job SET timezone = 'Asia/Tokyo' WHERE id = ${job('policy_compression')}`,
      undo: `UPDATE _timescaledb_config.bgw_job SET timezone = 'Europe/Berlin' WHERE id = ${job('policy_compression')}`,
      found: [ofTicks],
    },
  ],
  [
    'the one policy of an aggregate, removed',
    {
      apply: "SELECT public.remove_continuous_aggregate_policy('m.daily')",
      undo: "SELECT public.add_continuous_aggregate_policy('m.daily', start_offset => INTERVAL '30 days', end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 hour')",
      found: [ofDaily],
    },
  ],
  [
    "a user's own job, deleted: the only one of its schema",
    {
      apply: `SELECT public.delete_job(${job('tidy')})`,
      undo: `SELECT public.add_job('m.tidy', '1 day', config => '{"hypertable_id": 3}')`,
      found: ['changed schema m, TimescaleDB: drift'],
    },
  ],
  [
    "the configuration of a user's own job",
    {
      apply: `SELECT public.alter_job(${job('tidy')}, config => '{"hypertable_id": 4}')`,
      undo: `SELECT public.alter_job(${job('tidy')}, config => '{"hypertable_id": 3}')`,
      found: ['changed schema m, TimescaleDB: drift'],
    },
  ],
  [
    'the first run of a job that was added with none given',
    {
      apply: `SELECT public.alter_job(${job('tidy')}, initial_start => '2030-01-01 00:00+00')`,
      undo: `SELECT public.alter_job(${job('tidy')}, initial_start => '2030-01-01 00:00:00.5+00')`,
      found: ['changed schema m, TimescaleDB: drift'],
    },
  ],
  [
    'what tells the time of integers',
    {
      apply: `CREATE FUNCTION m.other_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 6::bigint';
        SELECT public.set_integer_now_func('m.events', 'm.other_now', replace_if_exists => true)`,
      undo: `SELECT public.set_integer_now_func('m.events', 'm.now_of_events', replace_if_exists => true); DROP FUNCTION m.other_now()`,
      found: ['extra function m.other_now(): reported', 'changed table m.events, TimescaleDB: drift'],
    },
  ],
  [
    'what an aggregate shows of the newest rows',
    {
      apply: 'ALTER MATERIALIZED VIEW m.daily SET (timescaledb.materialized_only = false)',
      undo: 'ALTER MATERIALIZED VIEW m.daily SET (timescaledb.materialized_only = true)',
      found: [ofDaily],
    },
  ],
  [
    'the chunk interval of an aggregate',
    {
      apply: "SELECT public.set_chunk_time_interval('m.daily', INTERVAL '10 days')",
      undo: "SELECT public.set_chunk_time_interval('m.daily', INTERVAL '70 days')",
      found: [ofDaily],
    },
  ],
  [
    'the columns by which an aggregate is compressed',
    {
      apply:
        "ALTER MATERIALIZED VIEW m.daily SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'day DESC')",
      undo: "ALTER MATERIALIZED VIEW m.daily SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'day')",
      found: ['changed view m.daily, TimescaleDB up to 2.24, compression by: drift'],
    },
  ],
  [
    "a user's index on an aggregate, dropped",
    {
      apply: 'DROP INDEX _timescaledb_internal.daily_price',
      undo: 'CREATE INDEX daily_price ON m.daily (price)',
      found: ['missing index m.daily.daily_price: reported'],
    },
  ],
  [
    'an index on an aggregate, made by hand',
    {
      apply: 'CREATE INDEX daily_more ON m.daily (day, price)',
      undo: 'DROP INDEX _timescaledb_internal.daily_more',
      found: ['extra index m.daily.daily_more: reported'],
    },
  ],
  [
    'an index that came with an aggregate, dropped',
    {
      apply: `DO $$ BEGIN EXECUTE (SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indexrelid::regclass::text ~ 'symbol_day_idx'); END $$`,
      undo: `DO $$ BEGIN EXECUTE (SELECT format('CREATE INDEX %I ON m.daily (symbol, day DESC)', '_materialized_hypertable_' || mat_hypertable_id || '_symbol_day_idx') FROM ${catalog}.continuous_agg); END $$`,
      found: ['missing index m.daily._materialized_hypertable_symbol_day_idx: reported'],
    },
  ],
])('by hand: %s', async (_, { apply, undo, found }) => {
  await scene.database.query(apply);
  try {
    expect(await drift()).toEqual({ found, unverified: [] });
  } finally {
    await scene.database.query(undo);
  }
  expect(await drift()).toEqual({ found: [], unverified: [] });
});

/** What changes nothing that anybody means. */
test.each([
  [
    'rows, and the chunks that they make',
    `INSERT INTO m.ticks VALUES ('2026-01-01 00:00+00', 'a', 1, 1), ('2026-03-01 00:00+00', 'b', 2, 2);
     INSERT INTO m.readings VALUES ('2026-01-01 00:00+00', 'a', 1)`,
  ],
  [
    'compressed chunks, of which each keeps the columns it was compressed by',
    `SELECT public.compress_chunk(c) FROM public.show_chunks('m.ticks') AS c;
     SELECT public.compress_chunk(c) FROM public.show_chunks('m.readings') AS c`,
  ],
  ['a refresh', "CALL public.refresh_continuous_aggregate('m.daily', NULL, NULL)"],
  ['dropped chunks', "SELECT public.drop_chunks('m.ticks', older_than => TIMESTAMPTZ '2026-02-01')"],
  ['statistics', 'ANALYZE'],
])('neutral: %s', async (_, sql) => {
  await scene.database.query(sql);
  expect(await drift()).toEqual({ found: [], unverified: [] });
});
