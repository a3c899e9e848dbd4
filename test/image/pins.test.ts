import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../scripts/pins/main.ts';
import { eventually, freePort, must, requireEngines, root, run } from '../support/containers.ts';

jest.setTimeout(120_000);

const unpacked = join(root, '.cache/ci/docker/docker-buildx');
const base = 'debian:bookworm-slim';
let folder: string;
let registry: ChildProcess;
let name: string;

beforeAll(async () => {
  await requireEngines('docker info', 'docker-registry --version');
  folder = mkdtempSync(join(tmpdir(), 'slipway-pins-'));
  const port = await freePort();
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${folder}/images}}\nhttp: {addr: "127.0.0.1:${port}"}\n`,
  );
  registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  name = `localhost:${port}/base:1`;
  await eventually('the registry answers', 20_000, async () =>
    (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.ok ? true : undefined,
  );
  await must('docker', ['tag', base, name]);
  await must('docker', ['push', '-q', name]);
});
afterAll(async () => {
  registry?.kill();
  await run('docker', ['rmi', name]);
  rmSync(folder, { recursive: true, force: true });
});

test('the digest that a tag has in its registry is taken, and builds from it', async () => {
  const own = JSON.parse(readFileSync(join(root, 'pins.json'), 'utf8'));
  const file = join(folder, 'pins.json');
  writeFileSync(file, JSON.stringify({ ...own, images: { [name]: null, 'localhost:1/none:1': null } }));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(root, 'package.json')));
  if (existsSync(unpacked)) process.env.BUILDX = unpacked;
  const said: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  expect(await main(folder, [])).toBe(1);
  jest.restoreAllMocks();
  const { images } = JSON.parse(readFileSync(file, 'utf8'));
  expect(images).toEqual({ [name]: expect.stringMatching(/^sha256:/), 'localhost:1/none:1': null });
  expect(said.join('')).toContain(`${name}: no digest -> ${images[name]}`);
  expect(said.join('')).toContain('localhost:1/none:1: its registry did not answer; it stays at no digest');

  const pinned = `${name.replace(/:1$/, '')}@${images[name]}`;
  const built = await run('docker', ['build', '-q', '-'], { input: `FROM ${pinned}\n` });
  expect(built).toMatchObject({ code: 0 });
  await run('docker', ['rmi', built.stdout.trim()]);
});
