import { smallHistory } from '../../../bench/history.ts';
import { check } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { testInCi } from '../../support/thorough.ts';
import { tapWire } from '../../support/wire-tap.ts';

const scene = useScenes();

/** How many queries a check of so many migrations asks that change rows alone, and how much it is answered. */
async function costOf(migrations: number): Promise<{ questions: number; perVersion: number }> {
  const [first, ...others] = smallHistory(migrations);
  const made: Scene = await scene(
    Object.fromEntries(
      [first, ...others].flatMap((one, at) =>
        one
          ? [
              [
                `migrations/${one.version}_${one.name}.sql`,
                at === 0 ? 'CREATE TABLE public.a (x int);' : `INSERT INTO public.a VALUES (${at});`,
              ],
            ]
          : [],
      ),
    ),
  );
  const tap = await tapWire(Number(made.database.env.PGPORT));
  try {
    const url = `${made.database.url.replace(/:\d+\//, `:${tap.port}/`)}?sslmode=disable`;
    expectSuccess(await check(made, '--write', { SLIPWAY_SHADOW_URL: url }));
    const questions = tap.sent.filter((type) => type === 'Q').length;
    return { questions, perVersion: tap.receivedBytes / migrations };
  } finally {
    await tap.close();
  }
}

describe('Hostile and odd: a check of many files', () => {
  test('what a version costs does not grow with those before it', async () => {
    const [few, many] = [await costOf(20), await costOf(80)];
    expect(many.questions).toBeLessThan(4.5 * few.questions);
    expect(many.perVersion).toBeLessThan(1.3 * few.perVersion);
  });

  testInCi('one that takes long says how far it is, and with which file', async () => {
    const slow = 'migrations/20250102000000_slow.sql';
    const made = await scene({
      'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n',
      [slow]: 'SELECT pg_sleep(11);\n',
    });
    const { logs } = expectSuccess(await check(made, '--write'));
    expect(logs).toContainEqual(
      expect.objectContaining({
        event: 'replaying',
        done: 1,
        versions: 2,
        file: slow,
        msg: `replayed 1 of 2 versions; now ${slow}`,
      }),
    );
    expect(logs).toContainEqual(
      expect.objectContaining({
        event: 'replaying',
        done: 1,
        versions: 2,
        file: slow,
        msg: `replayed once more 1 of 2 versions; now ${slow}`,
      }),
    );
  });
});
