import { readFileSync } from 'node:fs';
import { generate, problemsIn } from '../../support/generated.ts';
import { check, shadowOf } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const version = '-- slipway: version 20260101000000\n';
const lockWith = (privileges: boolean): string =>
  JSON.stringify({
    format: 1,
    snapshotFormat: 2,
    app: 'default',
    options: { ignore: [], privileges },
    baseline: { version: null, checksum: null, objects: {} },
    migrations: {},
    superseded: [],
  });
const objects = `CREATE TABLE s.t (id serial PRIMARY KEY, x int);
CREATE TABLE s.shared (id int);
CREATE SEQUENCE s.numbers;
CREATE VIEW s.v AS SELECT id FROM s.t;
CREATE VIEW s.less AS SELECT id FROM s.t;
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
`;

/** Default privileges give a role more than it is to have on what is made, and everybody, too. */
async function made(privileges: boolean): Promise<Scene> {
  const one = await scene({ 'sql/schema.lock.json': lockWith(privileges) });
  const { name } = await one.role();
  one.project.write(
    'sql/baseline.sql',
    `${version}CREATE SCHEMA s;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT, INSERT ON TABLES TO ${name};
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO public;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT USAGE ON SEQUENCES TO ${name};
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON ROUTINES TO ${name};
${objects}REVOKE ALL ON s.t, s.v FROM ${name}, public;
REVOKE INSERT ON s.less FROM ${name};
REVOKE ALL ON SEQUENCE s.t_id_seq, s.numbers FROM ${name};
REVOKE ALL ON FUNCTION s.f() FROM ${name};
`,
  );
  expectSuccess(await check(one, '--write'));
  expectSuccess(await one.run('up'));
  return one;
}

/** Who else than the owner may what in the schema. */
const rightsIn = ({ database }: Scene): Promise<object[]> =>
  database.query(`SELECT o.name, x.grantee::regrole::text AS grantee, x.privilege_type AS privilege FROM (
      SELECT relname::text AS name, relacl AS acl, relowner AS owner FROM pg_class WHERE relnamespace = 's'::regnamespace
      UNION ALL SELECT proname::text, proacl, proowner FROM pg_proc WHERE pronamespace = 's'::regnamespace) AS o,
    aclexplode(o.acl) AS x WHERE x.grantee <> o.owner ORDER BY 1, 2, 3`);

test('a fix takes from what it makes the rights that default privileges add', async () => {
  const one = await made(true);
  const before = await rightsIn(one);
  await one.database.query(
    'DROP TABLE s.t CASCADE; DROP TABLE s.shared; DROP SEQUENCE s.numbers; DROP FUNCTION s.f()',
  );
  expectSuccess(await one.run('repair --write-fix fix.sql', shadowOf(one)));
  const fix = readFileSync(one.project.path('fix.sql'), 'utf8');
  expect(fix).toMatch(/REVOKE ALL ON TABLE s\.v FROM PUBLIC/);
  expectSuccess(await one.run('repair --fix fix.sql'));
  expect(await rightsIn(one)).toEqual(before);
  expectSuccess(await one.run('up'));
});

test.each([true, false])(
  'what new --from drops and makes again has the rights of before, with privileges: %s',
  async (privileges) => {
    const one = await made(privileges);
    const before = await rightsIn(one);
    const baseline = readFileSync(one.project.path('sql/baseline.sql'), 'utf8');
    one.project.write(
      'desired.sql',
      baseline
        .replaceAll('AS SELECT id FROM', 'AS SELECT id::text AS id FROM')
        .replace(
          "f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "f() RETURNS text LANGUAGE sql AS 'SELECT 1::text'",
        ),
    );
    expect(problemsIn(expectSuccess(await generate(one, ['again', '--from', 'desired.sql'])))).toEqual([]);
    expectSuccess(await check(one, '--write'));
    expectSuccess(await one.run('up'));
    expect(await rightsIn(one)).toEqual(before);
    expectSuccess(await one.run('down'));
    expect(await rightsIn(one)).toEqual(before);
  },
);
