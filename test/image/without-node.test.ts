import { chownSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildImages, images, type Ran, requireEngines, root, run } from '../support/containers.ts';
import { password, Server } from './server.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

/** Who calls: a user of the machine that is neither root nor the image's. */
const uid = 1000;

/** The function of the README, and its five commands. */
const [shellFunction = '', commands = ''] = [
  ...(
    /## Without Node\n([\s\S]*?)\n## /.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? ''
  ).matchAll(/```sh\n([\s\S]*?)```/g),
].map(([, text = '']) => text);

const baseline = `-- slipway: version 20250101000000
CREATE TABLE public.orders (id bigint PRIMARY KEY, price numeric NOT NULL CHECK (price > 0));
CREATE INDEX orders_price ON public.orders (price);
`;
/** The schema as an old database has it: without the index, and with rows. */
const old =
  'CREATE TABLE public.orders (id bigint PRIMARY KEY, price numeric NOT NULL CHECK (price > 0)); INSERT INTO public.orders VALUES (1, 2)';
const models = `print("""CREATE TABLE public.orders (id bigint PRIMARY KEY, price numeric NOT NULL CHECK (price > 0), note text);
CREATE INDEX orders_price ON public.orders (price);""")
`;

let server: Server;
const workspaces: Workspace[] = [];

beforeAll(async () => {
  await requireEngines('docker info');
  await buildImages();
  server = await Server.start('postgres:18');
});
afterAll(async () => {
  for (const workspace of workspaces) workspace.remove();
  await server?.stop();
});

/** A folder of that user without anything of Node in it, and a shell in which the README's function is defined. */
function folderOf(files: Readonly<Record<string, string>>) {
  const workspace = new Workspace();
  workspaces.push(workspace);
  for (const [path, text] of Object.entries(files)) workspace.file(path, text);
  for (const path of ['', ...new Set(Object.keys(files).flatMap((file) => [file, join(file, '..')]))]) {
    chownSync(join(workspace.directory, path), uid, uid);
  }
  const group = statSync('/var/run/docker.sock').gid;
  const shell = (database: string, script: string): Promise<Ran> => {
    const { container } = server;
    const url = `postgresql://postgres:${encodeURIComponent(password)}@${container.getHost()}:${container.getMappedPort(5432)}/${database}`;
    const [definition = ''] = shellFunction.split('export ');
    return run(
      'setpriv',
      [
        `--reuid=${uid}`,
        `--regid=${uid}`,
        `--groups=${group}`,
        'sh',
        '-ec',
        `cd "$0"\n${definition}${script}`,
        workspace.directory,
      ],
      {
        env: {
          DATABASE_URL: url,
          SLIPWAY_SHADOW_URL: 'same',
          image: images.bare,
          HOME: workspace.directory,
        },
      },
    );
  };
  return { directory: workspace.directory, shell };
}

const said = ({ stdout, stderr }: Ran): string => stdout + stderr;

test('the whole way of a team: an old database is adopted, a column comes from models that Python prints, and all is squashed', async () => {
  await server.query('postgres', 'CREATE DATABASE team');
  await server.query('team', old);
  const { directory, shell } = folderOf({ 'sql/baseline.sql': baseline, 'print_models.py': models });
  const [write, fix, generate, up, squash] = commands
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\s+#.*/, ''));
  for (const [line, shows] of [
    [write, /"written"/],
    [fix, /1 statement/],
    ['slipway adopt --fix fix.sql', /adopted at 20250101000000/],
    [generate, /add_note\.sql/],
    [up, /1 applied/],
    [squash, /squash/],
    ['slipway up', /nothing to do/],
    ['slipway check', /"ok"|agree/],
  ] as const) {
    const ran = await shell('team', String(line));
    expect([line, ran.code, ran.code === 0 ? '' : said(ran)]).toEqual([line, 0, '']);
    expect(said(ran)).toMatch(shows);
  }
  expect(await server.query('team', 'SELECT id, price::int, note FROM public.orders')).toEqual([
    { id: '1', price: 2, note: null },
  ]);
  expect(await server.query('postgres', `SELECT FROM pg_database WHERE datname LIKE 'slipway%'`)).toEqual([]);
  for (const file of ['sql/schema.lock.json', 'sql/schema.snapshot.json', 'sql/baseline.sql', 'fix.sql']) {
    expect([file, statSync(join(directory, file)).uid]).toEqual([file, uid]);
  }
});

