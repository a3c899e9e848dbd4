import { exampleFiles } from '../../support/example.ts';
import { expectSuccess } from '../../support/scene.ts';
import { testInCi } from '../../support/thorough.ts';
import { useTimescale } from '../../support/timescale.ts';

const server = useTimescale();

/** Without what stands outside of a transaction: CREATE INDEX CONCURRENTLY, which the engine cannot do. */
const example = Object.fromEntries(
  Object.entries(exampleFiles()).filter(([path]) => !path.includes('_index_orders_by_account')),
);

test('up of the bundled example makes a hypertable, and the next run finds it done', async () => {
  const { database, run } = await server.scene(example);
  expectSuccess(await run('up'));
  expect(
    await database.query(
      'SELECT hypertable_schema, hypertable_name, compression_enabled FROM timescaledb_information.hypertables',
    ),
  ).toEqual([{ hypertable_schema: 'trading', hypertable_name: 'market_data', compression_enabled: false }]);
  const { logs } = expectSuccess(await run('up'));
  expect(logs.map(({ event }) => event)).not.toContain('applied');
});

testInCi('its shadow has TimescaleDB as well', async () => {
  const { run } = await server.scene({
    'sql/baseline.sql': `-- slipway: version 20260101000000
CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;
CREATE SCHEMA m;
CREATE TABLE m.ticks (at timestamptz NOT NULL, symbol text NOT NULL, price numeric);
SELECT public.create_hypertable('m.ticks', 'at', create_default_indexes => false);
`,
  });
  expectSuccess(await run('check --write', server.shadow()));
  expectSuccess(await run('check', server.shadow()));
  expectSuccess(await run('up'));
  expectSuccess(await run('status --drift --exit-code'));
});
