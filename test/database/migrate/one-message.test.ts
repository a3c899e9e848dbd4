import { eventually, slipwayBackends } from '../../support/activity.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
const [a, b, c] = ['20250101000000_a', '20250102000000_b', '20250103000000_c'].map(
  (name) => `migrations/${name}.sql`,
) as [string, string, string];
const table = 'CREATE TABLE public.one (a int);';

test.each([
  ['its running row is deleted', `DELETE FROM slipway.ledger WHERE state = 'running';`],
  ['the ledger is emptied', 'TRUNCATE slipway.ledger;'],
])('nothing of a migration is kept where %s by it', async (_, statement) => {
  const { run, ledger, database } = await scene({
    [a]: table,
    [b]: `CREATE TABLE public.two ();\n${statement}`,
  });
  expectFailure(await run('up'), {
    code: 65,
    names: /20250102000000_b\.sql: .*took its row out of the ledger/,
    remedy: /Remove .* what writes to the ledger/,
  });
  expect((await ledger()).map(({ version }) => version)).toEqual(['20250101000000']);
  expect(await database.query(`SELECT to_regclass('public.two') AS two`)).toEqual([{ two: null }]);
});

test('what a migration does to an earlier row is seen before the next one', async () => {
  const { run, ledger } = await scene({
    [a]: table,
    [b]: `UPDATE slipway.ledger SET checksum = repeat('0', 64) WHERE version = '20250101000000';`,
    [c]: 'CREATE TABLE public.three ();',
  });
  expect((await run('up')).code).toBe(82);
  expect((await ledger()).map(({ version }) => version)).toEqual(['20250101000000', '20250102000000']);
});

test('a migration that takes an earlier row away does not make up go round in circles', async () => {
  const { run, ledger } = await scene({
    [a]: 'CREATE TABLE IF NOT EXISTS public.one (a int);',
    [b]: table.replace('one', 'two'),
    [c]: `DELETE FROM slipway.ledger WHERE version = '20250101000000';`,
  });
  expectSuccess(await run('up', { SLIPWAY_ALLOW_OUT_OF_ORDER: 'on' }));
  expect(await ledger()).toHaveLength(3);
});

test('what a person does to an earlier row while a migration runs is seen before the next one', async () => {
  const { project, database, ledger } = await scene({
    [a]: table,
    [b]: 'SELECT pg_advisory_xact_lock(4711);',
    [c]: 'CREATE TABLE public.three ();',
  });
  const person = await database.connect();
  await person.query('SELECT pg_advisory_lock(4711)');
  const running = startSlipway(['up'], {
    cwd: project.directory,
    env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '60s' },
  });
  await eventually(
    async () => (await slipwayBackends(database)).some(({ waits }) => waits === 'advisory'),
    'the wait of the second migration',
  );
  await person.query(`UPDATE slipway.ledger SET checksum = repeat('0', 64) WHERE version = '20250101000000'`);
  await person.query('SELECT pg_advisory_unlock(4711)');
  expect((await running.done).code).toBe(82);
  expect((await ledger()).map(({ version }) => version)).toEqual(['20250101000000', '20250102000000']);
  await person.end();
});

