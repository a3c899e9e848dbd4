import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { check, writeLock } from '../../support/locked.ts';
import type { Project } from '../../support/project.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, expectSuccess, type Scene, sceneOf, useScenes } from '../../support/scene.ts';

const baseline = 'sql/baseline.sql';
const b = 'migrations/20250102000000_b.sql';
const c = 'migrations/20250103000000_c.sql';
const lockfile = 'sql/schema.lock.json';
const files: Readonly<Record<string, string>> = {
  [baseline]: '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n',
  [b]: 'CREATE TABLE public.b (x int);\n',
  [c]: 'CREATE TABLE public.c (x int);\n',
};

interface Hidden {
  readonly what: string;
  readonly hide: (project: Project) => void;
  readonly names: RegExp;
  readonly remedy: RegExp;
}

const removeFolder = ({ path }: Project, folder: string): void =>
  rmSync(path(folder), { recursive: true, force: true });

const hidden: readonly Hidden[] = [
  {
    what: 'no migrations/ at all',
    hide: (project) => removeFolder(project, 'migrations'),
    names: /^migrations\/20250102000000_\*\.sql: .*lists this migration.*1 more of those/,
    remedy: /migrations\/ is not there: copy or mount it.*COPY.*\.dockerignore.*SLIPWAY_MIGRATIONS/,
  },
  {
    what: 'an empty volume over migrations/',
    hide: (project) => {
      removeFolder(project, 'migrations');
      mkdirSync(project.path('migrations'));
    },
    names: /^migrations\/20250102000000_\*\.sql: .*lists this migration/,
    remedy: /migrations\/ is empty: an empty volume or bind mount over it hides/,
  },
  {
    what: 'one file that was not added to git',
    hide: (project) => project.remove(c),
    names:
      /^migrations\/20250103000000_\*\.sql: sql\/schema\.lock\.json lists this migration, but its file is missing$/,
    remedy: /added to git.*\.dockerignore.*volume.*slipway check --write removes it/,
  },
  {
    what: 'a file in the middle',
    hide: (project) => project.remove(b),
    names: /^migrations\/20250102000000_\*\.sql: .*lists this migration/,
    remedy: /added to git/,
  },
  {
    what: 'a migration of which only the down file is there',
    hide: (project) => {
      project.remove(c);
      project.write('migrations/20250103000000_c.down.sql', 'DROP TABLE public.c;\n');
    },
    names: /^migrations\/20250103000000_\*\.sql: .*lists this migration/,
    remedy: /added to git/,
  },
  {
    what: 'no baseline',
    hide: (project) => project.remove(baseline),
    names:
      /^sql\/baseline\.sql: sql\/schema\.lock\.json is for the baseline 20250101000000, but its file is missing/,
    remedy: /COPY.*SLIPWAY_BASELINE/,
  },
];

const shared = useScenes(afterAll);
let lock: string;
let empty: Scene;
let managed: Scene;
beforeAll(async () => {
  managed = await shared(files);
  await writeLock(managed);
  lock = readFileSync(managed.project.path(lockfile), 'utf8');
  expectSuccess(await managed.run('up'));
  empty = await shared({});
});

/** A project of these files with their lock, on a database that others use as well. */
async function projectOf<T>(
  { database }: Scene,
  change: (project: Project) => void,
  work: (scene: Scene) => Promise<T>,
): Promise<T> {
  const project = makeProject({ ...files, [lockfile]: lock });
  try {
    change(project);
    return await work(sceneOf(database, project));
  } finally {
    project.destroy();
  }
}

