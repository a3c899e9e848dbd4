import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings, Workload } from '../bench.ts';
import { psqlFiles } from '../floors.ts';
import { upIn } from '../slipway.ts';
import { fillNearAndFar } from './delays.ts';

/** An empty database, filled with the example that comes with Slipway: its baseline and its migrations. */
export const example: Workload = {
  name: 'example',
  measure(bench): Promise<Findings> {
    const { root, scratch } = bench;
    const folder = join(scratch, 'example');
    for (const part of ['sql', 'migrations'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    const files = forPsql(folder);
    return fillNearAndFar(bench, {
      title: 'the example',
      floor: 'psql -1 -f',
      rounds: bench.rounds,
      ways: [
        { name: 'psql -1 -f', command: (target) => psqlFiles(files, scratch, target) },
        { name: 'Slipway, with its lock file', command: (target) => upIn(bench, folder, target) },
      ],
    });
  },
};

/** The same files, but for CONCURRENTLY, which there is not within a transaction. */
function forPsql(folder: string): string[] {
  const aside = join(folder, 'psql');
  mkdirSync(aside);
  const names = readdirSync(join(folder, 'migrations')).filter((name) => !/\.down\./.test(name));
  const paths = [
    join(folder, 'sql', 'baseline.sql'),
    ...names.sort().map((name) => join(folder, 'migrations', name)),
  ];
  return paths.map((path, n) => {
    const copy = join(aside, `${n}.sql`);
    writeFileSync(copy, readFileSync(path, 'utf8').replaceAll('CONCURRENTLY', ''));
    return copy;
  });
}
