import { join } from 'node:path';
import pg from 'pg';
import Postgrator from 'postgrator';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  const postgrator = new Postgrator({
    driver: 'pg',
    database: process.env.PGDATABASE,
    migrationPattern: join(import.meta.dirname, 'migrations', '*'),
    execQuery: (query) => client.query(query),
  });
  await postgrator.migrate();
} finally {
  await client.end();
}
