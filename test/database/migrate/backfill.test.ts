import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { grouped, largest } from '../../../src/core/index.ts';
import { percentile } from '../../recovery/tables.ts';
import { record } from '../../support/figures.ts';
import { psql } from '../../support/psql.ts';
import { type Scene, useScenes } from '../../support/scene.ts';
import { type RunningSlipway, type SlipwayResult, startSlipway } from '../../support/slipway.ts';

/** SLIPWAY_TEST_FULL: as many rows as a table has that nobody wants to update at once. */
const isFull = Boolean(process.env.SLIPWAY_TEST_FULL);
const [rows, batch, kills] = isFull ? [2_000_000, 20_000, 25] : [100_000, 5000, 3];

const scene = useScenes();
jest.setTimeout(isFull ? 1_800_000 : 120_000);

const table = '20250101000000';
const fill = '20250102000000';
const leftIndex = 'CREATE INDEX items_left ON public.items (id) WHERE filled IS NULL;';

const files = (directive: string, more = leftIndex, size: number = rows) => ({
  [`migrations/${table}_table.sql`]: `CREATE TABLE public.items (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, filled text);
INSERT INTO public.items (id) SELECT generate_series(1, ${size});
${more}`,
  [`migrations/${fill}_fill.sql`]: `-- slipway: ${directive}
UPDATE public.items SET filled = 'x', n = n + 1
 WHERE id = ANY (ARRAY(SELECT id FROM public.items WHERE filled IS NULL ORDER BY id LIMIT current_setting('slipway.batch')::int));
`,
});

const start = ({ database, project }: Scene): RunningSlipway =>
  startSlipway(['up'], { cwd: project.directory, env: database.env });

/** Makes the table, and nothing of the backfill. */
async function withTable(directive: string, more?: string, size?: number): Promise<Scene> {
  const made = await scene(files(directive, more, size));
  const path = `migrations/${fill}_fill.sql`;
  const text = readFileSync(`${made.project.directory}/${path}`, 'utf8');
  made.project.remove(path);
  expect((await made.run('up')).code).toBe(0);
  await made.database.query('VACUUM ANALYZE public.items');
  made.project.write(path, text);
  return made;
}

const touches = ({ database }: Scene) =>
  database.query('SELECT n, count(*)::int AS rows FROM public.items GROUP BY 1 ORDER BY 1');

async function committed({ database }: Scene): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `SELECT (accepted #>> '{repeat,batches}')::int AS n FROM slipway.ledger WHERE version = '${fill}'`,
  );
  return row?.n ?? 0;
}

/** Writes to rows here and there until it is told to stop; resolves to how long each write took, in ms. */
async function traffic({ database }: Scene, until: AbortSignal): Promise<number[]> {
  const client = await database.connect({ application_name: 'traffic' });
  const took: number[] = [];
  while (!until.aborted) {
    const startedAt = performance.now();
    await client.query('UPDATE public.items SET filled = filled WHERE id = $1', [
      1 + Math.floor(Math.random() * rows),
    ]);
    took.push(performance.now() - startedAt);
  }
  await client.end();
  return took;
}

/** What a process holds in memory, MiB, each 100 ms until it is gone. */
async function memory(pid: number, until: Promise<unknown>): Promise<number[]> {
  const held: number[] = [];
  const timer = setInterval(() => {
    try {
      const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      held.push(Number(kib) / 1024);
    } catch {
      // It has ended.
    }
  }, 100);
  await until;
  clearInterval(timer);
  return held;
}

const figure = (backfill: string, value: string): void => record({ backfill, value });
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** How long one UPDATE of all rows takes, in ms. */
async function atOnce({ database }: Scene): Promise<number> {
  const sql = "UPDATE public.items SET filled = 'x', n = n + 1 WHERE filled IS NULL";
  const startedAt = performance.now();
  if (psql === null) await database.query(sql);
  else await promisify(execFile)(psql, ['-X', '-c', sql], { env: database.env });
  return performance.now() - startedAt;
}

