import { administer, createDatabase, newestMajor } from '../../support/database.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, expectSuccess, sceneOf, useScenes } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';

const scene = useScenes();
const files = {
  'sql/baseline.sql':
    "-- slipway: version 20250101000000\nCREATE TABLE public.a (t text);\nINSERT INTO public.a VALUES ('it''s'), ('\\n');",
  'migrations/20250102000000_b.sql': 'SELECT pg_catalog.pg_sleep(0.3);\nCREATE TABLE public.b (x int);',
  'migrations/20250103000000_c.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY c ON public.b (x);',
  'migrations/20250104000000_d.mjs':
    "export const up = ({ client }) => client.query('INSERT INTO public.b VALUES ($1)', [7]);",
};

/** Functions and operators of an attacker, whose schema comes first. */
const traps = `CREATE SCHEMA evil;
  CREATE TABLE evil.trapped (what text);
  CREATE FUNCTION evil.pg_is_in_recovery() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.trapped VALUES ('function'); RETURN true; END $$;
  CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.trapped VALUES ('function'); RETURN NULL; END $$;
  CREATE FUNCTION evil.always(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.trapped VALUES ('operator'); RETURN true; END $$;
  CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.always);
  CREATE TABLE evil.pg_class (oid oid); CREATE TABLE evil.pg_roles (rolname text)`;

/** Each line is what one database has set; a number is the first major that knows it. */
const surroundings: readonly (readonly [settings: readonly string[], since: number])[] = [
  [["search_path = ''"], 14],
  [['search_path = evil, pg_catalog'], 14],
  [["default_transaction_isolation = 'serializable'", 'default_transaction_deferrable = on'], 14],
  [["default_transaction_isolation = 'repeatable read'"], 14],
  [["statement_timeout = '100ms'"], 14],
  [["lock_timeout = '10ms'"], 14],
  [["idle_in_transaction_session_timeout = '1ms'", "idle_session_timeout = '150ms'"], 14],
  [["transaction_timeout = '150ms'"], 17],
  [
    [
      'standard_conforming_strings = off',
      'quote_all_identifiers = on',
      "DateStyle = 'German, DMY'",
      "TimeZone = 'Asia/Kathmandu'",
      "IntervalStyle = 'sql_standard'",
      "bytea_output = 'escape'",
      "xmloption = 'document'",
      "xmlbinary = 'hex'",
      "client_encoding = 'LATIN1'",
      'extra_float_digits = -15',
      'array_nulls = off',
      'transform_null_equals = on',
    ],
    14,
  ],
  [
    [
      "client_min_messages = 'debug5'",
      "session_replication_role = 'replica'",
      'row_security = off',
      'constraint_exclusion = on',
      "plan_cache_mode = 'force_generic_plan'",
      "default_toast_compression = 'pglz'",
      'check_function_bodies = off',
    ],
    14,
  ],
];
const known = surroundings.flatMap(([settings, since]) => (newestMajor < since ? [] : [{ settings }]));

test.each(known)('a database with $settings is brought to head, and is there', async ({ settings }) => {
  const { database, run, ledger } = await scene(files);
  await database.query(traps);
  for (const setting of settings) await database.query(`ALTER DATABASE ${database.name} SET ${setting}`);
  await database.query('CREATE TABLE public.a (t text)');
  const lines = ['adopt --as 20250101000000 --unverified', 'up', 'up', 'wait --timeout 0'];
  for (const line of lines) expectSuccess(await run(line));
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
  const [built] = await database.query(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'public.c'::regclass`,
  );
  expect(built).toEqual({ valid: true });
  expect(await database.query('SELECT what FROM evil.trapped')).toEqual([]);
});

test('text of a baseline stays what it is where strings do not conform to the standard', async () => {
  const { database, run } = await scene(files);
  await database.query(`ALTER DATABASE ${database.name} SET standard_conforming_strings = off`);
  expectSuccess(await run('up'));
  expect(await database.query('SELECT t FROM a ORDER BY t')).toEqual([{ t: '\\n' }, { t: "it's" }]);
});

test.each(['LATIN1', 'EUC_JP', 'SQL_ASCII'])('a database in %s takes text beyond ASCII', async (encoding) => {
  const text = encoding === 'EUC_JP' ? '東京' : 'Gebühr';
  const database = await createDatabase(newestMajor, {
    template: `template0 ENCODING '${encoding}' LOCALE 'C'`,
  });
  const project = makeProject({
    [`migrations/20250101000000_${text}.sql`]: `CREATE TABLE "${text}" AS SELECT '${text}' AS t;`,
    'migrations/20250102000000_b.sql': `CREATE TABLE b (t text);\nCOPY b FROM stdin;\n${text}\n\\.\n`,
  });
  try {
    const { run, ledger } = sceneOf(database, project);
    for (const line of ['up', 'up', 'wait --timeout 0']) expectSuccess(await run(line));
    expect((await run('status --all')).stdout).toMatch(new RegExp(`^20250101000000  ${text} +applied`, 'm'));
    expect((await ledger()).map(({ name }) => name)).toEqual([text, 'b']);
    expect(await database.query(`SELECT a.t FROM "${text}" a JOIN b ON a.t = b.t`)).toEqual([{ t: text }]);
    project.write('migrations/20250103000000_c.sql', `\n  SELEKT '${text}';`);
    const place = 'migrations/20250103000000_c.sql:2:3';
    expectFailure(await run('up'), { code: 65, names: /"SELEKT"/, place, remedy: /Correct/ });
  } finally {
    project.destroy();
    await database.drop();
  }
});

test('names of databases, roles, apps and schemas are quoted where they need it', async () => {
  const { run, role, database } = await scene(files);
  const { name } = await role('CREATEDB');
  const odd = `Odd "name"; ${process.pid}`;
  const word = newSecret();
  await administer(newestMajor, `ALTER ROLE ${name} RENAME TO "${odd.replaceAll('"', '""')}"`);
  await administer(newestMajor, `ALTER ROLE "${odd.replaceAll('"', '""')}" PASSWORD '${word}'`);
  try {
    const env = {
      PGUSER: odd,
      PGPASSWORD: word,
      PGDATABASE: odd,
      SLIPWAY_CREATE_DATABASE: 'on',
      SLIPWAY_APP: odd,
      SLIPWAY_SCHEMA: odd,
      SLIPWAY_ROLE: odd,
      SLIPWAY_READERS: odd,
    };
    for (const line of ['up', 'up', 'status --exit-code', 'wait --timeout 0'])
      expectSuccess(await run(line, env));
  } finally {
    await administer(newestMajor, `DROP DATABASE IF EXISTS "${odd.replaceAll('"', '""')}"`);
    await administer(newestMajor, `ALTER ROLE "${odd.replaceAll('"', '""')}" RENAME TO ${name}`);
  }
  expect(await database.query(`SELECT to_regnamespace('slipway') AS schema`)).toEqual([{ schema: null }]);
});
