import { join } from 'node:path';
import { images, must, requireEngines, root, run } from '../support/containers.ts';

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