/** The file's last event: how long it took, in ms, and its batches. */
function appliedIn({ code, logs }: SlipwayResult): { readonly ms: number; readonly batches: number } {
  expect(code).toBe(0);
  const applied = logs.find(({ event, version }) => event === 'applied' && version === fill);
  return { ms: Number(applied?.ms), batches: Number(applied?.batches) };
}

test('it takes at most twice as long as one UPDATE of all rows, in memory that stays the same', async () => {
  const whole = await atOnce(await withTable('repeat'));
  const made = await withTable(`repeat ${batch} pause 0`);
  const running = start(made);
  const [held, result] = await Promise.all([memory(running.pid, running.done), running.done]);
  const { ms } = appliedIn(result);
  expect(await touches(made)).toEqual([{ n: 1, rows }]);
  // Where there is little to do, what else a machine does weighs more.
  expect(whole / ms).toBeGreaterThan(isFull ? 0.5 : 0.2);
  const half = Math.ceil(held.length / 2);
  const [early, late] = [held.slice(0, half), held.slice(half)].map((some) => largest(some, 0));
  expect(late).toBeLessThan(1.2 * Number(early));
  figure('rows; rows a batch', `${grouped(rows)}; ${grouped(batch)}`);
  figure('one UPDATE of all rows, by psql', seconds(whole));
  figure('in batches, without a pause', seconds(ms));
  figure(
    'memory of Slipway at most, in the first half and in the second',
    `${early?.toFixed(0)} MiB, ${late?.toFixed(0)} MiB`,
  );
});

test('a client that writes beside it waits for a batch at most', async () => {
  const made = await withTable(`repeat ${batch} pause 0`);
  const over = new AbortController();
  const writing = traffic(made, over.signal);
  const result = await start(made).done;
  over.abort();
  const took = await writing;
  const { ms, batches } = appliedIn(result);
  expect(await touches(made)).toEqual([{ n: 1, rows }]);
  const oneBatch = ms / batches;
  expect(percentile(took, 0.99)).toBeLessThan(1.2 * oneBatch);
  figure('a batch beside a client that writes without a break, on average', `${oneBatch.toFixed(0)} ms`);
  figure(
    "that client's writes: p50, p99, the longest",
    [0.5, 0.99, 1].map((share) => `${percentile(took, share).toFixed(1)} ms`).join(', '),
  );
});

test('killed at random moments: every row is touched once', async () => {
  const made = await withTable(`repeat ${batch} pause 0`);
  for (let kill = 0; kill < kills; kill += 1) {
    const from = await committed(made);
    const running = start(made);
    const most = Math.max(1, Math.floor((0.8 * (rows / batch) - from) / (kills - kill)));
    const wanted = from + Math.floor(Math.random() * most);
    let isOver = false;
    void running.done.then(() => (isOver = true));
    while (!isOver && (await committed(made)) <= wanted);
    running.kill('SIGKILL');
    await running.done;
  }
  expect(await committed(made)).toBeGreaterThan(0);
  expect((await made.run('up')).code).toBe(0);
  expect(await touches(made)).toEqual([{ n: 1, rows }]);
  expect(await committed(made)).toBe(rows / batch);
  figure('killed with SIGKILL, and started again', `${kills} times`);
  figure('rows that were touched more than once, or not at all', '0');
});

(isFull ? test : test.skip)(
  'without an index that finds what is left, the time grows with the square of the rows',
  async () => {
    const timeOf = async (size: number, index: string): Promise<number> =>
      appliedIn(await (await withTable('repeat 1000 pause 0', index, size)).run('up')).ms;
    const sizes = [100_000, 200_000, 400_000];
    for (const [title, index] of [
      ['with an index that finds what is left', leftIndex],
      ['without it', ''],
    ] as const) {
      const took: number[] = [];
      for (const size of sizes) took.push(await timeOf(size, index));
      figure(`${title}: ${sizes.map(grouped).join('; ')} rows, 1,000 a batch`, took.map(seconds).join(', '));
    }
  },
);
