import { readFileSync } from 'node:fs';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { testInCi } from '../../support/thorough.ts';
import { useTimescale } from '../../support/timescale.ts';

const plainScene = useScenes();
const server = useTimescale();

const table = `CREATE SCHEMA m;
CREATE TABLE m.ticks (at timestamptz NOT NULL, price double precision);
CREATE TABLE m.other (id bigint PRIMARY KEY);
`;
const extension = 'CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;\n';
const hypertable = "SELECT public.create_hypertable('m.ticks', 'at', create_default_indexes => false);\n";
const query = "SELECT public.time_bucket('1 day', at) AS day, avg(price) AS price FROM m.ticks GROUP BY 1";
const version = '-- slipway: version 20260101000000\n';
const files = {
  'sql/baseline.sql': `${version}${extension}${table}${hypertable}CREATE MATERIALIZED VIEW m.daily WITH (timescaledb.continuous) AS ${query} WITH NO DATA;\n`,
};
/** Makes the hypertable where the server has TimescaleDB, and does without elsewhere. */
const conditional = {
  'sql/baseline.sql': `${version}${table}DO $do$ BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'timescaledb') THEN
    CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;
    PERFORM public.create_hypertable('m.ticks', 'at', create_default_indexes => false);
    EXECUTE $sql$CREATE MATERIALIZED VIEW m.daily WITH (timescaledb.continuous) AS ${query} WITH NO DATA$sql$;
  END IF;
END $do$;
`,
};

const differences = (stdout: string): string[] =>
  (
    JSON.parse(stdout).drift.differences as {
      kind: string;
      object: string;
      facet: string | null;
      severity: string;
    }[]
  ).map(({ kind, object, facet, severity }) => `${kind} ${object} ${facet}: ${severity}`);

test('a plain table in the place of a hypertable, and a plain view in that of an aggregate, are drift', async () => {
  const { run, database } = await server.scene(files);
  expectSuccess(await run('check --write', server.shadow()));
  expectSuccess(await run('up'));
  await database.query(`DROP MATERIALIZED VIEW m.daily; DROP TABLE m.ticks;
    CREATE TABLE m.ticks (at timestamptz NOT NULL, price double precision); CREATE VIEW m.daily AS ${query}`);
  expect(differences((await run('status --drift --json')).stdout)).toEqual([
    'missing index m.daily._materialized_hypertable_day_idx null: reported',
    'changed view m.daily TimescaleDB: drift',
    'changed table m.ticks TimescaleDB: drift',
  ]);
  expectFailure(await run('up'), {
    code: 85,
    names: /3 objects differ, of which 1 is only reported/,
    remedy: /repair --write-fix/,
  });
});

test('a database without the extension, which the server offers, is not adopted', async () => {
  const { run, database } = await server.scene(files);
  expectSuccess(await run('check --write', server.shadow()));
  await database.query(`${table}CREATE VIEW m.daily AS SELECT at AS day, price FROM m.ticks`);
  const failure = expectFailure(await run('up'), {
    code: 80,
    names: /matches no known version/,
    remedy: /adopt/,
  });
  const detail = (failure.detail as string[]).join('\n');
  expect(detail).toMatch(/- extension timescaledb: missing/);
  expect(detail).toMatch(/~ table m\.ticks, TimescaleDB: changed/);
});

test('a migration that makes a hypertable, and a down file that leaves it, is told by check', async () => {
  const { run } = await server.scene({
    'sql/baseline.sql': `${version}${extension}${table}`,
    'migrations/20260102000000_hypertable.sql': hypertable.replace(');', ', if_not_exists => true);'),
    'migrations/20260102000000_hypertable.down.sql': 'SELECT 1;\n',
  });
  const { code, stdout } = await run('check --write', server.shadow());
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(
      /does not restore the schema from before[\s\S]*table m\.ticks, TimescaleDB: changed/,
    ),
  });
});

testInCi(
  'a lock that was written with TimescaleDB serves a server that offers none, and the reverse',
  async () => {
    const here = await server.scene(conditional);
    const there = await plainScene(conditional);
    expectSuccess(await here.run('check --write', server.shadow()));
    there.project.write(
      'sql/schema.lock.json',
      readFileSync(here.project.path('sql/schema.lock.json'), 'utf8'),
    );
    expectSuccess(await there.run('up'));
    const status = await there.run('status --drift --json');
    expect(differences(status.stdout).filter((line) => line.endsWith('drift'))).toEqual([]);
    expect(JSON.parse(status.stdout).drift.unverified).toEqual(
      expect.arrayContaining([
        'extension timescaledb: TimescaleDB',
        'table m.ticks: TimescaleDB',
        'view m.daily: TimescaleDB',
      ]),
    );
    expectSuccess(await there.run('check'));

    expectSuccess(await there.run('check --write'));
    there.project.remove('sql/schema.lock.json');
    expectSuccess(await there.run('check --write'));
    here.project.write(
      'sql/schema.lock.json',
      readFileSync(here.project.path('sql/schema.lock.json'), 'utf8'),
    );
    expectSuccess(await here.run('up'));
    expectSuccess(await here.run('status --drift --exit-code'));
  },
);

describe('a shadow without TimescaleDB', () => {
  test('is named, with the variable for another one', async () => {
    const { run } = await plainScene(files);
    expectFailure(await run('check --write'), {
      code: 78,
      names: /the shadow does not have the extension "timescaledb"/,
      remedy: /SLIPWAY_SHADOW_URL can name a server that has it/,
      place: 'sql/baseline.sql:2:1',
    });
  });

  test('whose baseline leaves CREATE EXTENSION to the image: the file that makes it there is named', async () => {
    const { run } = await plainScene({ 'sql/baseline.sql': `${version}${table}${hypertable}` });
    expectFailure(await run('check --write'), {
      code: 65,
      names: /create_hypertable\(.*\) does not exist/,
      remedy: /If the database's image or cloud provides it .* make it in sql\/shadow\.sql/,
    });
  });
});
