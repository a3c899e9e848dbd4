import { readFileSync } from 'node:fs';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();

const lock = (privileges: boolean): string =>
  JSON.stringify({
    format: 1,
    snapshotFormat: 2,
    app: 'default',
    options: { ignore: [], privileges },
    baseline: { version: null, checksum: null, objects: {} },
    migrations: {},
    superseded: [],
  });
const schema = `CREATE SCHEMA shop;
CREATE TABLE shop.items (id int PRIMARY KEY, name text);
CREATE TABLE shop.shown (id int);
CREATE SEQUENCE shop.numbers;
GRANT SELECT ON shop.shown TO pg_monitor;
`;

async function made(privileges = true): Promise<Scene> {
  const one = await scene({
    'sql/baseline.sql': `-- slipway: version 20260101000000\n${schema}`,
    'sql/schema.lock.json': lock(privileges),
  });
  await writeLock(one);
  return one;
}

const found = async (one: Scene): Promise<string[]> => {
  const { stdout } = expectSuccess(await one.run('status --drift --json'));
  return (JSON.parse(stdout).drift.differences as { kind: string; object: string; severity: string }[]).map(
    ({ kind, object, severity }) => `${kind} ${object}: ${severity}`,
  );
};

test('the first grant on what the lock knows is drift as any further one is; a fix takes it away', async () => {
  const one = await made();
  expectSuccess(await one.run('up'));
  await one.database.query(`GRANT SELECT ON shop.items TO pg_monitor; GRANT SELECT (name) ON shop.items TO pg_read_all_stats;
    GRANT USAGE ON SCHEMA shop TO pg_monitor; GRANT USAGE ON SEQUENCE shop.numbers TO pg_monitor;
    GRANT UPDATE ON shop.shown TO pg_monitor;
    CREATE TABLE shop.unknown (id int); GRANT SELECT ON shop.unknown TO pg_monitor`);
  const drifted = [
    'extra privileges schema shop: drift',
    'extra privileges column shop.items.name: drift',
    'extra privileges relation shop.items: drift',
    'extra privileges relation shop.numbers: drift',
    'changed privileges relation shop.shown: drift',
  ];
  const differences = await found(one);
  expect(differences.filter((line) => line.endsWith('drift')).sort()).toEqual(drifted.sort());
  expect(differences).toContain('extra table shop.unknown: reported');
  expectFailure(await one.run('up'), {
    code: 85,
    names: /6 objects differ, of which 1 is only reported/,
    remedy: /repair --write-fix/,
  });
  expectSuccess(await one.run('repair --write-fix fix.sql', shadowOf(one)));
  expect(
    readFileSync(one.project.path('fix.sql'), 'utf8')
      .match(/^REVOKE .*$/gm)
      ?.sort(),
  ).toEqual([
    'REVOKE SELECT (name) ON TABLE shop.items FROM pg_read_all_stats;',
    'REVOKE SELECT ON TABLE shop.items FROM pg_monitor;',
    'REVOKE UPDATE ON TABLE shop.shown FROM pg_monitor;',
    'REVOKE USAGE ON SCHEMA shop FROM pg_monitor;',
    'REVOKE USAGE ON SEQUENCE shop.numbers FROM pg_monitor;',
  ]);
  expectSuccess(await one.run('repair --fix fix.sql'));
  expectSuccess(await one.run('up'));
  expect((await found(one)).filter((line) => line.endsWith('drift'))).toEqual([]);
});

test('a database with a grant more is not adopted without a word', async () => {
  const one = await made();
  await one.database.query(`${schema}GRANT DELETE ON shop.items TO pg_monitor`);
  const failure = expectFailure(await one.run('up'), {
    code: 80,
    names: /matches no known version/,
    remedy: /adopt/,
  });
  expect((failure.detail as string[]).join('\n')).toMatch(/\+ privileges relation shop\.items: /);
});

test('where default privileges of the database give more to a new table, the migration is rolled back', async () => {
  const one = await made();
  await one.database.query('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor');
  const failure = expectFailure(await one.run('up'), {
    code: 65,
    names: /is not what the lock expects/,
    remedy: /ALTER DEFAULT PRIVILEGES/,
  });
  expect((failure.detail as string[]).join('\n')).toMatch(/\+ privileges relation shop\.items: /);
});

test('without privileges in the lock no grant counts', async () => {
  const one = await made(false);
  expectSuccess(await one.run('up'));
  await one.database.query('GRANT ALL ON shop.items TO PUBLIC');
  expectSuccess(await one.run('up'));
  expect(await found(one)).toEqual([]);
});
