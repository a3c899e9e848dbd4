import { openFakeServer } from '../../fuzz/fake-server.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const a = 'migrations/20250101000000_a.sql';
const mjs = 'migrations/20250102000000_b.mjs';
const alone = /only statement of a file whose first line is: -- slipway: no-transaction/;
const query = (sql: string): string =>
  `export async function up({ client }) { await client.query(${JSON.stringify(sql)}); }`;

const made = `CREATE TYPE public.mood AS ENUM ('calm');
  CREATE FUNCTION public.vacuums() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'VACUUM'; END $$;
  CREATE PROCEDURE public.commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
  CREATE FUNCTION public.stops() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not like this'; END $$;
  CREATE TABLE public.t (n int);
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON public.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.stops();
  CREATE TABLE public.u (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)`;

/** What a second file says, what is named, and what helps. */
const migrations = [
  [
    'a module that sends what cannot run in a transaction',
    { [mjs]: query('VACUUM') },
    65,
    /VACUUM cannot run inside a transaction block/,
    alone,
  ],
  ['a function that does', 'SELECT public.vacuums();', 65, /VACUUM cannot/, alone],
  [
    'a block that does',
    "DO $$ BEGIN EXECUTE 'CREATE DATABASE x'; END $$;",
    65,
    /CREATE DATABASE cannot/,
    alone,
  ],
  [
    'an isolation level that comes too late',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;',
    65,
    /must be called before any query/,
    /Slipway begins the transaction, in READ COMMITTED/,
  ],
  [
    'COMMIT in a block',
    'DO $$ BEGIN COMMIT; END $$;',
    65,
    /invalid transaction termination/,
    /CALL or DO the only statement of a file.*no-transaction/,
  ],
  [
    'COMMIT in a procedure',
    'CALL public.commits();',
    65,
    /invalid transaction termination/,
    /no-transaction/,
  ],
  [
    'COMMIT in a procedure that a module calls',
    { [mjs]: query('CALL public.commits()') },
    65,
    /invalid transaction termination/,
    /no-transaction/,
  ],
  [
    'COMMIT in an EXCEPTION block, outside of a transaction',
    '-- slipway: no-transaction\nDO $$ BEGIN BEGIN COMMIT; EXCEPTION WHEN no_data_found THEN NULL; END; END $$;',
    65,
    /cannot commit while a subtransaction is active/,
    /not within a function, an EXCEPTION block/,
  ],
  [
    'a new value of an enum in the file that adds it',
    "ALTER TYPE public.mood ADD VALUE 'glad'; SELECT 'glad'::public.mood;",
    65,
    /unsafe use of new value "glad"/,
    /into a later file/,
  ],
  [
    'the same as a default',
    "ALTER TYPE public.mood ADD VALUE 'glad'; CREATE TABLE public.x (m public.mood DEFAULT 'glad');",
    65,
    /unsafe use of new value/,
    /into a later file/,
  ],
  [
    'an extension that the server does not have, in a block',
    'DO $$ BEGIN CREATE EXTENSION no_such_extension; END $$;',
    78,
    /no_such_extension/,
    /azure\.extensions.*rds\.allowed_extensions/,
  ],
  [
    'what the server cannot do, and no extension',
    'CREATE TABLE public.x (n int) WITH OIDS;',
    65,
    /syntax error/,
    /Correct the statement/,
  ],
  [
    'what the server cannot do with a kind of object',
    'CREATE RULE r AS ON SELECT TO public.t DO INSTEAD NOTHING;',
    65,
    /./,
    /Correct the statement/,
  ],
  [
    'a deferred trigger that says no',
    'INSERT INTO public.t VALUES (1);',
    65,
    /at the end of its transaction: not like this/,
    /A deferred trigger raised this/,
  ],
  [
    'a deferred constraint that does not hold',
    'INSERT INTO public.u VALUES (1), (1);',
    65,
    /at the end of its transaction: duplicate key/,
    /A deferred constraint does not hold/,
  ],
  [
    'a role that is taken away from who runs it',
    `GRANT pg_monitor TO CURRENT_USER; DO $$ BEGIN SET LOCAL transaction_read_only = on; END $$;`,
    65,
    /read-only/,
    /makes its own transaction read-only/,
  ],
] as const;

/** Statements that name a role which is not there. */
const roles = [
  'GRANT SELECT ON public.t TO nobody_here',
  'REVOKE ALL ON public.t FROM nobody_here',
  'ALTER TABLE public.t OWNER TO nobody_here',
  'CREATE POLICY p ON public.t TO nobody_here',
  'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO nobody_here',
  'ALTER DEFAULT PRIVILEGES FOR ROLE nobody_here GRANT SELECT ON TABLES TO PUBLIC',
  'CREATE SCHEMA s AUTHORIZATION nobody_here',
  'REASSIGN OWNED BY nobody_here TO CURRENT_USER',
  'GRANT nobody_here TO CURRENT_USER',
  'SET ROLE nobody_here',
  'SET SESSION AUTHORIZATION nobody_here',
  "DO $$ BEGIN EXECUTE 'GRANT SELECT ON public.t TO nobody_here'; END $$",
  'COMMENT ON ROLE nobody_here IS $$x$$',
  'ALTER ROLE nobody_here CONNECTION LIMIT 3',
] as const;

