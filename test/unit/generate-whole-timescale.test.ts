import { dependenciesOf } from '../../src/generate/described.ts';
import { writeSchema } from '../../src/generate/whole.ts';
import { parentOf } from '../../src/snapshot/names.ts';
import { type Described, snapshotOf } from '../support/snapshot.ts';

const policy = (name: string, config: string, rest = ''): string =>
  `job _timescaledb_functions.${name} every 1 day${rest} max_runtime 00:05:00 max_retries -1 retry_period 00:05:00 config ${config} check _timescaledb_functions.${name}_check`;

const written = (facet: string, more: Record<string, Described> = {}): ReturnType<typeof writeSchema> => {
  const snapshot = new Map(
    [
      ...snapshotOf({
        'schema trading': 'schema',
        'table trading.ticks': { text: 'table', facets: { TimescaleDB: facet } },
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
/** The calls between the table and its index. */
const callsOf = (facet: string): string[] =>
  /\n\);\n([\s\S]*)\nCREATE INDEX/.exec(written(facet).sql)?.[1]?.split('\n') ?? [];
const hypertable = `SELECT public.create_hypertable('trading.ticks', 'time', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false);`;
const settings = `max_runtime => INTERVAL '00:05:00', max_retries => -1, retry_period => INTERVAL '00:05:00'`;

test.each<[string, string, string[]]>([
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
    `${time}\ncompressed by symbol segment 1, "time" order 1 desc nulls first, id order 2 asc`,
    [
      hypertable,
      `ALTER TABLE trading.ticks SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = '"time" DESC NULLS FIRST, id ASC NULLS LAST');`,
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
        TimescaleDB: `materialized only\n${policy('policy_refresh_continuous_aggregate', '{"start_offset": "1 mon", "end_offset": null}')}\n SELECT time_bucket('1 day'::interval, "time") AS day\n   FROM trading.ticks\n  GROUP BY 1;`,
      },
    },
  });
  expect(
    sql,
  ).toContain(`CREATE MATERIALIZED VIEW trading.daily WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
  SELECT time_bucket('1 day'::interval, "time") AS day
   FROM trading.ticks
  GROUP BY 1
WITH NO DATA;
SELECT public.alter_job(public.add_continuous_aggregate_policy('trading.daily', start_offset => INTERVAL '1 mon', end_offset => NULL, schedule_interval => INTERVAL '1 day'), ${settings});`);
  expect(left).toEqual([]);
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
  [
    'a setting that no call takes',
    `${time}\n${policy('policy_retention', '{"drop_after": "1 year", "other": 1}')}`,
  ],
  ['a job of another version', `${time}\n${policy('policy_unheard_of', '{}')}`],
  ['a line that is not understood', `${time}\nsomething new`],
])('%s is left, and said so', (_, facet) => {
  expect(written(facet).left).toEqual(['table trading.ticks']);
});
