import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from './dump.mjs';

export async function write(before, after) {
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  try {
    const files = [before, after].map((place, index) => {
      const path = join(folder, `${index}.sql`);
      writeFileSync(path, dump(place));
      return path;
    });
    const sql = execFileSync('apgdiff', ['--add-defaults', ...files], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    return { units: sql.trim() === '' ? [] : [{ sql, isTransactional: true }], left: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
