import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { PgDiff, Config } = createRequire(import.meta.url)('pg-diff-api');

export async function write(before, after) {
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  const config = structuredClone(Config);
  // Its source is the desired schema, its target the one that the patch is for.
  Object.assign(config.sourceClient, after);
  Object.assign(config.targetClient, before);
  Object.assign(config.compareOptions, {
    outputDirectory: folder,
    author: 'nobody',
    getAuthorFromGit: false,
  });
  Object.assign(config.compareOptions.schemaCompare, {
    namespaces: ['hard'],
    dropMissingTable: true,
    dropMissingView: true,
    dropMissingFunction: true,
    dropMissingAggregate: true,
  });
  config.compareOptions.dataCompare.enable = false;
  try {
    const file = await new PgDiff(config).compare('change');
    return { units: file ? [{ sql: readFileSync(file, 'utf8'), isTransactional: true }] : [], left: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
