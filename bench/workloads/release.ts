import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, makeInstance } from '../../test/support/instance.ts';
import type { Bench, Findings, Workload } from '../bench.ts';
import { pgVariables } from '../databases.ts';
import { inMs, markdownTable, median, p95 } from '../figures.ts';
import { upIn } from '../slipway.ts';

const starts = 20;
/** How late the server is: as in a pod whose containers start together. */
const latenessMs = (n: number): number => 500 + (n * 3500) / starts;

/** From the moment that the server takes connections to the end of `up`, which its dependents wait for. */
export const release: Workload = {
  name: 'release',
  async measure(bench): Promise<Findings> {
    const folder = join(bench.scratch, 'release');
    for (const part of ['sql', 'migrations'])
      cpSync(join(bench.root, part), join(folder, part), { recursive: true });
    const instance = await makeInstance();
    try {
      await instance.start();
      for (let n = 0; n < starts; n += 1) await instance.query(`CREATE DATABASE try_${n}`);
      await instance.stop('SIGINT');
      const rows: string[][] = [];
      for (const [title, isFresh] of [
        ['the example, applied to an empty database', true],
        ['at head', false],
      ] as const) {
        const taken: number[] = [];
        for (let n = 0; n < starts; n += 1) {
          bench.say(`release, ${title}: ${n + 1} of ${starts}`);
          taken.push(
            await releasedAfter(bench, instance, folder, isFresh ? `try_${n}` : 'try_0', latenessMs(n)),
          );
        }
        rows.push([title, inMs(median(taken)), inMs(p95(taken)), inMs(Math.max(...taken))]);
      }
      return {
        text: markdownTable([`${starts} starts before the server`, 'p50, ms', 'p95, ms', 'most, ms'], rows),
      };
    } finally {
      await instance.destroy();
    }
  },
};

async function releasedAfter(
  bench: Bench,
  instance: Instance,
  folder: string,
  database: string,
  lateMs: number,
): Promise<number> {
  const { host, port, user, password } = instance;
  const { program, args, cwd } = upIn(bench, folder, { host, port, user, password, database });
  const env = pgVariables({ host, port, user, password, database });
  const child = spawn(program, args, { cwd, env, stdio: 'ignore' });
  const ended = once(child, 'exit').then(([code]) => ({ code, at: performance.now() }));
  await new Promise((resolve) => setTimeout(resolve, lateMs));
  const readyAt = await instance.start();
  const { code, at } = await ended;
  await instance.stop('SIGINT');
  if (code !== 0) throw new Error(`up ended with ${code}`);
  return at - readyAt;
}
