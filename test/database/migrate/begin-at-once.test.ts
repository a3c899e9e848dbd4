import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { tapWire } from '../../support/wire-tap.ts';

/** A step outside of a transaction that follows one in a transaction begins in one message, on what that left. */
const scene = useScenes();
const [a, b, c] = ['20250101000000_a', '20250102000000_b', '20250103000000_c'].map(
  (name) => `migrations/${name}.sql`,
) as [string, string, string];
const table = 'CREATE TABLE public.items (n int);';
const concurrently = '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON public.items (n);';
const isThere = `SELECT count(*)::int AS n FROM pg_class WHERE relname = 'items_n'`;

test('it takes four messages, and the one after it begins on what it left', async () => {
  const { run, database, ledger } = await scene({
    [a]: table,
    [b]: concurrently,
    [c]: 'CREATE TABLE public.after ();',
  });
  const tap = await tapWire(Number(database.env.PGPORT));
  try {
    expectSuccess(await run('up', { PGPORT: String(tap.port) }));
    const from = tap.queries.findIndex((query) => query.includes('items_n') && query.includes('INSERT INTO'));
    const to = tap.queries.findIndex((query) => query.includes('CREATE TABLE public.after'));
    // The next one begins in two messages at once.
    expect(to - from).toBe(5);
  } finally {
    await tap.close();
  }
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
});

test('an invalid index in its way is not touched: 84, and no row', async () => {
  const { run, database, ledger } = await scene({
    [a]: `${table}\nCREATE INDEX items_n ON public.items (n);\nUPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.items_n'::regclass;`,
    [b]: concurrently,
  });
  expectFailure(await run('up'), {
    code: 84,
    names: /is there already, and is invalid/,
    remedy: /DROP INDEX/,
  });
  expect((await ledger()).map(({ version }) => version)).toEqual(['20250101000000']);
  expect(await database.query(isThere)).toEqual([{ n: 1 }]);
});

test('what was done to an earlier row is seen before it', async () => {
  const { run, database, ledger } = await scene({
    [a]: table,
    [b]: `UPDATE slipway.ledger SET checksum = repeat('0', 64) WHERE version = '20250101000000';`,
    [c]: concurrently,
  });
  expect((await run('up')).code).toBe(82);
  expect((await ledger()).map(({ version }) => version)).toEqual(['20250101000000', '20250102000000']);
  expect(await database.query(isThere)).toEqual([{ n: 0 }]);
});

test('that the session was made to forget what is prepared is nothing to it', async () => {
  const { run, ledger } = await scene({
    [a]: table,
    [b]: 'DEALLOCATE ALL;',
    [c]: concurrently,
    'migrations/20250104000000_d.sql': '-- slipway: no-transaction\nDISCARD ALL;',
    'migrations/20250105000000_e.sql': 'CREATE TABLE public.after ();',
  });
  expectSuccess(await run('check --write'));
  expectSuccess(await run('up'));
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'done']);
});

test('a role that has set a stricter isolation sees what the lock lets it see', async () => {
  const { run, database, ledger } = await scene({ [a]: table, [b]: concurrently });
  await database.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''serializable''', current_database()); END $$`,
  );
  expectSuccess(await run('up'));
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done']);
});
