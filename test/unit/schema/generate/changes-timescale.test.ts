import type { Change } from '../../../../src/schema/generate/changes/change.ts';
import { changesBetween } from '../../../../src/schema/generate/changes/changes.ts';
import { dependenciesOf } from '../../../../src/schema/generate/describe-schema.ts';
import { parentOf } from '../../../../src/schema/model/names.ts';
import { describeWarnings } from '../../../../src/schema/objects/common/warnings.ts';
import { type Described, snapshotOf } from '../../../support/snapshot.ts';

const policy = (name: string, config: string): string =>
  `job _timescaledb_functions.${name} every 1 day max_runtime 00:05:00 max_retries -1 retry_period 00:05:00 config ${config} check _timescaledb_functions.${name}_check`;
const settings = `max_runtime => INTERVAL '00:05:00', max_retries => -1, retry_period => INTERVAL '00:05:00'`;
const time = 'Time dimension at timestamp with time zone interval 7 days';
const query = ' SELECT 1 AS day;';

interface Kept {
  readonly table?: Readonly<Record<string, string>>;
  readonly view?: Readonly<Record<string, string>> | null;
  readonly schema?: string;
  readonly more?: Readonly<Record<string, Described | string>>;
}

/** A schema with a table and, unless it is null, an aggregate, of which TimescaleDB keeps this. */
function schemaOf({ table = {}, view = null, schema = '', more = {} }: Kept) {
  const snapshot = new Map(
    [
      ...snapshotOf({
        'schema m': { text: 'schema', facets: { TimescaleDB: schema } },
        'table m.t': { text: 'table', facets: { TimescaleDB: '', ...table } },
        'column order m.t': 'at, symbol',
        'column m.t.at': 'timestamp with time zone not null',
        'column m.t.symbol': 'text',
        ...(view === null
          ? {}
          : {
              'view m.daily': {
                text: 'returns day integer\nreads m.t.at',
                facets: { 'definition, PostgreSQL 16 and later': query, ...view },
              },
            }),
        ...more,
      }),
    ].map(([object, found]) => [object, { ...found, parent: parentOf(object) }] as const),
  );
  return { snapshot, dependencies: dependenciesOf(snapshot, []), major: 17 };
}

function changes(before: Kept, after: Kept, purpose: 'migration' | 'fix' = 'migration'): string[] {
  const renames = { columns: new Map<string, string>(), tables: new Map<string, string>() };
  return changesBetween(schemaOf(before), schemaOf(after), { drops: 'write', purpose, renames }).map(
    (change: Change) => (change.kind === 'manual' ? `left: ${change.reason}` : change.sql),
  );
}

const hyper = (rest = ''): Kept => ({ table: { TimescaleDB: `${time}${rest}` } });
const aggregate = (rest = '', facets = {}): Kept => ({
  table: { TimescaleDB: time },
  view: { TimescaleDB: `continuous aggregate\nchunk interval 70 days${rest}`, ...facets },
});
const refresh = policy(
  'policy_refresh_continuous_aggregate',
  '{"start_offset": "30 days", "end_offset": "1 day"}',
);

