import { describeSchema } from '../../../../src/schema/generate/describe-schema.ts';
import { writeSchema } from '../../../../src/schema/generate/whole.ts';
import { hardSchema, ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { everyMutation } from '../../../fixtures/mutations/all.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../../support/database.ts';
import { thorough } from '../../../support/thorough.ts';

jest.setTimeout(300_000);

const options = { ledger, withPrivileges: true };
/** Some of every sort, since each takes a database of its own. */
const share = thorough({ person: 16, ci: 8, full: 1 });
const tried = everyMutation.filter(({ since }, at) => at % share === 0 && since <= newestMajor);

let hard: TestDatabase;
beforeAll(async () => {
  hard = await createDatabase(newestMajor);
  await hard.query(hardSchema);
});
afterAll(() => hard.drop());

test('whatever a schema is changed to is written so that it gives the same again', async () => {
  const session = await sessionOn(hard);
  const wrong: object[] = [];
  for (const { apply, undo } of tried) {
    await session.run(apply);
    const before = await describeSchema(session, options);
    await session.run(undo);
    const { sql, left } = writeSchema(before);
    const database = await createDatabase(newestMajor);
    try {
      const other = await sessionOn(database);
      await other.run(sql);
      const { snapshot } = await describeSchema(other, options);
      const objects = new Set([...before.snapshot.keys(), ...snapshot.keys()]);
      const differing = [...objects].filter((object) => {
        const [one, two] = [before.snapshot.get(object), snapshot.get(object)];
        return one?.text !== two?.text || JSON.stringify(one?.facets) !== JSON.stringify(two?.facets);
      });
      const unsaid = differing.filter((object) => !left.includes(object));
      if (unsaid.length > 0) wrong.push({ apply, unsaid });
    } catch (error) {
      wrong.push({ apply, error: String(error) });
    } finally {
      await database.drop();
    }
  }
  expect(tried.length).toBeGreaterThan(14);
  expect(wrong).toEqual([]);
});