describe('Hostile and odd: files that the lock lists are missing', () => {
  test.each(hidden)('$what, on an empty database: 66 from up, and nothing is touched', async (row) => {
    const { hide, names, remedy } = row;
    await projectOf(empty, hide, async ({ run, fingerprint }) => {
      const before = await fingerprint();
      for (const line of ['up', 'plan']) expectFailure(await run(line), { code: 66, names, remedy });
      expect(await fingerprint()).toEqual(before);
    });
  });

  test.each(hidden)('$what, on a managed database: 66 from every command that needs them', async (row) => {
    const { hide, names, remedy } = row;
    await projectOf(managed, hide, async ({ run, fingerprint }) => {
      const before = await fingerprint();
      for (const line of ['up', 'plan', 'status', 'down', 'adopt', 'repair'])
        expectFailure(await run(line), { code: 66, names, remedy });
      expect(await fingerprint()).toEqual(before);
    });
  });

  test('that is said before the server is there', async () => {
    await projectOf(
      empty,
      (project) => project.remove(c),
      async ({ run }) => {
        const result = await run('up', { PGHOST: '127.0.0.1', PGPORT: '1', SLIPWAY_WAIT_TIMEOUT: '30s' });
        expectFailure(result, { code: 66, names: /lists this migration/, remedy: /added to git/ });
        expect(result.ms).toBeLessThan(10_000);
      },
    );
  });

  test('new --from: 66, since head is not whole', async () => {
    await projectOf(
      empty,
      (project) => project.remove(c),
      async ({ run, project }) => {
        project.write('desired.sql', 'CREATE TABLE public.a (x int);');
        expectFailure(await run('new x --from desired.sql'), {
          code: 66,
          names: /lists this migration/,
          remedy: /check --write/,
        });
      },
    );
  });

  test('wait needs the lock alone, and waits for what the folder does not show', async () => {
    const hide = (project: Project): void => {
      removeFolder(project, 'migrations');
      project.remove(baseline);
    };
    await projectOf(empty, hide, async ({ run }) => {
      expectFailure(await run('wait --timeout 0'), {
        code: 75,
        names: /^the database is not at 20250103000000: the database is empty, 3 to apply/,
        remedy: /slipway up/,
      });
    });
    await projectOf(managed, hide, async ({ run }) => {
      const { stdout } = expectSuccess(await run('wait --timeout 0 --json'));
      expect(JSON.parse(stdout)).toMatchObject({ ready: true, version: '20250103000000' });
    });
  });

  test('wait: a database behind the lock is not ready, although the folder ends there', async () => {
    const behind = await shared({ [baseline]: files[baseline] ?? '', [b]: files[b] ?? '' });
    expectSuccess(await behind.run('up'));
    behind.project.write(lockfile, lock);
    expectFailure(await behind.run('wait --timeout 0'), {
      code: 75,
      names: /not at 20250103000000: the database is at 20250102000000, 1 to apply/,
      remedy: /slipway up/,
    });
  });

  test('wait without a lock file reads the files as before', async () => {
    await projectOf(
      managed,
      (project) => project.remove(lockfile),
      async ({ run, project }) => {
        expectSuccess(await run('wait --timeout 0'));
        project.write('migrations/20250104000000_d.sql', 'SELECT 1;');
        expect((await run('wait --timeout 0')).code).toBe(75);
      },
    );
  });

  test('wait with a lock that lists no version: 66, and not ready', async () => {
    const none = {
      ...JSON.parse(lock),
      migrations: {},
      baseline: { version: null, checksum: null, objects: {} },
    };
    await projectOf(
      managed,
      (project) => project.write(lockfile, JSON.stringify(none)),
      async ({ run }) => {
        expectFailure(await run('wait --timeout 0'), {
          code: 66,
          names: /^sql\/schema\.lock\.json: the lock file lists no version/,
          remedy: /check --write/,
        });
      },
    );
  });

  test('check is 1, and names the version', async () => {
    await projectOf(
      empty,
      (project) => project.remove(c),
      async (scene) => {
        const { code, stdout } = await check(scene);
        expect({ code, stdout }).toMatchObject({
          code: 1,
          stdout: expect.stringMatching(/^20250103000000: the lock lists it, but its file is missing$/m),
        });
      },
    );
  });

  test('check --write takes a removed draft out of the lock, and says so', async () => {
    await projectOf(
      empty,
      (project) => project.remove(c),
      async (scene) => {
        const { logs, stdout } = expectSuccess(await check(scene, '--write --json'));
        expect(JSON.parse(stdout)).toMatchObject({ ok: true, removed: ['20250103000000'], edited: [] });
        expect(logs).toContainEqual(
          expect.objectContaining({
            event: 'removed',
            version: '20250103000000',
            msg: expect.stringMatching(/20250103000000 .*taken out of the lock/),
          }),
        );
        expect(JSON.parse(readFileSync(scene.project.path(lockfile), 'utf8')).migrations).not.toHaveProperty(
          '20250103000000',
        );
        expectSuccess(await check(scene));
      },
    );
  });

  test('migrations/ may be absent where the lock lists none above the baseline', async () => {
    const alone = await shared({ [baseline]: files[baseline] ?? '' });
    await writeLock(alone);
    removeFolder(alone.project, 'migrations');
    expectSuccess(await alone.run('up'));
    expectSuccess(await alone.run('status --exit-code'));
  });

  test('above is above the newer baseline: a lock of before a squash, with the baseline of after it', async () => {
    const newer = '-- slipway: version 20250103000000\nCREATE TABLE public.a (x int);\n';
    await projectOf(
      managed,
      (project) => {
        removeFolder(project, 'migrations');
        project.write(baseline, newer);
      },
      async ({ run }) => expect((await run('status')).code).toBe(0),
    );
  });

  test('a squash of migrations alone that was cut off behind the lock still serves', async () => {
    const { [baseline]: first = '', ...others } = files;
    const alone = await shared({ 'migrations/20250101000000_a.sql': first.split('\n')[1] ?? '', ...others });
    await writeLock(alone);
    const before = JSON.parse(readFileSync(alone.project.path(lockfile), 'utf8'));
    expectSuccess(await check(alone));
    const squashed = await alone.run('squash --keep --carried-by 1', {
      SLIPWAY_SHADOW_URL: `${alone.database.url}?sslmode=disable`,
    });
    expectSuccess(squashed);
    alone.project.remove(baseline);
    expect(before.baseline.version).toBeNull();
    expectSuccess(await alone.run('up'));
    expect(await alone.ledger()).toHaveLength(3);
    alone.project.remove('migrations/20250102000000_b.sql');
    expectFailure(await alone.run('up'), {
      code: 66,
      names: /^sql\/baseline\.sql: .*is for the baseline 20250103000000/,
      remedy: /SLIPWAY_BASELINE/,
    });
  });
});
