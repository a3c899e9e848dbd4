import { readFileSync } from 'node:fs';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const version = '20250101000000';
const baseline = `-- slipway: version ${version}
CREATE TABLE public.accounts (id int PRIMARY KEY);
CREATE TABLE public.orders (
  id int PRIMARY KEY,
  account int NOT NULL CONSTRAINT orders_account REFERENCES public.accounts (id),
  price numeric CONSTRAINT orders_price CHECK (price > 0),
  note text
);
CREATE INDEX orders_by_account ON public.orders (account);
`;
const old = `CREATE TABLE public.accounts (id int PRIMARY KEY);
CREATE TABLE public.orders (id int PRIMARY KEY, account int, price numeric);
INSERT INTO public.accounts SELECT generate_series(1, 10);
INSERT INTO public.orders SELECT n, 1 + n % 10, n FROM generate_series(1, 100) AS n`;

const run = (made: Scene, line: string) => made.run(line, shadowOf(made));

async function oldDatabase(): Promise<Scene> {
  const made = await scene({ 'sql/baseline.sql': baseline });
  await writeLock(made);
  await made.database.query(old);
  return made;
}

/** What a fix commits together, without its comments. */
const partsOf = ({ project }: Scene): string[] =>
  readFileSync(project.path('fix.sql'), 'utf8')
    .split('-- slipway: commit\n')
    .map((part) => part.replace(/^ *--.*\n/gm, '').trim());

