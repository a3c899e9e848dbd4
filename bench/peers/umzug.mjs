import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { Umzug } from 'umzug';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });

const umzug = new Umzug({
  migrations: {
    glob: 'migrations/*.sql',
    resolve: ({ name, path, context }) => ({
      name,
      up: async () => context.query(await readFile(path, 'utf8')),
    }),
  },
  context: client,
  storage: {
    async executed({ context }) {
      await context.query('CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)');
      const { rows } = await context.query('SELECT name FROM migrations ORDER BY name');
      return rows.map(({ name }) => name);
    },
    async logMigration({ name, context }) {
      await context.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    },
    async unlogMigration({ name, context }) {
      await context.query('DELETE FROM migrations WHERE name = $1', [name]);
    },
  },
  logger: console,
});

await client.connect();
try {
  await umzug.up();
} finally {
  await client.end();
}
