import { sweptMajors } from '../../support/database.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';

const scene = useScenes();
const files = {
  'migrations/20250101000000_a.sql': 'CREATE TABLE a ();',
  'migrations/20250102000000_b.sql': 'CREATE TABLE b ();',
};
const columns =
  'app text, version text, name text, kind text, origin text, state text, checksum text, format int';

/** Notes whoever ran a function that an attacker would like to be run. */
const trap = `CREATE TABLE public.trapped (who text);
  CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.trapped VALUES (current_user); RETURN NEW; END $$;`;

async function refuses({ run, fingerprint }: Scene, names: RegExp): Promise<void> {
  const before = await fingerprint();
  const [up, plan, wait] = await Promise.all(['up', 'plan', 'wait --timeout 0'].map((line) => run(line)));
  for (const result of [up, plan]) {
    const remedy = /who made or changed it.*SLIPWAY_SCHEMA/;
    const failure = expectFailure(result as SlipwayResult, {
      code: 81,
      names: /ledger cannot be trusted/,
      remedy,
    });
    expect([failure.msg, failure.detail].flat().join('\n')).toMatch(names);
  }
  expectFailure(wait as SlipwayResult, {
    code: 81,
    names: /ledger cannot be trusted/,
    remedy: /who made or changed it/,
  });
  expect(await fingerprint()).toEqual(before);
}

test.each([
  [
    'a view',
    `CREATE VIEW slipway.ledger AS SELECT 'default'::text AS app`,
    /slipway\.ledger is not a plain table/,
  ],
  [
    'a partitioned table',
    `CREATE TABLE slipway.ledger (${columns}) PARTITION BY LIST (app)`,
    /is not a plain table/,
  ],
  ['a sequence', 'CREATE SEQUENCE slipway.ledger', /is not a plain table/],
  [
    'a foreign table',
    `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE slipway.ledger (${columns}) SERVER s`,
    /is not a plain table/,
  ],
  [
    "a user's own table of that name",
    'CREATE TABLE slipway.ledger (account int, amount numeric)',
    /does not have the columns of Slipway's ledger/,
  ],
  [
    'a ledger whose app is a number',
    'CREATE TABLE slipway.ledger (app bigint, version text, state text, format smallint)',
    /does not have the columns of Slipway's ledger/,
  ],
  [
    'a ledger whose versions are JSON',
    'CREATE TABLE slipway.ledger (app text, version jsonb, state text, format smallint)',
    /does not have the columns of Slipway's ledger/,
  ],
  ['an index', 'CREATE TABLE slipway.x (); CREATE INDEX ledger ON slipway.x ((1))', /is not a plain table/],
])('%s in the place of the ledger is refused', async (_, sql, names) => {
  const made = await scene(files);
  await made.database.query(`CREATE SCHEMA slipway; ${sql}`);
  await refuses(made, names);
});

