import { readFileSync } from 'node:fs';
import { timescaleBaseline } from '../../fixtures/timescale-schema.ts';
import { expectSuccess, type Scene } from '../../support/scene.ts';
import { squash } from '../../support/squashed.ts';
import { testInCi } from '../../support/thorough.ts';
import { useTimescale } from '../../support/timescale.ts';

const server = useTimescale(afterAll);
let scene: Scene;

beforeAll(async () => {
  scene = await server.scene({ 'sql/baseline.sql': timescaleBaseline });
  expectSuccess(await scene.run('check --write', server.shadow()));
  expectSuccess(await scene.run('up'));
});

const job = (procedure: string): string =>
  `(SELECT id FROM _timescaledb_config.bgw_job WHERE proc_name = '${procedure}' AND id >= 1000)`;

/** Each engine takes seconds to start, so that all is changed by hand at once. */
const byHand = `
  SELECT public.set_chunk_time_interval('m.ticks', INTERVAL '1 day');
  SELECT public.remove_retention_policy('m.ticks');
  SELECT public.alter_job(${job('policy_compression')}, schedule_interval => INTERVAL '2 days');
  SET timescaledb.enable_chunk_skipping = on;
  SELECT public.disable_chunk_skipping('m.ticks', 'seq');
  ALTER TABLE m.ticks SET (timescaledb.compress_orderby = 'at', timescaledb.compress_segmentby = 'symbol');
  ALTER TABLE m.readings SET (timescaledb.compress = false);
  ALTER MATERIALIZED VIEW m.daily SET (timescaledb.materialized_only = false);
  SELECT public.set_chunk_time_interval('m.daily', INTERVAL '10 days');
  SELECT public.remove_continuous_aggregate_policy('m.daily');
  DROP INDEX _timescaledb_internal.daily_price;
  SELECT public.delete_job(${job('tidy')});`;

test('what was changed by hand is mended by the calls of TimescaleDB, and by nothing else', async () => {
  await scene.database.query(byHand);
  expectSuccess(await scene.run('repair --write-fix fix.sql', server.shadow()));
  const text = readFileSync(scene.project.path('fix.sql'), 'utf8');
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('--'))).toEqual([
    "SELECT public.remove_compression_policy('m.ticks');",
    "SELECT public.set_chunk_time_interval('m.ticks', INTERVAL '7 days');",
    'ALTER MATERIALIZED VIEW m.daily SET (timescaledb.materialized_only = true);',
    "SELECT public.set_chunk_time_interval('m.daily', INTERVAL '70 days');",
    'CREATE INDEX daily_price ON m.daily (price);',
    `SELECT public.alter_job(public.add_job('m.tidy', INTERVAL '1 day', config => '{"hypertable_id": 3}', fixed_schedule => true), max_runtime => INTERVAL '00:00:00', max_retries => -1, retry_period => INTERVAL '00:05:00');`,
    'ALTER TABLE m.readings SET (timescaledb.compress);',
    'SET LOCAL timescaledb.enable_chunk_skipping = on;',
    "SELECT public.enable_chunk_skipping('m.ticks', 'seq');",
    "ALTER TABLE m.ticks SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'at DESC NULLS FIRST', timescaledb.compress_chunk_time_interval = '14 days');",
    "SELECT public.alter_job(public.add_compression_policy('m.ticks', compress_after => INTERVAL '30 days', schedule_interval => INTERVAL '12:00:00', initial_start => TIMESTAMPTZ '2026-01-01 00:00:00+00', timezone => 'Europe/Berlin'), max_runtime => INTERVAL '00:00:00', max_retries => -1, retry_period => INTERVAL '01:00:00', timezone => 'Europe/Berlin');",
    "SELECT public.alter_job(public.add_retention_policy('m.ticks', drop_after => INTERVAL '1 year', schedule_interval => INTERVAL '1 day'), max_runtime => INTERVAL '00:05:00', max_retries => -1, retry_period => INTERVAL '00:05:00');",
    "SELECT public.alter_job(public.add_continuous_aggregate_policy('m.daily', end_offset => INTERVAL '1 day', start_offset => INTERVAL '30 days', schedule_interval => INTERVAL '01:00:00'), max_runtime => INTERVAL '00:00:00', max_retries => -1, retry_period => INTERVAL '01:00:00');",
  ]);
  expectSuccess(await scene.run('repair --fix fix.sql'));
  expectSuccess(await scene.run('status --drift --exit-code'));
});

