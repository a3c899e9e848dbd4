import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { writeLock } from '../../support/locked.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess, type Scene, sceneOf, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const baseline = 'sql/baseline.sql';
const lockfile = 'sql/schema.lock.json';
const snapshot = 'sql/schema.snapshot.json';
const b = 'migrations/20250102000000_b.sql';
const down = 'migrations/20250102000000_b.down.sql';
const files: Readonly<Record<string, string>> = {
  [baseline]: '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n',
  [b]: 'CREATE TABLE public.b (x int);\n',
  [down]: 'DROP TABLE public.b;\n',
};

/** What can stand where a file should be: how it is made, and how it is called. */
interface Kind {
  readonly what: string;
  readonly make: (path: string) => unknown;
  readonly names: RegExp;
  /** Of what a variable names, where that has its own words. */
  readonly namesOfVariable?: RegExp;
}

/** Sockets that a test has opened, to be closed with it. */
const sockets: { close(): unknown }[] = [];

const kinds: readonly Kind[] = [
  {
    what: 'a FIFO',
    make: (path) => execFileSync('mkfifo', [path]),
    names: /a FIFO \(named pipe\) stands where a regular file/,
  },
  {
    what: 'a link to a FIFO',
    make: (path) => {
      execFileSync('mkfifo', [`${path}.target`]);
      symlinkSync(`${path}.target`, path);
      renameSync(`${path}.target`, join(dirname(path), '..', 'fifo'));
      rmSync(path);
      symlinkSync('../fifo', path);
    },
    names: /a FIFO \(named pipe\) stands/,
  },
  {
    what: 'a link to /dev/zero',
    make: (path) => symlinkSync('/dev/zero', path),
    names: /a character device stands where a regular file/,
  },
  {
    what: 'a link to /dev/full',
    make: (path) => symlinkSync('/dev/full', path),
    names: /a character device stands/,
  },
  { what: 'a socket', make: listenOn, names: /a socket stands where a regular file/ },
  {
    what: 'a directory',
    make: (path) => mkdirSync(path),
    names: /a directory stands where a file should be/,
    namesOfVariable: /is a directory, not a file/,
  },
  {
    what: 'a link to a directory',
    make: (path) => symlinkSync('.', path),
    names: /a directory stands where a file/,
    namesOfVariable: /is a directory/,
  },
  {
    what: 'a dangling link',
    make: (path) => symlinkSync('nowhere', path),
    names: /a symbolic link that leads nowhere/,
  },
  {
    what: 'a link to itself',
    make: (path) => symlinkSync(path, path),
    names: /a symbolic link that leads back to itself/,
    namesOfVariable: /leads back to itself|ELOOP/,
  },
  {
    what: 'a sparse file of 5 GB',
    make: (path) => sparse(path, 5_000_000_000),
    names: /it is too large: 5000000000 bytes, and at most \d+ are read/,
  },
];

function sparse(path: string, size: number): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  closeSync(file);
}

/** A socket's path has to be short. */
async function listenOn(path: string): Promise<void> {
  const server = createServer();
  sockets.push(server);
  const short = join(dirname(path), '..', 's');
  await new Promise<void>((resolve) => server.listen(short, resolve));
  renameSync(short, path);
}

/** Where it can stand, and what reads it there. */
interface Place {
  readonly where: string;
  readonly file: string;
  readonly line: string;
  readonly code: number;
  readonly env?: Readonly<Record<string, string>>;
}