test.each<[string, Kept, Kept, string[]]>([
  [
    'a plain table becomes a hypertable',
    {},
    hyper(`\n${policy('policy_retention', '{"drop_after": "1 year"}')}`),
    [
      "SELECT public.create_hypertable('m.t', 'at', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false, migrate_data => true)",
      `SELECT public.alter_job(public.add_retention_policy('m.t', drop_after => INTERVAL '1 year', schedule_interval => INTERVAL '1 day'), ${settings})`,
    ],
  ],
  [
    'no hypertable becomes plain, and what a person can do is said',
    hyper(),
    {},
    [
      'left: TimescaleDB makes no plain table of a hypertable; by hand: CREATE TABLE of another name (LIKE m.t INCLUDING ALL), INSERT into it what m.t holds, drop m.t and what reads it, rename the new one, and give it its foreign keys, triggers, policies and grants',
    ],
  ],
  [
    'the interval',
    hyper(),
    { table: { TimescaleDB: time.replace('7 days', '1 day') } },
    ["SELECT public.set_chunk_time_interval('m.t', INTERVAL '1 day')"],
  ],
  [
    'a dimension more, and the number of partitions of another',
    hyper('\nSpace dimension symbol text 4 partitions'),
    hyper('\nSpace dimension symbol text 8 partitions\nSpace dimension more text 2 partitions'),
    [
      "SELECT public.set_number_partitions('m.t', 8, 'symbol')",
      "SELECT public.add_dimension('m.t', 'more', number_partitions => 2)",
    ],
  ],
  [
    'a dimension less',
    hyper('\nSpace dimension symbol text 4 partitions'),
    hyper(),
    ['left: the columns that divide a hypertable stay those that it was made with'],
  ],
  [
    'where chunks are kept',
    hyper(),
    hyper('\nchunks in other'),
    ['left: where chunks are kept can be set only when the hypertable is made'],
  ],
  [
    'tablespaces and chunk skipping',
    hyper('\ntablespaces a\nchunks skipped by symbol'),
    hyper('\ntablespaces b'),
    [
      "SELECT public.attach_tablespace('b', 'm.t')",
      "SELECT public.detach_tablespace('a', 'm.t')",
      'SET LOCAL timescaledb.enable_chunk_skipping = on',
      "SELECT public.disable_chunk_skipping('m.t', 'symbol')",
    ],
  ],
  [
    'compression',
    hyper(),
    {
      table: {
        TimescaleDB: `${time}\ncompressed`,
        'TimescaleDB, compress_segmentby': 'symbol',
        'TimescaleDB, compress_orderby': 'at desc nulls first',
      },
    },
    [
      "ALTER TABLE m.t SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'at DESC NULLS FIRST')",
    ],
  ],
  [
    'compression, switched off: after its policy is gone',
    hyper(`\ncompressed\n${policy('policy_compression', '{"compress_after": "7 days"}')}`),
    hyper(),
    ["SELECT public.remove_compression_policy('m.t')", 'ALTER TABLE m.t SET (timescaledb.compress = false)'],
  ],
  [
    'a policy that is another',
    hyper(`\n${policy('policy_retention', '{"drop_after": "1 year"}')}`),
    hyper(`\n${policy('policy_retention', '{"drop_after": "2 years"}')}`),
    [
      "SELECT public.remove_retention_policy('m.t')",
      `SELECT public.alter_job(public.add_retention_policy('m.t', drop_after => INTERVAL '2 years', schedule_interval => INTERVAL '1 day'), ${settings})`,
    ],
  ],
  [
    "a job of a user's own",
    { schema: 'job m.tidy every 01:00:00 max_runtime 00:00:00 max_retries 3 retry_period 00:01:00' },
    {},
    [
      "SELECT public.delete_job(j.job_id) FROM timescaledb_information.jobs AS j WHERE format('%I.%I', j.proc_schema, j.proc_name) = 'm.tidy' AND j.schedule_interval = INTERVAL '01:00:00' AND j.config IS NOT DISTINCT FROM NULL::jsonb",
    ],
  ],
  [
    'whether an aggregate shows the newest rows, its chunk interval and its policy',
    aggregate('\nmaterialized only'),
    {
      table: { TimescaleDB: time },
      view: { TimescaleDB: `continuous aggregate\nchunk interval 10 days\n${refresh}` },
    },
    [
      'ALTER MATERIALIZED VIEW m.daily SET (timescaledb.materialized_only = false)',
      "SELECT public.set_chunk_time_interval('m.daily', INTERVAL '10 days')",
      `SELECT public.alter_job(public.add_continuous_aggregate_policy('m.daily', start_offset => INTERVAL '30 days', end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 day'), ${settings})`,
    ],
  ],
  [
    'an aggregate that goes',
    aggregate(),
    { table: { TimescaleDB: time } },
    ['DROP MATERIALIZED VIEW m.daily'],
  ],
  [
    'an aggregate that comes, with its policy after it',
    { table: { TimescaleDB: time } },
    aggregate(`\n${refresh}`),
    [
      'CREATE MATERIALIZED VIEW m.daily WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS\n  SELECT 1 AS day\nWITH NO DATA',
      "SELECT public.set_chunk_time_interval('m.daily', INTERVAL '70 days')",
      `SELECT public.alter_job(public.add_continuous_aggregate_policy('m.daily', start_offset => INTERVAL '30 days', end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 day'), ${settings})`,
    ],
  ],
  [
    'an aggregate that selects otherwise is made again',
    aggregate(),
    aggregate('', { 'definition, PostgreSQL 16 and later': ' SELECT 2 AS day;' }),
    [
      'DROP MATERIALIZED VIEW m.daily',
      'CREATE MATERIALIZED VIEW m.daily WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS\n  SELECT 2 AS day\nWITH NO DATA',
      "SELECT public.set_chunk_time_interval('m.daily', INTERVAL '70 days')",
    ],
  ],
])('%s', (_, before, after, statements) => {
  expect(changes(before, after)).toEqual(statements);
});

