import { join } from 'node:path';
import { buildImages, images, requireEngines, root, run } from '../support/containers.ts';
import { password, Server } from './server.ts';

jest.setTimeout(600_000);

let server: Server;
beforeAll(async () => {
  await requireEngines('docker info', '/usr/bin/python3 -m pytest --version');
  await buildImages();
  server = await Server.start('postgres:18');
});
afterAll(() => server?.stop());

test('the fixture for pytest gives each test a copy of what the image brought to head, and leaves nothing', async () => {
  const { container } = server;
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`;
  const { code, stdout, stderr } = await run(
    '/usr/bin/python3',
    ['-m', 'pytest', '-p', 'no:cacheprovider', join(root, 'examples/testing/test_pytest.py')],
    {
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '1',
        SLIPWAY_IMAGE: images.example,
        TEST_DATABASE_URL: `postgresql://postgres:${encodeURIComponent(password)}@${address}/postgres`,
      },
    },
  );
  expect([code, stdout + stderr]).toEqual([0, expect.stringMatching(/2 passed/)]);
  expect(
    await server.query('postgres', `SELECT datname FROM pg_database WHERE datname ~ '^(test|template)_'`),
  ).toEqual([]);
});
