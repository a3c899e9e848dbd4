import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { createDatabase, newestMajor } from '../../support/database.ts';
import { snapshotBy } from '../../support/fingerprint.ts';
import { psql } from '../../support/psql.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';

const setup = `CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('bad', 'good');
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int, total numeric(12, 2), placed_at timestamptz NOT NULL DEFAULT '2025-01-01');
CREATE TABLE shop.customers (id int PRIMARY KEY, email text, mood shop.mood);
CREATE INDEX orders_old ON shop.orders (customer);
CREATE TABLE shop.events (n int, kind text) PARTITION BY RANGE (n);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (0) TO (10);
CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM (10) TO (20);
CREATE MATERIALIZED VIEW shop.totals AS SELECT customer, sum(total) AS total FROM shop.orders GROUP BY customer;
CREATE UNIQUE INDEX totals_customer ON shop.totals (customer);
INSERT INTO shop.customers SELECT n, n || '@example.org', 'good' FROM generate_series(1, 20) n;
INSERT INTO shop.orders (customer, total) SELECT n % 20 + 1, n FROM generate_series(1, 200) n;
INSERT INTO shop.events SELECT n, 'x' FROM generate_series(0, 19) n;`;

/** Files as other tools' projects have them, which psql runs statement by statement. */
const files: Readonly<Record<string, string>> = {
  'a column, then its index': `-- Each order knows its shipment
ALTER TABLE shop.orders ADD COLUMN shipment text;
CREATE INDEX CONCURRENTLY orders_shipment ON shop.orders (shipment);
COMMENT ON COLUMN shop.orders.shipment IS 'as the carrier has it';`,
  'transactions of their own around the index': `BEGIN;
CREATE TABLE shop.coupons (code text PRIMARY KEY, percent int CHECK (percent > 0));
INSERT INTO shop.coupons VALUES ('SPRING', 10);
COMMIT;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_email ON shop.customers (lower(email));
BEGIN;
ALTER TABLE shop.customers ADD CONSTRAINT email_there CHECK (email IS NOT NULL) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE shop.customers VALIDATE CONSTRAINT email_there;
COMMIT;`,
  'one index for another': `SET lock_timeout = '5s';
SET search_path = shop;
CREATE INDEX CONCURRENTLY orders_customer_placed ON orders (customer, placed_at DESC);
DROP INDEX CONCURRENTLY orders_old;
ANALYZE orders;
ALTER TABLE orders ALTER COLUMN customer SET NOT NULL;`,
  'a primary key by an index': `CREATE UNIQUE INDEX CONCURRENTLY orders_number ON shop.orders (id, placed_at);
ALTER TABLE shop.orders ADD CONSTRAINT orders_number UNIQUE USING INDEX orders_number;
GRANT SELECT ON shop.orders TO PUBLIC`,
  'a value that is used at once': `ALTER TYPE shop.mood ADD VALUE 'glad' AFTER 'good';
UPDATE shop.customers SET mood = 'glad' WHERE id < 5;
CREATE INDEX CONCURRENTLY customers_glad ON shop.customers (id) WHERE mood = 'glad';`,
  'a partition that goes': `/* The first one is archived. */
ALTER TABLE shop.events DETACH PARTITION shop.events_1 CONCURRENTLY;
ALTER TABLE shop.events_1 RENAME TO events_archive;
CREATE TABLE shop.events_1 (LIKE shop.events INCLUDING ALL);
ALTER TABLE shop.events ATTACH PARTITION shop.events_1 FOR VALUES FROM (0) TO (10);`,
  'data in its midst': `CREATE TABLE shop.countries (code char(2), name text);
COPY shop.countries (code, name) FROM stdin;
AT\tAustria
PL\tPoland -- and more; CREATE INDEX
\\.
CREATE INDEX CONCURRENTLY countries_code ON shop.countries (code);
VACUUM (ANALYZE) shop.countries;`,
  'functions and triggers around it': `CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN -- COMMIT; VACUUM shop.orders;
  NEW.placed_at := '2025-02-02'; RETURN NEW;
END $$;
CREATE INDEX CONCURRENTLY orders_placed ON shop.orders USING brin (placed_at);
CREATE TRIGGER touch BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
UPDATE shop.orders SET total = total + 1 WHERE id = 1;
DO $$ BEGIN EXECUTE 'ALTER TABLE shop.orders ADD COLUMN made_by_do int'; END $$;`,
  'a view that is refreshed': `START TRANSACTION ISOLATION LEVEL REPEATABLE READ;
INSERT INTO shop.orders (customer, total) VALUES (1, 1000);
END;
REFRESH MATERIALIZED VIEW CONCURRENTLY shop.totals;
REINDEX INDEX CONCURRENTLY shop.totals_customer;
CREATE VIEW shop.best AS SELECT * FROM shop.totals WHERE total > 500;`,
  'two statements in a line, settings between': `CREATE TABLE shop.one (n int); CREATE INDEX CONCURRENTLY one_n ON shop.one (n); SET search_path = shop, public; CREATE TABLE two (n int);
RESET search_path;
CREATE INDEX CONCURRENTLY two_n ON shop.two (n); -- the last one
INSERT INTO shop.two SELECT n FROM generate_series(1, 3) n;`,
};

