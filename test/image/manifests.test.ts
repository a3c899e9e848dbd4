import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { exitCodes } from '../../src/core/errors.ts';
import { root } from '../support/containers.ts';

const read = (path: string) => parse(readFileSync(join(root, path), 'utf8'));

test('the Job gives up on exactly the exit codes that trying again cannot help', () => {
  const { rules } = read('deploy/kubernetes/job.yaml').spec.podFailurePolicy;
  const [rule] = rules.filter((each: { action: string }) => each.action === 'FailJob');
  const final: number[] = rule.onExitCodes.values;
  expect(rule.onExitCodes.operator).toBe('In');
  for (const { code, again } of Object.values(exitCodes)) {
    // 0 is success, and `up` never answers 1.
    if (code > 1) expect({ code, final: final.includes(code) }).toEqual({ code, final: !again });
  }
});

test.each([
  { file: 'pod.yaml', pod: (manifest: ReturnType<typeof parse>) => manifest.spec },
  { file: 'job.yaml', pod: (manifest: ReturnType<typeof parse>) => manifest.spec.template.spec },
  { file: 'deployment.yaml', pod: (manifest: ReturnType<typeof parse>) => manifest.spec.template.spec },
])('$file: every container is restricted', ({ file, pod }) => {
  const spec = pod(read(`deploy/kubernetes/${file}`));
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 });
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  for (const { name, securityContext } of containers) {
    expect({ name, securityContext }).toEqual({
      name,
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
    });
  }
});
