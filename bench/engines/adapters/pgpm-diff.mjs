import { createRequire } from 'node:module';
import { dump } from './dump.mjs';

const require = createRequire(import.meta.url);
const { sqlToDiffChanges, stripDumpPreamble } = require('@pgpmjs/diff');
const { diffChangeSets } = require('@pgpmjs/transform');
await require('plpgsql-parser').loadModule();

export async function write(before, after) {
  const side = (place) => sqlToDiffChanges(stripDumpPreamble(dump(place)), place.database);
  const { changes, warnings } = diffChangeSets(side(before), side(after));
  const sql = changes.map(({ deploy }) => deploy).join('\n');
  // What it cannot undo is not asked for.
  const left = warnings.filter((warning) => !warning.includes('revert not derivable'));
  return { units: sql.trim() === '' ? [] : [{ sql, isTransactional: true }], left };
}
