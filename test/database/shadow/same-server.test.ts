import { administer } from '../../support/database.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { shadowOwner } from '../../support/shadow-owner.ts';

const scene = useScenes();
const same = { SLIPWAY_SHADOW_URL: 'same' };
const baseline = '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n';
const made = async (more: Readonly<Record<string, string>> = {}) => {
  const one = await scene({ 'sql/baseline.sql': baseline, ...more });
  const owner = await shadowOwner(one);
  const { username, password } = new URL(String(owner.env.SLIPWAY_SHADOW_URL));
  return { ...one, ...owner, env: { ...same, PGUSER: username, PGPASSWORD: decodeURIComponent(password) } };
};
const rolesOf = async ({ database }: Pick<Scene, 'database'>, like: string): Promise<number> =>
  (await administer(database.major, `SELECT FROM pg_roles WHERE rolname LIKE '${like}'`)).rowCount ?? -1;

test('the shadow is made on the server of the database, by its login, and is gone afterwards', async () => {
  const { run, env, shadows, fingerprint } = await made();
  const before = await fingerprint();
  expectSuccess(await run('check --write', env));
  expectSuccess(await run('check', env));
  expect(await shadows()).toEqual([]);
  expect(await fingerprint()).toEqual(before);
});

test('without the word, the server of the database is left alone', async () => {
  const { run, env, database, name } = await made();
  const { SLIPWAY_SHADOW_URL: _, ...rest } = env;
  expectSuccess(await run('check --write', rest));
  const [row] = await database.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = '${name}'`,
  );
  expect(row?.n).toBe(0);
});

test('a role that may not create databases: 77, and the grant', async () => {
  const one = await scene({ 'sql/baseline.sql': baseline });
  const role = await one.role();
  expectFailure(await one.run('check --write', { ...role.env, ...same }), {
    code: 77,
    names: /the shadow database on the server of the database itself \(SLIPWAY_SHADOW_URL=same\)/,
    remedy: /CREATEDB/,
  });
});

describe('a statement that reaches beyond its database is refused, and nothing is run', () => {
  const migration = 'migrations/20250102000000_b.sql';
  const down = 'migrations/20250102000000_b.down.sql';
  test.each([
    [
      'in a migration',
      { [migration]: 'CREATE TABLE public.b ();\nCREATE ROLE same_x;\n' },
      `${migration}:2:1`,
    ],
    [
      'in a DO block',
      { [migration]: 'DO $$ BEGIN CREATE ROLE same_x; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n' },
      `${migration}:1:1`,
    ],
    [
      'in a down file',
      {
        [migration]: 'CREATE TABLE public.b ();\n',
        [down]: 'DROP TABLE public.b;\n ALTER SYSTEM RESET work_mem;\n',
      },
      `${down}:2:2`,
    ],
    [
      'in the platform file',
      { 'sql/shadow.sql': 'CREATE SCHEMA s;\nCREATE ROLE same_x;\n' },
      'sql/shadow.sql:2:1',
    ],
  ])('%s', async (_, files, place) => {
    const one = await made(files);
    const result = await one.run('check --write', one.env);
    const failure = expectFailure(result, {
      code: 78,
      names: /reaches beyond its database/,
      remedy: /SLIPWAY_SHADOW_URL/,
    });
    expect(failure.msg).toContain(place);
    expect(await one.shadows()).toEqual([]);
    expect(await rolesOf(one, 'same\\_x')).toBe(0);
  });

  test('a role that the platform file makes and that is there is passed over', async () => {
    const one = await made();
    one.project.write('sql/shadow.sql', `CREATE ROLE ${one.name};\nCREATE SCHEMA platform;\n`);
    expectSuccess(await one.run('check --write', one.env));
  });
});

test('the embedded PostgreSQL may be given what reaches beyond its database', async () => {
  const one = await scene({
    'sql/baseline.sql': baseline,
    'migrations/20250102000000_b.sql':
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'beyond_x') THEN CREATE ROLE beyond_x; END IF; END $$;\n",
  });
  expectSuccess(await one.run('check --write'));
});
