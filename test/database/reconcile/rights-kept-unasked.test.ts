import { readFileSync } from 'node:fs';
import { named, sweptMajors } from '../../support/database.ts';
import { generate, generated, problemsIn } from '../../support/generated.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectSuccess, type Role, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const schema = `CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY, x int, y text);
CREATE VIEW s.v AS SELECT id, x FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT id, x FROM s.t;
CREATE FUNCTION s.f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE FUNCTION s.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE s.p(a int) LANGUAGE sql AS 'SELECT 1';
CREATE TYPE s.range AS RANGE (subtype = int);
CREATE SEQUENCE s.n;
CREATE TABLE s.made (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
`;
const other = `CREATE SCHEMA s;
CREATE TABLE s.t (id int PRIMARY KEY, x int, y text);
CREATE VIEW s.v AS SELECT x FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
CREATE FUNCTION s.f(b int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT b::text';
CREATE FUNCTION s.g() RETURNS text LANGUAGE sql AS 'SELECT 1::text';
CREATE PROCEDURE s.p(b int) LANGUAGE sql AS 'SELECT 1';
CREATE TYPE s.range AS RANGE (subtype = bigint);
CREATE SEQUENCE s.n;
CREATE TABLE s.made (a int, b int GENERATED ALWAYS AS (a + 2) STORED);
`;
const rights = (app: string, boss: string): string => `
GRANT SELECT ON s.v TO ${app};
GRANT SELECT (x) ON s.v TO ${boss} WITH GRANT OPTION;
GRANT SELECT ON s.m TO PUBLIC;
REVOKE EXECUTE ON FUNCTION s.f FROM PUBLIC;
GRANT EXECUTE ON FUNCTION s.f TO ${app} WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION s.g FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE s.p FROM PUBLIC;
REVOKE USAGE ON TYPE s.range FROM PUBLIC;
GRANT USAGE ON TYPE s.range TO ${app};
GRANT USAGE ON SEQUENCE s.n TO ${app};
GRANT SELECT (b) ON s.made TO ${app};
`;
const owners = (boss: string): string => `
GRANT CREATE ON SCHEMA s TO ${boss};
ALTER VIEW s.v OWNER TO ${boss};
ALTER MATERIALIZED VIEW s.m OWNER TO ${boss};
ALTER FUNCTION s.g OWNER TO ${boss};
`;

/** Who owns what, and who may what: sorted, since the order of grants says nothing. */
const rightsIn = ({ database }: Scene): Promise<object[]> =>
  database.query(`SELECT q.name, q.owner::regrole::text AS owner,
      ARRAY(SELECT CASE x.grantee WHEN 0 THEN 'public' ELSE x.grantee::regrole::text END || ' ' || x.privilege_type || ' ' || x.is_grantable
              FROM aclexplode(q.acl) x ORDER BY 1) AS rights
    FROM (SELECT relname AS name, relowner AS owner, relacl AS acl FROM pg_class WHERE relnamespace = 's'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
      UNION ALL SELECT proname || prokind::text, proowner, proacl FROM pg_proc WHERE pronamespace = 's'::regnamespace AND proname IN ('f', 'g', 'p')
      UNION ALL SELECT 'type ' || typname, typowner, typacl FROM pg_type WHERE typnamespace = 's'::regnamespace AND typname = 'range'
      UNION ALL SELECT attrelid::regclass || '.' || attname, 0, attacl FROM pg_attribute WHERE attacl IS NOT NULL AND NOT attisdropped AND attrelid::regclass::text LIKE 's.%'
      UNION ALL SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('s', 'public')) AS q ORDER BY 1`);

/** What the other schema makes of each, by hand. */
const byHand = `DROP VIEW s.v; DROP MATERIALIZED VIEW s.m; DROP FUNCTION s.f; DROP FUNCTION s.g; DROP PROCEDURE s.p; DROP TYPE s.range;
  ALTER TABLE s.made DROP b;
  ${other
    .split('\n')
    .filter((line) => /^CREATE (?:VIEW|MATER|FUNC|PROC|TYPE)/.test(line))
    .join('\n')}
  ALTER TABLE s.made ADD b int GENERATED ALWAYS AS (a + 2) STORED;`;

const run = (made: Scene, line: string, role?: Role) => made.run(line, { ...shadowOf(made), ...role?.env });

describe.each(named(sweptMajors))('PostgreSQL $version: a lock that says nothing of rights', ({ major }) => {
  test('a fix keeps owners and grants of what it drops and makes again, extra views on it among them', async () => {
    const made = await scene(
      { 'sql/baseline.sql': `-- slipway: version 20250101000000\n${schema}` },
      { major },
    );
    const [app, boss] = [await made.role(), await made.role()];
    await writeLock(made);
    expectSuccess(await run(made, 'up'));
    await made.database.query(
      `${byHand} CREATE VIEW s.extra AS SELECT * FROM s.m; GRANT SELECT ON s.extra TO ${app.name}; ${rights(app.name, boss.name)}${owners(boss.name)}`,
    );
    const before = await rightsIn(made);
    expectSuccess(await run(made, 'repair --write-fix fix.sql'));
    expectSuccess(await run(made, 'repair --fix fix.sql'));
    expectSuccess(await run(made, 'drift'));
    expect(await rightsIn(made)).toEqual(before);
  });

  test('a generated migration keeps what the migrations grant, and so does its down file', async () => {
    const made = await scene({}, { major });
    const [app, boss] = [await made.role(), await made.role()];
    made.project.write(
      'sql/baseline.sql',
      `-- slipway: version 20250101000000\n${schema}${rights(app.name, boss.name)}`,
    );
    made.project.write('sql/desired.sql', other);
    await writeLock(made);
    expectSuccess(await run(made, 'up'));
    const before = await rightsIn(made);
    const result = await generate(made, ['change', '--from', 'sql/desired.sql']);
    expect({ code: result.code, problems: problemsIn(result) }).toEqual({
      code: 0,
      problems: [],
    });
    expect(Object.values(generated(made)).join('')).not.toMatch(/SCHEMA|DEFAULT PRIVILEGES/);
    await writeLock(made);
    expectSuccess(await run(made, 'up'));
    expect(await rightsIn(made)).toEqual(before);
    expectSuccess(await run(made, 'down'));
    expect(await rightsIn(made)).toEqual(before);
  });

  test('a role that owns nothing of a schema can have a fix written: it is only read', async () => {
    const made = await scene(
      { 'sql/baseline.sql': `-- slipway: version 20250101000000\n${schema}` },
      { major },
    );
    const reader = await made.role();
    await writeLock(made);
    expectSuccess(await run(made, 'up'));
    await made.database.query('DROP VIEW s.v; REVOKE ALL ON SCHEMA s FROM PUBLIC');
    await made.database.query(
      `GRANT USAGE ON SCHEMA slipway TO ${reader.name}; GRANT SELECT ON slipway.ledger TO ${reader.name}`,
    );
    const result = await run(made, 'repair --write-fix fix.sql', reader);
    expect(result.code).toBe(0);
  });

  test.each([
    [true, { t: 'postgres', u: 'postgres', k: 'postgres', x: 'postgres' }],
    [false, { t: 'postgres', u: 'boss', k: 'postgres', x: 'boss' }],
  ])(
    'a sequence gets the owner of its table before it is given to it again, privileges: %s',
    async (privileges, owners) => {
      const tables = Object.keys(owners);
      const sql = tables.map((name) => `CREATE TABLE s.${name} (id serial PRIMARY KEY, y text);`).join('\n');
      const made = await scene(
        { 'sql/baseline.sql': `-- slipway: version 20250101000000\nCREATE SCHEMA s;\n${sql}\n` },
        { major },
      );
      const boss = await made.role();
      const path = 'sql/schema.lock.json';
      await writeLock(made);
      const lock = JSON.parse(readFileSync(made.project.path(path), 'utf8'));
      made.project.write(path, JSON.stringify({ ...lock, options: { ...lock.options, privileges } }));
      await writeLock(made);
      expectSuccess(await run(made, 'up'));
      await made.database.query(`${tables.map((name) => `INSERT INTO s.${name} (y) VALUES ('a');`).join(' ')}
      ALTER SEQUENCE s.t_id_seq OWNED BY NONE; ALTER SEQUENCE s.t_id_seq OWNER TO ${boss.name};
      ALTER TABLE s.u OWNER TO ${boss.name}; ALTER TABLE s.u ALTER id DROP DEFAULT; DROP SEQUENCE s.u_id_seq;
      ALTER SEQUENCE s.k_id_seq OWNED BY NONE; ALTER SEQUENCE s.k_id_seq OWNER TO ${boss.name};
      ALTER SEQUENCE s.x_id_seq OWNED BY NONE; ALTER TABLE s.x OWNER TO ${boss.name};`);
      expectSuccess(await run(made, 'repair --write-fix fix.sql'));
      expectSuccess(await run(made, 'repair --fix fix.sql'));
      expectSuccess(await run(made, 'drift'));
      const found = await made.database.query(
        `SELECT t.relname AS name, t.relowner::regrole::text AS owner, q.relowner::regrole::text AS "of the sequence" FROM pg_class t
         JOIN pg_depend d ON d.refobjid = t.oid AND d.deptype = 'a' JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S'
        WHERE t.relnamespace = 's'::regnamespace ORDER BY 1`,
      );
      expect(found).toEqual(
        Object.entries(owners)
          .map(([name, who]) => ({ name, owner: who === 'boss' ? boss.name : who }))
          .map(({ name, owner }) => ({ name, owner, 'of the sequence': owner }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
    },
  );
});