describe('a ledger that was tampered with', () => {
  test.each([
    [
      'a trigger',
      'CREATE TRIGGER t BEFORE INSERT OR UPDATE ON slipway.ledger FOR EACH ROW EXECUTE FUNCTION public.trap()',
      /slipway\.ledger has triggers, which would run with Slipway's privileges/,
    ],
    [
      'a trigger that is disabled',
      'CREATE TRIGGER t BEFORE INSERT ON slipway.ledger FOR EACH ROW EXECUTE FUNCTION public.trap(); ALTER TABLE slipway.ledger DISABLE TRIGGER t',
      /has triggers/,
    ],
    [
      'a rule',
      `CREATE RULE r AS ON INSERT TO slipway.ledger DO ALSO INSERT INTO public.trapped VALUES ('rule')`,
      /slipway\.ledger has rules/,
    ],
  ])('%s is found before anything of it runs', async (_, sql, names) => {
    const made = await scene(files);
    const { database, project, run } = made;
    expectSuccess(await run('up'));
    await database.query(trap + sql);
    project.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
    await refuses(made, names);
    expect(await database.query('SELECT who FROM public.trapped')).toEqual([]);
  });

  // A generated column is known by another dependency on 14 than later.
  test.each(sweptMajors)(
    "a user's function in it is found before it runs, wherever it hides, on %i",
    async (major) => {
      const { database, project, run, fingerprint } = await scene(files, { major });
      expectSuccess(await run('up'));
      project.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
      // It lies about being immutable, and is a trap for Slipway alone.
      await database.query(`CREATE FUNCTION public.spring(text DEFAULT '') RETURNS text IMMUTABLE LANGUAGE plpgsql AS
        $$ BEGIN IF current_setting('application_name') LIKE 'slipway %' THEN RAISE EXCEPTION 'the trap has sprung'; END IF; RETURN ''; END $$;
      CREATE DOMAIN public.watched AS text CHECK (public.spring(VALUE) IS NOT NULL)`);
      for (const [plant, remove] of [
        ['ADD more text DEFAULT public.spring()', 'DROP more'],
        ['ADD more text GENERATED ALWAYS AS (public.spring(app)) STORED', 'DROP more'],
        ["ADD more text DEFAULT ('x'::public.watched)::text", 'DROP more'],
        ['ADD CONSTRAINT more CHECK (public.spring(app) IS NOT NULL)', 'DROP CONSTRAINT more'],
        ['ADD CONSTRAINT more EXCLUDE ((public.spring(app)) WITH =) WHERE (false)', 'DROP CONSTRAINT more'],
      ]) {
        await database.query(`ALTER TABLE slipway.ledger ${plant}`);
        const before = await fingerprint();
        const failure = expectFailure(await run('up'), {
          code: 81,
          names: /ledger cannot be trusted/,
          remedy: /who made or changed it.*SLIPWAY_SCHEMA/,
        });
        expect([failure.msg, failure.detail].flat().join()).toContain(
          "slipway.ledger calls functions of a user, which would run with Slipway's privileges",
        );
        expect(await fingerprint()).toEqual(before);
        await database.query(`ALTER TABLE slipway.ledger ${remove}`);
      }
      expectSuccess(await run('up'));
    },
  );

  test('all that is wrong is listed', async () => {
    const made = await scene(files);
    const { database, run } = made;
    expectSuccess(await run('up'));
    await database.query(`${trap} CREATE TRIGGER t BEFORE INSERT ON slipway.ledger FOR EACH ROW EXECUTE FUNCTION public.trap();
      CREATE RULE r AS ON INSERT TO slipway.ledger DO ALSO INSERT INTO public.trapped VALUES ('rule')`);
    const { detail } = expectFailure(await run('up'), {
      code: 81,
      names: /for 2 reasons/,
      remedy: /SLIPWAY_SCHEMA/,
    });
    expect(detail).toEqual(
      expect.arrayContaining([expect.stringMatching(/has triggers/), expect.stringMatching(/has rules/)]),
    );
  });

  test('columns that a person added, a comment and a privilege are no harm', async () => {
    const { database, project, run } = await scene(files);
    expectSuccess(await run('up'));
    await database.query(
      `ALTER TABLE slipway.ledger ADD COLUMN note text; COMMENT ON TABLE slipway.ledger IS 'ours'; GRANT SELECT ON slipway.ledger TO PUBLIC`,
    );
    project.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
    expectSuccess(await run('up'));
  });
});

