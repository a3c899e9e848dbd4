import type { TestDatabase } from '../../support/database.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';
import { makeSmallDisk, type SmallDisk } from '../../support/small-disk.ts';

const first = '20250101000000';
const second = '20250102000000';
const files = {
  [`migrations/${first}_first.sql`]:
    'CREATE TABLE public.items (n int, t text);\nINSERT INTO public.items SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, 2000) n;',
};

let disk: SmallDisk | null;
let instance: Instance;
let project: Project;
let databases = 0;
let name: string;
beforeAll(async () => {
  disk = makeSmallDisk('24m');
  if (!disk) return;
  instance = await makeInstance();
  await instance.start();
  await instance.query(`CREATE TABLESPACE small LOCATION '${disk.directory}'`);
});
afterAll(async () => {
  await instance?.destroy();
  disk?.destroy();
});
beforeEach(async () => {
  project = makeProject(files);
  if (!disk) return;
  databases += 1;
  name = `disk_${databases}`;
  await instance.query(`CREATE DATABASE ${name} TABLESPACE small`);
  // The first session of a database writes a file for those that come after it.
  await database.query('SELECT 1');
});
afterEach(async () => {
  if (disk) await instance.query(`DROP DATABASE ${name}`);
  project.destroy();
});

const options = (waitTimeout = '2s') => ({
  cwd: project.directory,
  env: { ...instance.env(name), SLIPWAY_WAIT_TIMEOUT: waitTimeout },
});
const up = () => slipway(['up'], options());
const database: Pick<TestDatabase, 'query'> = { query: (sql) => instance.query(sql, name) };
const indexes = () =>
  database.query(
    "SELECT indexrelid::regclass::text AS name, indisvalid AS valid FROM pg_index WHERE indrelid = 'public.items'::regclass",
  );
const noRoom = /could not extend file "[^"]*\d+": No space left on device/;
const makeRoom = /Make room on the server's disk, where that file lies/;

/** A test that needs a small disk; where none is to be had, that was said. */
const withDisk = (title: string, body: (disk: SmallDisk) => Promise<void>): void =>
  test(title, async () => {
    if (disk) await body(disk);
  });

/** Fills the disk for as long as `during` takes. */
async function whileFull<T>({ fill, free }: SmallDisk, during: () => Promise<T>): Promise<T> {
  fill();
  try {
    return await during();
  } finally {
    free();
  }
}

withDisk('before the ledger is there: 75, and nothing is begun', async (disk) => {
  expectFailure(await whileFull(disk, up), { code: 75, names: noRoom, remedy: makeRoom });
  expect(
    await database.query("SELECT to_regnamespace('slipway') AS ledger, to_regclass('public.items') AS items"),
  ).toEqual([{ ledger: null, items: null }]);
  expectSuccess(await up());
  expect(await statesOf(database)).toEqual([`${first}:done`]);
});

withDisk(
  'under a concurrent index: 75, nothing of it is left, and it is built when there is room',
  async (disk) => {
    expectSuccess(await up());
    const path = `migrations/${second}_index.sql`;
    project.write(
      path,
      '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY items_t ON public.items (t, n);',
    );
    expectFailure(await whileFull(disk, up), {
      code: 75,
      names: noRoom,
      place: `${path}:2:1`,
      remedy: makeRoom,
    });
    expect(await statesOf(database)).toEqual([`${first}:done`]);
    expect(await indexes()).toEqual([]);
    expectSuccess(await up());
    expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
    expect(await indexes()).toEqual([{ name: 'items_t', valid: true }]);
  },
);

withDisk('so that there is no session: waited for, and 75 at the deadline', async (disk) => {
  await instance.query(`DROP DATABASE ${name}`);
  await instance.query(`CREATE DATABASE ${name} TABLESPACE small`);
  const result = await whileFull(disk, () => slipway(['up'], options('0')));
  expectFailure(result, {
    code: 75,
    names: new RegExp(`127.0.0.1:${instance.port} is out of resources: could not write init file: No space`),
    remedy: /Make room \(disk, memory\) on the server/,
  });
  const running = await whileFull(disk, async () => {
    const started = startSlipway(['up'], options('30s'));
    await started.waitForLog(({ reason }) => reason === 'resources');
    return started;
  });
  expectSuccess(await running.done);
  expect(await statesOf(database)).toEqual([`${first}:done`]);
});

withDisk('under a migration: 75, rolled back; with room again it goes on', async (disk) => {
  expectSuccess(await up());
  const path = `migrations/${second}_second.sql`;
  project.write(
    path,
    'CREATE TABLE public.second (n int);\nINSERT INTO public.items SELECT n, t FROM public.items CROSS JOIN generate_series(1, 200);',
  );
  const failure = expectFailure(await up(), {
    code: 75,
    names: noRoom,
    place: `${path}:2:1`,
    remedy: makeRoom,
  });
  expect(failure.sqlstate).toBe('53100');
  expect(await statesOf(database)).toEqual([`${first}:done`]);
  expect(
    await database.query(
      "SELECT to_regclass('public.second') AS second, count(*)::int AS n FROM public.items",
    ),
  ).toEqual([{ second: null, n: 2000 }]);
  disk.grow('96m');
  expectSuccess(await up());
  expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
});
