import { dependenciesOf } from '../../../../src/schema/generate/describe-schema.ts';
import { writeSchema } from '../../../../src/schema/generate/whole.ts';
import { parentOf } from '../../../../src/schema/model/names.ts';
import { type Described, snapshotOf } from '../../../support/snapshot.ts';

const policy = (name: string, config: string, rest = ''): string =>
  `job _timescaledb_functions.${name} every 1 day${rest} max_runtime 00:05:00 max_retries -1 retry_period 00:05:00 config ${config} check _timescaledb_functions.${name}_check`;

type Facets = Readonly<Record<string, string>>;
const asFacets = (facet: string | Facets): Facets =>
  typeof facet === 'string' ? { TimescaleDB: facet } : facet;

const written = (
  facet: string | Facets,
  more: Record<string, Described> = {},
): ReturnType<typeof writeSchema> => {
  const snapshot = new Map(
    [
      ...snapshotOf({
        'schema trading': 'schema',
        'table trading.ticks': { text: 'table', facets: asFacets(facet) },
        'column order trading.ticks': '"time", symbol',
        'column trading.ticks."time"': 'timestamp without time zone not null',
        'column trading.ticks.symbol': 'text',
        'index trading.ticks.by_time': 'CREATE INDEX by_time ON trading.ticks USING btree ("time")',
        ...more,
      }),
    ].map(([object, found]) => [object, { ...found, parent: parentOf(object) }] as const),
  );
  return writeSchema({ snapshot, dependencies: dependenciesOf(snapshot, []), major: 15 });
};
const time = 'Time dimension "time" timestamp without time zone interval 7 days';
/** The calls for the table, those before its index and those at the end. */
const callsOf = (facet: string | Facets): string[] =>
  (/\n\);\n([\s\S]*)$/.exec(written(facet).sql)?.[1]?.split('\n') ?? []).filter(
    (line) => line !== '' && !line.startsWith('CREATE INDEX'),
  );
const hypertable = `SELECT public.create_hypertable('trading.ticks', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false);`;
const settings = `max_runtime => INTERVAL '00:05:00', max_retries => -1, retry_period => INTERVAL '00:05:00'`;

test.each<[string, string | Facets, string[]]>([
  ['a hypertable', time, [hypertable]],
  [
    'an integer dimension and one of space',
    'Time dimension id bigint interval 1000\nSpace dimension "Symbol" text 4 partitions',
    [
      "SELECT public.create_hypertable('trading.ticks', 'id', chunk_time_interval => 1000, create_default_indexes => false);",
      "SELECT public.add_dimension('trading.ticks', 'Symbol', number_partitions => 4);",
    ],
  ],
  [
    'compression',
    {
      TimescaleDB: `${time}\ncompressed\nsparse indexes bloom(id)`,
      'TimescaleDB, compress_segmentby': 'symbol',
      'TimescaleDB, compress_orderby': '"time" desc nulls first, id asc',
    },
    [
      hypertable,
      `ALTER TABLE trading.ticks SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = '"time" DESC NULLS FIRST, id ASC NULLS LAST', timescaledb.compress_index = 'bloom(id)');`,
    ],
  ],
  [
    'where chunks are kept, and what they are skipped by',
    'Time dimension "time" timestamp without time zone interval 7 days compressed to 14 days\nchunks in "My chunks"\nchunks named part\nchunks skipped by id\ncompressed',
    [
      "SELECT public.create_hypertable('trading.ticks', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false, associated_schema_name => 'My chunks', associated_table_prefix => 'part');",
      'SET LOCAL timescaledb.enable_chunk_skipping = on;',
      "SELECT public.enable_chunk_skipping('trading.ticks', 'id');",
      "ALTER TABLE trading.ticks SET (timescaledb.compress, timescaledb.compress_chunk_time_interval = '14 days');",
    ],
  ],
  [
    'functions that tell the time and divide the space',
    'Time dimension id bigint interval 1000 now by "My app".now\nSpace dimension symbol text hashed by trading.spread 4 partitions',
    [
      "SELECT public.create_hypertable('trading.ticks', 'id', chunk_time_interval => 1000, create_default_indexes => false);",
      "SELECT public.add_dimension('trading.ticks', 'symbol', number_partitions => 4, partitioning_func => 'trading.spread');",
      `SELECT public.set_integer_now_func('trading.ticks', '"My app".now');`,
    ],
  ],
  [
    'policies',
    `${time}\ncompressed\n${policy('policy_compression', '{"compress_after": "7 days"}')}\n${policy('policy_retention', '{"drop_after": 500}', ' from 2025-01-01 00:00:00 not scheduled')}`,
    [
      hypertable,
      'ALTER TABLE trading.ticks SET (timescaledb.compress);',
      `SELECT public.alter_job(public.add_compression_policy('trading.ticks', compress_after => INTERVAL '7 days', schedule_interval => INTERVAL '1 day'), ${settings});`,
      `SELECT public.alter_job(public.add_retention_policy('trading.ticks', drop_after => BIGINT '500', schedule_interval => INTERVAL '1 day', initial_start => TIMESTAMPTZ '2025-01-01 00:00:00+00'), ${settings}, scheduled => false);`,
    ],
  ],
])('%s comes out as its calls', (_, facet, calls) => {
  expect(callsOf(facet)).toEqual(calls);
  expect(written(facet).left).toEqual([]);
});

