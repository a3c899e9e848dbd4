import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeMeasured } from '../../scripts/docs/measured.ts';
import { showProgress } from '../faults/progress.ts';
import { scratchFolder } from '../support/scratch.ts';
import { seed as defaultSeed } from '../support/seeded.ts';
import { makers } from './families.ts';
import type { Family } from './family.ts';
import { type FamilySummary, tableOf } from './summary.ts';
import { type Found, tryFamily } from './try-family.ts';
import { startWatchdog } from './watchdog.ts';

const whole = 200_000;
const usage = `npm run fuzz -- [--cases N] [--seed N] [--only FAMILY] [--replay PATH]

Gives everything that Slipway reads random input: ${Object.keys(makers).join(', ')}.
20000 cases where --cases does not say otherwise, ${whole} for docs/reliability.md, into which that run writes its table.
A problem is shown with the smallest input that has it, and the command that tries that input again.
`;

/**
 * Tries random input, shows what came of it, and returns the exit code: 1 where anything was wrong.
 *
 * @param root of the project.
 */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(defaultSeed) },
      only: { type: 'string' },
      replay: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const names = Object.keys(makers).filter((name) => values.only === undefined || name === values.only);
  if (values.help || names.length === 0 || (values.replay !== undefined && names.length > 1)) {
    process.stdout.write(usage);
    return values.help ? 0 : 64;
  }
  process.env.TMPDIR = scratchFolder();
  const [cases, seed] = [Number(values.cases), Number(values.seed)];
  const startedAt = performance.now();
  const results = await tryAll(root, names, { cases, seed, replay: values.replay ?? null });
  const summaries = results.map(({ summary }) => summary);
  const finds = results.flatMap(({ found }) => found ?? []);
  const table = tableOf(summaries);
  process.stdout.write(
    `${table}\n\nseed ${seed}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`,
  );
  for (const found of finds) process.stdout.write(`\n${describe(found)}`);
  if (values.only === undefined && cases >= whole) {
    const command = `npm run fuzz -- --cases ${whole}`;
    writeMeasured(join(root, 'docs', 'reliability.md'), { of: `Seed ${seed}`, command }, { fuzz: table });
  }
  return finds.length > 0 ? 1 : 0;
}

interface Result {
  readonly summary: FamilySummary;
  readonly found: Found | null;
}

async function tryAll(
  root: string,
  names: readonly string[],
  { cases, seed, replay }: { cases: number; seed: number; replay: string | null },
): Promise<Result[]> {
  const families: Family[] = [];
  const watchdog = startWatchdog(names, seed);
  try {
    for (const name of names) families.push((await makers[name]?.(root)) as Family);
    const shares = families.reduce((sum, { share }) => sum + share, 0);
    const counts = families.map(({ share }) => Math.max(1, Math.round((cases * share) / shares)));
    const progress = showProgress(replay === null ? counts.reduce((a, b) => a + b, 0) : 1, 0);
    const tryOne = (at: number): Promise<Result> =>
      tryFamily(families[at] as Family, {
        cases: counts[at] ?? 1,
        seed,
        replay,
        begin: (run, input) => watchdog.begin(at, run, input),
        end: (isBad) => progress.add(isBad),
      });
    // What waits for a server leaves time for what does not.
    const results = new Map<number, Result>();
    const inTurn = async (these: readonly number[]): Promise<void> => {
      for (const at of these) results.set(at, await tryOne(at));
    };
    const all = [...families.keys()];
    const isPure = (at: number): boolean => families[at]?.isPure === true;
    await Promise.all([
      inTurn(all.filter(isPure)),
      ...all.filter((at) => !isPure(at)).map((at) => inTurn([at])),
    ]);
    progress.end();
    return families.flatMap((_, at) => results.get(at) ?? []);
  } finally {
    await Promise.all(families.map((family) => family.destroy?.()));
    await watchdog.end();
  }
}

const mostShown = 3_000;

const describe = ({ family, problems, input, again }: Found): string =>
  `${[
    `${family}:`,
    ...problems,
    `input: ${input.length > mostShown ? `${input.slice(0, mostShown)}… (${input.length} characters)` : input}`,
    `again: ${again}`,
  ].join('\n  ')}\n`;
