import type pg from 'pg';
import { createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';
import { record } from '../../support/figures.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(120_000);

/** SLIPWAY_TEST_FULL: three runs of ten tries each instead of one. */
const runs = process.env.SLIPWAY_TEST_FULL ? 3 : 1;
const timeoutMs = 500;
/** What two machines' clocks, scheduling and one round trip may add to what a client of a busy machine measures. */
const marginMs = 250;

const table = '20250101000000';
const change = '20250102000000';
const tableSql =
  'CREATE TABLE public.items (n int);\nINSERT INTO public.items SELECT generate_series(1, 100);';

let project: Project;
let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase(newestMajor);
  project = makeProject({ [`migrations/${table}_table.sql`]: tableSql });
  expect((await slipway(['up'], at())).code).toBe(0);
});
afterEach(async () => {
  await database.drop();
  project.destroy();
});

const at = (more: Record<string, string> = {}) => ({
  cwd: project.directory,
  env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: `${timeoutMs}ms`, ...more },
});
const longest = (took: readonly number[]): number => took.reduce((most, ms) => Math.max(most, ms), 0);
const write = (sql: string): void => project.write(`migrations/${change}_change.sql`, sql);

/** A transaction that has read the table, and stays. */
async function sitOn(): Promise<pg.Client> {
  const reader = await database.connect({ application_name: 'report' });
  await reader.query('BEGIN; SELECT count(*) FROM public.items');
  return reader;
}

/** Reads the table again and again until it is told to stop; resolves to how long each read took, in ms. */
async function traffic(until: AbortSignal): Promise<number[]> {
  const client = await database.connect({ application_name: 'traffic' });
  const took: number[] = [];
  while (!until.aborted) {
    const startedAt = performance.now();
    await client.query('SELECT count(*) FROM public.items');
    took.push(performance.now() - startedAt);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return took;
}

test('reads are queued behind a migration that waits for the table, and never longer than the timeout', async () => {
  write('ALTER TABLE public.items ADD COLUMN more text;');
  for (let n = 0; n < runs; n += 1) {
    const reader = await sitOn();
    const over = new AbortController();
    const reading = traffic(over.signal);
    const result = await slipway(['up'], at());
    over.abort();
    const took = await reading;
    await reader.query('COMMIT');
    expect(result.code).toBe(75);
    expect(result.logs.find(({ event }) => event === 'failed')?.msg).toContain('(10 attempts)');
    expect(JSON.stringify(result.logs.at(-1)?.detail)).toContain('report');
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    const queued = took.filter((ms) => ms > timeoutMs / 2);
    expect(queued.length).toBeGreaterThanOrEqual(8);
    expect(longest(took)).toBeLessThan(timeoutMs + marginMs);
    for (const ms of queued)
      record({ figure: `a read queued behind a migration that gives way after ${timeoutMs} ms`, ms });
  }
});

test('an index that is built concurrently is not timed out, and stands in no reader’s or writer’s way', async () => {
  write('-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_n ON public.items (n);');
  const writer = await database.connect({ application_name: 'import' });
  await writer.query('BEGIN');
  await writer.query('INSERT INTO public.items VALUES (0)');
  const over = new AbortController();
  const reading = traffic(over.signal);
  const running = startSlipway(['up'], at({ SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' }));
  const said = await running.waitForLog(({ event, blocker }) => event === 'progress' && blocker !== null);
  expect(said.msg).toMatch(
    /waiting for writers before build.*waits for process \d+, "import".*last ran INSERT INTO public/,
  );
  await writer.query('COMMIT');
  const result = await running.done;
  over.abort();
  expect(result.code).toBe(0);
  expect(result.logs.filter(({ event }) => event === 'gaveWay')).toEqual([]);
  expect(longest(await reading)).toBeLessThan(marginMs);
});

describe('a serialisation failure', () => {
  const failsTimes = (times: number): string => `DO $$ BEGIN
    IF nextval('public.tries') <= ${times} THEN
      RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
    END IF; END $$;
    CREATE TABLE public.after (n int);`;

  test('twice: the whole transaction runs a third time', async () => {
    await database.query('CREATE SEQUENCE public.tries');
    write(failsTimes(2));
    const result = await slipway(['up'], at());
    expect(result.code).toBe(0);
    const gaveWay = result.logs.filter(({ event }) => event === 'gaveWay');
    expect(gaveWay.map(({ try: n, most, sqlstate }) => [n, most, sqlstate])).toEqual([
      [1, 3, '40001'],
      [2, 3, '40001'],
    ]);
    expect(await statesOf(database)).toEqual([`${table}:done`, `${change}:done`]);
  });

  test('three times: 75, and nothing is left', async () => {
    await database.query('CREATE SEQUENCE public.tries');
    write(failsTimes(3));
    const result = await slipway(['up'], at());
    expect(result.code).toBe(75);
    expect(result.logs.at(-1)).toMatchObject({
      event: 'failed',
      msg: expect.stringMatching(/change\.sql:3:7: could not serialize access \(3 attempts\)/),
      remedy: 'Try again when less is going on.',
    });
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    expect((await slipway(['up'], at())).code).toBe(0);
  });
});
