import { join } from 'node:path';
import { eventually, images, must, requireEngines, root, run } from '../support/containers.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const mounted = ['sql', 'migrations'].flatMap((name) => ['-v', `${join(root, name)}:/slipway/${name}:ro`]);

beforeAll(async () => {
  await requireEngines('docker info');
  await must('docker', ['build', '-q', '-t', images.dev, '--target', 'slipway-dev', '.']);
});

test.each(['65532:65532', '1000:1000', '43210:43210', '0:0'])(
  'check needs no server, and no network, as user %s',
  async (user) => {
    const ran = await run('docker', ['run', '--rm', '--network=none', '-u', user, ...mounted, images.dev]);
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('files, lock and baseline agree')]);
  },
);

test('the whole story is in it', async () => {
  const ran = await run('docker', ['run', '--rm', '--network=none', images.dev, 'demo']);
  expect([ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([0, '']);
});

test('no program of it gives rights that its caller does not have', async () => {
  const find = ['--entrypoint=find', images.dev, '/', '-xdev', '-perm', '/6000', '-type', 'f'];
  expect(await must('docker', ['run', '--rm', '--network=none', '-u', '0:0', ...find])).toBe('');
});

test('dev answers each save of a mounted folder, and ends with SIGINT', async () => {
  const workspace = new Workspace();
  const name = `slipway-dev-${process.pid}`;
  const file = 'migrations/20250102000000_b.sql';
  workspace.file('migrations/20250101000000_a.sql', 'CREATE TABLE public.a (x int);\n');
  workspace.file(file, 'CREATE TABLE public.b (x int);\n');
  const mount = ['-v', `${join(workspace.directory, 'migrations')}:/slipway/migrations:ro`];
  await must('docker', ['run', '-d', '--name', name, '--network=none', ...mount, images.dev, 'dev']);
  const logs = async (): Promise<string> => {
    const { stdout, stderr } = await run('docker', ['logs', name]);
    return stdout + stderr;
  };
  const says = (text: RegExp): Promise<true> =>
    eventually(`a line like ${text}`, 60_000, async () => (text.test(await logs()) ? true : undefined));
  try {
    await says(/"event":"answer".*adds.*public\.b/);
    workspace.file(file, 'CREATE TABLE public.b (x integr);\n');
    await says(/"event":"answer".*"kind":"failed".*integr/);
    await must('docker', ['kill', '-s', 'INT', name]);
    expect(await must('docker', ['wait', name])).toBe('130');
  } finally {
    await run('docker', ['rm', '-f', name]);
    workspace.remove();
  }
});
