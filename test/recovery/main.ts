import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeMeasured } from '../../scripts/docs/measured.ts';
import { startEmbedded } from '../../src/embedded.ts';
import { figuresIn, figuresVariable } from '../support/figures.ts';
import { herdsTable, poolersTable, timesTable } from './tables.ts';

/** Where figures come from: tests that record what they have asserted, each many times over. */
const suites = [
  ['database', 'database/(herd|pooler|lock-recovery|live-traffic|crash)\\.test'],
  ['image', 'image/signals\\.test'],
] as const;

/**
 * Runs the tests of herds, poolers, locks, live traffic and signals in full, and writes what they measured into
 * docs/reliability.md. Nothing is written where a test fails.
 *
 * @param root of the project.
 * @returns the exit code.
 */
export async function main(root: string): Promise<number> {
  const path = join(root, '.cache', 'recovery', 'figures.jsonl');
  mkdirSync(join(root, '.cache', 'recovery'), { recursive: true });
  rmSync(path, { force: true });
  for (const [project, pattern] of suites) {
    const { status } = spawnSync(
      join(root, 'node_modules', '.bin', 'jest'),
      ['--selectProjects', project, '--testPathPatterns', pattern, '--runInBand'],
      {
        cwd: root,
        stdio: 'inherit',
        env: {
          ...process.env,
          CI: 'true',
          SLIPWAY_TEST_FULL: '1',
          SLIPWAY_TEST_MAJORS: '18',
          [figuresVariable]: path,
        },
      },
    );
    if (status !== 0) return 1;
  }
  const figures = figuresIn(path);
  const origin = { of: `PostgreSQL ${await version()}`, command: 'npm run recovery' };
  writeMeasured(join(root, 'docs', 'reliability.md'), origin, {
    herds: herdsTable(figures),
    poolers: poolersTable(figures),
    recovery: timesTable(figures),
  });
  return 0;
}

/** Of the server that the tests ran on. */
async function version(): Promise<string> {
  const server = await startEmbedded({ settings: {} });
  await server.stop('immediate');
  return server.version;
}