test('every command runs on a folder that is mounted at /slipway', async () => {
  await server.query('postgres', 'CREATE DATABASE every');
  const { shell } = folderOf({ 'sql/baseline.sql': baseline });
  for (const line of [
    'check --write',
    'plan',
    'up',
    'status --drift',
    'wait',
    'repair',
    'squash --dry-run',
    'completion bash',
    'help',
    'down --help',
    'new add x',
    'new --restamp migrations/*_add_x.sql',
  ]) {
    const ran = await shell('every', `slipway ${line}`);
    expect([line, ran.code, ran.code === 0 ? '' : said(ran)]).toEqual([line, 0, '']);
  }
});

describe('files that cannot be written, or would be lost', () => {
  beforeAll(async () => {
    await server.query('postgres', 'CREATE DATABASE lacking');
    await server.query('lacking', old);
  });

  test.each(['check --write', 'new add x', 'adopt --write-fix fix.sql', 'squash --carried-by 1.0'])(
    'slipway %s in a folder of somebody else: 66 before any work, and how to run it',
    async (line) => {
      const { directory, shell } = folderOf({
        'sql/baseline.sql': baseline,
        'migrations/20250102000000_b.sql': 'CREATE TABLE public.b ();\n',
      });
      expect((await shell('lacking', 'slipway check --write')).code).toBe(0);
      const ran = await run('docker', [
        ...['run', '--rm', ...server.reaching('lacking'), '-e', 'SLIPWAY_SHADOW_URL=same'],
        ...['-v', `${directory}:/slipway`, images.bare, ...line.split(' ')],
      ]);
      expect([line, ran.code]).toEqual([line, 66]);
      expect(said(ran)).toMatch(/User 65532 of the container may not write there/);
      expect(said(ran)).not.toMatch(/"replay"/);
    },
  );

  test('a file that would be gone with the container: it is said', async () => {
    const ran = await run('docker', [
      ...['run', '--rm', '--network=none', '--user=0:0', images.bare, 'new', 'add', 'x'],
    ]);
    expect(ran.code).toBe(0);
    expect(said(ran)).toMatch(/will be gone with this container/);
  });

  test('a shadow that is not there: the variable comes first, and nothing of npm', async () => {
    const ran = await run('docker', [
      ...['run', '--rm', '--network=none', '--user=0:0', images.example, 'check'],
    ]);
    expect(ran.code).toBe(66);
    expect(said(ran)).toMatch(/Set SLIPWAY_SHADOW_URL to/);
    expect(said(ran)).not.toMatch(/npm install/);
  });

  test('a fix is printed, and written nowhere, for --write-fix -', async () => {
    const { shell } = folderOf({ 'sql/baseline.sql': baseline });
    expect((await shell('lacking', 'slipway check --write')).code).toBe(0);
    const ran = await shell('lacking', 'slipway adopt --write-fix - > fix.out; ls; cat fix.out');
    expect(ran.stdout).toMatch(/CREATE INDEX orders_price/);
    expect(ran.stdout).toMatch(/^-- slipway: version 20250101000000$/m);
  });

  test('--from-command, where there is no shell: 64, and the way by standard input', async () => {
    const { shell } = folderOf({ 'sql/baseline.sql': baseline });
    expect((await shell('postgres', 'slipway check --write')).code).toBe(0);
    const ran = await shell('postgres', "slipway new x --from-command 'python3 print_models.py'");
    expect(ran.code).toBe(64);
    expect(said(ran)).toMatch(/--from -/);
  });
});
