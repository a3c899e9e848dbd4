import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../src/shadow/embedded.ts';
import { scratchFolder } from '../test/support/scratch.ts';
import type { Bench, Workload } from './bench.ts';
import { Databases } from './databases.ts';
import { findNodes } from './nodes.ts';
import { writePage } from './page.ts';
import { findPeers } from './peers.ts';
import { atHead } from './workloads/at-head.ts';
import { atHeadBySize } from './workloads/at-head-by-size.ts';
import { baseline } from './workloads/baseline.ts';
import { clone } from './workloads/clone.ts';
import { devSaves } from './workloads/dev.ts';
import { example } from './workloads/example.ts';
import { fleet } from './workloads/fleet.ts';
import { herd } from './workloads/herd.ts';
import { inserts } from './workloads/inserts.ts';
import { pending } from './workloads/pending.ts';
import { release } from './workloads/release.ts';
import { scale } from './workloads/scale.ts';
import { snapshot } from './workloads/snapshot.ts';

const workloads: readonly Workload[] = [
  atHead,
  atHeadBySize,
  example,
  baseline,
  pending,
  inserts,
  release,
  herd,
  fleet,
  clone,
  snapshot,
  scale,
  devSaves,
];

const usage = `npm run bench -- [--only WORKLOAD[,...]] [--tools NAME[,...]] [--rounds N] [--dry]

Measures Slipway beside other migration tools on one throwaway PostgreSQL, in turn, and writes what comes of it into
docs/performance.md, with a plot. Workloads: ${workloads.map(({ name }) => name).join(', ')}.
15 rounds where a run is short and --rounds does not say otherwise. --tools leaves out the other tools whose name
does not begin so, and like --dry writes nothing. SLIPWAY_BENCH_DATABASES sets how many databases \`fleet\` makes.
`;

/**
 * Measures, shows, writes down.
 *
 * @param root of the project.
 * @returns the exit code.
 */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      tools: { type: 'string' },
      rounds: { type: 'string', default: '15' },
      dry: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = values.only?.split(',');
  const wanted = workloads.filter(({ name }) => names === undefined || names.includes(name));
  if (values.help || wanted.length === 0) {
    process.stdout.write(usage);
    return values.help ? 0 : 64;
  }
  process.env.TMPDIR = scratchFolder();
  const cache = join(root, '.cache', 'bench');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'run-'));
  cpSync(join(root, 'dist'), join(scratch, 'dist'), { recursive: true });
  const program = join(scratch, 'dist', 'slipway.js');
  const tools = values.tools?.toLowerCase().split(',');
  const found = await findPeers(root);
  const peers = found.filter(
    ({ name }) => tools === undefined || tools.some((tool) => name.toLowerCase().startsWith(tool)),
  );
  const nodes = findNodes(root);
  const server = await startEmbedded({
    // A look at 10,000 tables locks each of them, and its indexes.
    settings: { max_connections: '300', max_locks_per_transaction: '512' },
  });
  const startedAt = performance.now();
  const bench: Bench = {
    root,
    scratch,
    program,
    server,
    databases: new Databases(server),
    nodes,
    node: nodes.at(-1) as Bench['node'],
    peers,
    rounds: Number(values.rounds),
    say: (text) =>
      process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${text}\n`),
  };
  try {
    for (const { name, measure } of wanted) {
      const findings = await measure(bench);
      process.stdout.write(`\n${findings.text}\n\n`);
      if (!values.dry && tools === undefined) writePage(bench, name, findings, machine());
    }
    return 0;
  } finally {
    await server.stop('immediate');
    rmSync(scratch, { recursive: true, force: true });
  }
}

const machine = (): string => cpus()[0]?.model.trim() ?? 'an unknown processor';
