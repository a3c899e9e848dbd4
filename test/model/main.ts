import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeMeasured } from '../../scripts/docs/measured.ts';
import { startEmbedded } from '../../src/shadow/embedded.ts';
import { showProgress } from '../faults/progress.ts';
import { scratchFolder } from '../support/scratch.ts';
import { seed as defaultSeed } from '../support/seeded.ts';
import { bundle } from '../support/slipway.ts';
import type { Lock } from './image.ts';
import { makeLocks } from './locks.ts';
import { type Command, commandsOf, parseCommands, runSequence, type Verdict, written } from './sequence.ts';
import { shrink } from './shrink.ts';
import { makeSite, type Site } from './site.ts';
import { worldOf } from './start.ts';
import { noSummary, type Summary, tableOf, withVerdict } from './summary.ts';

const usage = `npm run model -- [--sequences N] [--seed N] [--replay 'COMMAND...'] [--bundle]

Does at random what people do to files, image and database, and holds what comes of it against a small model of the
contract that shares no code with Slipway. One sequence in twenty runs the bundle alone, the others run in this
process what needs no kill. With --sequences 5000 the result is written into docs/reliability.md. --replay runs one
sequence, as a failure prints it; --bundle runs it with the bundle alone.
`;

const wholeRun = 5000;
const workers = 2;
/** One sequence in so many runs the bundle alone. */
const bundledEvery = 20;
/** So many failures are shown; then there is enough to inspect. */
const mostFailures = 20;

/** A sequence that failed. */
interface Failure {
  readonly commands: readonly Command[];
  readonly isBundled: boolean;
  readonly verdict: Verdict;
}

/**
 * Runs sequences, shows what comes of them, and returns the exit code: 1 where anything was not as the model has it.
 *
 * @param root of the project.
 */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      sequences: { type: 'string', default: '300' },
      seed: { type: 'string', default: String(defaultSeed) },
      replay: { type: 'string' },
      bundle: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  process.env.TMPDIR = scratchFolder();
  const seed = Number(values.seed);
  const server = await startEmbedded({
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
  });
  const sites: Site[] = [];
  try {
    for (let n = 0; n < workers; n += 1) sites.push(await makeSite(server, `model_${n}`));
    const program = createHash('sha256').update(readFileSync(bundle)).digest('hex');
    const locks = await makeLocks(sites, join(root, '.cache', 'model'), program);
    if (values.replay !== undefined) {
      const commands = parseCommands(values.replay);
      return await replay(sites[0] as Site, commands, locks, values.bundle);
    }
    const wanted = Number(values.sequences);
    const { summary, failures } = await runAll(sites, wanted, seed, locks);
    const table = tableOf(summary);
    process.stdout.write(`${table}\n`);
    for (const failure of failures) process.stdout.write(`\n${describe(failure, seed)}`);
    if (wanted === wholeRun) {
      const of = `PostgreSQL ${server.version}, seed ${seed}`;
      writeMeasured(
        join(root, 'docs', 'reliability.md'),
        { of, command: `npm run model -- --sequences ${wanted}` },
        { model: table },
      );
    }
    return failures.length === 0 && summary.sequences > 0 ? 0 : 1;
  } finally {
    await Promise.all(sites.map((site) => site.destroy()));
    await server.stop('immediate');
  }
}

/** Each worker takes the next sequence as soon as it is done with one. */
async function runAll(
  sites: readonly Site[],
  wanted: number,
  seed: number,
  locks: readonly (readonly Lock[])[],
): Promise<{ summary: Summary; failures: readonly Failure[] }> {
  let summary = noSummary;
  let next = 0;
  const failures: Failure[] = [];
  const progress = showProgress(wanted, 0);
  const work = async (site: Site): Promise<void> => {
    while (next < wanted && failures.length < mostFailures) {
      const number = next;
      next += 1;
      const isBundled = number % bundledEvery === 0;
      const commands = commandsOf(seed, number);
      const run = (some: readonly Command[]): Promise<Verdict> =>
        runSequence(site, some, (pick) => worldOf(pick, locks), isBundled);
      const verdict = await run(commands);
      summary = withVerdict(summary, verdict, isBundled);
      progress.add(verdict.problems.length > 0);
      if (verdict.problems.length === 0) continue;
      const fewest = await shrink(commands, async (some) => (await run(some)).problems.length > 0);
      const shrunk = await run(fewest);
      failures.push(
        shrunk.problems.length > 0
          ? { commands: fewest, isBundled, verdict: shrunk }
          : { commands, isBundled, verdict },
      );
    }
  };
  await Promise.all(sites.map(work));
  progress.end();
  return { summary, failures };
}

async function replay(
  site: Site,
  commands: readonly Command[],
  locks: readonly (readonly Lock[])[],
  isBundled: boolean,
): Promise<number> {
  const verdict = await runSequence(site, commands, (pick) => worldOf(pick, locks), isBundled);
  process.stdout.write(`${[...verdict.story, ...verdict.problems.map((line) => `  ${line}`)].join('\n')}\n`);
  return verdict.problems.length === 0 ? 0 : 1;
}

const describe = ({ commands, isBundled, verdict: { story, problems } }: Failure, seed: number): string =>
  [
    `seed ${seed}:`,
    ...story.map((line) => `  ${line}`),
    ...problems.map((line) => `    ${line}`),
    `  again: npm run model -- --replay '${written(commands)}'${isBundled ? ' --bundle' : ''}`,
    '',
  ].join('\n');
