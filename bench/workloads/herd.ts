import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings, Workload } from '../bench.ts';
import { startDelay } from '../delay.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import { nodeWithDriver } from '../floors.ts';
import type { Command } from '../peer.ts';
import { runProcess, weighProcess } from '../run-process.ts';
import { upIn } from '../slipway.ts';

const processes = 64;

/** Many starts at the same moment, where there is nothing to do: a deployment that is rolled out. */
export const herd: Workload = {
  name: 'herd',
  async measure(bench): Promise<Findings> {
    const { root, scratch, databases, server, node } = bench;
    const folder = join(scratch, 'herd');
    for (const part of ['sql', 'migrations'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    const target = await databases.make();
    await runProcess(upIn(bench, folder, target));
    const delay = await startDelay(server.port, 0);
    try {
      const through = { ...target, port: delay.port };
      const rows: string[][] = [];
      let floor: { readonly ms: number; readonly cpuMs: number } | null = null;
      for (const [name, command] of [
        ['node, pg, select 1', nodeWithDriver(node.path, scratch, through)],
        ['Slipway, with a lock file', upIn(bench, folder, through)],
      ] as const) {
        bench.say(`${processes} starts at once: ${name}`);
        const before = delay.connections;
        const { ms, cpuMs } = await together(command, scratch);
        const connections = (delay.connections - before) / processes;
        floor ??= { ms, cpuMs };
        rows.push([
          name,
          `${inMs(ms)} (${ratio(ms, floor.ms)})`,
          connections.toFixed(2),
          `${inMs(cpuMs / processes)} (${ratio(cpuMs, floor.cpuMs)})`,
        ]);
      }
      return {
        text: markdownTable(
          [
            `${processes} starts at once, at head`,
            'all over after, ms',
            'connections of each',
            'CPU of each, ms',
          ],
          rows,
        ),
      };
    } finally {
      await delay.close();
      await databases.drop(target);
    }
  },
};

async function together(command: Command, scratch: string): Promise<{ ms: number; cpuMs: number }> {
  const start = performance.now();
  const all = await Promise.all(Array.from({ length: processes }, () => weighProcess(command, scratch)));
  return { ms: performance.now() - start, cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0) };
}