const run = promisify(execFile);
const rows = `SELECT (SELECT json_agg(o ORDER BY id) FROM shop.orders o) AS orders, (SELECT json_agg(c ORDER BY id) FROM shop.customers c) AS customers,
  (SELECT json_agg(e ORDER BY n) FROM shop.events e) AS events, (SELECT json_agg(t ORDER BY customer) FROM shop.totals t) AS totals`;

describe('a file that is split', () => {
  const scene = useScenes();

  (psql === null ? test.skip : test).each(Object.entries(files))(
    'with %s runs, and makes what psql makes of the whole',
    async (_, text) => {
      const byPsql = await createDatabase(newestMajor);
      const made = await scene({ [a]: setup, [b]: text });
      for (const [file, sql] of [
        [a, setup],
        [b, text],
      ] as const) {
        expect(readFileSync(made.project.path(file), 'utf8')).toBe(sql);
        await run(psql as string, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', made.project.path(file)], {
          env: { PATH: process.env.PATH, ...byPsql.env },
        });
      }
      expectFailure(await made.run('up'), { code: 65, names: /./, remedy: /./ });
      const split = await made.run(`split ${b}`);
      expectSuccess(split);
      expect(split.stdout.trim().split('\n').length).toBeGreaterThan(1);
      expectSuccess(await made.run('up'));
      const clients = [await byPsql.connect(), await made.database.connect()] as const;
      const [expected, is] = [await snapshotBy(clients[0]), await snapshotBy(clients[1])];
      const texts = (snapshot: typeof is) =>
        Object.fromEntries(
          [...snapshot].filter(([name]) => !name.includes('slipway')).map(([name, { text }]) => [name, text]),
        );
      expect(texts(is)).toEqual(texts(expected));
      expect(await made.database.query(rows)).toEqual(await byPsql.query(rows));
      await byPsql.drop();
    },
  );

  test('is named by what refuses it; printed, nothing is written', async () => {
    const { run, project } = await scene({ [a]: setup, [b]: files['a column, then its index'] as string });
    expectFailure(await run('up'), {
      code: 65,
      names: /CREATE INDEX CONCURRENTLY cannot run inside a transaction/,
      remedy: new RegExp(`slipway split ${b}`),
    });
    const printed = await run(`split --dry-run --json ${b}`);
    const { files: parts, written } = JSON.parse(printed.stdout);
    expect(written).toBe(false);
    expect(parts.map(({ file }: { file: string }) => file)).toEqual([
      b,
      'migrations/20250102000001_b_2.sql',
      'migrations/20250102000002_b_3.sql',
    ]);
    expect(readFileSync(project.path(b), 'utf8')).toBe(files['a column, then its index']);
  });

  test('is refused where the lock lists it, where it runs as it is, and where there is no room', async () => {
    const { run, project } = await scene({ [a]: 'CREATE TABLE public.t (n int);' });
    expectSuccess(await run('check --write'));
    expectFailure(await run(`split ${a}`), { code: 82, names: /lists this version/, remedy: /slipway new/ });
    project.write(b, 'CREATE TABLE public.u (n int);');
    expectFailure(await run(`split ${b}`), { code: 64, names: /runs as it is/, remedy: /./ });
    project.write(b, 'CREATE TABLE public.u (n int); VACUUM public.t;');
    project.write('migrations/20250102000001_c.sql', 'SELECT 1;');
    expectFailure(await run(`split ${b}`), { code: 65, names: /too near/, remedy: /--restamp/ });
    expectFailure(await run('split'), { code: 64, names: /no file is named/, remedy: /./ });
    expectFailure(await run('split migrations/20250109000000_x.sql'), {
      code: 66,
      names: /no such file/,
      remedy: /./,
    });
  });

  test('a repeated file is refused, and a DO that ends a transaction is not said to run as it is', async () => {
    const made = await scene({
      [a]: '-- slipway: repeat 10\nUPDATE t SET n = 1;\nVACUUM t;\n',
      [b]: 'DO $$ BEGIN COMMIT; END $$;\nCREATE TABLE public.z ();\n',
    });
    expectFailure(await made.run(`split ${a}`), {
      code: 65,
      names: /a repeated file/,
      remedy: /one file of each/,
      place: `${a}:2:1`,
    });
    const split = await made.run(`split ${b} --dry-run`);
    expectSuccess(split);
    expect(split.stdout).toContain('-- slipway: no-transaction\nDO $$');
  });
});
