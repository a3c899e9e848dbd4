import { createDatabase, newestMajor } from '../support/database.ts';
import { exampleFiles, exampleVersions } from '../support/example.ts';
import { makeProject, type Project } from '../support/project.ts';
import { slipway } from '../support/slipway.ts';

jest.setTimeout(300_000);

/** SLIPWAY_TEST_FULL: 20 rounds instead of 3. */
const rounds = process.env.SLIPWAY_TEST_FULL ? 20 : 3;
const herd = 20;
const versions = exampleVersions();

let project: Project;
beforeAll(() => {
  project = makeProject(exampleFiles());
});
afterAll(() => project.destroy());

test.each(Array.from({ length: rounds }, (_, index) => index + 1))(
  `${herd} at once on an empty database, round %i: one applies, the others find it done`,
  async () => {
    const database = await createDatabase(newestMajor);
    try {
      const results = await Promise.all(
        Array.from({ length: herd }, () =>
          slipway(['up', '--json'], { cwd: project.directory, env: database.env }),
        ),
      );
      const failures = results.filter(({ code }) => code !== 0);
      expect(failures.map(({ code, stderr }) => ({ code, stderr }))).toEqual([]);
      const rows = await database.query<{ version: string; state: string; run: string }>(
        'SELECT version, state, run FROM slipway.ledger ORDER BY version',
      );
      expect(rows.map(({ version, state }) => ({ version, state }))).toEqual(
        versions.map((version) => ({ version, state: 'done' })),
      );
      expect(new Set(rows.map(({ run }) => run)).size).toBe(1);
      const applied = results.map(({ logs }) => logs.filter(({ event }) => event === 'applied').length);
      expect(applied.sort((a, b) => b - a)).toEqual([versions.length, ...Array(herd - 1).fill(0)]);
    } finally {
      await database.drop();
    }
  },
);