const places: readonly Place[] = [
  { where: 'a migration', file: b, line: 'up', code: 66 },
  { where: 'a migration that is new', file: 'migrations/20250103000000_c.sql', line: 'plan', code: 66 },
  { where: 'a module', file: 'migrations/20250103000000_c.mjs', line: 'up', code: 66 },
  { where: 'a superseded file', file: 'migrations/superseded/20240101000000_old.sql', line: 'up', code: 66 },
  { where: 'a down file', file: down, line: 'down', code: 66 },
  { where: 'the baseline', file: baseline, line: 'up', code: 66 },
  { where: 'the lock file', file: lockfile, line: 'up', code: 66 },
  { where: 'the lock file, for wait', file: lockfile, line: 'wait --timeout 0', code: 66 },
  { where: 'a fix', file: 'fix.sql', line: 'adopt --fix fix.sql', code: 66 },
  { where: 'a desired schema', file: 'desired.sql', line: 'new x --from desired.sql', code: 66 },
  { where: '.env', file: '.env', line: 'up', code: 78 },
  { where: '.env.testing', file: '.env.testing', line: 'up', code: 78, env: { ENVIRONMENT: 'testing' } },
  {
    where: 'PGPASSWORD_FILE',
    file: 'secret',
    line: 'up',
    code: 78,
    env: { PGPASSWORD: '', PGPASSWORD_FILE: 'secret' },
  },
  {
    where: 'DATABASE_URL_FILE',
    file: 'conf/url',
    line: 'up',
    code: 78,
    env: { DATABASE_URL_FILE: 'conf/url' },
  },
  {
    where: 'SLIPWAY_VAR_x_FILE',
    file: 'conf/x',
    line: 'up',
    code: 78,
    env: { SLIPWAY_VAR_x_FILE: 'conf/x' },
  },
  {
    where: 'PGSSLROOTCERT',
    file: 'conf/ca',
    line: 'up',
    code: 78,
    env: { PGSSLMODE: 'verify-ca', PGSSLROOTCERT: 'conf/ca' },
  },
  {
    where: 'PGSSLCERT',
    file: 'conf/cert',
    line: 'up',
    code: 78,
    env: { PGSSLMODE: 'require', PGSSLCERT: 'conf/cert' },
  },
];

const shared = useScenes(afterAll);
let lock: Readonly<Record<string, string>> = {};
let managed: Scene;
beforeAll(async () => {
  managed = await shared(files);
  await writeLock(managed);
  expectSuccess(await managed.run('up'));
  lock = { [lockfile]: readFileSync(managed.project.path(lockfile), 'utf8') };
});
afterAll(() => {
  for (const socket of sockets) socket.close();
});

/** A project of these files, on the database that stands at their head. */
async function inProject<T>(
  work: (scene: Scene) => Promise<T>,
  more: Readonly<Record<string, string>> = {},
): Promise<T> {
  const project = makeProject({ ...files, ...lock, ...more });
  try {
    return await work(sceneOf(managed.database, project));
  } finally {
    project.destroy();
  }
}

async function put({ project }: { project: Project }, file: string, { make }: Kind): Promise<void> {
  mkdirSync(dirname(project.path(file)), { recursive: true });
  rmSync(project.path(file), { recursive: true, force: true });
  await make(project.path(file));
}

/** What may hang or never end, and what looks as if there were nothing. */
const worst = kinds.filter(({ what }) => ['a FIFO', 'a link to /dev/zero', 'a dangling link'].includes(what));
const [migration, ...otherPlaces] = places as [Place, ...Place[]];

/** The names of tests are computed: what stands where, and what comes of it. */
const rows = [
  ...kinds.map((kind) => ({ kind, place: migration })),
  ...otherPlaces.flatMap((place) => worst.map((kind) => ({ kind, place }))),
].map(({ kind, place }) => ({ kind, place, what: kind.what, where: place.where, code: place.code }));

