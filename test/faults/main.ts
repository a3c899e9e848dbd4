import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeMeasured } from '../../scripts/docs/measured.ts';
import { makeProject } from '../support/project.ts';
import { scratchFolder } from '../support/scratch.ts';
import { seed as defaultSeed, seeded } from '../support/seeded.ts';
import { bundle, slipway } from '../support/slipway.ts';
import { everyCase, type FaultCase, sampleOf, shuffled } from './cases.ts';
import { historyFiles } from './history.ts';
import { type Host, startHost } from './host.ts';
import { type Journal, openJournal } from './journal.ts';
import { showProgress } from './progress.ts';
import { messagesOf, runCase, type Verdict } from './run-case.ts';
import { isBad, isWritten, leastWritten, saidOf, summarize, tableOf } from './summary.ts';

const usage = `npm run reliability -- [--sample N] [--seed N] [--shard I/N] [--case ID] [--write] [--fresh]

Runs \`up\` again and again and lets one thing go wrong at one message of the protocol; judges what is left without
Slipway's own code, and runs \`up\` once more. All faults without --sample and --shard. The result of all, of a sample of
${leastWritten} or more, and with --write of any sample, is written into docs/reliability.md. What was tried already by this program is not tried again, unless --fresh.
`;

/** What is there to be tried, by whom. */
interface Work {
  readonly hosts: readonly Host[];
  readonly directory: string;
  readonly cases: readonly FaultCase[];
  readonly journal: Journal;
}

/**
 * Tries faults, shows what comes of them, and returns the exit code: 1 where anything was left half done, did not
 * converge, or ended with a false 0.
 *
 * @param root of the project.
 */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: String(defaultSeed) },
      shard: { type: 'string', default: '1/1' },
      case: { type: 'string' },
      write: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  process.env.TMPDIR = scratchFolder();
  const seed = Number(values.seed);
  const [shard = 1, shards = 1] = values.shard.split('/').map(Number);
  const project = makeProject(historyFiles);
  const made = await slipway(['check', '--write'], { cwd: project.directory });
  if (made.code !== 0) throw new Error(`check --write ended with ${made.code}\n${made.stdout}${made.stderr}`);
  const hosts = await Promise.all([startHost(), startHost()]);
  try {
    const [first] = hosts;
    const messages = await messagesOf(first, project.directory);
    const all = everyCase(messages);
    const random = seeded(seed);
    const wanted = values.sample ? sampleOf(all, Number(values.sample), random) : shuffled(all, random);
    const cases = values.case
      ? all.filter(({ id }) => id === values.case)
      : wanted.filter((_, n) => n % shards === shard - 1);
    const digest = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 12);
    const path = join(root, '.cache', 'faults', `${digest}-${seed}.jsonl`);
    if (values.fresh || values.case) rmSync(path, { force: true });
    const journal = openJournal(path);
    process.stderr.write(
      `${messages.length} messages in an undisturbed run, ${all.length} faults, ${cases.length} of them now\n`,
    );
    await tryAll({ hosts, directory: project.directory, cases, journal });
    const ids = new Set(cases.map(({ id }) => id));
    const verdicts = journal.verdicts.filter(({ id }) => ids.has(id));
    const table = tableOf(summarize(verdicts), values.sample !== undefined);
    process.stdout.write(`${table}\n`);
    for (const bad of verdicts.filter(isBad)) process.stdout.write(`\n${describe(bad)}`);
    const isPart = values.case !== undefined || shards > 1;
    if (!isPart && isWritten(values.sample, values.write)) {
      const { of, command } = saidOf(values.sample, seed, { tried: cases.length, all: all.length });
      const where = `PostgreSQL ${first.version}, ${messages.length} messages in an undisturbed run`;
      writeMeasured(
        join(root, 'docs', 'reliability.md'),
        { of: `${where}, ${of}`, command },
        { faults: table },
      );
    }
    return verdicts.length > 0 && !verdicts.some(isBad) ? 0 : 1;
  } finally {
    await Promise.all(hosts.map((host) => host.destroy()));
    project.destroy();
  }
}

/** Each server takes the next fault as soon as it is done with one. */
async function tryAll({ hosts, directory, cases, journal }: Work): Promise<void> {
  const known = new Set(journal.verdicts.map(({ id }) => id));
  const left = cases.filter(({ id }) => !known.has(id));
  const progress = showProgress(cases.length, cases.length - left.length);
  const work = async (host: Host): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const verdict = await runCase(host, directory, one);
      journal.add(verdict);
      progress.add(isBad(verdict));
    }
  };
  await Promise.all(hosts.map(work));
  progress.end();
}

const describe = ({ id, sort, ended, halfApplied, notConverged, falseZero }: Verdict): string =>
  `${[
    `${sort}: the run ended with ${ended}`,
    ...halfApplied.map((line) => `half applied: ${line}`),
    ...notConverged.map((line) => `not converged: ${line}`),
    ...falseZero.map((line) => `a false 0: ${line}`),
    `again: npm run reliability -- --case ${id}`,
  ].join('\n  ')}\n`;
