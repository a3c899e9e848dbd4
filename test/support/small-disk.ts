import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverAccount } from '../../src/shadow/embedded-binaries.ts';

/** A file system of its own, small, that belongs to the server's account. */
export interface SmallDisk {
  readonly directory: string;
  /** Takes the room that is left. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  /** Makes it larger, as `size`. */
  grow(size: string): void;
  destroy(): void;
}

/**
 * Mounts one, which takes root.
 *
 * @param size as mount's tmpfs has it, e.g. `16m`.
 * @returns null, with a loud word, where mounting is not allowed.
 * @throws Error instead where CI is set: there it must be tried.
 */
export function makeSmallDisk(size: string): SmallDisk | null {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', directory], {
      stdio: 'pipe',
    });
  } catch (error) {
    rmSync(directory, { recursive: true });
    if (process.env.CI)
      throw new Error('A full disk cannot be tried: mounting is not allowed', { cause: error });
    process.stderr.write(`\nA FULL DISK IS NOT TESTED: mounting takes root: ${error}\n`);
    return null;
  }
  const account = serverAccount();
  if (account) chownSync(directory, account.uid, account.gid);
  const filling = join(directory, 'filling');
  return {
    directory,
    fill() {
      try {
        writeFileSync(filling, Buffer.alloc(64 * 1024 ** 2));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => unlinkSync(filling),
    grow: (to) => void execFileSync('mount', ['-o', `remount,size=${to}`, directory]),
    destroy() {
      execFileSync('umount', ['--lazy', directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
