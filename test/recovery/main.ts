import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillParts, partsOf } from '../../scripts/docs/text.ts';
import { type Figure, figuresIn, figuresVariable } from '../support/figures.ts';
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
export function recovery(root: string): number {
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
  writePage(root, figuresIn(path));
  return 0;
}

function writePage(root: string, figures: readonly Figure[]): void {
  const path = join(root, 'docs', 'reliability.md');
  const page = readFileSync(path, 'utf8');
  const said = `PostgreSQL 18, ${new Date().toISOString().slice(0, 10)}, 2 cores, by \`npm run recovery\`.`;
  const parts = Object.entries({
    herds: herdsTable(figures),
    poolers: poolersTable(figures),
    recovery: timesTable(figures),
  }).map(([name, table]): [string, string] => [name, `${said}\n\n${table}\n`]);
  writeFileSync(path, fillParts(page, new Map([...partsOf(page), ...parts])));
}
