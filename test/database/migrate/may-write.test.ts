import { expectFailure, expectSuccess, type Role, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes(afterAll);
const files = { 'migrations/20250101000000_a.sql': 'CREATE TABLE public.a ();' };

/** Titles, what a database is made into, and what both `up` and `plan` answer. RUNNER is the role that runs them. */
const cases: readonly (readonly [string, string, number, RegExp, RegExp])[] = [
  [
    'may make no schema',
    '',
    77,
    /role "RUNNER" may not make the ledger slipway\.ledger: permission denied for database/,
    /GRANT CREATE ON DATABASE/,
  ],
  [
    'may make nothing in the schema of the ledger',
    'CREATE SCHEMA slipway; GRANT USAGE ON SCHEMA slipway TO "RUNNER"',
    77,
    /role "RUNNER" may not make the ledger slipway\.ledger: permission denied for schema slipway/,
    /GRANT CREATE, USAGE ON SCHEMA/,
  ],
  [
    'is read-only',
    'GRANT CREATE ON DATABASE "DBNAME" TO "RUNNER"; ALTER ROLE "RUNNER" SET default_transaction_read_only = on',
    78,
    /role "RUNNER" is read-only/,
    /RESET default_transaction_read_only/,
  ],
  [
    'finds a ledger that is in other hands',
    `CREATE SCHEMA slipway AUTHORIZATION "OTHER"; SET ROLE "OTHER"; CREATE TABLE slipway.ledger (app text, version text, state text, format smallint); RESET ROLE;
     GRANT USAGE ON SCHEMA slipway TO "RUNNER"; GRANT SELECT ON slipway.ledger TO "RUNNER"`,
    81,
    /belongs to "OTHER"/,
    /ALTER TABLE "slipway"\.ledger OWNER TO/,
  ],
];

async function withRoles(): Promise<{ made: Scene; runner: Role; named: (text: string) => string }> {
  const made = await scene(files);
  const [runner, other] = [await made.role(), await made.role()];
  const named = (text: string): string =>
    text
      .replaceAll('RUNNER', runner.name)
      .replaceAll('OTHER', other.name)
      .replaceAll('DBNAME', made.database.name);
  return { made, runner, named };
}

describe('Hostile and odd: a plan of a role that may not write', () => {
  test.each(cases)('one that %s: plan is what up will be', async (_, sql, code, names, remedy) => {
    const { made, runner, named } = await withRoles();
    await made.database.query(`GRANT ALL ON SCHEMA public TO ${runner.name}; ${named(sql)}`);
    const before = await made.fingerprint();
    const failures = [];
    for (const line of ['up', 'plan']) {
      const failure = expectFailure(await made.run(line, runner.env), {
        code,
        names: new RegExp(named(names.source)),
        remedy,
      });
      failures.push([failure.msg, failure.remedy]);
    }
    expect(failures[1]).toEqual(failures[0]);
    expect(await made.fingerprint()).toEqual(before);
    await made.database.query(`DROP OWNED BY ${runner.name}; ${named('DROP OWNED BY "OTHER" CASCADE')}`);
  });

  test('one that may only read a ledger of the owner of the database: 77 for both', async () => {
    const { made, runner } = await withRoles();
    expectSuccess(await made.run('up'));
    await made.database.query(
      `GRANT USAGE ON SCHEMA slipway TO ${runner.name}; GRANT SELECT ON slipway.ledger TO ${runner.name}; GRANT ALL ON SCHEMA public TO ${runner.name}`,
    );
    expectSuccess(await made.run('plan', runner.env));
    expectSuccess(await made.run('up', runner.env));
    made.project.write('migrations/20250102000000_b.sql', 'CREATE TABLE public.b ();');
    for (const line of ['up', 'plan']) {
      expectFailure(await made.run(line, runner.env), {
        code: 77,
        names: new RegExp(
          `role "${runner.name}" may not write to the ledger slipway\\.ledger: permission denied`,
        ),
        remedy: /SLIPWAY_ROLE/,
      });
    }
    await made.database.query(`DROP OWNED BY ${runner.name}`);
  });
});

describe('Hostile and odd: waiting for a database that nobody has migrated', () => {
  test.each([
    ['nothing', ''],
    ['a table of somebody else', 'CREATE SCHEMA other; CREATE TABLE other.t ()'],
    ['a view of somebody else', 'CREATE VIEW public.v AS SELECT 1 AS one'],
  ])('one that holds %s: 75, that no version is there yet', async (_, sql) => {
    const made = await scene(files);
    await made.database.query(sql === '' ? 'SELECT' : sql);
    const { msg } = expectFailure(await made.run('wait --timeout 0'), {
      code: 75,
      names: /the database is empty|no version of this app is in its ledger yet/,
      remedy: /Has `slipway up` run/,
    });
    expect(msg).not.toMatch(/not made by Slipway/);
  });
});