describe('a statement that fails is named', () => {
  test.each([
    [
      'where the server gives a place in a text of its own',
      'CREATE INDEX ON public.one (a) WHERE a > 0;\nALTER TABLE public.one ALTER a TYPE text;',
      { line: 2, column: 1 },
      /operator does not exist/,
    ],
    ['at once', 'SELEC 1;', { line: 1, column: 1 }, /syntax error/],
    [
      'behind text of other scripts',
      `SELECT '${'漢'.repeat(600)}';\nSELEC 1;`,
      { line: 2, column: 1 },
      /syntax error/,
    ],
  ])('%s', async (_, sql, place, names) => {
    const { run } = await scene({ [a]: table, [b]: sql });
    const { line, column } = place;
    expectFailure(await run('up'), { code: 65, names, place: `${b}:${line}:${column}`, remedy: /./ });
  });

  test('what the database cannot hold is the file’s fault', async () => {
    const { run, database, project } = await scene({ [a]: table, [b]: `SELECT '漢';` });
    expectSuccess(await run('plan'));
    const name = `${database.name}_latin1`;
    await database.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    try {
      const result = await slipway(['up'], {
        cwd: project.directory,
        env: { ...database.env, PGDATABASE: name },
      });
      expectFailure(result, { code: 65, names: /has no equivalent in encoding "LATIN1"/, remedy: /./ });
    } finally {
      await database.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});

test('a large file is read alike in all its parts', async () => {
  const row = `INSERT INTO public.one VALUES ('a\\b${'x'.repeat(1000)}');\n`;
  const { run, database } = await scene({
    [a]: 'CREATE TABLE public.one (a text);',
    [b]: `SET standard_conforming_strings = off;\n${row.repeat(2500)}`,
  });
  expectSuccess(await run('up'));
  expect(
    await database.query(String.raw`SELECT count(*)::int AS n FROM public.one WHERE a LIKE 'a\\b%'`),
  ).toEqual([{ n: 2500 }]);
});

test('a file too large to be held is run from its parts, and a statement that fails is named', async () => {
  const filler = 'x'.repeat(2000);
  const rows = Array.from(
    { length: 9000 },
    (_, n) => `INSERT INTO public.one VALUES ('${n} ${filler}');\n`,
  ).join('');
  const { run, database, project, ledger } = await scene({
    [a]: 'CREATE TABLE public.one (a text UNIQUE);',
    [b]: `${rows}INSERT INTO public.one VALUES ('4000 ${filler}');\n`,
  });
  expectFailure(await run('up'), { code: 65, names: /duplicate key/, place: `${b}:9001:1`, remedy: /./ });
  expect(await ledger()).toHaveLength(1);
  project.write(b, rows);
  expectSuccess(await run('up'));
  expect(await database.query('SELECT count(*)::int AS n FROM public.one')).toEqual([{ n: 9000 }]);
  expectSuccess(await run('up'));
});

test.each([false, true])(
  'a migration that forgets what the session has prepared is nobody’s trouble, proved: %s',
  async (isProved) => {
    const made = ['a', 'b', 'c', 'd', 'e'].map((name, n) => [
      `migrations/2025010${n + 1}000000_${name}.sql`,
      `CREATE TABLE public.${name} (n int);${'bd'.includes(name) ? ' DEALLOCATE ALL;' : ''}`,
    ]);
    const { run, ledger } = await scene(Object.fromEntries(made));
    if (isProved) expectSuccess(await run('check --write'));
    expectSuccess(await run('up'));
    expect((await ledger()).map(({ state }) => state)).toEqual(made.map(() => 'done'));
  },
);

test('blocks of COPY in a file too large to be held', async () => {
  const rows = Array.from({ length: 5000 }, (_, n) => `${n} ${'y'.repeat(2000)}\n`).join('');
  const block = (table: string): string => `COPY public.${table} FROM stdin;\n${rows}\\.\n`;
  const { run, database, project } = await scene({
    [a]: 'CREATE TABLE public.one (a text); CREATE TABLE public.two (a text NOT NULL CHECK (length(a) > 3));',
    [b]: `${block('one')}${block('two')}COPY public.two FROM stdin;\nxyz\n\\.\n`,
  });
  expectFailure(await run('up'), { code: 65, names: /check constraint/, place: `${b}:10006:1`, remedy: /./ });
  project.write(b, `${block('one')}${block('two')}`);
  expectSuccess(await run('up'));
  expect(
    await database.query(
      'SELECT (SELECT count(*)::int FROM public.one) AS one, (SELECT count(*)::int FROM public.two) AS two',
    ),
  ).toEqual([{ one: 5000, two: 5000 }]);
});

test('a migration that backs off after it was proved is proved again', async () => {
  const { run, database, project } = await scene({
    [a]: `CREATE TABLE public.p (id int PRIMARY KEY);
      CREATE TABLE public.c (id int REFERENCES public.p DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO public.p VALUES (1);`,
  });
  expectSuccess(await run('up'));
  project.write(b, 'CREATE TABLE public.mid (n int);');
  project.write(c, 'INSERT INTO public.c VALUES (1); CREATE TABLE public.last (n int);');
  expectSuccess(await run('check --write'));
  const other = await database.connect();
  await other.query('BEGIN');
  await other.query('SELECT FROM public.p FOR UPDATE');
  const running = startSlipway(['up'], {
    cwd: project.directory,
    env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' },
  });
  await running.waitForLog(({ event }) => event === 'gaveWay');
  await other.query('COMMIT');
  expect((await running.done).code).toBe(0);
  await other.end();
});

test('an undo after a migration that forgets what was prepared', async () => {
  const table = (name: string, more = ''): Record<string, string> => ({
    [name]: `CREATE TABLE public.${name.slice(-5, -4)} (n int);${more}`,
    [name.replace('.sql', '.down.sql')]: `DROP TABLE public.${name.slice(-5, -4)};`,
  });
  const { run } = await scene({ ...table(a), ...table(b), ...table(c, ' DEALLOCATE ALL;') });
  expectSuccess(await run('check --write'));
});
