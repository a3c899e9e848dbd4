import { readFileSync } from 'node:fs';
import { createDatabase, majors, newestMajor, type TestDatabase } from '../../support/database.ts';
import { generate, problemsIn } from '../../support/generated.ts';
import { check, shadowOf } from '../../support/locked.ts';
import { dump, dumps, findPgDump } from '../../support/pg-dump.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { squash } from '../../support/squashed.ts';

const open: TestDatabase[] = [];
// Ahead of the scenes, which drop the roles that these databases grant to.
afterEach(async () => {
  for (const database of open.splice(0)) await database.drop();
});
const scene = useScenes();
jest.setTimeout(120_000);

const pgDump = findPgDump();
/** The server's own major's pg_dump where there is one, else the newest server. */
const major = majors.findLast((known) => dumps(pgDump, known)) ?? newestMajor;

const lock = JSON.stringify({
  format: 1,
  snapshotFormat: 2,
  app: 'default',
  options: { ignore: [], privileges: true },
  baseline: { version: null, checksum: null, objects: {} },
  migrations: {},
  superseded: [],
});
const version = '-- slipway: version 20260101000000\n';
const objects = `CREATE SCHEMA own;
CREATE TABLE own.handed (id int, x int);
CREATE TABLE own.taken (id int);
CREATE TABLE own.partly (id int);
CREATE TABLE own.all_of_it (id int);
CREATE TABLE own.onward (id int);
CREATE TABLE own.twice (id int);
CREATE TABLE own.columns (id int, x int, y int);
CREATE VIEW own.seen AS SELECT id FROM own.handed;
CREATE SEQUENCE own.numbers;
CREATE FUNCTION own.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE own.p() LANGUAGE sql AS 'SELECT 1';
CREATE TYPE own.mood AS ENUM ('ok');
CREATE SCHEMA closed;
`;

/** Rights of the owner's own, as they are given, taken and handed on. */
const rights = (owner: string, other: string, third: string): string => `
GRANT SELECT, INSERT ON own.handed TO ${owner} WITH GRANT OPTION;
REVOKE ALL ON own.taken FROM ${owner};
REVOKE UPDATE, DELETE ON own.partly FROM ${owner};
GRANT ALL ON own.all_of_it TO ${owner} WITH GRANT OPTION;
GRANT USAGE ON SCHEMA own TO ${other};
GRANT SELECT ON own.onward TO ${other} WITH GRANT OPTION;
GRANT SELECT ON own.twice TO ${other} WITH GRANT OPTION;
GRANT SELECT ON own.twice TO ${third};
SET ROLE ${other};
GRANT SELECT ON own.onward TO ${third};
GRANT SELECT ON own.twice TO ${third};
RESET ROLE;
GRANT UPDATE (x) ON own.columns TO ${owner} WITH GRANT OPTION;
GRANT SELECT (y) ON own.columns TO ${owner};
REVOKE SELECT ON own.seen FROM ${owner};
GRANT SELECT ON own.seen TO ${other};
GRANT USAGE ON SEQUENCE own.numbers TO ${owner} WITH GRANT OPTION;
REVOKE ALL ON FUNCTION own.f() FROM ${owner};
GRANT EXECUTE ON PROCEDURE own.p() TO ${owner} WITH GRANT OPTION;
REVOKE ALL ON PROCEDURE own.p() FROM PUBLIC;
GRANT USAGE ON TYPE own.mood TO ${owner} WITH GRANT OPTION;
GRANT USAGE ON SCHEMA own TO ${owner} WITH GRANT OPTION;
REVOKE CREATE ON SCHEMA closed FROM ${owner};
ALTER DEFAULT PRIVILEGES IN SCHEMA own GRANT SELECT ON TABLES TO ${owner} WITH GRANT OPTION;
`;

