import { newestMajor, serverOf } from '../../support/database.ts';
import { pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const word = 'żółw 🚢 \u0080é';

/** Ways to have another client_encoding, and whether the statement is left out, which the log then says. */
const ways = [
  ["SET client_encoding = 'LATIN1'", true],
  ['SET client_encoding TO latin1', true],
  ["SET SESSION client_encoding = 'WIN1252'", true],
  ["SET LOCAL client_encoding = 'KOI8R'", true],
  [`SET "client_encoding" TO 'ISO-8859-15'`, true],
  ["set names 'latin1'", true],
  ["SET LOCAL NAMES 'LATIN1'", true],
  ["SET client_encoding = 'SQL_ASCII'", true],
  ["SELECT set_config('client_encoding', 'LATIN1', false)", true],
  ["SELECT pg_catalog.set_config('client_encoding', 'LATIN1', true)", true],
  ["SELECT 1, set_config('client_encoding', 'LATIN1', false)", false],
  ["DO $$ BEGIN SET client_encoding = 'LATIN1'; END $$", false],
  ["DO $$ BEGIN PERFORM set_config('client_encoding', 'LATIN1', true); END $$", false],
  ["UPDATE pg_settings SET setting = 'LATIN1' WHERE name = 'client_encoding'", false],
  ['SELECT public.spoil()', false],
  ['CALL public.spoils()', false],
] as const;

const made = `CREATE TABLE public.words (n int, place text, word text);
  CREATE FUNCTION public.spoil() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET client_encoding = 'LATIN1'; END $$;
  CREATE PROCEDURE public.spoils() LANGUAGE plpgsql AS $$ BEGIN SET LOCAL client_encoding = 'LATIN1'; END $$`;
const insert = (n: number, place: string): string =>
  `INSERT INTO public.words VALUES (${n}, '${place}', '${word}')`;
const places = ['same', 'copied', 'after', 'module', 'value', 'read'];

const file = (n: number, statement: string): string =>
  `${statement};\n${insert(n, 'same')};\nCOPY public.words FROM stdin;\n${n}\tcopied\t${word}\n\\.\n${insert(n, 'after')};
CREATE TABLE public."żółw_${n}" (a text DEFAULT '${word}');`;
const moduleOf = (n: number, statement: string): string => `export async function up({ client }) {
    const told = client.query(${JSON.stringify(statement)});
    const sent = client.query(${JSON.stringify(insert(n, 'module'))});
    await Promise.all([told, sent]);
    const { rows: [row] } = await client.query('SELECT $1::text AS word', [${JSON.stringify(word)}]);
    await client.query('INSERT INTO public.words VALUES ($1, $2, $3)', [${n}, 'value', row.word]);
    await client.query(${JSON.stringify(`${statement}; SELECT 1`)});
    const { rows: [same] } = await client.query("SELECT word FROM public.words WHERE place = 'same'");
    await client.query('INSERT INTO public.words VALUES ($1, $2, $3)', [${n}, 'read', same.word]);
  }`;

describe('Hostile and odd: files that set the encoding', () => {
  const scene = useScenes(afterAll);
  let tried: Scene;
  let logs: readonly string[];
  beforeAll(async () => {
    const files = ways.flatMap(([statement], n) => [
      [`migrations/${20250101000001 + 2 * n}_sql.sql`, file(n, statement)],
      [`migrations/${20250101000002 + 2 * n}_module.mjs`, moduleOf(n, statement)],
    ]);
    tried = await scene({
      'sql/baseline.sql': `-- slipway: version 20250101000000\nSET client_encoding = 'UTF8';\n${made};`,
      ...Object.fromEntries(files),
    });
    expectSuccess(await tried.run('check --write'));
    logs = expectSuccess(await tried.run('up')).logs.map(({ msg }) => msg);
    expectSuccess(await tried.run('status --exit-code'));
  }, 120_000);

  test.each(ways.map(([statement, isLeftOut], n) => [statement, n, isLeftOut] as const))(
    '%s: every part of the file arrives as the UTF-8 that it is',
    async (_, n, isLeftOut) => {
      const rows = await tried.database.query<{ place: string; word: string }>(
        'SELECT place, word FROM public.words WHERE n = $1',
        [n],
      );
      expect(Object.fromEntries(rows.map(({ place, word }) => [place, word]))).toEqual(
        Object.fromEntries(places.map((place) => [place, word])),
      );
      const said = logs.filter((msg) =>
        msg.startsWith(`migrations/${20250101000001 + 2 * n}_sql.sql:1: left out`),
      );
      expect(said).toHaveLength(isLeftOut ? 1 : 0);
    },
  );

  test('SET client_encoding = UTF8, as pg_dump writes it: not a word is said', () =>
    expect(logs.filter((msg) => msg.startsWith('sql/baseline.sql'))).toEqual([]));
});

describe('Hostile and odd: data that are said to be in another encoding', () => {
  const scene = useScenes();
  const a = 'migrations/20250101000000_a.sql';
  const read = 'SELECT DISTINCT a FROM public.words';

  test.each([
    ["(FORMAT csv, ENCODING 'LATIN1')"],
    ["(ENCODING 'LATIN1', FORMAT csv)"],
    ["WITH (ENCODING 'latin1')"],
    ["(encoding 'UHC')"],
    ["(FORMAT csv, ENCODING E'LATIN1', HEADER false)"],
    ["WITH ENCODING 'LATIN1'"],
    ["CSV ENCODING 'LATIN1'"],
    ["(ENCODING 'UTF8')"],
  ])('COPY ... FROM stdin %s: read as the UTF-8 that it is', async (options) => {
    const { run, database } = await scene({
      [a]: `CREATE TABLE public.words (a text);\nCOPY public.words FROM stdin ${options};\n${word}\n\\.\n`,
    });
    const { logs } = expectSuccess(await run('up'));
    expect(await database.query(read)).toEqual([{ a: word }]);
    expect(logs.filter(({ event }) => event === 'leftOut')).toHaveLength(options.includes('UTF8') ? 0 : 1);
  });

  test('a file too large for one message: every part of it', async () => {
    const row = `INSERT INTO public.words VALUES ('${word}${'x'.repeat(2000)}');\n`;
    const { run, database } = await scene({
      [a]: `CREATE TABLE public.words (a text);\nDO $$ BEGIN SET client_encoding = 'LATIN1'; END $$;\n${row.repeat(4000)}`,
    });
    expectSuccess(await run('up'));
    expect(
      await database.query(
        "SELECT DISTINCT rtrim(a, 'x') AS a, count(*)::int AS n FROM public.words GROUP BY 1",
      ),
    ).toEqual([{ a: word, n: 4000 }]);
  });

  test('\\encoding: 65, and what to do', async () => {
    const { run } = await scene({ [a]: '\\encoding LATIN1\nSELECT 1;' });
    expectFailure(await run('up'), {
      code: 65,
      names: /\\encoding is a command of psql/,
      place: `${a}:1:1`,
      remedy: /save the file as UTF-8/,
    });
  });

  const settings = [
    "ALTER DATABASE :db SET client_encoding = 'LATIN1'",
    "ALTER ROLE ALL IN DATABASE :db SET client_encoding = 'LATIN1'",
  ];
  const files = {
    [a]: 'CREATE TABLE public.words (a text);',
    'migrations/20250102000000_żółw.sql': `INSERT INTO public.words VALUES ('${word}');`,
    'migrations/20250103000000_c.sql': `-- slipway: no-transaction\nDO $$ BEGIN INSERT INTO public.words VALUES ('${word}'); END $$;`,
    'migrations/20250104000000_d.sql': `INSERT INTO public.words VALUES ('${word}');\nCOPY public.words FROM stdin;\n${word}\n\\.\n`,
  };

  test.each(settings)('%s: files arrive as they are, read by a new session too', async (setting) => {
    const { run, database, ledger } = await scene(files);
    await database.query(setting.replace(':db', database.name));
    expectSuccess(await run('up'));
    expect(await database.query(read)).toEqual([{ a: word }]);
    expect((await ledger()).map(({ name }) => name)).toEqual(['a', 'żółw', 'c', 'd']);
    expectSuccess(await run('status --exit-code'));
  });

  test('ALTER DATABASE SET client_encoding, through PgBouncer: likewise', async () => {
    if (pgbouncer === null) {
      process.stderr.write('\nPgBouncer IS NOT TESTED: install the package pgbouncer\n');
      expect(process.env.CI).toBeUndefined();
      return;
    }
    const pooler = await startPooler(serverOf(newestMajor), 'transaction', 2);
    try {
      const { 'migrations/20250103000000_c.sql': _, ...others } = files;
      const { run, database, ledger } = await scene({
        ...others,
        'migrations/20250105000000_e.mjs': `export async function up({ client }) {
          await client.query("DO $$ BEGIN SET client_encoding = 'LATIN1'; END $$");
          await client.query("INSERT INTO public.words VALUES ('${word}')");
        }`,
      });
      await database.query(`ALTER DATABASE ${database.name} SET client_encoding = 'LATIN1'`);
      const env = { PGPORT: String(pooler.port) };
      expectSuccess(await run('up', env));
      expect(await database.query(read)).toEqual([{ a: word }]);
      expect((await ledger()).map(({ name }) => name)).toEqual(['a', 'żółw', 'd', 'e']);
      expectSuccess(await run('status --exit-code', env));
    } finally {
      await pooler.stop();
    }
  });
});