describe('Hostile and odd: files that are not files', () => {
  test.each(rows)('$what in place of $where: $code', async ({ kind, place }) => {
    const { file, line, code, env = {} } = place;
    await inProject(async (scene) => {
      await put(scene, file, kind);
      const before = await scene.fingerprint();
      const result = await scene.run(line, env);
      const names = code === 78 ? (kind.namesOfVariable ?? kind.names) : kind.names;
      const { msg } = expectFailure(result, { code, names, remedy: /\w+ \w+/ });
      expect(msg).toContain(file.split('/').at(-1));
      expect(result.ms).toBeLessThan(10_000);
      expect(await scene.fingerprint()).toEqual(before);
    });
  });

  test.each(worst)('$what in place of the readable snapshot: up goes on', async (kind) => {
    await inProject(async (scene) => {
      await put(scene, snapshot, kind);
      expectSuccess(await scene.run('status --drift'));
    });
  });

  test.each(worst)('$what in place of the folder of the migrations: 66', async (kind) => {
    await inProject(async (scene) => {
      await put(scene, 'migrations', kind);
      expectFailure(await scene.run('up'), {
        code: 66,
        names: /^migrations(?:\/superseded)?: /,
        remedy: /SLIPWAY_MIGRATIONS|link points/,
      });
    });
  });

  test.each(worst)('$what in place of PGPASSFILE: not used, as libpq does, and 77', async (kind) => {
    await inProject(async (scene) => {
      await put(scene, 'conf/pass', kind);
      const env = { PGPASSWORD: '', PGPASSFILE: 'conf/pass', SLIPWAY_WAIT_TIMEOUT: '0' };
      const result = await scene.run('up', env);
      expectFailure(result, { code: 77, names: /password/, remedy: /./ });
      expect(result.stderr).toMatch(/PGPASSFILE: .*conf\/pass/);
    });
  });

  test('links to regular files are followed, as a ConfigMap has them: 0', async () => {
    await inProject(async (scene) => {
      const { project } = scene;
      for (const folder of ['migrations', 'sql']) {
        const data = project.path(`${folder}/..2026_11_28`);
        mkdirSync(data);
        for (const path of Object.keys(files).filter((path) => path.startsWith(folder))) {
          const name = path.slice(folder.length + 1);
          renameSync(project.path(path), join(data, name));
          symlinkSync(`..data/${name}`, project.path(path));
        }
        symlinkSync('..2026_11_28', project.path(`${folder}/..data`));
      }
      project.write('real/secret', String(scene.database.env.PGPASSWORD));
      symlinkSync('real/secret', project.path('secret'));
      const env = { PGPASSWORD: '', PGPASSWORD_FILE: 'secret' };
      expectSuccess(await scene.run('status --exit-code', env));
    });
  });

  test('the null device in place of .env is an empty one: 0', async () => {
    await inProject(async (scene) => {
      symlinkSync('/dev/null', scene.project.path('.env'));
      expectSuccess(await scene.run('up'));
    });
  });

  test('a FIFO that nobody writes to, and SIGTERM: it has ended before', async () => {
    await inProject(async ({ project, database }) => {
      execFileSync('mkfifo', [project.path('migrations/20250103000000_c.sql')]);
      const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
      await running.waitForLog(({ event }) => event === 'failed');
      running.kill('SIGTERM');
      expect((await running.done).code).toBe(66);
    });
  });

  test('a lock of 100 MB: 66 by its size', async () => {
    await inProject(async (scene) => {
      writeFileSync(scene.project.path(lockfile), Buffer.alloc(100_000_000, ' '));
      const result = await scene.run('up');
      expectFailure(result, {
        code: 66,
        names: /the lock file cannot be read .*too large: 100000000 bytes, and at most 67108864 are read/,
        remedy: /right file/,
      });
      expect(result.ms).toBeLessThan(10_000);
    });
  });

  test('a secret of 17 MB: 78 by its size', async () => {
    await inProject(async (scene) => {
      writeFileSync(scene.project.path('secret'), Buffer.alloc(17_000_000, 'x'));
      expectFailure(await scene.run('up', { PGPASSWORD: '', PGPASSWORD_FILE: 'secret' }), {
        code: 78,
        names: /PGPASSWORD_FILE: .*too large: 17000000 bytes/,
        remedy: /right file/,
      });
    });
  });

  test('a file of /proc, which says that it is empty, is read: its text is the secret', async () => {
    await inProject(async (scene) => {
      const env = { PGPASSWORD: '', PGPASSWORD_FILE: '/proc/sys/kernel/ostype', SLIPWAY_WAIT_TIMEOUT: '0' };
      const { msg } = expectFailure(await scene.run('up', env), { code: 77, names: /password/, remedy: /./ });
      expect(msg).not.toMatch(/empty/);
    });
  });
});