test('a fix does not make an aggregate again: it would lose rows', () => {
  const after = aggregate('', { 'definition, PostgreSQL 16 and later': ' SELECT 2 AS day;' });
  expect(changes(aggregate(), after, 'fix')).toEqual([
    'left: it would be made again, and lose what it holds of rows that its source has no more',
  ]);
});

test('an index of a hypertable is not advised to be built CONCURRENTLY', () => {
  const index = { 'index m.t.i': 'CREATE INDEX i ON m.t USING btree (symbol)' };
  const warnings = (kept: Kept): string[] =>
    changesBetween(schemaOf(kept), schemaOf({ ...kept, more: index }), {
      drops: 'write',
      purpose: 'migration',
      renames: { columns: new Map(), tables: new Map() },
    }).map((change) => (change.kind === 'statement' ? describeWarnings(change.warnings) : ''));
  expect(warnings(hyper())).toEqual([
    'writes wait while it is built: WITH (timescaledb.transaction_per_chunk), in a file of its own, lets them go on',
  ]);
  expect(warnings({})).toEqual([
    'writes wait while it is built: CREATE INDEX CONCURRENTLY, in a file of its own, lets them go on',
  ]);
});

test("an index of an aggregate's is dropped where its rows stand", () => {
  const index = { 'index m.daily.i': 'CREATE INDEX i ON m.daily USING btree (day)' };
  expect(changes({ ...aggregate(), more: index }, aggregate())).toEqual([
    'DROP INDEX _timescaledb_internal.i',
  ]);
});

const above = {
  'view m.a': {
    text: 'returns day integer\nreads m.daily.day',
    facets: {
      TimescaleDB: 'continuous aggregate',
      'definition, PostgreSQL 16 and later': ' SELECT day FROM m.daily;',
    },
  },
};

test('an aggregate of an aggregate comes after it and goes before it', () => {
  const made = { ...aggregate(), more: above };
  const table = { table: { TimescaleDB: time } };
  const views = (sql: readonly string[]): string[] =>
    sql.flatMap((one) => /MATERIALIZED VIEW (\S+)/.exec(one)?.[1] ?? []);
  expect(views(changes(table, made))).toEqual(['m.daily', 'm.a']);
  expect(views(changes(made, table))).toEqual(['m.a', 'm.daily']);
});

test('an aggregate of a column whose type changes is made again, and says what that loses; a fix leaves the column', () => {
  const before = { ...aggregate(), more: { 'column m.t.at': 'integer not null' } };
  const after = { ...aggregate(), more: { 'column m.t.at': 'bigint not null' } };
  const options = { drops: 'write', renames: { columns: new Map(), tables: new Map() } } as const;
  const made = (purpose: 'migration' | 'fix'): string[] =>
    changesBetween(schemaOf(before), schemaOf(after), { ...options, purpose }).map((change) =>
      change.kind === 'manual' ? `left: ${change.reason}` : describeWarnings(change.warnings),
    );
  expect(made('migration')[0]).toBe(
    'loses what the continuous aggregate m.daily holds of rows that its source has no more; refresh it afterwards',
  );
  expect(made('fix')).toEqual([
    'left: it would have to be dropped and made again, which loses what it holds',
  ]);
});
