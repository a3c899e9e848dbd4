import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const script = join(import.meta.dirname, 'alembic-autogenerate.py');

export async function write(before, after) {
  const sql = execFileSync('/usr/bin/python3', ['-W', 'ignore', script, before.url, after.url], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { units: sql.trim() === '' ? [] : [{ sql, isTransactional: true }], left: [] };
}
