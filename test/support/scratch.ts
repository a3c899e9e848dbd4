import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
const enoughBytes = 4 * 1024 ** 3;

/**
 * The folder for servers and projects that tests make and throw away: in memory where there is room and programs can
 * be run from it. A test database is some 300 files, and a file system on disk slows down over making and removing
 * them by the thousand.
 */
export function scratchFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < enoughBytes) return tmpdir();
    const trial = mkdtempSync(join(memory, 'slipway-trial-'));
    try {
      copyFileSync('/bin/true', join(trial, 'true'));
      execFileSync(join(trial, 'true'));
      return memory;
    } finally {
      rmSync(trial, { recursive: true });
    }
  } catch {
    return tmpdir();
  }
}
