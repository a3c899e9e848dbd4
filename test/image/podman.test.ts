import { buildImages, copyToPodman, eventually, get, images, requireEngines } from '../support/containers.ts';
import { Pods } from './pods.ts';
import { assertHeldBack, assertOrder, podmanCompose, Stack } from './stack.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const workspace = new Workspace();

beforeAll(async () => {
  await requireEngines('docker info', 'podman info', podmanCompose.probe);
  await buildImages();
  await copyToPodman(images.example, images.app, 'postgres:18');
});
afterAll(() => workspace.remove());

describe('podman kube play of deploy/kubernetes/pod.yaml', () => {
  let pods: Pods;
  beforeAll(async () => {
    pods = await Pods.create(workspace);
  });
  afterAll(() => pods?.stop());

  test('the application starts after the init container ended with 0', async () => {
    const pod = await pods.play({ database: 'good' });
    try {
      expect(pod.played).toMatchObject({ code: 0 });
      assertOrder(await pod.state('migrate'), await pod.state('app'));
      const answer = await eventually('the application answers', 30_000, () =>
        get(`http://127.0.0.1:${pod.port}/`),
      );
      expect(answer).toMatchObject({ status: 200, body: { tables: 14 } });
    } finally {
      await pod.down();
    }
  });

  test('the application does not start after the init container failed', async () => {
    const pod = await pods.play({ database: 'bad', migrate: { PGPORT: '99999' } });
    try {
      expect(pod.played.code).not.toBe(0);
      expect(await pod.state('migrate')).toMatchObject({ exitCode: 78 });
      assertHeldBack(await pod.state('app'));
      expect(await get(`http://127.0.0.1:${pod.port}/`)).toBeUndefined();
    } finally {
      await pod.down();
    }
  });
});

// This engine starts everything at once, whatever the conditions say: it is the gate that holds the application back.
describe('podman-compose', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.down());

  test('the application serves once the sidecar ended with 0', async () => {
    const running = await Stack.create(podmanCompose);
    stack = running;
    await running.up();
    const answer = await eventually('the application answers', 60_000, () => running.report()).catch(
      async (error: Error) => {
        throw new Error(`${error.message}\n${await running.logs('migrate')}\n${await running.logs('app')}`);
      },
    );
    expect(answer).toMatchObject({ schema: 'trading', tables: 14 });
    expect(await running.state('migrate')).toMatchObject({ status: 'exited', exitCode: 0 });
  });

  test('the application never serves when the sidecar failed', async () => {
    const baseline = workspace.brokenBaseline();
    const running = await Stack.create(podmanCompose, {
      override: {
        services: {
          migrate: { volumes: [`${baseline}:/slipway/sql/baseline.sql:ro`] },
          app: { environment: { SLIPWAY_WAIT_TIMEOUT: '8s' }, restart: 'no' },
        },
      },
    });
    stack = running;
    await running.up();
    const ended = await eventually('the gate gives up', 60_000, async () => {
      expect(await running.report()).toBeUndefined();
      const app = await running.state('app');
      return app?.started && app.status === 'exited' ? app : undefined;
    });
    expect(ended.exitCode).toBe(75);
    // The gate may give up before the server was there for the sidecar to fail on.
    const failed = await eventually('the sidecar fails', 60_000, async () => {
      const migrate = await running.state('migrate');
      return migrate?.status === 'exited' ? migrate : undefined;
    });
    expect(failed.exitCode).toBe(65);
    expect(await running.logs('app')).not.toMatch(/^listening/m);
  });
});