describe('Hostile and odd: a ledger that runs what is not in it', () => {
  const calls = `CREATE FUNCTION public.f(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';`;
  const raises = `CREATE OR REPLACE FUNCTION public.f(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'it ran'; END $$`;

  test.each([
    [
      'statistics that call a function',
      `CREATE STATISTICS public.s ON (public.f('a') || app), version FROM slipway.ledger`,
      /calls functions of a user/,
      /DROP STATISTICS IF EXISTS public\.s;/,
    ],
    [
      'a key of which it is a partition',
      `CREATE TABLE public.p (LIKE slipway.ledger INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY LIST (public.f(app));
       ALTER TABLE public.p ATTACH PARTITION slipway.ledger FOR VALUES IN ('default')`,
      /is a partition of another table/,
      /ALTER TABLE public\.p DETACH PARTITION slipway\.ledger;/,
    ],
    [
      'a text that a constraint runs',
      `ALTER TABLE slipway.ledger ADD CONSTRAINT c CHECK (query_to_xml($$SELECT public.f('a')$$, true, false, '') IS NOT NULL)`,
      /calls functions of a user/,
      /ALTER TABLE "slipway"\.ledger DROP CONSTRAINT "c";/,
    ],
    [
      'a text that a default runs',
      `ALTER TABLE slipway.ledger ADD more text; ALTER TABLE slipway.ledger ALTER more SET DEFAULT query_to_xml($$SELECT public.f('a')$$, true, false, '')::text`,
      /calls functions of a user/,
      /ALTER TABLE "slipway"\.ledger DROP COLUMN "more";/,
    ],
    [
      'a domain that a constraint checks by its number',
      `CREATE DOMAIN public.d AS text CHECK (public.f(value) <> '');
       DO $$ BEGIN EXECUTE format('ALTER TABLE slipway.ledger ADD CONSTRAINT c CHECK (domain_in(textout(name), %s, -1) IS NOT NULL)', 'public.d'::regtype::oid); END $$`,
      /calls functions of a user/,
      /ALTER TABLE "slipway"\.ledger DROP CONSTRAINT "c";/,
    ],
    [
      'an array of a domain that a constraint checks by its number',
      `CREATE DOMAIN public.d AS text CHECK (public.f(value) <> '');
       DO $$ BEGIN EXECUTE format('ALTER TABLE slipway.ledger ADD CONSTRAINT c CHECK (array_in(''{a}'', %s, -1) IS NOT NULL)', 'public.d'::regtype::oid); END $$`,
      /calls functions of a user/,
      /ALTER TABLE "slipway"\.ledger DROP CONSTRAINT "c";/,
    ],
    [
      'an operator class of an index',
      `CREATE FUNCTION public.cmp(text, text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT bttextcmp($1, $2)';
       CREATE OPERATOR CLASS public.oc FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 public.cmp(text, text);
       CREATE INDEX i ON slipway.ledger (name public.oc)`,
      /calls functions of a user/,
      /DROP INDEX/,
    ],
  ])('%s is found before it runs', async (_, sql, names, remedy) => {
    const { database, project, run } = await scene(files);
    expectSuccess(await run('up'));
    await database.query(calls);
    await database.query(sql);
    await database.query(raises);
    project.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
    for (const command of ['up', 'plan', 'wait --timeout 0'])
      expectFailure(await run(command), { code: 81, names, remedy });
  });

  test('a table that inherits from it is neither read nor written to', async () => {
    const { database, project, run } = await scene(files);
    expectSuccess(await run('up'));
    await database.query(
      `${calls} CREATE TABLE public.child () INHERITS (slipway.ledger);
       INSERT INTO public.child SELECT * FROM slipway.ledger;
       CREATE INDEX ON public.child (app) WHERE public.f('a') = 'a'; ${raises}`,
    );
    project.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
    project.write('migrations/20250103000000_c.down.sql', 'DROP TABLE c;');
    expectSuccess(await run('up'));
    expectSuccess(await run('down'));
    expectSuccess(await run('up'));
  });

  test.each([
    ['an enum', `CREATE TYPE slipway.ledger AS ENUM ('a')`],
    ['a domain', 'CREATE DOMAIN slipway.ledger AS int'],
  ])('%s of its name is said to be in the way', async (_, sql) => {
    const { database, run } = await scene(files);
    await database.query(`CREATE SCHEMA slipway; ${sql}`);
    for (const command of ['plan', 'up']) {
      const remedy = /ALTER TYPE "slipway"\.ledger RENAME TO/;
      expectFailure(await run(command), { code: 81, names: /a type of that name is there/, remedy });
    }
    await database.query('ALTER TYPE slipway.ledger RENAME TO ledger_of_something_else');
    expectSuccess(await run('up'));
  });

  test('one that was copied without defaults and constraints serves on', async () => {
    const { database, project, run } = await scene(files);
    expectSuccess(await run('up'));
    await database.query(
      `CREATE TABLE slipway.copy AS TABLE slipway.ledger; DROP TABLE slipway.ledger; ALTER TABLE slipway.copy RENAME TO ledger`,
    );
    project.write('migrations/20250103000000_c.sql', 'CREATE TABLE c ();');
    expectSuccess(await run('up'));
    expect(
      await database.query(
        'SELECT count(*)::int AS whole FROM slipway.ledger WHERE started_at <= finished_at AND transaction_id IS NOT NULL AND applied_by IS NOT NULL AND format = 1',
      ),
    ).toEqual([{ whole: 3 }]);
  });
});

