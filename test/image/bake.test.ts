import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from '../support/containers.ts';

/** As .ci/engine.sh has unpacked it. */
const unpacked = join(root, '.cache/ci/docker/docker-buildx');
const [command, ...ahead] = existsSync(unpacked) ? [unpacked] : ['docker', 'buildx'];

test('a release is two images, each for two kinds of machine, with provenance and a list of what is in it', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const env = { VERSION: '1.2.3', REVISION: 'abc', REGISTRY: 'registry.example/', RUNTIME_DIGEST: digest };
  const args = [...ahead, 'bake', '--print', '--file', 'docker-bake.hcl'];
  const { target } = JSON.parse(await must(String(command), args, { env }));
  expect(Object.keys(target).sort()).toEqual(['slipway', 'slipway-dev']);
  for (const [name, made] of Object.entries<Record<string, unknown>>(target)) {
    expect(made).toMatchObject({
      target: name,
      platforms: ['linux/amd64', 'linux/arm64'],
      attest: ['type=provenance,mode=max', 'type=sbom'],
      args: {
        VERSION: '1.2.3',
        REVISION: 'abc',
        RUNTIME_IMAGE: `gcr.io/distroless/nodejs24-debian12:nonroot@${digest}`,
        RUNTIME_DIGEST: digest,
      },
    });
    expect(made.tags).toContain(`registry.example/${name}:1.2.3`);
  }
});
