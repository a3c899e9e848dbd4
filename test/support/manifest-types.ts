import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './containers.ts';

/** A Kubernetes manifest, as it was parsed. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** In which module of `kubernetes-types` a version of the API has its types. */
const moduleOf = ({ apiVersion }: Manifest): string =>
  `kubernetes-types/${apiVersion === 'v1' ? 'core/v1' : apiVersion}`;

/**
 * Holds manifests against the types of the Kubernetes API, as literals: a field that is not known there, or is missing,
 * is an error.
 *
 * @returns what the compiler says; empty where all is right.
 */
export async function typeErrors(manifests: readonly Manifest[]): Promise<string> {
  const folder = mkdtempSync(join(root, '.cache/manifests-'));
  try {
    const lines = manifests.map(
      (manifest, at) =>
        `import type { ${manifest.kind} as Kind${at} } from '${moduleOf(manifest)}';\nexport const m${at}: Kind${at} = ${JSON.stringify(manifest, null, 1)};`,
    );
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--ignoreConfig',
    ];
    const { stdout, stderr } = await run('npx', ['tsc', ...options, join(folder, 'manifests.ts')]);
    return (stdout + stderr).trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