test('chunks that refuse a fix while they are compressed are named in it, with what makes it run', async () => {
  await scene.database.query(`ALTER TABLE m.readings SET (timescaledb.compress = false);
    ALTER TABLE m.readings ALTER COLUMN value TYPE real;
    ALTER TABLE m.readings SET (timescaledb.compress);
    INSERT INTO m.readings VALUES ('2026-01-01 00:00+00', 'a', 1), ('2026-03-01 00:00+00', 'b', 2);
    SELECT public.compress_chunk(c) FROM public.show_chunks('m.readings', older_than => TIMESTAMPTZ '2026-02-01') AS c`);
  expectSuccess(await scene.run('repair --write-fix types.sql', server.shadow()));
  const text = readFileSync(scene.project.path('types.sql'), 'utf8');
  expect(text).toMatch(
    /is refused while m\.readings is compressed; before it:\n-- {3}SELECT public\.decompress_chunk\('_timescaledb_internal\._hyper_\d+_\d+_chunk'\);\n-- {3}ALTER TABLE m\.readings SET \(timescaledb\.compress = false\);\n-- and after it:\n-- {3}ALTER TABLE m\.readings SET \(timescaledb\.compress\);\n/,
  );
  expect((await scene.run('repair --fix types.sql')).code).toBe(65);
  const [, before = ''] = /before it:\n((?:-- {3}.*\n)*)/.exec(text) ?? [];
  const [, after = ''] = /and after it:\n((?:-- {3}.*\n)*)/.exec(text) ?? [];
  const run = (lines: string): string => lines.replaceAll(/^-- {3}/gm, '');
  const change = /^ALTER TABLE m\.readings ALTER COLUMN value .*;$/m.exec(text)?.[0] ?? '';
  scene.project.write('types.sql', text.replace(change, `${run(before)}${change}\n${run(after)}`));
  expectSuccess(await scene.run('repair --fix types.sql'));
  expectSuccess(await scene.run('status --drift --exit-code'));
});

/** The lines of a file that call TimescaleDB or set what it keeps, in their order. */
const calls = (text: string): string[] =>
  text
    .split('\n')
    .flatMap(
      (line) => /\.(\w+)\((?:public\.)?(\w*)/.exec(line.startsWith('SELECT') ? line : '')?.slice(1) ?? [],
    )
    .filter((word) => /_policy$|_job$|^create_hypertable$|^set_/.test(word) && word !== 'alter_job');

testInCi(
  'squash writes it in an order that loads, and the rows of compressed chunks in a schema of a user',
  async () => {
    scene.project.write(
      'migrations/20260201000000_rows.sql',
      `INSERT INTO m.ticks VALUES ('2026-01-01 00:00+00', 'a', 1, 1), ('2026-01-20 00:00+00', 'b', 2, 2);
SELECT public.compress_chunk(c) FROM public.show_chunks('m.ticks') AS c;
CALL public.add_columnstore_policy('m.readings', after => INTERVAL '60 days');
`,
    );
    expectSuccess(await scene.run('check --write', server.shadow()));
    expectSuccess(await squash(scene, '', server.shadow()));
    const baseline = readFileSync(scene.project.path('sql/baseline.sql'), 'utf8');
    expect(calls(baseline)).toEqual([
      'create_hypertable',
      'create_hypertable',
      'create_hypertable',
      'set_integer_now_func',
      'set_chunk_time_interval',
      'add_compression_policy',
      'add_compression_policy',
      'add_retention_policy',
      'add_continuous_aggregate_policy',
      'add_job',
    ]);
    expect(baseline).toContain("associated_schema_name => 'chunks', associated_table_prefix => 'ticks_part'");
    expect(baseline.match(/^\s*\('2026.*$/gm)).toHaveLength(2);
    expect(baseline).not.toContain('ticks_part_');
  },
);

test('a section that makes hypertables where they can be had stays as it is, beside plain tables', async () => {
  const section = `-- slipway: keep
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
    CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;
    PERFORM public.create_hypertable('m.ticks', 'at', create_default_indexes => false, if_not_exists => true);
  END IF;
END $$;
-- slipway: end
`;
  const made = await server.scene({
    'sql/baseline.sql': `-- slipway: version 20260101000000\nCREATE SCHEMA m;\nCREATE TABLE m.ticks (at timestamptz NOT NULL);\n${section}`,
    'migrations/20260201000000_more.sql': 'CREATE TABLE m.more (id int);\n',
  });
  expectSuccess(await made.run('check --write', server.shadow()));
  expectSuccess(await squash(made, '', server.shadow()));
  const baseline = readFileSync(made.project.path('sql/baseline.sql'), 'utf8');
  expect(baseline.endsWith(`\n${section}`)).toBe(true);
  expect(baseline.replace(section, '')).not.toMatch(/timescaledb|create_hypertable/);
});
