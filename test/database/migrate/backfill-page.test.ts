import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useScenes } from '../../support/scene.ts';

const scene = useScenes();
const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'backfill.md'), 'utf8');
const rows = 12_000;

/** The files that the page shows, by their path. */
const shown = Object.fromEntries(
  [...page.matchAll(/`(migrations\/\d{14}_\w+\.sql)`:\n\n```sql\n(.*?)```/gs)].map(
    ([, path = '', sql = '']) => [path, sql],
  ),
);

test('the files of docs/backfill.md fill a column while clients write, and make it NOT NULL', async () => {
  expect(Object.keys(shown)).toHaveLength(7);
  const made = await scene({
    'migrations/20260101000000_orders.sql': `CREATE SCHEMA shop;
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount int NOT NULL);
INSERT INTO shop.orders (amount) SELECT generate_series(1, ${rows});`,
  });
  expect((await made.run('up')).code).toBe(0);
  for (const [path, sql] of Object.entries(shown)) made.project.write(path, sql);
  const over = new AbortController();
  const writing = (async () => {
    const client = await made.database.connect({ application_name: 'traffic' });
    let written = 0;
    for (; !over.signal.aborted; written += 1) {
      await client.query('INSERT INTO shop.orders (amount) VALUES (1)');
      await client.query('UPDATE shop.orders SET amount = amount + 1 WHERE id = $1', [1 + (written % rows)]);
    }
    await client.end();
    return written;
  })();
  const result = await made.run('up');
  over.abort();
  const written = await writing;
  expect(result.code).toBe(0);
  expect(written).toBeGreaterThan(10);
  expect(
    await made.database.query('SELECT tier, count(*)::int AS orders FROM shop.orders GROUP BY 1'),
  ).toEqual([{ tier: 'basic', orders: rows + written }]);
  expect(
    await made.database.query(
      `SELECT a.attnotnull AS set, (SELECT count(*)::int FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'c') AS checks,
          to_regclass('shop.orders_without_tier') AS index
         FROM pg_attribute a WHERE a.attrelid = 'shop.orders'::regclass AND a.attname = 'tier'`,
    ),
  ).toEqual([{ set: true, checks: 0, index: null }]);
});