test('a continuous aggregate is written with no rows, after what it reads', () => {
  const { sql, left } = written(time, {
    'view trading.daily': {
      text: 'returns day timestamp without time zone\nreads trading.ticks."time"',
      facets: {
        TimescaleDB: `continuous aggregate\nmaterialized only\nchunk interval 70 days\ncompressed\n${policy('policy_refresh_continuous_aggregate', '{"start_offset": "1 mon", "end_offset": null}')}`,
        'TimescaleDB up to 2.24, compression by': 'segment symbol\norder day asc',
        'definition, PostgreSQL 16 and later': ` SELECT time_bucket('1 day'::interval, "time") AS day\n   FROM trading.ticks\n  GROUP BY 1;`,
      },
    },
    'index trading.daily._materialized_hypertable_day_idx':
      'CREATE INDEX _materialized_hypertable_day_idx ON trading.daily USING btree (day DESC)',
    'index trading.daily.own': 'CREATE INDEX own ON trading.daily USING btree (day)',
  });
  expect(
    sql,
  ).toContain(`CREATE MATERIALIZED VIEW trading.daily WITH (timescaledb.continuous, timescaledb.materialized_only = true, timescaledb.create_group_indexes = false) AS
  SELECT time_bucket('1 day'::interval, "time") AS day
   FROM trading.ticks
  GROUP BY 1
WITH NO DATA;
SELECT public.set_chunk_time_interval('trading.daily', INTERVAL '70 days');
CREATE INDEX own ON trading.daily (day);

ALTER MATERIALIZED VIEW trading.daily SET (timescaledb.compress = true, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'day ASC NULLS LAST');
SELECT public.alter_job(public.add_continuous_aggregate_policy('trading.daily', start_offset => INTERVAL '1 mon', end_offset => NULL, schedule_interval => INTERVAL '1 day'), ${settings});`);
  expect(sql.match(/^CREATE INDEX.* ON trading\.daily .*$/gm)).toEqual([
    'CREATE INDEX own ON trading.daily (day);',
  ]);
  expect(left).toEqual([]);
});

test('a job that began when it was added begins anew', () => {
  const { sql } = written(time, {
    'schema trading': {
      text: 'schema',
      facets: {
        TimescaleDB:
          'job trading.tidy every 01:00:00 from its beginning in Europe/Berlin max_runtime 00:00:00 max_retries 3 retry_period 00:01:00',
      },
    },
  });
  expect(sql.trimEnd().split('\n').at(-1)).toBe(
    `SELECT public.alter_job(public.add_job('trading.tidy', INTERVAL '01:00:00', timezone => 'Europe/Berlin', fixed_schedule => true), max_runtime => INTERVAL '00:00:00', max_retries => 3, retry_period => INTERVAL '00:01:00', timezone => 'Europe/Berlin');`,
  );
});

test("a user's own job is added at the end, once its procedure is there", () => {
  const { sql } = written(time, {
    'schema trading': {
      text: 'schema',
      facets: {
        TimescaleDB:
          'job trading.tidy every 01:00:00 max_runtime 00:00:00 max_retries 3 retry_period 00:01:00 config {"days": 3}',
      },
    },
  });
  expect(sql.trimEnd().split('\n').at(-1)).toBe(
    `SELECT public.alter_job(public.add_job('trading.tidy', INTERVAL '01:00:00', config => '{"days": 3}', fixed_schedule => false), max_runtime => INTERVAL '00:00:00', max_retries => 3, retry_period => INTERVAL '00:01:00');`,
  );
});

test.each([
  ['a job of another version', `${time}\n${policy('policy_unheard_of', '{}')}`],
  ['a line that is not understood', `${time}\nsomething new`],
])('%s is left, and said so', (_, facet) => {
  expect(written(facet).left).toEqual(['table trading.ticks']);
});

test('what no argument of a policy takes is added to its configuration', () => {
  const { sql, left } = written(
    `${time}\n${policy('policy_compression', '{"compress_after": "7 days", "maxchunks_to_compress": 5}')}`,
  );
  expect(sql.trimEnd().split('\n').slice(-2)).toEqual([
    `SELECT public.alter_job(public.add_compression_policy('trading.ticks', compress_after => INTERVAL '7 days', schedule_interval => INTERVAL '1 day'), ${settings});`,
    `SELECT public.alter_job(j.job_id, config => j.config || '{"maxchunks_to_compress":5}') FROM timescaledb_information.jobs AS j WHERE j.job_id = (SELECT max(n.job_id) FROM timescaledb_information.jobs AS n);`,
  ]);
  expect(left).toEqual([]);
});

test('a job whose procedure must be quoted is added by that name', () => {
  const { sql } = written(time, {
    'schema trading': {
      text: 'schema',
      facets: {
        TimescaleDB:
          'job "My app"."Tidy up" every 01:00:00 max_runtime 00:00:00 max_retries 3 retry_period 00:01:00 check "My app"."Is it so"',
      },
    },
  });
  expect(sql.trimEnd().split('\n').at(-1)).toBe(
    `SELECT public.alter_job(public.add_job('"My app"."Tidy up"', INTERVAL '01:00:00', check_config => '"My app"."Is it so"', fixed_schedule => false), max_runtime => INTERVAL '00:00:00', max_retries => 3, retry_period => INTERVAL '00:01:00');`,
  );
});
