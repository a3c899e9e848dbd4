import { join } from 'node:path';
import pg from 'pg';
import type * as library from '../../src/library/index.ts';
import type { Bench, Findings, Workload } from '../bench.ts';
import { compare, type Measured } from '../compare.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import type { Target } from '../peer.ts';

const bare = 'CREATE DATABASE ... TEMPLATE, over an open connection';
const ours = 'clone() of the library';

/** A database for a test: what the library takes beside the statement that it sends. */
export const clone: Workload = {
  name: 'clone',
  async measure(bench): Promise<Findings> {
    const target = await bench.databases.make();
    const { templateDatabase } = await loadLibrary(bench);
    const template = await templateDatabase({ url: urlOf(target), folder: bench.root });
    const client = new pg.Client(target);
    await client.connect();
    let copies = 0;
    bench.say('clone');
    const measured = await compare(
      [
        {
          name: bare,
          async run() {
            copies += 1;
            const copy = `bench_copy_${copies}`;
            const ms = await msOf(() => client.query(`CREATE DATABASE ${copy} TEMPLATE ${template.name}`));
            await client.query(`DROP DATABASE ${copy}`);
            return ms;
          },
        },
        {
          name: ours,
          async run() {
            let copy: library.DatabaseClone | undefined;
            const ms = await msOf(async () => {
              copy = await template.clone();
            });
            await copy?.drop();
            return ms;
          },
        },
      ],
      bench.rounds,
    );
    await client.end();
    await template.drop();
    await bench.databases.drop(target);
    return { text: tableOf(measured) };
  },
};

/** The built one, which the package carries. */
const loadLibrary = ({ scratch }: Bench): Promise<typeof library> =>
  import(join(scratch, 'dist', 'library', 'index.mjs'));

const urlOf = ({ host, port, user, password, database }: Target): string =>
  `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=disable`;

async function msOf(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function tableOf(measured: readonly Measured[]): string {
  const floor = measured[0]?.medianMs ?? Number.NaN;
  return markdownTable(
    ['a copy of the example at head', 'ms', 'times'],
    measured.map(({ name, medianMs }) => [name, inMs(medianMs), ratio(medianMs, floor)]),
  );
}
