import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeMeasured } from '../../scripts/docs/measured.ts';
import { startEmbedded } from '../../src/shadow/embedded.ts';
import { figuresIn, figuresVariable } from '../support/figures.ts';
import { backfillTable, herdsTable, poolersTable, timesTable } from './tables.ts';

/** Where figures come from: tests that record what they have asserted, each many times over; by project. */
const suites = {
  herd: 'database',
  pooler: 'database',
  'lock-recovery': 'database',
  'live-traffic': 'database',
  crash: 'database',
  backfill: 'database',
  signals: 'image',
} as const;
type Suite = keyof typeof suites;

const names = Object.keys(suites) as Suite[];
const usage = `npm run recovery -- [--only SUITE[,SUITE...]]

Runs the tests of herds, poolers, locks, live traffic and signals in full, on a machine that does nothing else, and
writes what they measured into docs/reliability.md. --only runs some of them, and keeps what was measured last of the
others. Suites: ${names.join(', ')}.
`;

/**
 * Runs the suites, and writes their figures down. Nothing is written where a test fails.
 *
 * @param root of the project.
 * @returns the exit code.
 */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  const only = values.only?.split(',');
  const wanted = names.filter((name) => only === undefined || only.includes(name));
  if (values.help || wanted.length === 0) {
    process.stdout.write(usage);
    return values.help ? 0 : 64;
  }
  const folder = join(root, '.cache', 'recovery');
  mkdirSync(folder, { recursive: true });
  const figuresOf = (name: Suite): string => join(folder, `${name}.jsonl`);
  for (const name of wanted) {
    rmSync(figuresOf(name), { force: true });
    if (!runSuite(root, name, figuresOf(name))) return 1;
  }
  const figures = names.flatMap((name) => figuresIn(figuresOf(name)));
  const origin = { of: `PostgreSQL ${await version()}`, command: 'npm run recovery' };
  writeMeasured(join(root, 'docs', 'reliability.md'), origin, {
    herds: herdsTable(figures),
    poolers: poolersTable(figures),
    recovery: timesTable(figures),
  });
  writeMeasured(join(root, 'docs', 'tasks', 'backfill.md'), origin, { backfill: backfillTable(figures) });
  return 0;
}

/** Whether all tests of a suite passed. */
function runSuite(root: string, name: Suite, figures: string): boolean {
  const { status } = spawnSync(
    join(root, 'node_modules', '.bin', 'jest'),
    [
      '--selectProjects',
      suites[name],
      '--testPathPatterns',
      `${suites[name]}/(?:.+/)?${name}\\.test`,
      '--runInBand',
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        CI: 'true',
        SLIPWAY_TEST_FULL: '1',
        SLIPWAY_TEST_MAJORS: '18',
        [figuresVariable]: figures,
      },
    },
  );
  return status === 0;
}

/** Of the server that the tests ran on. */
async function version(): Promise<string> {
  const server = await startEmbedded({ settings: {} });
  await server.stop('immediate');
  return server.version;
}
