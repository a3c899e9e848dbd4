import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { majors, serverOf } from '../../support/database.ts';
import { pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { type Scene, useScenes } from '../../support/scene.ts';
import { type RunningSlipway, type SlipwayResult, startSlipway } from '../../support/slipway.ts';

const table = '20250101000000';
const fill = '20250102000000';
const fillPath = `migrations/${fill}_fill.sql`;

const tableSql = (
  rows: number,
): string => `CREATE TABLE public.items (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, filled text);
INSERT INTO public.items (id) SELECT generate_series(1, ${rows});
CREATE INDEX items_left ON public.items (id) WHERE filled IS NULL;
`;
const update = `UPDATE public.items SET filled = 'x', n = n + 1
 WHERE id = ANY (ARRAY(SELECT id FROM public.items WHERE filled IS NULL ORDER BY id LIMIT current_setting('slipway.batch')::int));
`;
const repeated = (sql = update, directive = 'repeat 1000 pause 0'): string =>
  `-- slipway: ${directive}\n${sql}`;

/** A table with an index that finds the rows that are left, and a file that fills them. */
const files = (rows: number, sql = repeated()) => ({
  [`migrations/${table}_table.sql`]: tableSql(rows),
  [fillPath]: sql,
});

const scene = useScenes();

/** How often rows were touched: each number of times with how many rows. */
const touches = ({ database }: Scene) =>
  database.query('SELECT n, count(*)::int AS rows FROM public.items GROUP BY 1 ORDER BY 1');
const once = (rows: number) => [{ n: 1, rows }];

/** The row of the file, as far as tests judge it. */
async function rowOf({ ledger }: Scene) {
  const row = (await ledger()).find(({ version }) => version === fill);
  const { repeat = null } = (row?.accepted ?? {}) as { readonly repeat?: object | null };
  return row ? { state: row.state, repeat } : null;
}

const start = ({ database, project }: Scene, env: Record<string, string> = {}): RunningSlipway =>
  startSlipway(['up'], { cwd: project.directory, env: { ...database.env, ...env } });
const failure = ({ logs }: SlipwayResult) => logs.find(({ event }) => event === 'failed');

/** Waits until so many batches are committed. */
async function batches(of: Scene, least: number): Promise<void> {
  for (;;) {
    const [row] = await of.database
      .query<{ n: number | null }>(
        `SELECT (accepted #>> '{repeat,batches}')::int AS n FROM slipway.ledger WHERE version = '${fill}'`,
      )
      .catch(() => []);
    if ((row?.n ?? 0) >= least) return;
  }
}

describe.each(majors)('a file that is repeated, on PostgreSQL %s', (major) => {
  test('runs in batches until it touches no row, and says how many there were', async () => {
    const made = await scene(files(4500), { major });
    const result = await made.run('up');
    expect(result.code).toBe(0);
    expect(await touches(made)).toEqual(once(4500));
    expect(await rowOf(made)).toEqual({ state: 'done', repeat: { batches: 5, rows: 4500 } });
    expect(result.logs.find(({ event }) => event === 'repeated')).toMatchObject({ batches: 1, rows: 1000 });
    const applied = result.logs.find(({ event, version }) => event === 'applied' && version === fill);
    expect(applied).toMatchObject({
      batches: 5,
      rows: 4500,
      msg: expect.stringContaining('5 batches, 4,500 rows'),
    });
  });

  test('that has nothing to do is done in one transaction', async () => {
    const made = await scene(files(0), { major });
    expect((await made.run('up')).code).toBe(0);
    expect(await rowOf(made)).toEqual({ state: 'done', repeat: { batches: 0, rows: 0 } });
  });

  test('has variables, and the batch of its directive', async () => {
    const made = await scene(
      {
        [`migrations/${table}_table.sql`]: 'CREATE TABLE public.made (batch int, word text);',
        [fillPath]: repeated(
          `INSERT INTO public.made (batch, word)
  SELECT current_setting('slipway.batch')::int, current_setting('slipway.word')
   WHERE (SELECT count(*) FROM public.made) < 3;`,
          'repeat pause 1ms',
        ),
      },
      { major },
    );
    const reader = await made.role();
    const result = await made.run('up', { SLIPWAY_VAR_WORD: 'hello', SLIPWAY_READERS: reader.name });
    expect(result.code).toBe(0);
    expect(await made.database.query('SELECT * FROM public.made')).toEqual(
      Array.from({ length: 3 }, () => ({ batch: 5000, word: 'hello' })),
    );
    expect((await made.run('wait --timeout 0', reader.env)).code).toBe(0);
  });
});

describe('killed', () => {
  test('at random moments, it is gone on with, and each row is touched once', async () => {
    const rows = 30_000;
    const made = await scene(files(rows, repeated(update, 'repeat 500 pause 5ms')));
    for (let kill = 0; kill < 4; kill += 1) {
      const running = start(made);
      await Promise.race([batches(made, 3 + 7 * kill), running.done]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      running.kill('SIGKILL');
      await running.done;
    }
    expect(await rowOf(made)).toMatchObject({ state: 'running' });
    const result = await made.run('up');
    expect(result.code).toBe(0);
    expect(await touches(made)).toEqual(once(rows));
    expect(await rowOf(made)).toEqual({ state: 'done', repeat: { batches: 60, rows } });
  });

  test('by SIGTERM, it ends with 143 within 5 s, and the next run goes on', async () => {
    const made = await scene(files(3000, repeated(update, 'repeat 1000 pause 1h')));
    const running = start(made);
    await batches(made, 1);
    running.kill('SIGTERM');
    const { code, ms } = await running.done;
    expect(code).toBe(143);
    expect(ms).toBeLessThan(20_000);
    expect(await rowOf(made)).toEqual({ state: 'running', repeat: { batches: 1, rows: 1000 } });
  });

  test('with its session, by the server: the same run goes on, however often', async () => {
    const made = await scene(files(6000, repeated(update, 'repeat 500 pause 30ms')));
    const running = start(made);
    for (let kill = 0; kill < 5; kill += 1) {
      await batches(made, 1 + 2 * kill);
      await made.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'slipway%'`,
      );
    }
    expect((await running.done).code).toBe(0);
    expect(await touches(made)).toEqual(once(6000));
  });
});

test('several runs take turns, and each row is touched once', async () => {
  const rows = 20_000;
  const made = await scene(files(rows, repeated(update, 'repeat 250 pause 20ms')));
  const results = await Promise.all(
    Array.from({ length: 3 }, () => start(made, { SLIPWAY_LOCK_TIMEOUT: '2s' }).done),
  );
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await touches(made)).toEqual(once(rows));
  expect(await rowOf(made)).toEqual({ state: 'done', repeat: { batches: 80, rows } });
  const took = results.filter(({ logs }) => logs.some(({ event }) => event === 'repeated'));
  expect(took.length).toBeGreaterThan(1);
});

test('what is said of it while it is under way; wait waits; down undoes it', async () => {
  const made = await scene({
    ...files(3000, repeated(update, 'repeat 1000 pause 1h')),
    [`migrations/${fill}_fill.down.sql`]: 'UPDATE public.items SET filled = NULL, n = 0;',
  });
  const running = start(made);
  await batches(made, 1);
  running.kill('SIGKILL');
  await running.done;
  const far = { batches: 1, rows: 1000 };
  expect((await made.run('status')).stdout).toContain(`running  ${fill}: 1 batch, 1,000 rows so far`);
  expect(JSON.parse((await made.run('status --all --json')).stdout)).toMatchObject({
    repeated: far,
    pending: [fill],
    versions: [{ version: table }, { version: fill, state: 'running', repeated: far }],
  });
  expect((await made.run('plan')).stdout).toMatch(
    /fill {2}\(goes on after 1 batch, 1,000 rows; in batches of 1,000\)/,
  );
  expect(JSON.parse((await made.run('plan --json')).stdout)).toMatchObject({
    plan: 'run',
    repeated: far,
    steps: [{ action: 'resume', version: fill }],
  });
  const waited = await made.run('wait --timeout 0');
  expect(waited.code).toBe(75);
  expect(failure(waited)?.msg).toContain('1 batch, 1,000 rows so far');
  expect((await made.run('repair')).code).toBe(0);
  expect((await made.run('down --accept-data-loss')).code).toBe(0);
  expect(await rowOf(made)).toBeNull();
  expect(await touches(made)).toEqual([{ n: 0, rows: 3000 }]);
});

describe('it is refused with 65', () => {
  test('where the server does not say how many rows it changed; nothing is left of it', async () => {
    const made = await scene(
      files(
        10,
        repeated('WITH done AS (UPDATE public.items SET n = 1 RETURNING id) SELECT count(*) FROM done;'),
      ),
    );
    const result = await made.run('up');
    expect(result.code).toBe(65);
    expect(failure(result)).toMatchObject({
      file: fillPath,
      line: 2,
      column: 1,
      msg: expect.stringMatching(/ended as SELECT/),
    });
    expect(await touches(made)).toEqual([{ n: 0, rows: 10 }]);
    expect(await rowOf(made)).toBeNull();
  });

  const endless = `-- slipway: repeat 1000 pause 0
UPDATE public.items SET n = n + 1
 WHERE id IN (SELECT id FROM public.items LIMIT current_setting('slipway.batch')::int);
`;

  test('where it touches more than twice the rows that the table has; corrected and accepted, it goes on', async () => {
    const made = await scene(files(2000, endless));
    const result = await made.run('up');
    expect(result.code).toBe(65);
    expect(failure(result)).toMatchObject({
      file: fillPath,
      line: 2,
      msg: expect.stringContaining(
        '6,000 rows were touched, more than twice as many as "public"."items" has (2,000)',
      ),
      remedy: expect.stringContaining(`slipway repair --apply --accept-edit ${fill}`),
    });
    expect(result.logs.at(-1)?.detail).toContainEqual(
      expect.stringContaining('failed, rolled back: 20250102000000_fill (5 batches, 5,000 rows are kept)'),
    );
    expect(await rowOf(made)).toEqual({ state: 'running', repeat: { batches: 5, rows: 5000 } });
    made.project.write(fillPath, repeated());
    const edited = await made.run('up');
    expect(edited.code).toBe(82);
    expect(failure(edited)).toMatchObject({
      msg: expect.stringContaining('was edited before it was finished: 5 batches, 5,000 rows so far'),
      remedy: expect.stringContaining(`slipway repair --apply --accept-edit ${fill}`),
    });
    expect((await made.run(`repair --apply --accept-edit ${fill}`)).code).toBe(0);
    await made.database.query('UPDATE public.items SET n = 0');
    expect((await made.run('up')).code).toBe(0);
    expect(await touches(made)).toEqual(once(2000));
    expect(await rowOf(made)).toEqual({ state: 'done', repeat: { batches: 2, rows: 2000 } });
  });

  /** Statements that touch rows for ever, by what they write and read. */
  test.each([
    ['a partitioned table', 'UPDATE public.parts SET n = n + 1'],
    ['a view', 'UPDATE public.seen SET n = n + 1'],
    ['a table behind WITH', 'WITH one AS (SELECT 1) UPDATE public.items SET n = n + 1 FROM one'],
    ['a table with a trigger that writes to another one', 'UPDATE public.audited SET n = n + 1'],
    ['an INSERT of what another table has', 'INSERT INTO public.log SELECT id FROM public.items'],
    ['an INSERT of what no table has', 'INSERT INTO public.parts SELECT generate_series(1, 1000000), 0'],
  ])('where it would never end: %s', async (_, sql) => {
    const made = await scene({
      [`migrations/${table}_table.sql`]: `${tableSql(600)}
CREATE TABLE public.parts (id int, n int) PARTITION BY HASH (id);
CREATE TABLE public.parts_0 PARTITION OF public.parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO public.parts SELECT generate_series(1, 600), 0;
CREATE VIEW public.seen AS SELECT * FROM public.items;
CREATE TABLE public.log (id int);
CREATE TABLE public.audited AS SELECT generate_series(1, 600) AS n;
CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (NEW.n); RETURN NULL; END $$;
CREATE TRIGGER audit AFTER UPDATE ON public.audited FOR EACH ROW EXECUTE FUNCTION public.audit();`,
      [fillPath]: repeated(`${sql};`),
    });
    const result = await made.run('up');
    expect(failure(result)?.msg).toMatch(
      /it would never end: (?:[\d,]+ rows were touched|the INSERT adds rows without reading)/,
    );
    expect(result.code).toBe(65);
  });
});

test('a DELETE of a whole table, and an INSERT that fills an empty one, are not taken for endless', async () => {
  const made = await scene({
    ...files(
      6000,
      repeated('DELETE FROM public.items WHERE id IN (SELECT id FROM public.items LIMIT 1000);'),
    ),
    'migrations/20250104000000_move.sql': repeated(
      `WITH moved AS (DELETE FROM public.items WHERE id IN (SELECT id FROM public.items LIMIT 1000) RETURNING id)
INSERT INTO public.moved SELECT id FROM moved;`,
    ),
    'migrations/20250102120000_moved.sql': 'CREATE TABLE public.moved (id int);',
    'migrations/20250103000000_copy.sql': repeated(
      `INSERT INTO public.items (id) SELECT k FROM generate_series(1, 5000) AS k
 WHERE NOT EXISTS (SELECT FROM public.items WHERE id = k) LIMIT current_setting('slipway.batch')::int;`,
    ),
  });
  const result = await made.run('up');
  expect(failure(result)?.msg).toBeUndefined();
  expect(result.code).toBe(0);
  expect(await made.database.query('SELECT count(*)::int AS rows FROM public.moved')).toEqual([
    { rows: 5000 },
  ]);
});

test.each([
  [
    'several rows for each row of another table',
    `INSERT INTO public.parts SELECT i.id * 10 + k, k FROM public.items AS i CROSS JOIN generate_series(1, 9) AS k
 WHERE NOT EXISTS (SELECT FROM public.parts AS p WHERE p.id = i.id * 10 + k) LIMIT 700`,
    5400,
  ],
  [
    'what is not there already',
    `INSERT INTO public.once SELECT id % 10 FROM public.items ON CONFLICT DO NOTHING`,
    10,
  ],
])('an INSERT goes on until it has added %s', async (_, sql, rows) => {
  const made = await scene({
    [`migrations/${table}_table.sql`]: `${tableSql(600)}
CREATE TABLE public.once (id int PRIMARY KEY);
CREATE TABLE public.parts (id int, n int) PARTITION BY HASH (id);
CREATE TABLE public.parts_0 PARTITION OF public.parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);`,
    [fillPath]: repeated(`${sql};`),
  });
  const result = await made.run('up');
  expect([result.code, failure(result)?.msg]).toEqual([0, undefined]);
  expect(await rowOf(made)).toMatchObject({ state: 'done', repeat: { rows } });
});

test('a batch that meets a locked row backs off, and is tried again', async () => {
  const made = await scene(files(3000, repeated(update, 'repeat 1000 pause 500ms')));
  const running = start(made, { SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' });
  await batches(made, 1);
  const client = await made.database.connect({ application_name: 'customer' });
  await client.query('BEGIN; UPDATE public.items SET n = 0 WHERE filled IS NULL');
  const said = await running.waitForLog(({ event }) => event === 'gaveWay');
  expect(said.msg).toMatch(/^lock timeout: backed off, attempt 1 of 10: /);
  await client.query('COMMIT');
  expect((await running.done).code).toBe(0);
  expect(await touches(made)).toEqual(once(3000));
});

(pgbouncer === null ? test.skip : test)('through a transaction pooler', async () => {
  const made = await scene(files(4000));
  const pooler = await startPooler(serverOf(made.database.major), 'transaction', 4);
  try {
    const env = { PGHOST: '127.0.0.1', PGPORT: String(pooler.port) };
    const results = await Promise.all([made.run('up', env), made.run('up', env)]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await touches(made)).toEqual(once(4000));
  } finally {
    await pooler.stop();
  }
});

test('the lock, a squash and a new file know it', async () => {
  const made = await scene({
    'sql/baseline.sql': `-- slipway: version ${table}
CREATE TABLE public.sizes (id int PRIMARY KEY, label text);
INSERT INTO public.sizes (id) VALUES (1), (2), (3);`,
    [fillPath]: repeated(
      `UPDATE public.sizes SET label = 'size ' || id
 WHERE id IN (SELECT id FROM public.sizes WHERE label IS NULL ORDER BY id LIMIT current_setting('slipway.batch')::int);`,
      'repeat 2 pause 0',
    ),
  });
  expect((await made.run('check --write')).code).toBe(0);
  expect((await made.run('check')).code).toBe(0);
  expect((await made.run('up')).code).toBe(0);
  expect(await rowOf(made)).toEqual({ state: 'done', repeat: { batches: 2, rows: 3 } });
  const squashed = await made.run('squash --dry-run');
  expect(squashed.code).toBe(0);
  expect(squashed.stdout).toContain("'size 3'");
  const { stdout } = await made.run('new fill it --repeat');
  const [path = ''] = stdout.split('\n');
  expect(readFileSync(join(made.project.directory, path), 'utf8')).toBe('-- slipway: repeat\n-- fill it\n');
  const wrong = await made.run('new fill it --repeat --no-transaction');
  expect(wrong.code).toBe(64);
});
