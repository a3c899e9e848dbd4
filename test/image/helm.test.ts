import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { exitCodes } from '../../src/core/index.ts';
import { must, root, run } from '../support/containers.ts';
import { kubeTools } from '../support/kube-tools.ts';
import { type Manifest, typeErrors } from '../support/manifest-types.ts';

jest.setTimeout(120_000);

const chart = join(root, 'deploy/helm');
let helm: string;
let folder: string;
beforeAll(async () => {
  ({ helm } = await kubeTools());
  folder = mkdtempSync(join(tmpdir(), 'slipway-helm-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const template = async (
  from: string,
  ...set: readonly string[]
): Promise<(Manifest & Record<string, never>)[]> => {
  const text = await must(helm, ['template', 'trading', from, ...set.flatMap((one) => ['--set', one])]);
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
};

test('helm lint finds nothing', async () => {
  expect(await run(helm, ['lint', '--strict', chart])).toMatchObject({ code: 0 });
});

test.each([
  ['as it is', []],
  ['as a hook', ['mode=hook']],
  ['with a CronJob for drift', ['drift.enabled=true']],
  ['with a whole URL in a Secret', ['database.urlSecret.name=url', 'wait.urlSecret.name=url']],
  [
    'with all that a cluster may ask for',
    [
      'env.SLIPWAY_ROLE=owner',
      'ttlSecondsAfterFinished=600',
      'serviceAccountName=migrator',
      'priorityClassName=high',
      'nodeSelector.zone=a',
      'tolerations[0].key=k',
      'imagePullSecrets[0].name=registry',
      'volumes[0].name=ca',
      'volumes[0].configMap.name=ca',
      'volumeMounts[0].name=ca',
      'volumeMounts[0].mountPath=/ca',
      'annotations.team=trading',
      'podAnnotations.team=trading',
      'podLabels.team=trading',
      'image.tag=Release_2026.11',
    ],
  ],
] as const)(
  '%s: the API of Kubernetes knows every field, and names are ones that it takes',
  async (_, set) => {
    const made = await template(chart, ...set);
    expect(await typeErrors(made)).toBe('');
    for (const { metadata } of made) expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  },
);

test('the Job gets another name with another version or other values, and the same with the same', async () => {
  const name = async (...set: readonly string[]): Promise<string> =>
    String((await template(chart, ...set))[0]?.metadata.name);
  const plain = await name();
  expect(await name()).toBe(plain);
  expect(plain).toMatch(/^trading-slipway-0-1-0-[0-9a-f]{8}$/);
  for (const set of ['image.tag=0.2.0', 'env.SLIPWAY_LOG_LEVEL=debug'])
    expect(await name(set)).not.toBe(plain);
});

test('only a hook is one, and an unknown mode is an error', async () => {
  const [job] = await template(chart);
  expect(job?.metadata).not.toHaveProperty('annotations');
  const [hook] = await template(chart, 'mode=hook');
  expect(hook?.metadata).toMatchObject({ annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' } });
  const { code, stderr } = await run(helm, ['template', 'trading', chart, '--set', 'mode=jobb']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/mode is job or hook/)]);
});

test('it ends a Job for exactly the codes that trying again cannot help', () => {
  const final = Object.values(exitCodes).filter(({ code, again }) => code > 1 && !again);
  const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  expect(values.finalExitCodes).toEqual(final.map(({ code }) => code));
});

test("as a subchart it gives another chart's pods an init container that waits", async () => {
  const parent = join(folder, 'trading');
  mkdirSync(join(parent, 'templates'), { recursive: true });
  cpSync(chart, join(parent, 'charts/slipway'), { recursive: true });
  writeFileSync(join(parent, 'Chart.yaml'), 'apiVersion: v2\nname: trading\nversion: 1.0.0\n');
  writeFileSync(join(parent, 'values.yaml'), 'slipway:\n  database: { host: db }\n');
  writeFileSync(
    join(parent, 'templates/app.yaml'),
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: trading }
spec:
  selector: { matchLabels: { app: trading } }
  template:
    metadata: { labels: { app: trading } }
    spec:
      initContainers:
        {{- include "slipway.wait" .Subcharts.slipway | trim | nindent 8 }}
      containers:
        - { name: app, image: app }
      volumes:
        {{- include "slipway.waitVolume" .Subcharts.slipway | nindent 8 }}
`,
  );
  const made = await template(parent);
  expect(await typeErrors(made)).toBe('');
  const app = made.find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: { template: { spec: { initContainers: { args: string[]; env: object[] }[] } } };
  };
  const [wait] = app.spec.template.spec.initContainers;
  expect(wait).toMatchObject({ args: ['wait', '--timeout', '300s'] });
  expect(wait?.env).toEqual(
    expect.arrayContaining([
      { name: 'PGHOST', value: 'db' },
      { name: 'PGUSER', value: 'trading_app' },
    ]),
  );
});
