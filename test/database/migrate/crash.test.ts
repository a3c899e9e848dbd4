import { eventually, nobodyLeft, slipwayBackends } from '../../support/activity.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';
import { record } from '../../support/figures.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { ledgerOf, statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { seed, seeded } from '../../support/seeded.ts';
import { type LogLine, type RunningSlipway, slipway, startSlipway } from '../../support/slipway.ts';
import { thorough } from '../../support/thorough.ts';

jest.setTimeout(180_000);

const tries = thorough({ person: 3, ci: 8, full: 30 });

const versions = [1, 2, 3, 4, 5].map((n) => `2025010${n}000000`);
/** Plain inserts, which would show what is applied twice or not at all; the fourth is outside of a transaction. */
const files = Object.fromEntries(
  versions.map((version, n) => [
    `migrations/${version}_step.sql`,
    [
      'CREATE TABLE public.trace (step int);\nINSERT INTO public.trace VALUES (1);',
      'INSERT INTO public.trace VALUES (2);\nSELECT pg_sleep(0.02);',
      'CREATE TABLE public.three (n int);\nINSERT INTO public.trace VALUES (3);\nSELECT pg_sleep(0.02);',
      '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY trace_step ON public.trace (step);',
      'INSERT INTO public.trace VALUES (5);\nSELECT pg_sleep(0.02);',
    ][n] as string,
  ]),
);

let project: Project;
beforeAll(() => {
  project = makeProject(files);
});
afterAll(() => project.destroy());

type Target = Pick<TestDatabase, 'query'>;

/** Whatever was interrupted: each version is there once, or not at all, as its row says. */
async function isWhole(database: Target): Promise<void> {
  const done = new Set(
    (await ledgerOf(database)).filter(({ state }) => state === 'done').map(({ version }) => version),
  );
  const [table] = await database.query("SELECT to_regclass('public.trace') IS NOT NULL AS present");
  const steps = table?.present
    ? (await database.query<{ step: number }>('SELECT step FROM public.trace ORDER BY step')).map(
        ({ step }) => step,
      )
    : [];
  const expected = [1, 2, 3, 5].filter((step) => done.has(versions[step - 1] as string));
  expect(steps).toEqual(expected);
}

/** The next run brings the database to head, without help, each version once. */
async function converges(database: Target, env: Record<string, string>): Promise<void> {
  const result = await slipway(['up'], { cwd: project.directory, env });
  expect({ code: result.code, log: result.code === 0 ? '' : result.stderr }).toEqual({ code: 0, log: '' });
  expect(await statesOf(database)).toEqual(versions.map((version) => `${version}:done`));
  await isWhole(database);
  const [index] = await database.query(
    "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'public.trace_step'::regclass",
  );
  expect(index?.valid).toBe(true);
}

/** How long a run takes here and now once it knows what to do, ms. */
async function spanMs(): Promise<number> {
  const database = await createDatabase(newestMajor);
  const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
  await running.waitForLog(hasPlanned);
  const startedAt = performance.now();
  const { code } = await running.done;
  await database.drop();
  expect(code).toBe(0);
  return performance.now() - startedAt;
}

/** Starts a run, which is at a random moment between its plan and its end when this resolves. */
async function startToMoment(database: TestDatabase, share: number, span: number): Promise<RunningSlipway> {
  const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
  await running.waitForLog(hasPlanned);
  await pauseMs(share * span);
  return running;
}

/** Starts a run, which has applied a version and not all of them when this resolves. */
async function startToFirstApplied(database: TestDatabase): Promise<RunningSlipway> {
  const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
  await running.waitForLog(({ event }) => event === 'applied');
  return running;
}

const hasPlanned = ({ event }: LogLine): boolean => event === 'plan';

