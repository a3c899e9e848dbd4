import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildImages,
  copyToPodman,
  eventually,
  images,
  must,
  requireEngines,
  root,
} from '../support/containers.ts';
import { newSecret } from '../support/secrets.ts';
import { Server } from './server.ts';
import { assertOrder, composeV1, composeV2, podmanCompose, Stack } from './stack.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const workspace = new Workspace();
const fileOf = (name: string): string => join(root, 'deploy/compose', name);
let stack: Stack | undefined;

beforeAll(async () => {
  await requireEngines('docker info', 'podman info', composeV1.probe, composeV2.probe, podmanCompose.probe);
  await buildImages();
  const worker = fileOf('worker.Dockerfile');
  await must('docker', [
    'build',
    '-q',
    '-t',
    images.worker,
    '-f',
    worker,
    '--build-arg',
    `SCHEMA_IMAGE=${images.example}`,
    '.',
  ]);
  await copyToPodman(images.example, images.app, images.worker, 'postgres:18');
});
afterEach(() => stack?.down());
afterAll(() => workspace.remove());

const start = async (...args: Parameters<typeof Stack.create>): Promise<Stack> => {
  stack = await Stack.create(...args);
  return stack;
};

const serves = (running: Stack): Promise<object> =>
  eventually('the application answers', 60_000, () => running.report());

const says = (running: Stack, service: string, text: string): Promise<true> =>
  eventually(`${service} says ${text}`, 60_000, async () =>
    (await running.logs(service)).includes(text) ? true : undefined,
  );

/** A baseline with a statement that cannot be run. */
const broken = (): object => ({ volumes: [`${workspace.brokenBaseline()}:/slipway/sql/baseline.sql:ro`] });

test('every file of deploy/compose is run here, or shown in README', () => {
  expect(readdirSync(join(root, 'deploy/compose'))).toEqual([
    'external-database.yaml',
    'minimal.yaml',
    'several-services.yaml',
    'worker.Dockerfile',
  ]);
});

describe('several-services.yaml', () => {
  const file = fileOf('several-services.yaml');

  test.each([composeV2, composeV1, podmanCompose])(
    'each service starts by itself once the schema is there, $name',
    async (composer) => {
      const running = await start(composer, { file });
      await running.up();
      expect(await serves(running)).toMatchObject({ tables: 14 });
      await says(running, 'worker', 'working');
      expect(await running.state('migrate')).toMatchObject({ status: 'exited', exitCode: 0 });
    },
  );

  // It knows no conditions: each service holds itself back.
  test('none does where it is not, podman-compose', async () => {
    const soon = { environment: { SLIPWAY_WAIT_TIMEOUT: '5s' }, restart: 'no' };
    const override = { services: { migrate: broken(), app: soon, worker: soon } };
    const running = await start(podmanCompose, { file, override });
    await running.up();
    for (const service of ['app', 'worker']) {
      const ended = await eventually(`${service} gives up`, 60_000, async () => {
        const state = await running.state(service);
        return state?.started && state.status === 'exited' ? state : undefined;
      });
      expect([service, ended.exitCode]).toEqual([service, 75]);
    }
    expect(await running.logs('worker')).not.toContain('working');
    expect(await running.report()).toBeUndefined();
  });
});

describe('external-database.yaml', () => {
  const owner = newSecret();
  const app = newSecret();
  let server: Server;
  beforeAll(async () => {
    server = await Server.start('postgres:18');
    await server.query('postgres', `create role trading_owner login password '${owner}'`);
    await server.query('postgres', `create role trading_app login password '${app}'`);
  });
  afterAll(() => server?.stop());

  test.each([composeV2, composeV1])(
    'the application starts after the schema is there, $name',
    async (composer) => {
      const database = composer === composeV2 ? 'two' : 'one';
      await server.query('postgres', `create database ${database} owner trading_owner`);
      const network = { external: true, name: server.network.getName() };
      const running = await start(composer, {
        file: fileOf('external-database.yaml'),
        override: { services: { migrate: {} }, networks: { default: network } },
        env: { DATABASE_HOST: 'postgres', DATABASE_NAME: database, DATABASE_SSLMODE: 'disable' },
        passwords: { owner, app },
      });
      const { code, stdout, stderr } = await running.up();
      expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
      assertOrder(await running.state('migrate'), await running.state('app'));
      expect(await serves(running)).toMatchObject({ tables: 14 });
    },
  );
});

describe('minimal.yaml', () => {
  test('is all that it takes', async () => {
    const running = await start(composeV2, {
      file: fileOf('minimal.yaml'),
      override: {
        services: {
          postgres: { image: 'postgres:18' },
          migrate: { image: images.example },
          app: { image: images.app, ports: [`127.0.0.1:\${APP_PORT}:8080`] },
        },
      },
    });
    expect(await running.up()).toMatchObject({ code: 0 });
    expect(await serves(running)).toMatchObject({ tables: 14 });
  });
});

describe('a release with a broken migration', () => {
  const released = async (): Promise<Stack> => {
    const running = await start(composeV2);
    expect(await running.up()).toMatchObject({ code: 0 });
    await serves(running);
    const migration = workspace.file('broken-migration.sql', 'select no_such_column;\n');
    const volumes = [`${migration}:/slipway/migrations/20990101000000_broken.sql:ro`];
    running.change({ services: { migrate: { volumes }, app: { labels: { release: '2' } } } });
    return running;
  };

  test('migrated ahead of it, as the page says, leaves the application as it is', async () => {
    const running = await released();
    expect(await running.compose(['run', '--rm', '-T', 'migrate'])).toMatchObject({ code: 65 });
    expect(await running.state('app')).toMatchObject({ status: 'running' });
  });

  test('brought up in one step, stops it', async () => {
    const running = await released();
    expect((await running.up()).code).not.toBe(0);
    expect(await running.state('migrate')).toMatchObject({ exitCode: 65 });
    expect((await running.state('app'))?.status).not.toBe('running');
  });
});
