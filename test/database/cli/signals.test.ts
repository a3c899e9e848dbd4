import { backendRunning, eventually, nobodyLeft } from '../../support/activity.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { type RunningSlipway, type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';
import { freePort, listen } from '../../support/tcp-port.ts';

jest.setTimeout(60_000);

const table = '20250101000000';
const change = '20250102000000';
/** The first line of the message that applies it: the server shows no more than the first kilobyte. */
const changing = new RegExp(`^-- slipway: 2 of 2: ${change}_change`);

let project: Project;
let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase(newestMajor);
  project = makeProject({ [`migrations/${table}_table.sql`]: 'CREATE TABLE public.items (n int);' });
});
afterEach(async () => {
  await database.drop();
  project.destroy();
});

const start = (more: Record<string, string> = {}): RunningSlipway =>
  startSlipway(['up'], { cwd: project.directory, env: { ...database.env, ...more } });

/** Sends the signal and takes the time until the end. */
async function end(
  running: RunningSlipway,
  signal: NodeJS.Signals,
): Promise<{ result: SlipwayResult; ms: number }> {
  const sentAt = performance.now();
  running.kill(signal);
  const result = await running.done;
  return { result, ms: performance.now() - sentAt };
}

const signals = [
  ['SIGTERM', 143],
  ['SIGHUP', 143],
  ['SIGINT', 130],
] as const;

describe.each(signals)('%s', (signal, code) => {
  /** Ended in time, with its own code and one line that says so, and before what: no connection, and why. */
  async function endsWell(running: RunningSlipway, before?: string): Promise<void> {
    const said = `ended by ${signal}`;
    const { result, ms } = await end(running, signal);
    expect(result.code).toBe(code);
    const msg =
      before === undefined
        ? said
        : expect.stringContaining(`${said}, and there was no connection: ${before}`);
    expect(result.logs.at(-1)).toMatchObject({ event: 'failed', msg, exitCode: code });
    expect(ms).toBeLessThan(2000);
    await nobodyLeft(database);
  }

  /** Nothing of the change is there, and the next run brings the database to head. */
  async function converges(): Promise<void> {
    expect(await statesOf(database)).toEqual([`${table}:done`]);
    expect(await database.query("SELECT to_regclass('public.half') AS half")).toEqual([{ half: null }]);
    project.write(`migrations/${change}_change.sql`, 'CREATE TABLE public.half (n int);');
    const { code: next } = await slipway(['up'], { cwd: project.directory, env: database.env });
    expect(next).toBe(0);
    expect(await statesOf(database)).toEqual([`${table}:done`, `${change}:done`]);
  }

  /** As `endsWell` in a module's code, which then backs off to another migration. */
  async function endsInModule(body: string): Promise<void> {
    const path = `migrations/${change}_change.mjs`;
    project.write(
      path,
      `export async function up({ client }) {\n  await client.query('CREATE TABLE public.half (n int)');\n  ${body}\n}\n`,
    );
    const running = start();
    await backendRunning(database, /pg_sleep/);
    const { result, ms } = await end(running, signal);
    expect(result.code).toBe(code);
    expect(ms).toBeLessThan(5000);
    await nobodyLeft(database);
    project.remove(path);
    await converges();
  }

  test('while nothing listens', async () => {
    const running = start({ PGPORT: String(await freePort()) });
    await running.waitForLog(({ event }) => event === 'waiting');
    await endsWell(running, '127.0.0.1');
  });

  test('while something accepts and does not answer', async () => {
    const mute = await listen((socket) => void socket.resume());
    const running = start({ PGPORT: String(mute.port) });
    await eventually(async () => mute.connections > 0, 'a connection');
    await endsWell(running, '127.0.0.1');
    await mute.close();
  });

  test('while it waits for the lock', async () => {
    project.write(
      `migrations/${change}_change.sql`,
      'CREATE TABLE public.half (n int);\nSELECT pg_sleep(60);',
    );
    const first = start();
    await backendRunning(database, changing);
    const second = start();
    await second.waitForLog(({ event }) => event === 'lock');
    const { result, ms } = await end(second, signal);
    expect(result.code).toBe(code);
    expect(ms).toBeLessThan(2000);
    await endsWell(first);
    await converges();
  });

  test('in a long statement', async () => {
    project.write(
      `migrations/${change}_change.sql`,
      'CREATE TABLE public.half (n int);\nSELECT pg_sleep(60);',
    );
    const running = start();
    await backendRunning(database, changing);
    await endsWell(running);
    await converges();
  });

  test('in a module that awaits a query', async () => {
    await endsInModule("await client.query('SELECT pg_sleep(60)');");
  });

  if (signal === 'SIGTERM') {
    test.each([
      [
        'swallows the error and asks again for ever',
        "for (;;) await client.query('SELECT pg_sleep(60)').catch(() => undefined);",
      ],
      [
        'awaits something else',
        "await client.query('SELECT 1 /* pg_sleep */'); await new Promise(() => setTimeout(() => {}, 60_000));",
      ],
    ])('in a module that %s', async (_, body) => {
      await endsInModule(body);
    });
  }
});

test('a second signal changes nothing: the first one is being carried out', async () => {
  project.write(`migrations/${change}_change.sql`, 'SELECT pg_sleep(60);');
  const running = start();
  const { pid } = await backendRunning(database, changing);
  process.kill(pid, 'SIGSTOP');
  running.kill('SIGINT');
  await running.waitForLog(({ event }) => event === 'signal');
  running.kill('SIGTERM');
  const startedAt = performance.now();
  const result = await running.done.finally(() => process.kill(pid, 'SIGCONT'));
  expect(result.code).toBe(130);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await nobodyLeft(database);
  expect(await statesOf(database)).toEqual([`${table}:done`]);
});
