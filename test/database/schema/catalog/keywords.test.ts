import { diff } from '../../../../src/schema/compare/diff.ts';
import { expectedOf, lookAt } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, type TestDatabase } from '../../../support/database.ts';

const databases: TestDatabase[] = [];

beforeAll(async () => {
  for (const major of majors) databases.push(await createDatabase(major));
});

afterAll(async () => {
  for (const database of databases) await database.drop();
});

/** The words that any of the majors quotes. */
async function keywords(): Promise<string[]> {
  const words = new Set<string>();
  for (const database of databases) {
    const rows = await database.query<{ word: string }>(
      'SELECT word FROM pg_get_keywords() WHERE quote_ident(word) <> word',
    );
    for (const { word } of rows) words.add(word);
  }
  return [...words].sort();
}

test('names that only some majors quote are the same on all', async () => {
  const words = await keywords();
  expect(words).toContain('select');
  const schema = words
    .map(
      (
        word,
      ) => `CREATE TABLE public."${word}" ("${word}" int CONSTRAINT "${word}_positive" CHECK ("${word}" > 0));
        CREATE INDEX ON public."${word}" (("${word}" + 1));
        CREATE FUNCTION public."${word}"("${word}" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        COMMENT ON COLUMN public."${word}"."${word}" IS '${word}';`,
    )
    .join('\n');
  const snapshots = [];
  for (const database of databases) {
    await database.query(schema);
    snapshots.push(await (await lookAt(database))());
  }
  const newest = snapshots.at(-1);
  if (!newest) throw new Error('no major');
  expect([...newest.keys()].filter((object) => object.startsWith('table '))).toHaveLength(words.length);
  for (const snapshot of snapshots) {
    expect([...snapshot.keys()]).toEqual([...newest.keys()]);
    const { differences, unverified } = diff(...expectedOf(snapshot, newest));
    expect(differences).toEqual([]);
    // 15 changed what everybody may do in it.
    expect(unverified.filter((facet) => !facet.startsWith('privileges schema public: '))).toEqual([]);
  }
});
