import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBounded } from '../../src/fleet/index.ts';
import type { Bench, Findings, Workload } from '../bench.ts';
import { query } from '../databases.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import { longHistory } from '../history.ts';
import { type Command, isAvailable, type Target } from '../peer.ts';
import { commandOn, type Prepared, prepare } from '../prepared.ts';
import { runProcess, weighProcess } from '../run-process.ts';
import { slipwayPeer } from '../slipway.ts';

/** How many databases; a smaller number tries the workload itself. */
const total = Number(process.env.SLIPWAY_BENCH_DATABASES ?? 1000);
const tenth = Math.ceil(total / 10);
const versions = 100;
/** The default of --parallel. */
const atOnce = 8;

interface Row {
  readonly name: string;
  readonly ms: number;
  /** Null where it is not measured. */
  readonly peakKib: number | null;
}

/** Many databases of one server, all at head: one run for all beside a run for each. */
export const fleet: Workload = {
  name: 'fleet',
  async measure(bench): Promise<Findings> {
    const ours = prepare(
      bench,
      slipwayPeer({ program: bench.program, isLocked: true }),
      longHistory(versions),
    );
    const peer = bench.peers.find((found) => isAvailable(found) && found.name === 'dbmate');
    const theirs = peer && isAvailable(peer) ? prepare(bench, peer, longHistory(versions)) : null;
    bench.say(`fleet: ${total} databases`);
    const targets = await databasesAtHead(bench, ours);
    writeFileSync(listOf(ours, total), namesOf(targets));
    writeFileSync(listOf(ours, tenth), namesOf(targets.slice(0, tenth)));
    const rows = await rowsOf(bench, { ours, theirs, targets });
    for (const target of targets) await bench.databases.drop(target);
    for (const prepared of [ours, ...(theirs ? [theirs] : [])]) prepared.remove();
    return { text: tableOf(rows) };
  },
};

const listOf = ({ folder }: Prepared, length: number): string => join(folder, `list-${length}.txt`);

const namesOf = (targets: readonly Target[]): string => targets.map(({ database }) => database).join('\n');

/** Copies of one database that Slipway brought to head, and that has the table of dbmate besides, with its versions. */
async function databasesAtHead(bench: Bench, ours: Prepared): Promise<Target[]> {
  const first = await bench.databases.make();
  await runProcess(commandOn(bench.node, ours, first));
  await query(first, 'CREATE TABLE public.schema_migrations (version varchar(128) PRIMARY KEY)');
  for (const { version } of longHistory(versions))
    await query(first, `INSERT INTO public.schema_migrations VALUES ('${version}')`);
  const targets = [first];
  while (targets.length < total) targets.push(await bench.databases.copy(first));
  return targets;
}

interface Site {
  readonly ours: Prepared;
  readonly theirs: Prepared | null;
  readonly targets: readonly Target[];
}

async function rowsOf(bench: Bench, { ours, theirs, targets }: Site): Promise<Row[]> {
  const [first] = targets as readonly [Target, ...Target[]];
  const each = (file: string, parallel: number): Command => {
    const command = commandOn(bench.node, ours, first);
    return { ...command, args: [...command.args, '--each', file, '--parallel', String(parallel)] };
  };
  const weighed = async (name: string, command: Command): Promise<Row> => {
    bench.say(`fleet: ${name}`);
    return { name, ...(await weighProcess(command, bench.scratch)) };
  };
  // The first start of a copy reads its schema.
  await runProcess(each(listOf(ours, total), atOnce));
  const loops = async (prepared: Prepared, name: string, peakKib: number | null): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const [way, parallel] of [
      ['one after the other', 1],
      [`${atOnce} at a time`, atOnce],
    ] as const) {
      bench.say(`fleet: ${name}, ${way}`);
      const startedAt = performance.now();
      await runBounded(targets, { parallel, signal: new AbortController().signal }, async (target) => {
        await runProcess(commandOn(bench.node, prepared, target));
      });
      rows.push({ name: `a run of ${name} for each, ${way}`, ms: performance.now() - startedAt, peakKib });
    }
    return rows;
  };
  const single = await weighProcess(commandOn(bench.node, ours, first), bench.scratch);
  return [
    await weighed(`up --each, ${atOnce} at a time`, each(listOf(ours, total), atOnce)),
    await weighed('up --each, one after the other', each(listOf(ours, total), 1)),
    await weighed(
      `up --each, ${atOnce} at a time, a tenth of the databases`,
      each(listOf(ours, tenth), atOnce),
    ),
    ...(await loops(ours, 'Slipway', single.peakKib)),
    ...(theirs ? await loops(theirs, 'dbmate', null) : []),
  ];
}

function tableOf(rows: readonly Row[]): string {
  const [{ ms: floor }] = rows as readonly [Row, ...Row[]];
  return markdownTable(
    [
      `${total.toLocaleString('en')} databases at head, ${versions} versions`,
      'all over after, s',
      'most memory of a process, MiB',
    ],
    rows.map(({ name, ms, peakKib }) => [
      name,
      `${inMs(ms / 1000)} (${ratio(ms, floor)})`,
      peakKib === null ? '' : (peakKib / 1024).toFixed(0),
    ]),
  );
}
