import { statesOf } from '../../support/ledger.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a.sql';
const files = { [a]: 'CREATE TABLE public.a (n int);' };

/** An event trigger on DDL, which takes a superuser to make, and runs with the privileges of whoever it strikes. */
const onDdl = (
  body: string,
): string => `CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$;
  CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION public.watch()`;

test.each([
  ['forbids DDL', "RAISE EXCEPTION 'not in office hours'", /not in office hours/],
  [
    'does not find its function without a search_path',
    'PERFORM note(TG_TAG)',
    /function note\(text\) does not exist/,
  ],
])('an event trigger that %s stops the ledger: 78, named, and nothing is begun', async (_, body, names) => {
  const { run, database, fingerprint } = await scene(files);
  await database.query(
    `CREATE SCHEMA other; CREATE FUNCTION other.note(text) RETURNS int LANGUAGE sql RETURN 1; SET search_path = other, public; ${onDdl(body)}`,
  );
  const before = await fingerprint();
  const failure = expectFailure(await run('up'), {
    code: 78,
    names: new RegExp(
      `a trigger or event trigger of this database stopped one of Slipway's own statements: ${names.source}`,
    ),
    remedy: /Exempt this role from it, or qualify the names in its function/,
  });
  expect(failure.detail).toContainEqual(expect.stringContaining('in: PL/pgSQL function public.watch()'));
  expect(await fingerprint()).toEqual(before);
  await database.query('ALTER EVENT TRIGGER watch DISABLE');
  expectSuccess(await run('up'));
  expect(await statesOf(database)).toEqual(['20250101000000:done']);
});