/** Kills a process; false where it had just ended by itself. */
function wasKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test(`kill -9 of slipway at ${tries} moments of a run: the old version or the new one, and the next run converges`, async () => {
  const random = seeded(seed);
  const span = await spanMs();
  const left: number[] = [];
  for (let n = 0; n < tries; n += 1) {
    const database = await createDatabase(newestMajor);
    // The first is known to be in the middle of the run, however long one takes; the others are spread over it.
    const running =
      n === 0 ? await startToFirstApplied(database) : await startToMoment(database, random(), span);
    running.kill('SIGKILL');
    await running.done;
    await nobodyLeft(database);
    await isWhole(database);
    left.push((await ledgerOf(database)).length);
    await converges(database, { ...database.env });
    await database.drop();
  }
  expect(left.some((rows) => rows > 0 && rows < versions.length)).toBe(true);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  `%s at ${tries} moments of a run: it ends within 5 s, and the next run converges`,
  async (signal, code) => {
    const random = seeded(seed + code);
    const span = await spanMs();
    const codes: (number | null)[] = [];
    for (let n = 0; n < tries; n += 1) {
      const database = await createDatabase(newestMajor);
      const running = await startToMoment(database, random(), span);
      const sentAt = performance.now();
      running.kill(signal);
      const result = await running.done;
      const ms = performance.now() - sentAt;
      codes.push(result.code);
      expect([code, 0]).toContain(result.code);
      expect(ms).toBeLessThan(5000);
      await nobodyLeft(database);
      await isWhole(database);
      await converges(database, { ...database.env });
      await database.drop();
      record({ figure: `${signal}: the process has ended`, ms });
    }
    expect(codes).toContain(code);
  },
);

test(`${tries} times its server process ended in a run: the same run goes on`, async () => {
  const random = seeded(seed + 1);
  for (let n = 0; n < tries; n += 1) {
    const database = await createDatabase(newestMajor);
    const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
    const [backend] = await eventually(async () => {
      const seen = await slipwayBackends(database);
      return seen.length > 0 ? seen : undefined;
    }, 'a session');
    await pauseMs(150 * random());
    await database.query('SELECT pg_terminate_backend($1)', [backend?.pid]);
    expect((await running.done).code).toBe(0);
    await converges(database, { ...database.env });
    await database.drop();
  }
});

describe('the server', () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await makeInstance();
    await instance.start({ fsync: 'on', full_page_writes: 'on' });
  });
  afterAll(() => instance.destroy());

  const rounds = Math.ceil(tries / 2);

  test.each(['stopped immediately', 'a process of it killed with -9'])(
    `${rounds} times %s in a run: the same run goes on`,
    async (how) => {
      const random = seeded(seed + 2);
      for (let n = 0; n < rounds; n += 1) {
        const name = `crash_${how.length}_${n}`;
        await instance.query(`CREATE DATABASE ${name}`);
        const target: Target = { query: (sql) => instance.query(sql, name) };
        const running = startSlipway(['up'], { cwd: project.directory, env: instance.env(name) });
        await running.waitForLog(({ event }) => event === 'applying');
        await pauseMs(150 * random());
        if (how === 'stopped immediately') {
          await instance.stop('SIGQUIT');
          await instance.start({ fsync: 'on', full_page_writes: 'on' });
        } else {
          const [backend] = await instance.query<{ pid: number }>(
            `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND application_name LIKE 'slipway %'`,
          );
          if (backend && wasKilled(backend.pid)) {
            // A process that was at its end already takes the server with it no more.
            const recovered = instance.waitForLog(/ready to accept connections/).then(
              () => undefined,
              () => undefined,
            );
            const answers = () =>
              instance.query('SELECT 1').then(
                () => true,
                () => false,
              );
            await Promise.race([recovered, running.done.then(() => eventually(answers, 'an answer'))]);
          }
        }
        const result = await running.done;
        expect({ code: result.code, log: result.code === 0 ? '' : result.stderr }).toEqual({
          code: 0,
          log: '',
        });
        await converges(target, instance.env(name));
      }
    },
  );
});
