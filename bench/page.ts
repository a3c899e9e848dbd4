import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMeasured } from '../scripts/docs/measured.ts';
import type { Bench, Findings } from './bench.ts';
import { isAvailable, unitOf } from './peer.ts';
import { plotBars } from './plot.ts';

/**
 * Writes what a workload found into its part of docs/performance.md, its plot beside it, and which tools there were.
 *
 * @param name of the workload.
 * @param machine in words.
 */
export function writePage(bench: Bench, name: string, findings: Findings, machine: string): void {
  const { root, server, nodes, peers } = bench;
  const docs = join(root, 'docs');
  const { text, bars } = findings;
  if (bars) {
    mkdirSync(join(docs, 'performance'), { recursive: true });
    writeFileSync(join(docs, 'performance', `${name}.svg`), plotBars(bars.title, bars.bars));
  }
  const picture = bars ? `\n\n![${bars.title}](performance/${name}.svg)` : '';
  const versions = nodes.map(({ version }) => version).join(' and ');
  writeMeasured(
    join(docs, 'performance.md'),
    {
      of: `PostgreSQL ${server.version}, Node ${versions}, ${machine}`,
      command: `npm run bench -- --only ${name}`,
    },
    { [name]: `${text}${picture}` },
  );
  const tools = peers.map((peer) =>
    isAvailable(peer)
      ? `- ${peer.name} ${peer.version}${unitOf(peer)}`
      : `- ${peer.name}: not measured here, ${peer.why}`,
  );
  writeMeasured(
    join(docs, 'performance.md'),
    { of: 'As their documentation says', command: 'npm run bench' },
    { peers: tools.join('\n') },
  );
}