/** What the catalogs say of everybody's rights, whoever gave them, but for MAINTAIN, which is not told of an owner. */
const said = (database: TestDatabase): Promise<object[]> =>
  database.query(`SELECT o.name, (SELECT array_agg(DISTINCT x.grantee::regrole || ' ' || x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END
        ORDER BY x.grantee::regrole || ' ' || x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END)
      FROM aclexplode(coalesce(o.acl, acldefault(o.sort, o.owner))) x WHERE x.privilege_type <> 'MAINTAIN') AS rights
    FROM (SELECT 'relation ' || oid::regclass AS name, relacl AS acl, relowner AS owner, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS sort FROM pg_class WHERE relnamespace = 'own'::regnamespace AND relkind IN ('r', 'v', 'S')
      UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname, attacl, c.relowner, 'c' FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'own'::regnamespace AND attacl IS NOT NULL
      UNION ALL SELECT 'routine ' || proname, proacl, proowner, 'f' FROM pg_proc WHERE pronamespace = 'own'::regnamespace
      UNION ALL SELECT 'type ' || typname, typacl, typowner, 'T' FROM pg_type WHERE typname = 'mood'
      UNION ALL SELECT 'schema ' || nspname, nspacl, nspowner, 'n' FROM pg_namespace WHERE nspname IN ('own', 'closed')
      UNION ALL SELECT 'default ' || defaclobjtype::text, defaclacl, defaclrole, 'r' FROM pg_default_acl) AS o(name, acl, owner, sort) ORDER BY 1`);

/** The grants that pg_dump writes, whoever gave them. */
const dumped = (database: TestDatabase): string[] | null =>
  pgDump && dumps(pgDump, database.major) && database.major < 17
    ? [
        ...new Set(
          dump(pgDump, database, ['--schema-only', '--exclude-schema=slipway']).match(
            /^(?:GRANT|REVOKE|ALTER DEFAULT).*;$/gm,
          ),
        ),
      ].sort()
    : null;

let sql: string;
let roles: string[];

async function made(baseline: (sql: string) => string): Promise<Scene> {
  const one = await scene({ 'sql/schema.lock.json': lock }, { major });
  roles = [(await one.role()).name, (await one.role()).name];
  sql = rights('postgres', roles[0] ?? '', roles[1] ?? '');
  open.push(one.database);
  one.project.write('sql/baseline.sql', version + baseline(sql));
  expectSuccess(await check(one, '--write'));
  return one;
}

async function another(content: string): Promise<TestDatabase> {
  const database = await createDatabase(major);
  open.push(database);
  await database.query(content);
  return database;
}

test('squash keeps what owners gave themselves, took from themselves and let others hand on', async () => {
  const one = await made(() => objects);
  one.project.write('migrations/20260201000000_rights.sql', sql);
  expectSuccess(await check(one, '--write'));
  expectSuccess(await one.run('up'));
  expectSuccess(await squash(one));
  const fresh = await another('SELECT');
  expectSuccess(await one.run('up', fresh.env));
  expect(await said(fresh)).toEqual(await said(one.database));
  expect(dumped(fresh)).toEqual(dumped(one.database));
});

test('new --from gives and takes it, and its down file does so the other way round', async () => {
  const one = await made(() => objects);
  expectSuccess(await one.run('up'));
  const before = await said(one.database);
  one.project.write('desired.sql', `${objects}${sql}`);
  expect(problemsIn(expectSuccess(await generate(one, ['rights', '--from', 'desired.sql'])))).toEqual([]);
  expectSuccess(await check(one, '--write'));
  expectSuccess(await one.run('up'));
  expect(await said(one.database)).toEqual(await said(await another(`${objects}${sql}`)));
  expectSuccess(await one.run('down'));
  expect(await said(one.database)).toEqual(before);
});

test('a fix brings a database there in which nothing of it is', async () => {
  const one = await made((rightsToo) => objects + rightsToo);
  await one.database.query(objects);
  expectSuccess(await one.run('adopt --write-fix fix.sql', shadowOf(one)));
  expect(readFileSync(one.project.path('fix.sql'), 'utf8')).not.toMatch(/Left for you/);
  expectSuccess(await one.run('adopt --fix fix.sql'));
  expect(await said(one.database)).toEqual(await said(await another(`${objects}${sql}`)));
});
