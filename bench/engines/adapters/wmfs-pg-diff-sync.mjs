import { createRequire } from 'node:module';
import pg from 'pg';

const require = createRequire(import.meta.url);
const info = require('@wmfs/pg-info');
const diffSync = require('@wmfs/pg-diff-sync');

async function describe({ url }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await info({ client, schemas: ['hard'] });
  } finally {
    await client.end();
  }
}

export async function write(before, after) {
  const sql = diffSync(await describe(before), await describe(after)).join('\n');
  return { units: sql === '' ? [] : [{ sql, isTransactional: true }], left: [] };
}