describe('a ledger that somebody else owns', () => {
  /** A scene with two roles that may make schemas: who runs Slipway, and somebody else. */
  async function withRoles() {
    const made = await scene(files);
    const { database } = made;
    const runner = await made.role();
    const other = await made.role();
    const both = `${runner.name}, ${other.name}`;
    await database.query(
      `GRANT CREATE ON DATABASE ${database.name} TO ${both}; GRANT ALL ON SCHEMA public TO ${both}`,
    );
    return { ...made, runner, other };
  }

  test('is refused by who would write to it, and read by who only asks', async () => {
    const { run, runner, other, database, fingerprint } = await withRoles();
    await database.query(`SET ROLE ${other.name}; CREATE SCHEMA slipway; RESET ROLE;
      GRANT ALL ON SCHEMA slipway TO ${runner.name}; CREATE TABLE slipway.ledger (${columns});
      ALTER TABLE slipway.ledger OWNER TO ${other.name}; GRANT ALL ON slipway.ledger TO ${runner.name}`);
    const before = await fingerprint();
    expectFailure(await run('up', runner.env), {
      code: 81,
      names: new RegExp(`slipway\\.ledger belongs to "${other.name}", who is neither this role`),
      remedy: /SLIPWAY_SCHEMA/,
    });
    expectSuccess(await run('status', runner.env));
    expect(await fingerprint()).toEqual(before);
  });

  test('is read whatever its values hold, and however long they are', async () => {
    const { run, runner, other, database } = await withRoles();
    expectSuccess(await run('up', other.env));
    await database.query(`GRANT USAGE ON SCHEMA slipway TO ${runner.name}; GRANT SELECT ON slipway.ledger TO ${runner.name};
      UPDATE slipway.ledger SET name = repeat(E'"x,\\n', 2500000)`);
    const { stdout } = expectSuccess(await run('status --json --all', runner.env));
    const { versions } = JSON.parse(stdout);
    expect(versions.map(({ state }: { state: string }) => state)).toEqual(versions.map(() => 'applied'));
    expect(versions.length).toBeGreaterThan(0);
  });

  test.each([
    [
      'a role that the runner is a member of',
      (runner: string, other: string) => `GRANT ${other} TO ${runner}`,
    ],
    ['the owner of the database', (_: string, other: string) => `ALTER DATABASE current OWNER TO ${other}`],
    ['a superuser', (_: string, other: string) => `ALTER ROLE ${other} SUPERUSER`],
  ])('is trusted where that is %s', async (_, trust) => {
    const { run, runner, other, database, project } = await withRoles();
    expectSuccess(await run('up', other.env));
    await database.query(
      `GRANT USAGE ON SCHEMA slipway TO ${runner.name}; GRANT ALL ON slipway.ledger TO ${runner.name}`,
    );
    project.write('migrations/20250103000000_c.sql', 'CREATE TABLE public.c ();');
    expectFailure(await run('up', runner.env), { code: 81, names: /belongs to/, remedy: /SLIPWAY_SCHEMA/ });
    await database.query(
      trust(runner.name, other.name).replace('DATABASE current', `DATABASE ${database.name}`),
    );
    expectSuccess(await run('up', runner.env));
    await database.query(`ALTER DATABASE ${database.name} OWNER TO CURRENT_USER`);
  });
});
