import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase, newestMajor } from '../../support/database.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, expectSuccess, type Scene, sceneOf, useScenes } from '../../support/scene.ts';
import { type LogLine, startSlipway } from '../../support/slipway.ts';

/** With a lock file the end of a migration shares a message with the beginning of the next one. */
const [a, b, c] = ['20250101000000_a', '20250102000000_b', '20250103000000_c'].map(
  (name) => `migrations/${name}.sql`,
) as [string, string, string];
const tables: Readonly<Record<string, string>> = {
  [a]: 'CREATE TABLE public.one (a int);',
  [b]: 'CREATE TABLE public.two (a int);',
  [c]: 'CREATE TABLE public.three (a int);',
};

const scene = useScenes();
let lock: Record<string, Buffer>;
beforeAll(async () => {
  const project = makeProject(tables);
  const database = await createDatabase(newestMajor);
  expectSuccess(await sceneOf(database, project).run('check --write'));
  lock = Object.fromEntries(
    ['sql/schema.lock.json', 'sql/schema.snapshot.json'].map((path) => [
      path,
      readFileSync(join(project.directory, path)),
    ]),
  );
  project.destroy();
  await database.drop();
});

const locked = (files: Record<string, string>): Promise<Scene> => scene({ ...tables, ...lock, ...files });
const versions = async ({ ledger }: Scene): Promise<string[]> =>
  (await ledger()).map(({ version, state }) => `${version.slice(7, 8)} ${state}`);
const start = ({ project, database }: Scene, env: Record<string, string> = {}) =>
  startSlipway(['up'], { cwd: project.directory, env: { ...database.env, ...env } });
const eventsOf = (logs: readonly LogLine[]): string[] =>
  logs
    .filter(({ event }) => event === 'applying' || event === 'applied')
    .map(({ event, version }) => `${String(event)} ${String(version).slice(7, 8)}`);

test.each([
  ['the server cannot read it', 'SELEC 1;', /syntax error/],
  ['a statement of it fails', `${tables[b]}\nSELECT 1 / 0;`, /division by zero/],
  ['it makes something else than the lock says', 'CREATE TABLE public.two (a text);', /not what the lock/],
  ['it ends the transaction', `${tables[b]} DO $$ BEGIN COMMIT; END $$;`, /invalid transaction termination/],
])('a migration is kept, and the next one alone fails, where %s', async (_, sql, names) => {
  const there = await locked({ [b]: sql });
  expectFailure(await there.run('up'), { code: 65, names, remedy: /./ });
  expect(await versions(there)).toEqual(['1 done']);
  expect(await there.database.query(`SELECT to_regclass('public.two') AS two`)).toEqual([{ two: null }]);
});

test('the last one is refused for what it did, and not for the inspection that goes with its end', async () => {
  const forget = `${tables[c]}\nDELETE FROM slipway.ledger WHERE state = 'running';`;
  const there = await locked({ [c]: forget });
  expectFailure(await there.run('up'), { code: 65, names: /took its row out of the ledger/, remedy: /./ });
  expect(await versions(there)).toEqual(['1 done', '2 done']);
  there.project.write(c, tables[c] ?? '');
  expectSuccess(await there.run('up'));
  expect(await versions(there)).toEqual(['1 done', '2 done', '3 done']);
});

test('each is said to be applied before the next one begins', async () => {
  const { logs } = expectSuccessOf(await (await locked({})).run('up'));
  expect(eventsOf(logs)).toEqual([1, 2, 3].flatMap((n) => [`applying ${n}`, `applied ${n}`]));
});

test('what one prepares is not in the way of the next', async () => {
  const prepare = 'PREPARE mine AS SELECT 1;';
  const there = await locked({ [a]: `${prepare}\n${tables[a]}`, [b]: `${prepare}\n${tables[b]}` });
  expectSuccess(await there.run('up'));
  expect(await versions(there)).toEqual(['1 done', '2 done', '3 done']);
});

test('what one does to an earlier row is seen before the next one', async () => {
  const forge = `UPDATE slipway.ledger SET checksum = repeat('0', 64) WHERE version = '20250101000000';`;
  const there = await locked({ [b]: `${tables[b]}\n${forge}` });
  expect((await there.run('up')).code).toBe(82);
  expect(await versions(there)).toEqual(['1 done', '2 done']);
});

describe('while the next one takes long', () => {
  const waiting = `SELECT pg_advisory_xact_lock(4711);\n${tables[b]}`;

  /** Runs until the second migration waits for a person, and calls `act` then. */
  async function whileItWaits(
    env: Record<string, string>,
    act: (there: Scene, running: ReturnType<typeof start>) => Promise<void>,
  ) {
    const there = await locked({ [b]: waiting });
    const person = await there.database.connect();
    await person.query('SELECT pg_advisory_lock(4711)');
    const running = start(there, env);
    await running.waitForLog(({ event, version }) => event === 'applied' && version === '20250101000000');
    await running.waitForLog(({ event, version }) => event === 'applying' && version === '20250102000000');
    expect(await versions(there)).toEqual(['1 done']);
    await act(there, running);
    await person.end();
    return { there, result: await running.done };
  }
  const patient = { SLIPWAY_DDL_LOCK_TIMEOUT: '60s' };

  test('the one before is known to be applied, and what a person does to its row is seen', async () => {
    const { there, result } = await whileItWaits(patient, async ({ database }) => {
      await database.query(`UPDATE slipway.ledger SET checksum = repeat('0', 64)`);
    });
    expect(result.code).toBe(82);
    expect(await versions(there)).toEqual(['1 done', '2 done']);
  });

  test('it backs off by itself', async () => {
    const { there, result } = await whileItWaits(
      { SLIPWAY_DDL_LOCK_TIMEOUT: '200ms' },
      async (_, running) => {
        await running.waitForLog(({ event }) => event === 'gaveWay');
      },
    );
    const { logs } = expectSuccessOf(result);
    expect(eventsOf(logs).filter((event) => event.startsWith('applied'))).toEqual(
      [1, 2, 3].map((n) => `applied ${n}`),
    );
    expect(await versions(there)).toEqual(['1 done', '2 done', '3 done']);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('%s leaves the one before', async (signal) => {
    const { there } = await whileItWaits(patient, async (_, running) => {
      running.kill(signal);
      await running.done;
    });
    expect(await versions(there)).toEqual(['1 done']);
    there.project.write(b, tables[b] ?? '');
    expectSuccess(await there.run('up'));
    expect(await versions(there)).toEqual(['1 done', '2 done', '3 done']);
  });
});

function expectSuccessOf<T extends Parameters<typeof expectSuccess>[0]>(result: T): T {
  expectSuccess(result);
  return result;
}
