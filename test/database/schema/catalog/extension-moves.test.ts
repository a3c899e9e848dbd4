import { named, sweptMajors } from '../../../support/database.ts';
import { shadowOf, writeLock } from '../../../support/locked.ts';
import { expectSuccess, useScenes } from '../../../support/scene.ts';
import { filesOf } from '../../../support/squashed.ts';

jest.setTimeout(120_000);

/** All that is named by the types that it takes, of types that stand in the schema `ext` or another. */
const schema = (ext: string, body = '1'): string => `CREATE SCHEMA ext;
CREATE SCHEMA shop;
CREATE EXTENSION hstore SCHEMA ${ext};
CREATE TYPE public.pair AS (a int, b int);
CREATE FUNCTION shop.one(${ext}.hstore, public.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ${body}';
CREATE FUNCTION shop.same(${ext}.hstore, ${ext}.hstore) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE PROCEDURE shop.take(${ext}.hstore[]) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION shop.keep(${ext}.hstore, ${ext}.hstore) RETURNS ${ext}.hstore LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE shop.first(${ext}.hstore) (SFUNC = shop.keep, STYPE = ${ext}.hstore);
CREATE OPERATOR shop.=== (LEFTARG = ${ext}.hstore, RIGHTARG = ${ext}.hstore, FUNCTION = shop.same);
CREATE FUNCTION shop.pair(${ext}.hstore) RETURNS public.pair LANGUAGE sql IMMUTABLE AS 'SELECT NULL::public.pair';
CREATE CAST (${ext}.hstore AS public.pair) WITH FUNCTION shop.pair(${ext}.hstore);
CREATE TABLE shop.t (id int PRIMARY KEY, h ${ext}.hstore, CHECK (shop.same(h, h)));
COMMENT ON FUNCTION shop.one(${ext}.hstore, public.pair) IS 'one';
COMMENT ON CAST (${ext}.hstore AS public.pair) IS 'to a pair';
ALTER FUNCTION shop.same(${ext}.hstore, ${ext}.hstore) DEPENDS ON EXTENSION hstore;
REVOKE EXECUTE ON FUNCTION shop.one(${ext}.hstore, public.pair) FROM PUBLIC;
`;

const statementsIn = (text: string | undefined): string[] =>
  (text ?? '').split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('--'));

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  const scene = useScenes();
  const managed = async () => {
    const made = await scene(
      { 'sql/baseline.sql': `-- slipway: version 20250101000000\n${schema('ext')}` },
      { major },
    );
    await writeLock(made);
    expectSuccess(await made.run('up'));
    return made;
  };

  test('a fix moves an extension back with all that is named by its types', async () => {
    const made = await managed();
    await made.database.query('ALTER EXTENSION hstore SET SCHEMA public');
    expectSuccess(await made.run('repair --write-fix fix.sql', shadowOf(made)));
    expect(statementsIn(filesOf(made)['fix.sql'])).toEqual(['ALTER EXTENSION hstore SET SCHEMA ext;']);
    expectSuccess(await made.run('repair --fix fix.sql'));
    expectSuccess(await made.run('status --drift --exit-code'));
  });

  test('new --from moves an extension with all that is named by its types, and changes only what is changed as well', async () => {
    const made = await managed();
    made.project.write('desired.sql', schema('public', '2'));
    const { stdout } = expectSuccess(await made.run('new move --from desired.sql --json', shadowOf(made)));
    const { files, problems } = JSON.parse(stdout) as { files: string[]; problems: string[] };
    expect(problems).toEqual([]);
    expect(
      files.map((file) => filesOf(made)[file]?.match(/^(?:ALTER|CREATE|DROP|COMMENT|GRANT|REVOKE) .*$/gm)),
    ).toEqual([
      [
        'ALTER EXTENSION hstore SET SCHEMA public;',
        'CREATE OR REPLACE FUNCTION shop.one(public.hstore, public.pair)',
      ],
      [
        'ALTER EXTENSION hstore SET SCHEMA ext;',
        'CREATE OR REPLACE FUNCTION shop.one(ext.hstore, public.pair)',
      ],
    ]);
    await writeLock(made);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('down'));
    expect((await made.run('status --drift')).stdout).toMatch(/\n\nno difference\n$/);
  });
});
