import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Findings, Workload } from '../bench.ts';
import { compare } from '../compare.ts';
import { pgVariables, query } from '../databases.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import { psqlOnCopy } from '../floors.ts';
import type { Target } from '../peer.ts';
import { runProcess } from '../run-process.ts';
import { upIn } from '../slipway.ts';

/** From a save of the example's newest migration to the answer, beside a copy of a template and psql. */
export const devSaves: Workload = {
  name: 'dev',
  async measure(bench): Promise<Findings> {
    const folder = join(bench.scratch, 'dev');
    for (const part of ['sql', 'migrations'])
      cpSync(join(bench.root, part), join(folder, part), { recursive: true });
    const file = newestIn(join(folder, 'migrations'));
    const text = readFileSync(file, 'utf8');
    const server: Target = { ...bench.server, database: 'postgres' };
    const template = await beforeNewest(bench);
    bench.say('saves of the newest migration');
    const watch = await startWatching(bench, folder, server);
    let saves = 0;
    const measured = await compare(
      [
        {
          name: 'a copy of a template, psql -1 -f',
          run: async () => {
            const copy = `bench_dev_${saves}`;
            const { ms } = await runProcess(
              psqlOnCopy(file, bench.scratch, { template: template.database, copy, server }),
            );
            await query(server, `DROP DATABASE ${copy}`);
            return ms;
          },
        },
        {
          name: 'slipway dev, from the save to the answer',
          run: () => {
            saves += 1;
            return watch.save(file, `${text}-- save ${saves}\n`);
          },
        },
      ],
      bench.rounds,
    );
    await watch.end();
    await bench.databases.drop(template);
    const [floor] = measured;
    const rows = measured.map(({ name, medianMs, minMs, maxMs }) => [
      name,
      `${inMs(medianMs)} (${ratio(medianMs, floor?.medianMs ?? Number.NaN)})`,
      inMs(minMs),
      inMs(maxMs),
    ]);
    return {
      text: markdownTable(['the newest migration of the example', 'median, ms', 'least', 'most'], rows),
    };
  },
};

function newestIn(folder: string): string {
  const names = readdirSync(folder).filter((name) => !name.includes('.down.'));
  return join(folder, names.sort().at(-1) ?? '');
}

/** A database at the version before the newest of the example. */
async function beforeNewest(bench: Bench): Promise<Target> {
  const folder = join(bench.scratch, 'dev-template');
  for (const part of ['sql', 'migrations'])
    cpSync(join(bench.root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith('.lock.json'),
    });
  const newest = newestIn(join(folder, 'migrations'));
  for (const path of [newest, newest.replace('.sql', '.down.sql')])
    writeFileSync(path, '-- slipway: empty\n');
  const target = await bench.databases.make();
  await runProcess(upIn(bench, folder, target));
  return target;
}

interface Watch {
  /** Writes a file; the milliseconds until the answer is read. The next save finds a copy ready. */
  save(file: string, text: string): Promise<number>;
  end(): Promise<void>;
}

async function startWatching({ program, node }: Bench, cwd: string, server: Target): Promise<Watch> {
  const { host, port, user, password } = server;
  const child = spawn(node.path, [program, 'dev'], {
    cwd,
    env: {
      ...pgVariables(server),
      SLIPWAY_SHADOW_URL: `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres?sslmode=disable`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const answers = answersOf(child);
  await answers.next();
  await untilReady(server);
  return {
    async save(file, text) {
      const start = performance.now();
      writeFileSync(file, text);
      const { kind } = await answers.next();
      const ms = performance.now() - start;
      if (kind !== 'made') throw new Error(`dev answers ${kind}`);
      await untilReady(server);
      return ms;
    },
    async end() {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      await exited;
    },
  };
}

/** The answers that a run gives, one by one. */
function answersOf({ stderr }: ChildProcess): { next(): Promise<{ readonly kind: string }> } {
  if (stderr === null) throw new Error('the log of dev is not read');
  const lines = createInterface({ input: stderr })[Symbol.asyncIterator]();
  return {
    async next() {
      for (;;) {
        const { done, value } = await lines.next();
        if (done === true) throw new Error('dev has ended');
        const line = JSON.parse(value) as { readonly event: string; readonly kind: string };
        if (line.event === 'answer') return line;
      }
    },
  };
}

/** Waits until the copy for the next save is made, and read. */
async function untilReady(server: Target): Promise<void> {
  for (let seen = ''; ; ) {
    const [row] = await query(
      server,
      `SELECT string_agg(a.datname || ' ' || a.state_change, ',') AS seen FROM pg_stat_activity a
        WHERE a.datname LIKE 'slipway\\_shadow\\_%' AND a.state = 'idle' AND a.state_change < clock_timestamp() - interval '0.1 s'`,
    );
    const now = String(row?.seen ?? '');
    if (now !== '' && now === seen) return;
    seen = now;
  }
}
