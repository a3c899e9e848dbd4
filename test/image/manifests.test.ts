import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../support/containers.ts';

const read = (path: string) => parse(readFileSync(join(root, path), 'utf8'));

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
