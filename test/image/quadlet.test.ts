import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must, root, run } from '../support/containers.ts';

jest.setTimeout(60_000);

/** As .ci/engine.sh has unpacked it, else that of the podman that is installed. */
const unpacked = join(root, '.cache/ci/quadlet');
const quadlet = existsSync(unpacked) ? unpacked : '/usr/libexec/podman/quadlet';
const units = join(root, 'deploy/podman');

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-quadlet-'));
  await must(quadlet, ['-no-kmsg-log', folder], { env: { QUADLET_UNIT_DIRS: units } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('quadlet makes a service of each, and knows every key', async () => {
  const { code, stderr } = await run(quadlet, ['-dryrun'], { env: { QUADLET_UNIT_DIRS: units } });
  expect([code, stderr.split('\n').filter((line) => /unsupported|error|warn/i.test(line))]).toEqual([0, []]);
  expect(readdirSync(folder).filter((name) => name.endsWith('.service'))).toHaveLength(5);
});

test('systemd takes what it makes', async () => {
  const services = readdirSync(folder).filter((name) => name.endsWith('.service'));
  const args = ['verify', ...services.map((name) => join(folder, name))];
  const { code, stderr } = await run('systemd-analyze', args);
  const said = stderr.split('\n').filter((line) => line !== '' && !/Unknown key.*'RestartMode'/.test(line));
  expect([code, said]).toEqual([0, []]);
});

test('the application needs the schema, and the schema is tried again only where that can help', () => {
  const app = readFileSync(join(folder, 'trading-app.service'), 'utf8');
  expect(app).toMatch(/^Requires=trading-migrate\.service$/m);
  expect(app).toMatch(/^After=trading-migrate\.service$/m);
  // Without that role the application has no rights, and the baseline has nobody to grant them to.
  const postgres = readFileSync(join(folder, 'trading-postgres.service'), 'utf8');
  expect(postgres).toMatch(/-v \S+\/app-role\.sh:\/docker-entrypoint-initdb\.d\//);
  expect(postgres).toMatch(/--secret trading-app-password,type=mount,target=app_password/);
  const migrate = readFileSync(join(folder, 'trading-migrate.service'), 'utf8');
  expect(migrate).toMatch(/^Type=oneshot$/m);
  expect(migrate).toMatch(/^RestartPreventExitStatus=64 65 66 70 77 78 /m);
  expect(migrate).toMatch(/^ExecStart=.*podman run /m);
});
