// node --test: each file has a database of its own, with the whole schema, and nobody else in it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { templateDatabase } from 'pg-slipway';

let template;
let database;
let client;

before(async () => {
  // Made by the first that asks, found by all others; another one as soon as a file of the project changes.
  template = await templateDatabase({ url: process.env.TEST_DATABASE_URL });
  database = await template.clone();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

after(async () => {
  await client?.end();
  await database?.drop();
  await template?.close();
});

test('an account begins without orders', async () => {
  const { rows } = await client.query('SELECT count(*)::int AS orders FROM trading.orders');
  assert.deepEqual(rows, [{ orders: 0 }]);
});