describe('Hostile and odd: names that are no migrations', () => {
  const odd: readonly (readonly [what: string, name: string, names: RegExp])[] = [
    ['a suffix in capitals', '20270101000000_add_x.SQL', /lower case/],
    ['no suffix', '20270101000000_add_x', /not VERSION_NAME\.sql/],
    ['the suffix .txt', '20270101000000_add_x.txt', /not VERSION_NAME\.sql/],
    ['the suffix .sql.bak', '20270101000000_add_x.sql.bak', /not VERSION_NAME\.sql/],
    ['a down file in capitals, which would be a migration', '20270101000000_add_x.DOWN.sql', /lower case/],
    ['no version, and a suffix in capitals', 'add_x.SQL', /no version/],
    ['a control character', '20270101000000_a\u001b[31mb.sql', /control character U\+001B/],
    ['month 13', '20271301000000_a.sql', /not a valid date and time/],
    ['day 32', '20270132000000_a.sql', /not a valid date and time/],
    ['the version 99999999999999', '99999999999999_a.sql', /not a valid date and time/],
  ];

  test.each(odd)('%s: 65, and nothing is applied', async (_, name, names) => {
    await inProject(
      async (scene) => {
        const before = await scene.fingerprint();
        expectFailure(await scene.run('up'), { code: 65, names, remedy: /[Nn]ame it|--restamp/ });
        expect(await scene.fingerprint()).toEqual(before);
      },
      { [`migrations/${name}`]: 'CREATE TABLE public.silent ();\n' },
    );
  });

  test('a migration in a folder of its own: 65, and nothing is applied; folders without one are let be', async () => {
    const nested = 'migrations/trading/20270101000000_add_x.sql';
    await inProject(
      async (scene) => {
        const before = await scene.fingerprint();
        const names = new RegExp(`${nested}: a migration is in a folder of its own`);
        expectFailure(await scene.run('up'), { code: 65, names, remedy: /Move it to migrations\// });
        expect(await scene.fingerprint()).toEqual(before);
        scene.project.remove(nested);
        expectSuccess(await scene.run('up'));
      },
      {
        [nested]: 'CREATE TABLE public.silent ();\n',
        'migrations/notes/why.md': '',
        'migrations/..data/20270101000000_add_x.sql': '',
      },
    );
  });

  test('a name that is not UTF-8: 65', async () => {
    await inProject(async (scene) => {
      const path = Buffer.concat([
        Buffer.from(scene.project.path('migrations/20270101000000_')),
        Buffer.from([0xe9]),
        Buffer.from('.sql'),
      ]);
      writeFileSync(path, 'SELECT 1;');
      expectFailure(await scene.run('up'), { code: 65, names: /not UTF-8/, remedy: /Rename it/ });
    });
  });

  test('a baseline of no moment: 65', async () => {
    await inProject(
      async (scene) =>
        expectFailure(await scene.run('plan'), {
          code: 65,
          names: /the baseline's version 20251332000000 is not a valid date and time/,
          remedy: /yyyymmddhhmmss/,
        }),
      { [baseline]: '-- slipway: version 20251332000000\nCREATE TABLE public.a (x int);\n' },
    );
  });

  test('versions of another tool that the lock lists already go on; new --restamp mends those that it does not', async () => {
    const made = await shared({ 'migrations/20250132000000_old.sql': 'CREATE TABLE public.old (x int);\n' });
    expectFailure(await made.run('up'), {
      code: 65,
      names: /not a valid date and time/,
      remedy: /--restamp/,
    });
    const version = '20250132000000';
    const empty = { added: {}, changed: {}, removed: [] };
    const other = JSON.parse(readFileSync(managed.project.path(lockfile), 'utf8'));
    other.baseline = { version: null, checksum: null, objects: {} };
    other.migrations = { [version]: { checksum: 'x', down: null, delta: empty } };
    made.project.write(lockfile, JSON.stringify(other));
    await writeLock(made);
    expectSuccess(await made.run('up'));
    expect(await made.ledger()).toMatchObject([{ version }]);
    made.project.write('migrations/99999999999999_new.sql', 'SELECT 1;\n');
    expectFailure(await made.run('new another'), {
      code: 65,
      names: /no version can be newer than 99999999999999/,
      remedy: /--restamp/,
    });
    expectSuccess(await made.run('new --restamp migrations/99999999999999_new.sql'));
    expectSuccess(await made.run('plan'));
  });
});
