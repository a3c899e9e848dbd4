import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { buildImages, eventually, requireEngines, root } from '../support/containers.ts';
import { assertHeldBack, assertOrder, composeV1, composeV2, Stack, toYaml } from './stack.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const workspace = new Workspace();
let stack: Stack | undefined;

beforeAll(async () => {
  await requireEngines('docker info', composeV1.probe, composeV2.probe);
  await buildImages();
});
afterEach(() => stack?.down());
afterAll(() => workspace.remove());

/** Lets the sidecar fail: its baseline has a statement that cannot be run. */
function failing(): object {
  const baseline = workspace.brokenBaseline();
  return { services: { migrate: { volumes: [`${baseline}:/slipway/sql/baseline.sql:ro`] } } };
}

/** compose.yaml as someone would write it who forgot the condition. */
function withoutCondition(): string {
  const compose = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'));
  expect(compose.services.app.depends_on.migrate.condition).toBe('service_completed_successfully');
  compose.services.app.depends_on = ['migrate'];
  return workspace.file('without-condition.yaml', toYaml(compose));
}

describe.each([composeV2, composeV1])('$name', (composer) => {
  test('the application starts after the sidecar ended with 0, and finds its schema', async () => {
    const running = await Stack.create(composer);
    stack = running;
    const { code, stdout, stderr } = await stack.up();
    expect({ code, output: code === 0 ? '' : stdout + stderr + (await stack.logs('migrate')) }).toEqual({
      code: 0,
      output: '',
    });
    assertOrder(await stack.state('migrate'), await stack.state('app'));
    expect(await eventually('the application answers', 30_000, () => running.report())).toEqual({
      schema: 'trading',
      tables: 14,
      head: expect.stringMatching(/^\d{14}$/),
    });
    const probe = ['slipway', 'wait', '--timeout', '0'];
    expect(await stack.execute(probe)).toMatchObject({ code: 0 });
  });

  test('the application does not start after the sidecar failed', async () => {
    stack = await Stack.create(composer, { override: failing() });
    expect((await stack.up()).code).not.toBe(0);
    expect(await stack.state('migrate')).toMatchObject({ status: 'exited', exitCode: 65 });
    assertHeldBack(await stack.state('app'));
    expect(await stack.report()).toBeUndefined();
  });

  test('without the condition it is started all the same: the assertion above can fail', async () => {
    stack = await Stack.create(composer, { file: withoutCondition(), folder: root, override: failing() });
    await stack.up();
    const app = await stack.state('app');
    expect(() => assertHeldBack(app)).toThrow(/was started/);
  });
});