describe('Hostile and odd: statements that the server refuses', () => {
  const scene = useScenes();

  test.each(migrations.map(([what, text, code, names, remedy]) => ({ what, text, code, names, remedy })))(
    '$what: $code, and what helps',
    async ({ text, code, names, remedy }) => {
      const { run, ledger } = await scene({
        [a]: made,
        ...(typeof text === 'string' ? { 'migrations/20250102000000_b.sql': text } : text),
      });
      expectFailure(await run('up'), { code, names, remedy });
      expect((await ledger()).map(({ version }) => version)).toEqual(['20250101000000']);
    },
  );

  test('an extension that a cloud has not put on its list: 78, and where that list is', async () => {
    const { run, database } = await scene({ [a]: 'CREATE EXTENSION hstore;' });
    await database.query(`CREATE FUNCTION public.lists() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'extension "hstore" is not allow-listed for users in Azure Database for PostgreSQL'; END $$;
      CREATE EVENT TRIGGER lists ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION public.lists()`);
    expectFailure(await run('up'), {
      code: 78,
      names: /"hstore" is not allow-listed/,
      place: `${a}:1:1`,
      remedy: /azure\.extensions/,
    });
  });

  test.each(roles)('%s: 65, the role by its name, and how to make it', async (statement) => {
    const { run } = await scene({ [a]: `CREATE TABLE public.t (n int);\n${statement};` });
    const { line } = expectFailure(await run('up'), {
      code: 65,
      names: /role "nobody_here" does not exist/,
      remedy: /CREATE ROLE "nobody_here";/,
    });
    expect(line).toBe(2);
  });

  test('a role that another database brought: 65, and how a file asks for it first', async () => {
    const { run, role, project } = await scene({ [a]: 'SELECT 1;' });
    const { name } = await role();
    project.write(a, `CREATE ROLE ${name};`);
    const { remedy } = expectFailure(await run('up'), {
      code: 65,
      names: /already exists/,
      remedy: /Make it outside of the files, or check first: DO \$\$.*END\$\$;$/,
    });
    project.write(a, /DO .*/.exec(String(remedy))?.[0] ?? '');
    expectSuccess(await run('up'));
  });
});

describe('Hostile and odd: roles that may not read the ledger', () => {
  const scene = useScenes();

  test.each([
    ['up', /GRANT OWNER TO "test_\w+_role1".*set SLIPWAY_ROLE/],
    ['down', /set SLIPWAY_ROLE/],
    ['adopt', /set SLIPWAY_ROLE/],
    ['status', /Name it in SLIPWAY_READERS/],
    ['plan', /Name it in SLIPWAY_READERS/],
    ['wait --timeout 0', /Name it in SLIPWAY_READERS/],
  ])('%s: 77, and the setting that helps it', async (line, remedy) => {
    const { run, role } = await scene({ [a]: 'SELECT 1;' });
    expectSuccess(await run('up'));
    const { name, env } = await role();
    const failure = expectFailure(await run(line, env), {
      code: 77,
      names: new RegExp(`role "${name}" may not read the ledger slipway\\.ledger`),
      remedy,
    });
    expect(/SLIPWAY_ROLE/.test(String(failure.remedy))).not.toBe(
      /SLIPWAY_READERS/.test(String(failure.remedy)),
    );
  });

  test('up under a SLIPWAY_ROLE that is not the owner: 77, and which role it has to be', async () => {
    const { run, role, database } = await scene({ [a]: 'SELECT 1;' });
    expectSuccess(await run('up'));
    const [login, other] = [await role(), await role()];
    await database.query(`GRANT ${other.name} TO ${login.name}`);
    expectFailure(await run('up', { ...login.env, SLIPWAY_ROLE: other.name }), {
      code: 77,
      names: new RegExp(`role "${other.name}" may not read the ledger`),
      remedy: /SLIPWAY_ROLE must name the role that made the ledger/,
    });
  });
});

describe('Hostile and odd: logins whose password is a token', () => {
  const scene = useScenes();

  test.each([
    [
      'PAM, as Amazon RDS checks tokens',
      'PAM authentication failed for user "app"',
      /token that expires.*PGPASSWORD_FILE/,
    ],
    ['Cloud SQL', 'Cloud SQL IAM user authentication failed for user "app"', /token that expires/],
    ['Azure', 'The access token has expired. Acquire a new token and retry', /token that expires/],
    ['a role that is called iam', 'role "iam" is not permitted to log in', /ALTER ROLE .* LOGIN/],
    [
      'pg_hba.conf without a line for it',
      'no pg_hba.conf entry for host "10.0.0.1", user "PAM", database "app", no encryption',
      /Allow role .* in pg_hba\.conf/,
    ],
  ])('%s: 77, "%s"', async (_, said, remedy) => {
    const { run } = await scene({ [a]: 'SELECT 1;' });
    const server = await openFakeServer();
    const text = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${said}\0\0`);
    const length = Buffer.alloc(4);
    length.writeInt32BE(text.length + 4);
    server.play({
      tls: Buffer.from('N'),
      authentication: [],
      greeting: Buffer.concat([Buffer.from('E'), length, text]),
      answers: [],
    });
    try {
      const result = await run('up', {
        PGHOST: '127.0.0.1',
        PGPORT: String(server.port),
        SLIPWAY_WAIT_TIMEOUT: '0',
      });
      const shown = new RegExp(said.slice(0, 20).replaceAll('.', '\\.'));
      expectFailure(result, { code: 77, names: shown, remedy });
    } finally {
      await server.close();
    }
  });
});
