import { GenericContainer, Wait } from 'testcontainers';
import { buildImages, images, must, requireEngines, run } from '../support/containers.ts';
import { newSecret } from '../support/secrets.ts';
import { environment, password, Server, settings } from './server.ts';
import { runContainer } from './termination.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const hardened = [
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--tmpfs=/tmp:noexec,nosuid,size=16m',
  '--memory=256m',
  '--pids-limit=64',
];

const workspace = new Workspace();
let databases = 0;

beforeAll(async () => {
  await requireEngines('docker info');
  await buildImages();
});

afterAll(() => workspace.remove());

async function createDatabase(server: Server): Promise<string> {
  databases += 1;
  const name = `db${databases}`;
  await server.query('postgres', `create database ${name}`);
  return name;
}

describe.each(['postgres:17', 'postgres:18'])('the image and %s', (image) => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(image);
  });
  afterAll(() => server?.stop());

  test('an empty database gets the schema; the second run changes nothing', async () => {
    const database = await createDatabase(server);
    const sidecar = await new GenericContainer(images.example)
      .withNetwork(server.network)
      .withEnvironment({ ...settings(database), PGPASSWORD: password })
      .withWaitStrategy(Wait.forOneShotStartup())
      .start();
    await sidecar.stop();
    expect(await server.tables(database)).toBe(14);

    const observe = async () => ({
      ledger: await server.query(database, 'select xmin::text, l.* from slipway.ledger l order by version'),
      transaction: await server.query(
        database,
        'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
      ),
    });
    const before = await observe();
    expect(before.ledger.length).toBeGreaterThan(1);
    expect(await server.slipway(images.example, database, [])).toMatchObject({ code: 0 });
    expect(await observe()).toEqual(before);
  });
});

describe('the image', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start('postgres:18');
  });
  afterAll(() => server?.stop());

  test('64 MiB are enough for a start with nothing to do, and it reaches nothing but the database', async () => {
    const database = await createDatabase(server);
    expect(await server.slipway(images.example, database, [])).toMatchObject({ code: 0 });
    const inner = `slipway-inner-${process.pid}`;
    await must('docker', ['network', 'create', '--internal', inner]);
    try {
      await must('docker', ['network', 'connect', '--alias', 'postgres', inner, server.container.getId()]);
      const least = [...hardened, '--memory=64m', '--memory-swap=64m', `--network=${inner}`];
      const variables = environment({ ...settings(database), PGPASSWORD: password });
      for (let start = 1; start <= 20; start += 1) {
        const { code, stderr } = await runContainer([...least, ...variables, images.example]);
        expect({ start, code, stderr: code === 0 ? '' : stderr }).toEqual({ start, code: 0, stderr: '' });
      }
      await must('docker', ['network', 'disconnect', inner, server.container.getId()]);
    } finally {
      await run('docker', ['network', 'rm', '-f', inner]);
    }
  });

  test.each(['65532:65532', '48213:48213', '12345:0'])(
    'runs with every restriction as user %s',
    async (user) => {
      const database = await createDatabase(server);
      const ran = await server.slipway(images.example, database, [...hardened, `--user=${user}`]);
      expect(ran).toMatchObject({ code: 0 });
      expect(await server.tables(database)).toBe(14);
    },
  );

  test('takes the password from a file', async () => {
    const database = await createDatabase(server);
    const secret = workspace.file('password', `${password}\n`);
    const ran = await runContainer([
      `--network=${server.network.getName()}`,
      ...environment({ ...settings(database), PGPASSWORD_FILE: '/run/secrets/password' }),
      ...['-v', `${secret}:/run/secrets/password:ro`],
      images.example,
    ]);
    expect(ran).toMatchObject({ code: 0 });
  });

  test('names a password file that its user cannot read', async () => {
    const secret = workspace.file('password-of-root', password, 0o600);
    const ran = await runContainer([
      ...environment({ ...settings('postgres'), PGPASSWORD_FILE: '/run/secrets/password' }),
      ...['-v', `${secret}:/run/secrets/password:ro`],
      images.example,
    ]);
    expect(ran).toMatchObject({ code: 78 });
    const said = ran.stdout + ran.stderr;
    expect(said).toMatch(/PGPASSWORD_FILE/);
    expect(said).toMatch(/\/run\/secrets\/password/);
    expect(said).toMatch(/65532/);
    expect(said).toMatch(/permission|mode|readable/i);
  });

  describe('exit codes and the termination log', () => {
    const good = { '20251127101038_first.sql': 'create table first (id int);' };
    const broken = {
      '20251204093000_broken.sql': 'create table half (id int);\nselect no_such_column from first;',
    };
    test.each([
      {
        name: 'a broken migration',
        code: 65,
        files: { ...good, ...broken },
        says: /20251204093000_broken\.sql/,
      },
      { name: 'no files', code: 66, says: /migrations/ },
      {
        name: 'an unknown flag',
        code: 64,
        files: good,
        args: ['up', '--no-such-flag'],
        says: /--no-such-flag/,
      },
      { name: 'a wrong password', code: 77, files: good, set: { PGPASSWORD: newSecret() }, says: /password/ },
    ])('$name: $code', async ({ code, files, args, set, says }) => {
      const database = await createDatabase(server);
      const options = environment(set ?? {});
      if (files) options.push(...workspace.migrations(`exit-${code}`, files));
      const ran = await server.slipway(images.bare, database, options, args);
      expect(ran).toMatchObject({ code });
      expect(ran.stdout + ran.stderr).toMatch(says);
      expect(ran.word).toMatch(says);
      expect(Buffer.byteLength(ran.word)).toBeLessThanOrEqual(4096);
      expect(await server.tables(database, 'public')).toBe(code === 65 ? 1 : 0);
    });
  });
});
