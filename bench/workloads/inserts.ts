import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings, Workload } from '../bench.ts';
import { inMs, markdownTable } from '../figures.ts';
import { psqlFiles } from '../floors.ts';
import { versionAt } from '../history.ts';
import { runProcess, weighProcess } from '../run-process.ts';
import { upIn } from '../slipway.ts';

const bytes = 50_000_000;

/** One migration of 50 MB of INSERTs: how much memory it takes. */
export const inserts: Workload = {
  name: 'inserts',
  async measure(bench): Promise<Findings> {
    const { scratch, databases, nodes } = bench;
    const folder = join(scratch, 'inserts');
    const file = writeInserts(folder);
    const size = statSync(file).size;
    const rows: string[][] = [];
    for (const node of nodes) {
      bench.say(`${(size / 1e6).toFixed(0)} MB of INSERTs, Node ${node.major}`);
      const target = await databases.make();
      const { ms, peakKib } = await weighProcess(
        { ...upIn(bench, folder, target), program: node.path },
        scratch,
      );
      await databases.drop(target);
      rows.push([
        `Slipway, Node ${node.major}`,
        inMs(ms),
        (peakKib / 1024).toFixed(0),
        ((peakKib * 1024) / size).toFixed(2),
      ]);
    }
    const target = await databases.make();
    const { ms } = await runProcess(psqlFiles([file], scratch, target));
    await databases.drop(target);
    rows.push(['psql -1 -f', inMs(ms), '', '']);
    return {
      text: markdownTable(
        [`${(size / 1e6).toFixed(0)} MB of INSERTs`, 'ms', 'most memory, MiB', 'times the file'],
        rows,
      ),
    };
  },
};

function writeInserts(folder: string): string {
  mkdirSync(join(folder, 'migrations'), { recursive: true });
  const path = join(folder, 'migrations', `${versionAt(0)}_fill.sql`);
  const file = openSync(path, 'w');
  let written = writeSync(
    file,
    'CREATE TABLE public.fill (id bigint PRIMARY KEY, account text NOT NULL, note text NOT NULL);\n',
  );
  for (let n = 0; written < bytes; n += 1) {
    written += writeSync(
      file,
      `INSERT INTO public.fill VALUES (${n}, 'account-${n % 1000}', 'A row as a person''s export has it: one of many, with a note');\n`,
    );
  }
  closeSync(file);
  return path;
}
