import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, run } from '../support/containers.ts';
import { searchForSecrets } from '../support/leaks.ts';

export interface RanInContainer extends Ran {
  /** What it left in /dev/termination-log. */
  readonly word: string;
}

/**
 * Runs a container to its end, with a termination log as Kubernetes gives one, which is searched for secrets.
 *
 * @param args of `docker run`, from its options on.
 */
export async function runContainer(args: readonly string[]): Promise<RanInContainer> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-termination-'));
  const log = join(folder, 'log');
  try {
    writeFileSync(log, '');
    // Whatever user it runs as.
    chmodSync(log, 0o666);
    const ran = await run('docker', ['run', '--rm', '-v', `${log}:/dev/termination-log`, ...args]);
    const word = readFileSync(log, 'utf8');
    searchForSecrets('the termination log of a container', word);
    return { ...ran, word };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
