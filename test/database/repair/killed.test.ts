import { nobodyLeft } from '../../support/activity.ts';
import { serverOf } from '../../support/database.ts';
import { writeLock } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';
import { cutWire, type WireCut } from '../../support/wire-cut.ts';

const scene = useScenes(afterAll);
jest.setTimeout(180_000);

const [v1, v2, v3, v4] = ['20250101000000', '20250102000000', '20250103000000', '20250104000000'];
const files = {
  'sql/baseline.sql': `-- slipway: version ${v1}\nCREATE TABLE public.a (x int);\n`,
  [`migrations/${v2}_b.sql`]: 'CREATE TABLE public.b (x int);\n',
  [`migrations/${v3}_c.sql`]: 'CREATE TABLE public.c (x int);\n',
  [`migrations/${v4}_d.sql`]: 'CREATE TABLE public.d (x int);\n',
};

/** A repair of several rows: one to record, one to accept, one to remove; and how to get there again. */
async function broken(): Promise<Scene & { spoil(): Promise<unknown> }> {
  const made = await scene(files);
  expectSuccess(await made.run('up'));
  made.project.write(`migrations/${v2}_b.sql`, '-- goods\nCREATE TABLE public.b (x int);\n');
  await writeLock(made);
  await made.database.query(
    'CREATE TABLE public.as_it_was AS SELECT * FROM slipway.ledger; DROP TABLE public.d',
  );
  const spoil = () =>
    made.database.query(`DELETE FROM slipway.ledger;
      INSERT INTO slipway.ledger SELECT * FROM public.as_it_was WHERE version <> '${v3}'`);
  return { ...made, spoil };
}

/** The rows, without what tells one repair from another. */
const rowsOf = ({ database }: Scene): Promise<unknown[]> =>
  database.query('SELECT version, checksum, state, origin FROM slipway.ledger ORDER BY version');

/** Runs `repair --apply` over a wire that is cut at a message, and kills it and its server process there. */
async function repairCut(
  { database, project }: Scene,
  wire: WireCut,
  isKilled: boolean,
): Promise<number | null> {
  const env = { ...database.env, PGPORT: String(wire.port), SLIPWAY_WAIT_TIMEOUT: '5s' };
  const running = startSlipway(['repair', '--apply'], { cwd: project.directory, env });
  if (isKilled) {
    await Promise.race([wire.stopped, running.done]);
    running.kill('SIGKILL');
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'slipway %'`,
    );
  }
  const { code } = await running.done;
  await wire.close();
  await nobodyLeft(database);
  return code;
}

test('a repair that is killed at any message leaves the ledger as before or as after, and the next one mends it', async () => {
  const made = await broken();
  const { port } = serverOf(made.database.major);
  await made.spoil();
  const before = await rowsOf(made);
  const whole = await cutWire(port, Number.POSITIVE_INFINITY, 'before');
  expect(await repairCut(made, whole, false)).toBe(0);
  const messages = whole.sent;
  const after = await rowsOf(made);
  expect(after).toMatchObject([
    { version: v1, origin: 'applied' },
    { version: v2, origin: 'applied' },
    { version: v3, origin: 'adopted' },
  ]);
  expect(after).not.toEqual(before);

  const left: { readonly at: number; readonly how: string; readonly isAfter: boolean }[] = [];
  for (const how of ['before', 'after'] as const) {
    for (let at = 1; at <= messages; at += 1) {
      await made.spoil();
      await repairCut(made, await cutWire(port, at, how), true);
      const rows = await rowsOf(made);
      expect([before, after]).toContainEqual(rows);
      left.push({ at, how, isAfter: JSON.stringify(rows) === JSON.stringify(after) });
      if (at % 3 !== 0) continue;
      expect([0, 1]).toContain((await made.run('repair --apply')).code);
      expect(await rowsOf(made)).toEqual(after);
    }
  }
  expect(new Set(left.map(({ isAfter }) => isAfter))).toEqual(new Set([true, false]));
  // It is one message that makes all of the difference.
  const inTurn = left.filter(({ how }) => how === 'before').map(({ isAfter }) => Number(isAfter));
  expect(inTurn).toEqual([...inTurn].sort());
  expect(messages).toBeGreaterThan(5);
});
