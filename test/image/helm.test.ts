import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { exitCodes } from '../../src/core/index.ts';
import { must, root, run } from '../support/containers.ts';
import { kubeTools } from '../support/kube-tools.ts';
import { type Manifest, typeErrors } from '../support/manifest-types.ts';
import { mountsWithoutVolume, podOf } from '../support/pod-specs.ts';

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
  ['with a tag that is no value of a label', [`image.tag=_${'x'.repeat(61)}_y`]],
  ['with a digest', [`image.digest=sha256:${'0'.repeat(64)}`]],
] as const)(
  '%s: the API of Kubernetes knows every field, and names are ones that it takes',
  async (_, set) => {
    const made = await template(chart, ...set);
    expect(await typeErrors(made)).toBe('');
    for (const manifest of made) {
      expect(manifest.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(manifest.metadata).toMatchObject({
        labels: {
          'app.kubernetes.io/version': expect.stringMatching(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/),
        },
      });
      expect(mountsWithoutVolume(podOf(manifest))).toEqual([]);
    }
  },
);

test.each([
  ['database.host', ['--set', 'databse.host=db']],
  ['image.tag', ['--set', 'image.tag=12345678']],
  ['mode', ['--set', 'mode=jobb']],
  ['image.digest', ['--set', 'image.digest=latest']],
])('values that say nothing or something else are refused: %s', async (_, args) => {
  const { code, stderr } = await run(helm, ['template', 'trading', chart, ...args]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/schema/)]);
});

test('its image is named by the tag, the digest, or both', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  for (const [set, image] of [
    [[], 'slipway-example:0.1.0'],
    [['image.tag=1.2.3'], 'slipway-example:1.2.3'],
    [[`image.digest=${digest}`], `slipway-example@${digest}`],
    [[`image.digest=${digest}`, 'image.tag=1.2.3'], `slipway-example:1.2.3@${digest}`],
  ] as const) {
    const [job] = await template(chart, ...set);
    expect(podOf(job)).toMatchObject({ containers: [{ image }] });
  }
});

test('the Job gets another name with another version or other values, and the same with the same', async () => {
  const name = async (...set: readonly string[]): Promise<string> =>
    String((await template(chart, ...set))[0]?.metadata.name);
  const plain = await name();
  expect(await name()).toBe(plain);
  expect(plain).toMatch(/^trading-slipway-0-1-0-[0-9a-f]{8}$/);
  for (const set of ['image.tag=0.2.0', 'env.SLIPWAY_LOG_LEVEL=debug'])
    expect(await name(set)).not.toBe(plain);
});

test('only a hook is one, and each takes the place of the one before', async () => {
  const [job] = await template(chart);
  expect(job?.metadata).not.toHaveProperty('annotations');
  const [hook] = await template(chart, 'mode=hook');
  expect(hook?.metadata).toMatchObject({ annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' } });
  // Helm deletes the hook of before by its name.
  const [next] = await template(chart, 'mode=hook', 'image.tag=0.2.0');
  expect(next?.metadata.name).toBe(hook?.metadata.name);
});

test('it ends a Job for exactly the codes that trying again cannot help', () => {
  const final = Object.values(exitCodes).filter(({ code, again }) => code > 1 && !again);
  const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  expect(values.finalExitCodes).toEqual(final.map(({ code }) => code));
});

/** The lines that docs/helm-and-gitops.md has for the pod of an application. */
const [, snippet = ''] =
  /# templates\/deployment\.yaml.*\n([\s\S]*?)```/.exec(
    readFileSync(join(root, 'docs/helm-and-gitops.md'), 'utf8'),
  ) ?? [];

test("as a subchart it gives another chart's pods an init container that waits, and all that this mounts", async () => {
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
      containers:
        - { name: app, image: app }
${snippet}`,
  );
  const ca = ['volumes[0].name', 'volumes[0].configMap.name', 'volumeMounts[0].name'].map(
    (key) => `slipway.${key}=ca`,
  );
  for (const set of [[], [...ca, 'slipway.volumeMounts[0].mountPath=/ca']]) {
    const made = await template(parent, ...set);
    expect(await typeErrors(made)).toBe('');
    const pod = podOf(made.find(({ kind }) => kind === 'Deployment'));
    expect(mountsWithoutVolume(pod)).toEqual([]);
    expect(pod.securityContext).toEqual({ fsGroup: 65532 });
    const [wait] = pod.initContainers ?? [];
    expect(wait).toMatchObject({ args: ['wait', '--timeout', '300s'] });
    expect(wait?.env).toEqual(
      expect.arrayContaining([
        { name: 'PGHOST', value: 'db' },
        { name: 'PGUSER', value: 'trading_app' },
      ]),
    );
  }
  const url = ['--set', 'slipway.database.urlSecret.name=url'];
  const { code, stderr } = await run(helm, ['template', 'trading', parent, ...url]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/set wait\.urlSecret/)]);
});
