import { run } from '@pgkit/migra/dist/command.js';

export async function write(before, after) {
  const migration = await run(before.url, after.url, { unsafe: true, withPrivileges: true });
  const sql = migration.sql ?? migration.statements.join('\n');
  return { units: sql.trim() === '' ? [] : [{ sql, isTransactional: true }], left: [] };
}
