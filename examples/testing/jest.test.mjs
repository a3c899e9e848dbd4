// NODE_OPTIONS=--experimental-vm-modules jest: each file has a database of its own.
import pg from 'pg';
import { templateDatabase } from 'pg-slipway';

let template;
let database;
let client;

beforeAll(async () => {
  template = await templateDatabase({ url: process.env.TEST_DATABASE_URL });
  database = await template.clone();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await database?.drop();
  await template?.close();
});

test('an account begins without orders', async () => {
  const { rows } = await client.query('SELECT count(*)::int AS orders FROM trading.orders');
  expect(rows).toEqual([{ orders: 0 }]);
});
