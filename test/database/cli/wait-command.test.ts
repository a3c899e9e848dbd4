import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { newSecret } from '../../support/secrets.ts';
import { type RunningSlipway, type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';
import { freePort } from '../../support/tcp-port.ts';

const word = newSecret();

jest.setTimeout(60_000);

const head = exampleVersions().at(-1) as string;

let project: Project;
let instance: Instance;
let name: string;
let databases = 0;
beforeAll(async () => {
  project = makeProject(exampleFiles());
  instance = await makeInstance();
  await instance.start();
  await instance.query(`CREATE ROLE app LOGIN PASSWORD '${word}'`);
});
afterAll(async () => {
  await instance.destroy();
  project.destroy();
});
beforeEach(async () => {
  databases += 1;
  name = `wait_${databases}`;
  await instance.query(`CREATE DATABASE ${name}`);
});

const owner = (more: Record<string, string> = {}) => ({
  cwd: project.directory,
  env: { ...instance.env(name), SLIPWAY_READERS: 'app', ...more },
});
const app = (more: Record<string, string> = {}) => ({
  cwd: project.directory,
  env: { ...instance.env(name), PGUSER: 'app', PGPASSWORD: word, ...more },
});
const up = (): Promise<SlipwayResult> => slipway(['up'], owner());
const wait = (...args: string[]): RunningSlipway => startSlipway(['wait', ...args], app());
const failure = ({ logs }: SlipwayResult) => logs.find(({ event }) => event === 'failed');

test('blocks until the database is at head, with the credentials of a reader', async () => {
  const running = wait('--json');
  const said = await running.waitForLog(({ event }) => event === 'waiting');
  expect(said.msg).toContain(`waiting for version ${head}: the database is empty`);
  expect((await up()).code).toBe(0);
  const result = await running.done;
  expect(result.code).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject({ ready: true, version: head });
});

test('--timeout 0 is the health check: 75 before, 0 after', async () => {
  const before = await wait('--timeout', '0').done;
  expect(before.code).toBe(75);
  expect(failure(before)?.msg).toContain(`the database is not at ${head}: the database is empty`);
  expect(before.ms).toBeLessThan(2000);
  expect((await up()).code).toBe(0);
  expect((await wait('--timeout', '0').done).code).toBe(0);
  expect((await slipway(['healthcheck'], app())).code).toBe(0);
});

test('--timeout 0 where nothing listens is 75 at once', async () => {
  const env = app({ PGPORT: String(await freePort()) });
  const result = await slipway(['wait', '--timeout', '0'], env);
  expect(result.code).toBe(75);
  expect(result.ms).toBeLessThan(5000);
});

test('gives up at its deadline with 75, and says what is lacking', async () => {
  const result = await wait('--timeout', '1s').done;
  expect(result.code).toBe(75);
  expect(failure(result)?.msg).toMatch(/is not at \d{14} after 1\.\d s: the database is empty, 4 to apply/);
  expect(result.ms).toBeLessThan(3000);
});

test('a database past this head is good enough', async () => {
  expect((await up()).code).toBe(0);
  const files = Object.entries(exampleFiles()).filter(([path]) => !path.includes(head));
  const older = makeProject(Object.fromEntries(files));
  const result = await slipway(['wait', '--timeout', '0'], { ...app(), cwd: older.directory });
  older.destroy();
  expect(result.code).toBe(0);
});

test('outlives a restart of the server', async () => {
  const running = wait();
  await running.waitForLog(({ event }) => event === 'waiting');
  await instance.stop('SIGINT');
  await running.waitForLog(({ reason }) => reason === 'refused');
  await instance.start();
  expect((await up()).code).toBe(0);
  expect((await running.done).code).toBe(0);
});

test('its deadline holds when the server goes away shortly before', async () => {
  const running = wait('--timeout', '3s');
  await running.waitForLog(({ event }) => event === 'waiting');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await instance.stop('SIGINT');
  const result = await running.done;
  await instance.start();
  expect(result.code).toBe(75);
  expect(result.ms).toBeLessThan(4500);
});

test('a ledger that somebody has locked is one more thing to wait for', async () => {
  expect((await up()).code).toBe(0);
  const other = await instance.connect(name);
  await other.query('BEGIN; LOCK TABLE slipway.ledger');
  const running = wait();
  const said = await running.waitForLog(({ event }) => event === 'waiting');
  expect(said.msg).toContain('the database is busy');
  await other.query('COMMIT');
  expect((await running.done).code).toBe(0);
});

test('is ended by SIGTERM with 143', async () => {
  const running = wait();
  await running.waitForLog(({ event }) => event === 'waiting');
  running.kill('SIGTERM');
  expect((await running.done).code).toBe(143);
});
