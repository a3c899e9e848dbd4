import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockObjects } from '../../../../src/schema/compare/locked-objects.ts';
import { hardSchema, lookAt } from '../../../fixtures/hard-schema.ts';
import { oddSchema } from '../../../fixtures/odd-schema.ts';
import { createDatabase, named, sweptMajors } from '../../../support/database.ts';
import { exampleFiles } from '../../../support/example.ts';

jest.setTimeout(120_000);

const fixture = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'lock-hashes.json');

const example = Object.entries(exampleFiles())
  .filter(([path]) => path === 'sql/baseline.sql' || /^migrations\/\d+_\w+\.sql$/.test(path))
  .sort(([a], [b]) => (a === 'sql/baseline.sql' ? -1 : b === 'sql/baseline.sql' ? 1 : a < b ? -1 : 1))
  .map(([, sql]) => sql);
const schemas = { example, 'hard schema': [hardSchema], 'odd schema': [oddSchema] };

/** By major, schema and kind of object: the hash of all that a lock held of them when it was recorded. */
type Recorded = Record<string, Record<string, Record<string, string>>>;
const recorded: Recorded = JSON.parse(readFileSync(fixture, 'utf8'));

/** Each server brings its own versions of extensions. */
const isOfServer = (kind: string): boolean => kind === 'extension version';

/**
 * The text of an object decides whether a user's database has drifted: of the same object each later program says the
 * same, to the byte, or `snapshotFormat` is another. A new kind, or a text that was wrong, is recorded with
 * SLIPWAY_TEST_RECORD=1.
 */
describe.each(named(sweptMajors))('what a lock holds, on PostgreSQL $version', ({ major }) => {
  test.each(Object.entries(schemas))('%s: the hashes are those of earlier programs', async (name, files) => {
    const database = await createDatabase(major);
    try {
      for (const sql of files) await database.query(sql);
      const snapshot = await (await lookAt(database))();
      const locked = lockObjects(snapshot);
      const hashes = new Map<string, ReturnType<typeof createHash>>();
      for (const [object, { kind }] of snapshot) {
        if (isOfServer(kind)) continue;
        const hash = hashes.get(kind) ?? createHash('sha256');
        hashes.set(kind, hash.update(`${object}\n${JSON.stringify(locked[object])}\n`));
      }
      const found = Object.fromEntries([...hashes].map(([kind, hash]) => [kind, hash.digest('base64url')]));
      expect(Object.keys(found).length).toBeGreaterThan(8);
      const server = String(Math.floor(major));
      if (process.env.SLIPWAY_TEST_RECORD === '1') {
        recorded[server] = { ...recorded[server], [name]: found };
        writeFileSync(fixture, `${JSON.stringify(recorded, null, 1)}\n`);
      }
      expect(found).toEqual(recorded[server]?.[name]);
    } finally {
      await database.drop();
    }
  });
});