test('a fix in parts promises constraints, proves them in transactions of their own, and is adopted by the last', async () => {
  const made = await oldDatabase();
  expectSuccess(await run(made, 'adopt --write-fix fix.sql --stepwise'));
  const parts = partsOf(made);
  expect(parts).toEqual([
    'ALTER TABLE public.orders ADD CONSTRAINT "slipway account is given" CHECK (account IS NOT NULL) NOT VALID;',
    'ALTER TABLE public.orders VALIDATE CONSTRAINT "slipway account is given";',
    'ALTER TABLE public.orders ALTER COLUMN account SET NOT NULL;',
    'ALTER TABLE public.orders DROP CONSTRAINT "slipway account is given";',
    'ALTER TABLE public.orders ADD COLUMN note text;',
    'ALTER TABLE public.orders ADD CONSTRAINT orders_account FOREIGN KEY (account) REFERENCES public.accounts(id) NOT VALID;',
    'ALTER TABLE public.orders VALIDATE CONSTRAINT orders_account;',
    'ALTER TABLE public.orders ADD CONSTRAINT orders_price CHECK ((price > (0)::numeric)) NOT VALID;',
    'ALTER TABLE public.orders VALIDATE CONSTRAINT orders_price;',
    'CREATE INDEX orders_by_account ON public.orders (account);',
  ]);
  const { logs } = expectSuccess(await run(made, 'adopt --fix fix.sql'));
  expect(logs.filter(({ event }) => event === 'fixing')).toEqual(
    parts.map((_, index) =>
      expect.objectContaining({
        number: index + 1,
        of: parts.length,
        msg: `running fix.sql, part ${index + 1} of ${parts.length}`,
      }),
    ),
  );
  expect(await made.ledger()).toMatchObject([{ version, origin: 'adopted', accepted: { fixes: [{}] } }]);
  expect(await made.database.query('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 100 }]);
  expectSuccess(await run(made, 'drift --strict'));
});

test('a part that fails leaves what was committed before, says so, and a fix of what is left brings it there', async () => {
  const made = await oldDatabase();
  expectSuccess(await run(made, 'adopt --write-fix fix.sql --stepwise'));
  await made.database.query('UPDATE orders SET price = -1 WHERE id = 7');
  expectFailure(await run(made, 'adopt --fix fix.sql'), {
    code: 65,
    names: /fix\.sql:\d+:\d+: .*orders_price/,
    remedy:
      /^\d+ parts of the fix were committed before and stay: write what is left with --write-fix, and apply that\.$/,
  });
  expect(
    await made.database.query(
      `SELECT to_regclass('slipway.ledger') IS NULL OR NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'orders_price' AND convalidated) AS is_open`,
    ),
  ).toEqual([{ is_open: true }]);
  await made.database.query('UPDATE orders SET price = 1 WHERE id = 7');
  expectSuccess(await run(made, 'adopt --write-fix rest.sql --stepwise'));
  expectSuccess(await run(made, 'adopt --fix rest.sql'));
  expectSuccess(await run(made, 'drift --strict'));
});

test('the deadline of the run ends a fix: 75, and its part is rolled back', async () => {
  const made = await oldDatabase();
  made.project.write(
    'fix.sql',
    `-- slipway: version ${version}\nCREATE TABLE public.late ();\nSELECT pg_sleep(60);\n`,
  );
  const { code, logs } = await made.run('adopt --fix fix.sql', {
    ...shadowOf(made),
    SLIPWAY_RUN_TIMEOUT: '1s',
  });
  expect([code, logs.at(-1)?.msg]).toEqual([75, expect.stringContaining('SLIPWAY_RUN_TIMEOUT')]);
  expect(await made.database.query(`SELECT to_regclass('public.late') AS late`)).toEqual([{ late: null }]);
});

test('a person may say where a fix is committed; within a string the line is text', async () => {
  const made = await oldDatabase();
  expectSuccess(await run(made, 'adopt --write-fix fix.sql'));
  const text = readFileSync(made.project.path('fix.sql'), 'utf8');
  expect(text).not.toContain('slipway: commit\n');
  made.project.write(
    'fix.sql',
    `${text}COMMENT ON TABLE public.orders IS '\n-- slipway: commit\n';\n-- slipway: commit\nCOMMENT ON TABLE public.orders IS NULL;\n`,
  );
  const { logs } = expectSuccess(await run(made, 'adopt --fix fix.sql'));
  expect(logs.filter(({ event }) => event === 'fixing')).toMatchObject([{ of: 2 }, { of: 2 }]);
});

test.each(['adopt', 'repair'])('%s --stepwise without --write-fix is wrong usage', async (command) => {
  const made = await oldDatabase();
  expectFailure(await run(made, `${command} --stepwise`), {
    code: 64,
    names: /--stepwise goes only with --write-fix/,
    remedy: new RegExp(`slipway ${command} --write-fix FILE --stepwise`),
  });
});

test('of a large database, a fix says in its first lines and before it runs what it will lock, and for how long', async () => {
  const made = await oldDatabase();
  await made.database.query(
    `INSERT INTO orders SELECT n, 1 + n % 10, n FROM generate_series(101, 1200000) AS n; ANALYZE orders`,
  );
  const line =
    /ACCESS EXCLUSIVE on public\.orders \(\d+ MB, \d+ rows\), reads all of it: blocks reads and writes, for (?:about \d+ s|less than a second)/;
  expectSuccess(await run(made, 'adopt --write-fix fix.sql'));
  expect(readFileSync(made.project.path('fix.sql'), 'utf8')).toMatch(line);
  const { logs } = expectSuccess(await run(made, 'adopt --fix fix.sql'));
  expect(logs.map(({ event }) => event)).toEqual(['fixForecast', 'fixing', 'fixed']);
  expect(logs[0]).toMatchObject({
    locks: expect.arrayContaining([
      expect.objectContaining({ relation: 'public.orders', lock: 'access-exclusive', work: 'scan' }),
    ]),
    detail: expect.arrayContaining([expect.stringMatching(line)]),
  });
});

test('what has to be dropped and made again is never missing, whatever becomes of the rest', async () => {
  const made = await scene({
    'sql/baseline.sql': `-- slipway: version ${version}
CREATE TABLE public.notes (id int PRIMARY KEY, tenant bigint, text text NOT NULL);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.notes USING (tenant = 1);
CREATE VIEW public.texts AS SELECT tenant, text FROM public.notes;
CREATE TABLE public.more (id int, CONSTRAINT more_id CHECK (id > 0));
`,
  });
  await writeLock(made);
  await made.database.query(`CREATE TABLE public.notes (id int PRIMARY KEY, tenant int, text text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.notes USING (tenant = 1);
CREATE VIEW public.texts AS SELECT tenant, text FROM public.notes;
GRANT SELECT ON public.texts TO PUBLIC;
CREATE TABLE public.more (id int);
INSERT INTO public.notes VALUES (1, 1, NULL);`);
  const protects = async () => {
    const [found] = await made.database.query(`SELECT
      (SELECT count(*)::int FROM pg_policies WHERE tablename = 'notes') AS policies,
      has_table_privilege('pg_monitor', to_regclass('public.texts'), 'SELECT') AS is_granted`);
    return found;
  };
  const whole = { policies: 1, is_granted: true };
  expectSuccess(await run(made, 'adopt --write-fix fix.sql --stepwise'));
  expectFailure(await run(made, 'adopt --fix fix.sql'), { code: 65, names: /fix\.sql/, remedy: /./ });
  expect(await protects()).toEqual(whole);
  await made.database.query(`UPDATE public.notes SET text = ''`);
  expectSuccess(await run(made, 'adopt --write-fix rest.sql --stepwise'));
  expectSuccess(await run(made, 'adopt --fix rest.sql'));
  expect(await protects()).toEqual(whole);
  expectSuccess(await run(made, 'drift --strict'));
});
