import { newestMajor, sweptMajors } from '../../support/database.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes(afterAll);
const files = { 'migrations/20250101000000_a.sql': 'CREATE TABLE public.a ();' };

const warnings = async ({ run }: Scene) =>
  expectSuccess(await run('up')).logs.filter(({ event }) => event === 'published');

describe('Hostile and odd: a ledger in a publication', () => {
  describe.each(sweptMajors)('on %i', (major) => {
    test('by any of the ways that there are: up says so at each start, and how to take it out', async () => {
      const made = await scene(files, { major });
      const { database } = made;
      await database.query('CREATE PUBLICATION everything FOR ALL TABLES');
      expect(await warnings(made)).toEqual([
        expect.objectContaining({
          level: 'warn',
          msg: expect.stringMatching(
            /slipway\.ledger is in the publication "everything" \(FOR ALL TABLES\).*subscriber/,
          ),
          remedy: expect.stringMatching(/DROP PUBLICATION "everything"/),
        }),
      ]);
      expect(await warnings(made)).toHaveLength(1);
      await database.query('DROP PUBLICATION everything; CREATE PUBLICATION named FOR TABLE slipway.ledger');
      if (major >= 15) await database.query('CREATE PUBLICATION spaces FOR TABLES IN SCHEMA slipway, public');
      const [warning] = await warnings(made);
      expect(warning?.msg).toMatch(/"named"/);
      if (major >= 15) expect(warning?.msg).toMatch(/"spaces" \(FOR TABLES IN SCHEMA\)/);
      for (const statement of String(warning?.remedy).split(/(?<=;) /)) await database.query(statement);
      expect(await warnings(made)).toEqual([]);
    });
  });

  test('another table in one is no matter of ours', async () => {
    const made = await scene(files, { major: newestMajor });
    expectSuccess(await made.run('up'));
    await made.database.query('CREATE PUBLICATION others FOR TABLE public.a; CREATE PUBLICATION none');
    expect(await warnings(made)).toEqual([]);
  });
});
