import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Findings, Workload } from '../bench.ts';
import { compare, type Measured, type Subject } from '../compare.ts';
import { query } from '../databases.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import { nodeWithDriver } from '../floors.ts';
import { type History, lockOfLong, longHistory, versionAt, writeMigrations } from '../history.ts';
import type { Target } from '../peer.ts';
import { plainTables } from '../plain-tables.ts';
import { runProcess } from '../run-process.ts';
import { lock, upIn } from '../slipway.ts';

const driver = 'node, pg, select 1';

/** A project whose database is at head. */
interface Place {
  readonly folder: string;
  readonly target: Target;
}

/** What is held against what: a row of the page each. */
const rows = [
  { name: 'the example', to: driver },
  { name: 'the example, its schema read each time (SLIPWAY_FINGERPRINT=off)', to: driver },
  {
    name: 'the example, after something of its catalog was written',
    to: 'the example, its schema read each time (SLIPWAY_FINGERPRINT=off)',
  },
  { name: '1,000 tables', to: 'the example' },
  { name: '10,000 tables', to: 'the example' },
  { name: '1 version', to: driver },
  { name: '1,000 versions', to: '1 version' },
  { name: '10,000 versions', to: '1 version' },
  { name: '10,000 versions, without a lock file', to: '1 version' },
] as const;

type Name = (typeof rows)[number]['name'];

/** A start where there is nothing to do, whatever the size of schema and history: as in the image, with a lock file. */
export const atHeadBySize: Workload = {
  name: 'at-head-by-size',
  async measure(bench): Promise<Findings> {
    const places: Place[] = [];
    const at = async (folder: string): Promise<Place> => {
      const target = await bench.databases.make();
      await runProcess(upIn(bench, folder, target));
      // The first start at head looks in full.
      await runProcess(upIn(bench, folder, target));
      const place = { folder, target };
      places.push(place);
      return place;
    };
    const example = await at(exampleIn(bench));
    const single = await at(historyIn(bench, longHistory(1), true));
    const subjects: Subject[] = [
      { name: driver, run: () => ms(nodeWithDriver(bench.node.path, bench.scratch, example.target)) },
      ...startsOf(bench, 'the example', example),
      lookingInFull(bench, await at(exampleIn(bench))),
      afterWriting(bench, await at(exampleIn(bench))),
      ...startsOf(bench, '1,000 tables', await at(historyIn(bench, tablesIn(1000), true))),
      ...startsOf(bench, '10,000 tables', await at(historyIn(bench, tablesIn(10_000), true))),
      ...startsOf(bench, '1 version', single),
      ...startsOf(bench, '1,000 versions', await at(longIn(bench, 1000))),
      ...startsOf(bench, '10,000 versions', await at(longIn(bench, 10_000))),
      ...startsOf(
        bench,
        '10,000 versions, without a lock file',
        await at(historyIn(bench, longHistory(10_000), false)),
      ),
    ];
    bench.say('at head, by size');
    const measured = await compare(subjects, bench.rounds);
    for (const { target } of places) await bench.databases.drop(target);
    return { text: tableOf(measured) };
  },
};

const ms = async (command: Parameters<typeof runProcess>[0]): Promise<number> =>
  (await runProcess(command)).ms;

const startsOf = (bench: Bench, name: Name, { folder, target }: Place): Subject[] => [
  { name, run: () => ms(upIn(bench, folder, target)) },
];

function lookingInFull(bench: Bench, { folder, target }: Place): Subject {
  const command = upIn(bench, folder, target);
  return {
    name: rows[1].name,
    run: () => ms({ ...command, env: { ...command.env, SLIPWAY_FINGERPRINT: 'off' } }),
  };
}

/** What is written once more as it was is the same schema in another row. */
function afterWriting(bench: Bench, { folder, target }: Place): Subject {
  return {
    name: rows[2].name,
    async run() {
      await query(target, sameStatistics);
      return ms(upIn(bench, folder, target));
    },
  };
}

const sameStatistics = 'ALTER TABLE trading.orders ALTER COLUMN account_id SET STATISTICS -1';

let folders = 0;

function folderIn({ scratch }: Bench): string {
  folders += 1;
  const folder = join(scratch, `by-size-${folders}`);
  mkdirSync(folder);
  return folder;
}

function exampleIn(bench: Bench): string {
  const folder = folderIn(bench);
  for (const part of ['sql', 'migrations'])
    cpSync(join(bench.root, part), join(folder, part), { recursive: true });
  return folder;
}

function historyIn(bench: Bench, history: History, isLocked: boolean): string {
  const folder = folderIn(bench);
  writeMigrations(folder, history);
  bench.say(`at head, by size: ${inKb(history)} kB in ${history.length} files are laid out`);
  if (isLocked) lock(bench.program, folder);
  return folder;
}

/** A long history with its lock. */
function longIn(bench: Bench, length: number): string {
  const history = longHistory(length);
  const folder = historyIn(bench, history.slice(0, 1), true);
  writeMigrations(folder, history);
  const path = join(folder, 'sql', 'schema.lock.json');
  writeFileSync(path, lockOfLong(readFileSync(path, 'utf8'), history));
  return folder;
}

const inKb = (history: History): string =>
  (history.reduce((sum, { sql }) => sum + sql.length, 0) / 1000).toFixed(0);

const tablesIn = (tables: number): History => [
  { version: versionAt(0), name: 'tables', sql: `CREATE SCHEMA app;\n${plainTables(tables)}` },
];

function tableOf(measured: readonly Measured[]): string {
  const of = (wanted: string): number => measured.find(({ name }) => name === wanted)?.medianMs ?? Number.NaN;
  return markdownTable(
    ['a start at head', 'ms', 'times', 'of'],
    [
      [driver, inMs(of(driver)), '', ''],
      ...rows.map(({ name, to }) => [name, inMs(of(name)), ratio(of(name), of(to)), to]),
    ],
  );
}
