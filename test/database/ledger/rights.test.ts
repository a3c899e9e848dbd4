import { expectFailure, expectSuccess, type Role, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes(afterAll);
const files = { 'migrations/20250101000000_a.sql': 'CREATE TABLE public.a ();' };

/** A database at head whose ledger is its superuser's, and a role that has nothing to do with it. */
let managed: Scene & { readonly anon: Role };

async function withAnon(): Promise<Scene & { readonly anon: Role }> {
  const made = await scene(files);
  return { ...made, anon: await made.role() };
}

const forAnon = (text: string, { anon, database }: { anon: Role; database: Scene['database'] }): string =>
  text.replaceAll('ANON', anon.name).replaceAll('DBNAME', database.name);

const aclOf = async ({ database }: Scene): Promise<string> => {
  const [row] = await database.query(
    `SELECT concat_ws(' ', c.relacl, c.relrowsecurity, n.nspacl) AS acl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = 'slipway.ledger'::regclass`,
  );
  return String(row?.acl);
};

describe('Hostile and odd: rights on the ledger', () => {
  beforeAll(async () => {
    managed = await withAnon();
    expectSuccess(await managed.run('up'));
    await managed.database.query(`GRANT USAGE ON SCHEMA slipway TO ${managed.anon.name}`);
  });

  test.each([
    ['everybody may insert', 'INSERT', 'PUBLIC', 'everybody (PUBLIC) may change slipway.ledger (INSERT)'],
    ['a role may insert', 'INSERT', 'ANON', 'role "ANON" may change slipway.ledger (INSERT)'],
    ['a role may update', 'UPDATE', 'ANON', 'may change slipway.ledger (UPDATE)'],
    ['a role may delete', 'DELETE', 'ANON', 'may change slipway.ledger (DELETE)'],
    ['a role may truncate', 'TRUNCATE', 'ANON', 'may change slipway.ledger (TRUNCATE)'],
    ['a role may make triggers', 'TRIGGER', 'ANON', 'may change slipway.ledger (TRIGGER)'],
    ['a role may make foreign keys to it', 'REFERENCES', 'ANON', 'may change slipway.ledger (REFERENCES)'],
    ['a role may update one column', 'UPDATE (checksum)', 'ANON', 'of its column checksum (UPDATE)'],
    ['a role may do everything', 'ALL', 'ANON', '(DELETE, INSERT, REFERENCES, TRIGGER, TRUNCATE, UPDATE)'],
  ])('%s: 81 for up, plan and wait, and the REVOKE that is printed cures it', async (_, right, to, names) => {
    const { database, run } = managed;
    await database.query(
      forAnon(
        `GRANT ${right} ON slipway.ledger TO ${to} WITH GRANT OPTION`.replace(
          to === 'PUBLIC' ? ' WITH GRANT OPTION' : '\0',
          '',
        ),
        managed,
      ),
    );
    const [up, plan, wait] = await Promise.all(['up', 'plan', 'wait --timeout 0'].map((line) => run(line)));
    let cure = '';
    for (const result of [up, plan, wait]) {
      const failure = expectFailure(result as never, {
        code: 81,
        names: /the ledger cannot be trusted/,
        remedy: /as the owner: REVOKE .* ON "slipway"\.ledger FROM .* CASCADE;/,
      });
      expect(failure.msg).toContain(forAnon(names, managed));
      cure = /(REVOKE [^;]*;)/.exec(String(failure.remedy))?.[1] ?? '';
    }
    await database.query(cure);
    expectSuccess(await run('up'));
  });

  test('a role that may insert asks wait itself: 81', async () => {
    const { database, run, anon } = managed;
    await database.query(`GRANT SELECT, INSERT ON slipway.ledger TO ${anon.name}`);
    expectFailure(await run('wait --timeout 0', anon.env), {
      code: 81,
      names: new RegExp(`role "${anon.name}" may change slipway.ledger`),
      remedy: /REVOKE INSERT/,
    });
    await database.query(`REVOKE INSERT ON slipway.ledger FROM ${anon.name}`);
    expectSuccess(await run('wait --timeout 0', anon.env));
  });

  test.each([
    [
      'everybody may read it',
      'GRANT SELECT ON slipway.ledger TO PUBLIC',
      'REVOKE SELECT ON slipway.ledger FROM PUBLIC',
    ],
    [
      'a superuser was granted all of it',
      'ALTER ROLE ANON SUPERUSER; GRANT ALL ON slipway.ledger TO ANON',
      'REVOKE ALL ON slipway.ledger FROM ANON; ALTER ROLE ANON NOSUPERUSER',
    ],
    [
      'the owner of the database was granted all of it',
      'ALTER DATABASE DBNAME OWNER TO ANON; GRANT ALL ON slipway.ledger TO ANON',
      'REVOKE ALL ON slipway.ledger FROM ANON; ALTER DATABASE DBNAME OWNER TO CURRENT_USER',
    ],
    [
      'a role that writes to all tables of the server is trusted by whoever said so',
      'GRANT pg_write_all_data TO ANON',
      'REVOKE pg_write_all_data FROM ANON',
    ],
    [
      'row security without FORCE does not bind its owner',
      'ALTER TABLE slipway.ledger ENABLE ROW LEVEL SECURITY',
      'ALTER TABLE slipway.ledger DISABLE ROW LEVEL SECURITY',
    ],
    [
      'row security with FORCE does not bind a superuser',
      'ALTER TABLE slipway.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
      'ALTER TABLE slipway.ledger DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY',
    ],
  ])('%s: 0', async (_, given, taken) => {
    const { database, run } = managed;
    await database.query(forAnon(given, managed));
    expectSuccess(await run('up'));
    expectSuccess(await run('wait --timeout 0'));
    await database.query(forAnon(taken, managed));
  });

  test.each([
    [
      'a column that must not be null',
      'ADD tenant text; UPDATE slipway.ledger SET tenant = 0; ALTER TABLE slipway.ledger ALTER tenant SET NOT NULL',
      /has columns that Slipway does not know and that must not be null: tenant/,
    ],
    [
      'a check of its own',
      "ADD CONSTRAINT mine CHECK (name <> 'b')",
      /refuses the row of a version: .*"mine"/,
    ],
    [
      'a unique constraint of its own',
      'ADD CONSTRAINT once UNIQUE (kind)',
      /refuses the row of a version: .*"once"/,
    ],
  ])('%s: 81 for up, and the statement that is printed cures it', async (_, sql, names) => {
    const made = await withAnon();
    expectSuccess(await made.run('up'));
    await made.database.query(`ALTER TABLE slipway.ledger ${sql}`);
    made.project.write('migrations/20250102000000_b.sql', 'CREATE TABLE public.b ();');
    const { remedy } = expectFailure(await made.run('up'), {
      code: 81,
      names,
      remedy: /ALTER TABLE "slipway"\.ledger/,
    });
    await made.database.query(/ALTER TABLE [^;]*;/.exec(String(remedy))?.[0] ?? '');
    expectSuccess(await made.run('up'));
  });

  test('row security that binds who asks: 81, and the statement that is printed cures it', async () => {
    const { database, run, anon } = managed;
    await database.query(
      `GRANT SELECT ON slipway.ledger TO ${anon.name}; ALTER TABLE slipway.ledger ENABLE ROW LEVEL SECURITY`,
    );
    const { remedy } = expectFailure(await run('wait --timeout 0', anon.env), {
      code: 81,
      names: new RegExp(`slipway\\.ledger has row security, which hides rows from "${anon.name}"`),
      remedy: /ALTER TABLE "slipway"\.ledger DISABLE ROW LEVEL SECURITY;/,
    });
    await database.query(/ALTER TABLE [^;]*;/.exec(String(remedy))?.[0] ?? '');
    expectSuccess(await run('wait --timeout 0', anon.env));
  });

  test.each([
    [
      'in its schema',
      'CREATE SCHEMA slipway; ALTER DEFAULT PRIVILEGES IN SCHEMA slipway GRANT ALL ON TABLES TO ANON',
    ],
    [
      'to a role that we are a member of',
      'GRANT ANON TO RUNNER; ALTER DEFAULT PRIVILEGES FOR ROLE RUNNER GRANT ALL ON TABLES TO ANON',
    ],
    ['everywhere', 'ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ANON'],
    [
      'to everybody, and to make objects in its schema',
      'ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO ANON',
    ],
    [
      'of the role that SLIPWAY_ROLE names',
      'ALTER DEFAULT PRIVILEGES FOR ROLE RUNNER GRANT INSERT, SELECT ON TABLES TO ANON WITH GRANT OPTION',
    ],
  ])('default privileges %s would let a role write to the ledger that is made: revoked', async (_, sql) => {
    const made = await withAnon();
    const { database, run, anon } = made;
    const runner = await made.role();
    await database.query(
      `GRANT CREATE ON DATABASE ${database.name} TO ${runner.name}; GRANT ALL ON SCHEMA public TO ${runner.name}`,
    );
    await database.query(forAnon(sql, made).replaceAll('RUNNER', runner.name));
    const env = sql.includes('RUNNER') ? { SLIPWAY_ROLE: runner.name } : {};
    const result = expectSuccess(await run('up', env));
    expect(result.logs).toContainEqual(expect.objectContaining({ event: 'ledgerMended' }));
    const acl = await aclOf(made);
    expect(acl).not.toContain(anon.name);
    expect(acl).not.toMatch(/[{,]=/);
    expectSuccess(await run('up', env));
    expectSuccess(await run('wait --timeout 0', env));
    await database.query(`DROP OWNED BY ${anon.name}; DROP OWNED BY ${runner.name} CASCADE`);
  });

  test('default privileges that only let a role read the ledger are left as they are', async () => {
    const made = await withAnon();
    await made.database.query(forAnon('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ANON', made));
    expectSuccess(await made.run('up'));
    expect(await aclOf(made)).toContain(`${made.anon.name}=r/`);
    await made.database.query(`DROP OWNED BY ${made.anon.name}`);
  });
});

/** An event trigger at the end of DDL; `body` may use `t`, the table that was made, as text. */
const atEnd = (body: string, tags = "'CREATE TABLE'"): string => `
  CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql SET search_path = public AS $watch$
    DECLARE t text; BEGIN
      FOR t IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type IN ('table', 'trigger') LOOP ${body} END LOOP;
    END $watch$;
  CREATE EVENT TRIGGER house_rule ON ddl_command_end WHEN TAG IN (${tags}) EXECUTE FUNCTION public.watch()`;

const audit = `EXECUTE format('CREATE TRIGGER audit AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION public.note()', t);`;

describe('Hostile and odd: event triggers that change the ledger as it is made', () => {
  test.each([
    ['switches row security on', `EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);`],
    [
      'forces row security',
      `EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);`,
    ],
    ['adds an audit trigger', audit],
    ['adds a rule', `EXECUTE format('CREATE RULE audit AS ON INSERT TO %s DO ALSO NOTIFY audited', t);`],
    ['lets everybody write', `EXECUTE format('GRANT ALL ON %s TO PUBLIC', t);`],
    ['adds a column that must not be null', `EXECUTE format('ALTER TABLE %s ADD tenant text NOT NULL', t);`],
    [
      'adds a column that a function fills',
      `EXECUTE format('ALTER TABLE %s ADD tenant text DEFAULT public.tenant()', t);`,
    ],
  ])(
    'one that %s: undone in the same transaction, for a superuser and for a role that is none',
    async (_, body) => {
      const asRole = async (isSuperuser: boolean): Promise<void> => {
        const made = await withAnon();
        const { database, anon, run } = made;
        await database.query(
          `CREATE FUNCTION public.tenant() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$; ${atEnd(body)}; GRANT CREATE ON DATABASE ${database.name} TO ${anon.name}; GRANT ALL ON SCHEMA public TO ${anon.name}`,
        );
        const env = isSuperuser ? {} : anon.env;
        const logs = expectSuccess(await run('up', env)).logs.map(({ event }) => event);
        expect(logs).toEqual(expect.arrayContaining(['ledgerMended', 'done']));
        expectSuccess(await run('up', env));
        expectSuccess(await run('wait --timeout 0', env));
        expectSuccess(await run('wait --timeout 0'));
        await database.query(`DROP OWNED BY ${anon.name} CASCADE`);
      };
      await Promise.all([asRole(true), asRole(false)]);
    },
  );

  test.each([
    [
      'makes its trigger anew when it is dropped',
      'superuser',
      `${atEnd(audit)}; CREATE FUNCTION public.again() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        CREATE TRIGGER audit AFTER INSERT ON slipway.ledger FOR EACH ROW EXECUTE FUNCTION public.note(); END $$;
        CREATE EVENT TRIGGER once_more ON ddl_command_end WHEN TAG IN ('DROP TRIGGER') EXECUTE FUNCTION public.again()`,
      /slipway\.ledger has triggers/,
    ],
    [
      'refuses that its trigger is dropped',
      'superuser',
      `${atEnd(audit)}; CREATE FUNCTION public.stay() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'audit stays'; END $$;
        CREATE EVENT TRIGGER stays ON ddl_command_start WHEN TAG IN ('DROP TRIGGER') EXECUTE FUNCTION public.stay()`,
      /audit stays/,
    ],
    [
      'gives the table to a role that we are not in',
      'anon',
      `CREATE FUNCTION public.own() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN ALTER TABLE slipway.ledger OWNER TO OWNER; END'; ${atEnd('PERFORM public.own();')}`,
      /slipway\.ledger belongs to|must be owner of table ledger/,
    ],
  ])('one that %s: 78 with its name, and nothing is committed', async (_, who, sql, names) => {
    const made = await withAnon();
    const { database, anon, run } = made;
    const owner = await made.role();
    await database.query(
      `GRANT CREATE ON DATABASE ${database.name} TO ${anon.name}; GRANT ALL ON SCHEMA public TO ${anon.name}; ${sql.replace('TO OWNER', `TO ${owner.name}`)}`,
    );
    const before = await made.fingerprint();
    const { msg } = expectFailure(await run('up', who === 'anon' ? anon.env : {}), {
      code: 78,
      names,
      remedy: /Nothing was committed.*ALTER EVENT TRIGGER "house_rule" DISABLE;/,
    });
    expect(msg).toMatch(
      /an event trigger of this database changes the ledger .*"house_rule", which calls public\.watch\(\)/,
    );
    expect(await made.fingerprint()).toEqual(before);
    await database.query(`ALTER EVENT TRIGGER house_rule DISABLE`);
    expectSuccess(await run('up', who === 'anon' ? anon.env : {}));
    await database.query(`DROP OWNED BY ${anon.name} CASCADE`);
  });
});

describe('Hostile and odd: a ledger in a schema of another role', () => {
  const warnings = async ({ run }: Scene) =>
    expectSuccess(await run('up')).logs.filter(({ event }) => event === 'ledgerSchemaOwner');

  test('up says whose it is at each start, and the SQL that is printed cures it', async () => {
    const made = await withAnon();
    const { database, anon } = made;
    expect(await warnings(made)).toEqual([]);
    await database.query(`ALTER SCHEMA slipway OWNER TO ${anon.name}`);
    const [warning, ...more] = await warnings(made);
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 'warn', schema: 'slipway', owner: anon.name });
    expect(warning?.msg).toContain(
      `the schema slipway of the ledger belongs to "${anon.name}", who may drop the ledger`,
    );
    await database.query(String(warning?.remedy));
    expect(await warnings(made)).toEqual([]);
  });

  test('nothing is said of a role that this one is a member of', async () => {
    const made = await withAnon();
    const { database, anon } = made;
    const owners = await made.role();
    await database.query(
      `GRANT CREATE ON DATABASE ${database.name} TO ${anon.name}; GRANT CREATE ON SCHEMA public TO ${anon.name}; GRANT ${owners.name} TO ${anon.name}`,
    );
    const asAnon = { ...made, run: (line: string) => made.run(line, anon.env) };
    expect(await warnings(asAnon)).toEqual([]);
    await database.query(
      `ALTER SCHEMA slipway OWNER TO ${owners.name}; GRANT USAGE ON SCHEMA slipway TO ${anon.name}`,
    );
    expect(await warnings(asAnon)).toEqual([]);
    await database.query(
      `REVOKE ${owners.name} FROM ${anon.name}; GRANT ALL ON SCHEMA slipway TO ${anon.name}`,
    );
    expect(await warnings(asAnon)).toMatchObject([{ owner: owners.name }]);
    await database.query(`DROP OWNED BY ${anon.name} CASCADE; DROP OWNED BY ${owners.name} CASCADE`);
  });
});

test('a role that may not ask which cluster this is applies migrations all the same', async () => {
  const made = await withAnon();
  const { database, anon, run } = made;
  await database.query(
    `REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC;
     GRANT CREATE ON DATABASE ${database.name} TO ${anon.name}; GRANT CREATE ON SCHEMA public TO ${anon.name}`,
  );
  expectSuccess(await run('up', anon.env));
  expect(await database.query(`SELECT accepted->>'cluster' AS cluster FROM slipway.ledger`)).toEqual([
    { cluster: null },
  ]);
  await database.query(`DROP OWNED BY ${anon.name} CASCADE`);
});
