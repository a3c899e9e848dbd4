import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { parseShare, shareOf } from '../../src/fleet/index.ts';
import { must, root } from '../support/containers.ts';
import { kubeTools } from '../support/kube-tools.ts';
import { type Manifest, typeErrors } from '../support/manifest-types.ts';
import { mountsWithoutVolume, podOf } from '../support/pod-specs.ts';

jest.setTimeout(120_000);

const folder = 'deploy/kubernetes';
const files = readdirSync(join(root, folder)).filter((name) => name !== 'kustomization.yaml');
const read = (name: string) => parse(readFileSync(join(root, folder, name), 'utf8'));

test('what the manifests say is what the API of Kubernetes knows', async () => {
  expect(await typeErrors(files.map(read))).toBe('');
});

test('a field that is missing, or that nobody knows, would show', async () => {
  const job = read('job.yaml');
  job.spec.podFailurePolicy.rules[0].onPodConditions[0] = { type: 'DisruptionTarget' };
  job.spec.template.spec.containers[0].comand = ['up'];
  const said = await typeErrors([job]);
  expect(said).toMatch(/'status' is missing/);
  expect(said).toMatch(/comand/);
});

test.each(files)(
  '%s: every container is restricted, and its name is one that every object may have',
  (file) => {
    const manifest = read(file);
    expect(manifest.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    const spec = podOf(manifest);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 });
    // Neither needs the API of the cluster, and a token that nobody reads can only be stolen.
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(mountsWithoutVolume(spec)).toEqual([]);
    for (const { name, securityContext } of [...(spec.initContainers ?? []), ...spec.containers]) {
      expect({ name, securityContext }).toEqual({
        name,
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      });
    }
  },
);

test('the pods of the Job for many databases divide the list: nothing twice, nothing left out', () => {
  const { spec } = read('each.yaml');
  const [{ args }] = spec.template.spec.containers;
  const list = Array.from({ length: 23 }, (_, at) => `tenant_${at}`);
  const entries = list.map((database) => ({
    database,
    place: database,
    text: database,
    kind: 'name' as const,
    server: 'db',
  }));
  // As the kubelet does with the variable that the Job's controller gives each pod.
  const shares = Array.from({ length: spec.completions }, (_, index) =>
    parseShare(args.at(-1).replace('$(JOB_COMPLETION_INDEX)', String(index))),
  );
  expect([spec.completionMode, args.at(-2), shares.length]).toEqual(['Indexed', '--share', shares[0]?.of]);
  const taken = shares.flatMap((share) => shareOf(entries, share).map(({ database }) => database));
  expect(taken.sort()).toEqual(list.sort());
});

test('kustomize makes of them what the API knows, with the tags of a release', async () => {
  const { kubectl } = await kubeTools();
  const text = await must(kubectl, ['kustomize', folder]);
  const made = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  expect(made.map(({ kind }) => kind).sort()).toEqual(['CronJob', 'Deployment', 'Job']);
  expect(await typeErrors(made)).toBe('');
  for (const manifest of made) {
    const { initContainers = [], containers } = podOf(manifest);
    for (const { image } of [...initContainers, ...containers]) expect(image).toMatch(/:\d+\.\d+\.\d+$/);
  }
});
