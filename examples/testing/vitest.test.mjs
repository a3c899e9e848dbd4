// vitest run: each file has a database of its own; `database` is a fixture that a test takes by name.
import pg from 'pg';
import { templateDatabase } from 'pg-slipway';
import { test as base, expect } from 'vitest';

const test = base.extend({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs.
  client: async ({}, use) => {
    const template = await templateDatabase({ url: process.env.TEST_DATABASE_URL });
    const database = await template.clone();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await use(client);
    await client.end();
    await database.drop();
    await template.close();
  },
});

test('an account begins without orders', async ({ client }) => {
  const { rows } = await client.query('SELECT count(*)::int AS orders FROM trading.orders');
  expect(rows).toEqual([{ orders: 0 }]);
});
