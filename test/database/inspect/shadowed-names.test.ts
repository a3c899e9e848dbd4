import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { bundle } from '../../support/slipway.ts';

const scene = useScenes();
const files = {
  'migrations/20250101000000_a.sql': 'CREATE TABLE public.a (n int);',
  'migrations/20250102000000_b.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY a_n ON public.a (n);',
  'migrations/20250103000000_c.sql': 'CREATE TABLE public.c (n int);',
  'migrations/20250103000000_c.down.sql': 'DROP TABLE public.c;',
};

/** A name that snapshots pass over: with so many functions in them they would take long. */
const evil = 'timescaledb_evil';

const parts = join(dirname(bundle), 'program');
const program = readdirSync(parts)
  .filter((name) => name.endsWith('.js'))
  .map((name) => readFileSync(join(parts, name), 'utf8'))
  .join('\n');

/** Every word of the program that may be the name of a function. */
const words = [...new Set(program.match(/\b[a-z][a-z0-9_]{2,}\b/g))];

/**
 * Plants in a schema a function for each of pg_catalog's that the program could call, with the same arguments, and each
 * operator, also for pairs of types that pg_catalog serves only after a conversion: an exact match is preferred wherever
 * it stands. Whatever calls one of them fails.
 */
const plant = (schema: string): string => `DO $plant$
  DECLARE f record; o record;
  BEGIN
    CREATE FUNCTION ${schema}.sprung() RETURNS oid LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trap has sprung'; END $$;
    FOR f IN SELECT DISTINCT ON (p.proname, p.proargtypes) p.proname, pg_get_function_identity_arguments(p.oid) AS args,
          pg_get_function_result(p.oid) AS result
        FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.proname = ANY (${`'{${words.join(',')}}'`}::text[])
    LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION ${schema}.%I(%s) RETURNS %s LANGUAGE plpgsql AS $$ BEGIN RAISE USING MESSAGE = ''trapped: %s''; END $$', f.proname, f.args, f.result, f.proname);
      EXCEPTION WHEN OTHERS THEN NULL; -- of a pseudo-type that plpgsql does not take
      END;
    END LOOP;
    FOR o IN SELECT name, l, r, row_number() OVER () AS n
        FROM unnest('{=,<>,<,>,<=,>=,~,!~,||,+,-,*,/,%}'::text[]) AS name,
          unnest('{oid,regclass,regtype,regrole,regnamespace,name,text,"char",integer,bigint,smallint,boolean,timestamptz}'::text[]) AS l,
          unnest('{oid,regclass,regtype,regrole,regnamespace,name,text,"char",integer,bigint,smallint,boolean,timestamptz}'::text[]) AS r
    LOOP
      EXECUTE format('CREATE FUNCTION ${schema}.trap_%s(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE USING MESSAGE = ''trapped: %s %s %s''; END $$', o.n, o.l, o.r, o.l, o.name, o.r);
      EXECUTE format('CREATE OPERATOR ${schema}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = ${schema}.trap_%s)', o.name, o.l, o.r, o.n);
    END LOOP;
  END $plant$;
  CREATE VIEW ${schema}.pg_class AS SELECT ${schema}.sprung(); CREATE VIEW ${schema}.pg_namespace AS SELECT ${schema}.sprung();
  CREATE VIEW ${schema}.pg_roles AS SELECT ${schema}.sprung(); CREATE VIEW ${schema}.pg_settings AS SELECT ${schema}.sprung();
  CREATE VIEW ${schema}.pg_index AS SELECT ${schema}.sprung(); CREATE VIEW ${schema}.pg_stat_activity AS SELECT ${schema}.sprung();`;

test('names of pg_catalog that somebody else has planted are never called', async () => {
  const made = await scene(files);
  const { run, database, ledger } = made;
  await writeLock(made);
  await database.query(`CREATE SCHEMA ${evil}; ${plant(evil)}`);
  const [planted] = await database.query<{ functions: number; operators: number }>(
    `SELECT (SELECT count(*)::int FROM pg_proc WHERE pronamespace = '${evil}'::regnamespace) AS functions,
       (SELECT count(*)::int FROM pg_operator WHERE oprnamespace = '${evil}'::regnamespace) AS operators`,
  );
  expect(planted?.functions).toBeGreaterThan(2500);
  expect(planted?.operators).toBe(14 * 13 * 13);
  await database.query(`ALTER DATABASE ${database.name} SET search_path = ${evil}, pg_catalog`);
  const client = await database.connect();
  await expect(client.query("SELECT 1::oid = 'pg_catalog.pg_class'::regclass")).rejects.toThrow('trapped');
  await database.query(
    'CREATE TABLE public.a (n int); CREATE TABLE public.alembic_version (version_num varchar(32))',
  );
  for (const line of ['up', 'plan', 'status --drift', 'wait --timeout 0', 'repair', 'down'])
    expectSuccess(await run(line));
  // As if it had been interrupted: what is left of the index is found, dropped and built again.
  await database.query(
    `UPDATE slipway.ledger SET state = 'running', finished_at = NULL WHERE version = '20250102000000';
     UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.a_n'::regclass`,
  );
  expect(expectSuccess(await run('up')).logs.map(({ event }) => event)).toContain('rebuild');
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
});

test("the cast of a user's type that is called text.anything does not run for another tool's table", async () => {
  const { run, database, role } = await scene(files);
  const { name } = await role();
  await database.query(`CREATE SCHEMA text AUTHORIZATION ${name}; GRANT CREATE ON SCHEMA public TO ${name};
    SET ROLE ${name};
    CREATE TYPE text.mood AS ENUM ('calm');
    CREATE FUNCTION text.shout(text.mood) RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN RAISE WARNING 'the cast of a user has run as %', current_user; RETURN 'calm'; END $$;
    CREATE CAST (text.mood AS text) WITH FUNCTION text.shout(text.mood);
    CREATE TABLE public.alembic_version (version_num text.mood);
    INSERT INTO public.alembic_version VALUES ('calm');
    RESET ROLE`);
  const [status, up] = [expectSuccess(await run('status')), await run('up')];
  expectFailure(up, { code: 80, names: /holds 1 relation/, remedy: /slipway adopt --as/ });
  for (const { stderr } of [status, up]) expect(stderr).not.toContain('the cast of a user has run');
});
