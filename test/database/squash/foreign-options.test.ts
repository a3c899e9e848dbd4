import { named, sweptMajors } from '../../support/database.ts';
import { writeLock } from '../../support/locked.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(120_000);

/** Options of whatever may have some, with values that resemble lists, brackets, comments and ends of literals. */
const odd = `
CREATE EXTENSION postgres_fdw SCHEMA public;
CREATE FOREIGN DATA WRAPPER idle OPTIONS (debug 'it''s, level=1', "Odd, ""name" ') type ''x''');
CREATE SERVER far TYPE 'pg version 8' VERSION '9 options (host=x)' FOREIGN DATA WRAPPER postgres_fdw
  OPTIONS (host 'db1, port=5433', options '-c a=b -c c=d, e=f', application_name 'back\\slash; -- (');
CREATE SERVER bare TYPE '' FOREIGN DATA WRAPPER idle;
CREATE FOREIGN TABLE public.there (id integer OPTIONS (column_name 'it''s; options (x=y)'), note text) SERVER far
  OPTIONS (schema_name 'a, table_name=b', table_name 'two
lines');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'o''hara, sslcert');
`;

const catalogs = [
  ['fdwoptions', 'pg_foreign_data_wrapper'],
  ['srvoptions', 'pg_foreign_server'],
  ['ftoptions', 'pg_foreign_table'],
  ['attfdwoptions', 'pg_attribute'],
  ['umoptions', 'pg_user_mapping'],
].map(([column, catalog]) => `SELECT '${catalog}' AS of, x FROM ${catalog} CROSS JOIN unnest(${column}) x`);
/** Each option, and each server's type and version, as the catalogs have them. */
const options = `${catalogs.join(' UNION ALL ')} UNION ALL SELECT srvname, concat_ws(' | ', srvtype, srvversion) FROM pg_foreign_server ORDER BY 1, 2`;

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  test('a squash writes options of foreign objects as they are, whatever their values are', async () => {
    const made = await scene(
      {
        'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.here (id integer);\n',
        'migrations/20250102000000_far.sql': odd,
      },
      { major },
    );
    await writeLock(made);
    expectSuccess(await made.run('up'));
    const before = await made.database.query(options);
    expectSuccess(await squash(made));
    const fresh = await scene(filesOf(made), { major });
    expectSuccess(await fresh.run('up'));
    expect(await fresh.database.query(options)).toEqual(before);
  });

  test('a fix puts back what a value hid that resembles another list', async () => {
    const made = await scene({ 'sql/baseline.sql': `-- slipway: version 20250101000000\n${odd}` }, { major });
    await writeLock(made);
    expectSuccess(await made.run('up'));
    const before = await made.database.query(options);
    await made.database.query(`
      ALTER SERVER far OPTIONS (SET host 'db1', ADD port '5433');
      ALTER FOREIGN TABLE public.there OPTIONS (SET schema_name 'a', SET table_name 'b, table_name=two
lines');
      ALTER FOREIGN DATA WRAPPER idle OPTIONS (SET debug 'it''s', ADD level '1');
      ALTER FOREIGN TABLE public.there ALTER id OPTIONS (SET column_name 'id');
      ALTER USER MAPPING FOR PUBLIC SERVER far OPTIONS (SET user 'o''hara')`);
    const { differences } = JSON.parse((await made.run('status --drift --strict --json')).stdout).drift;
    expect(differences.map(({ object }: { object: string }) => object).sort()).toEqual([
      'column options public.there.id',
      'foreign data wrapper idle',
      'foreign server far',
      'table public.there',
      'user mapping public on far',
    ]);
    expectSuccess(await made.run('repair --write-fix fix.sql'));
    expectSuccess(await made.run('repair --fix fix.sql'));
    expect(await made.database.query(options)).toEqual(before);
  });
});
