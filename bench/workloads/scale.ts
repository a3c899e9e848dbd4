import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Embedded, startEmbedded } from '../../src/shadow/embedded.ts';
import type { Bench, Findings, Workload } from '../bench.ts';
import { compare, type Measured, type Subject } from '../compare.ts';
import { Databases, pgVariables } from '../databases.ts';
import { inMs, markdownTable, ratio } from '../figures.ts';
import { debianPrograms, psqlFiles } from '../floors.ts';
import { largeSchema } from '../large-schema.ts';
import type { Command, Target } from '../peer.ts';
import { runProcess } from '../run-process.ts';

const sizes = [100, 1000] as const;
const rounds = 3;
const floor = 'pg_dump --schema-only';

/** What a developer waits for with a large schema, beside a dump of the same on the same server. */
export const scale: Workload = {
  name: 'scale',
  async measure(bench): Promise<Findings> {
    const programs = debianPrograms.find((folder) =>
      ['pg_dump', 'postgres', 'initdb'].every((program) => existsSync(join(folder, program))),
    );
    if (programs === undefined)
      return { text: "Not measured: Debian's pg_dump and the server of its major are not here." };
    const server = await startEmbedded({ binaries: dirname(programs), settings });
    try {
      const measured: Measured[][] = [];
      for (const tables of sizes) measured.push(await measureSize(bench, server, programs, tables));
      const names = measured[0]?.map(({ name }) => name) ?? [];
      const [version] = server.version.split(' ');
      return {
        text: markdownTable(
          [
            `shadows on PostgreSQL ${version}, ms`,
            ...sizes.map((tables) => `${tables.toLocaleString('en')} tables`),
          ],
          names.map((name) => [name, ...measured.map((column) => cell(column, name))]),
        ),
      };
    } finally {
      await server.stop('immediate');
    }
  },
};

/** As the embedded shadow has them. */
const settings = { autovacuum: 'off', max_locks_per_transaction: '4096', max_connections: '40' };

function cell(measured: readonly Measured[], name: string): string {
  const of = (wanted: string): number => measured.find((one) => one.name === wanted)?.medianMs ?? Number.NaN;
  return `${inMs(of(name))} (${ratio(of(name), of(floor))})`;
}

/** A project of so many tables, measured on a server that has the same schema in a database. */
async function measureSize(
  bench: Bench,
  server: Embedded,
  programs: string,
  tables: number,
): Promise<Measured[]> {
  const { scratch, say } = bench;
  const folder = join(scratch, `scale-${tables}`);
  const schema = largeSchema(tables);
  const wish = join(folder, 'desired.sql');
  const baseline = join(folder, 'sql', 'baseline.sql');
  const databases = new Databases(server);
  mkdirSync(dirname(baseline), { recursive: true });
  writeFileSync(baseline, `-- slipway: version 20250101000000\n${schema}\n`);
  writeFileSync(wish, `${schema}\nALTER TABLE app.item_00007 ADD COLUMN added text;\n`);
  const target = await databases.make();
  say(`${tables} tables: loaded, and locked`);
  await runProcess(psqlFiles([baseline], scratch, target));
  const slipway = (words: readonly string[]): Command => shadowed(bench, folder, target, words);
  await runProcess(slipway(['check', '--write']));
  const load = async (): Promise<number> => {
    const other = await databases.make();
    const { ms } = await runProcess(psqlFiles([baseline], scratch, other));
    await databases.drop(other);
    return ms;
  };
  const generate = async (): Promise<number> => {
    const { ms } = await runProcess(slipway(['new', 'add_a_column', '--from', wish]));
    rmSync(join(folder, 'migrations'), { recursive: true });
    return ms;
  };
  const dump = { ...slipway([]), program: join(programs, 'pg_dump'), args: ['--schema-only'] };
  const timed = async (command: Command): Promise<number> => (await runProcess(command)).ms;
  const subjects: Subject[] = [
    { name: floor, run: () => timed(dump) },
    { name: 'psql -1 -f, which loads it once', run: load },
    { name: 'slipway check', run: () => timed(slipway(['check'])) },
    { name: 'slipway new --from, a column more', run: generate },
    { name: 'slipway squash', run: () => timed(slipway(['squash', '--dry-run'])) },
  ];
  const measured = await compare(subjects, rounds, (round) => say(`${tables} tables, round ${round}`));
  await databases.drop(target);
  return measured;
}

/** Slipway in a folder, on the Node of the image, its shadows on the target's server. */
function shadowed(
  { program, node }: Pick<Bench, 'program' | 'node'>,
  folder: string,
  target: Target,
  words: readonly string[],
): Command {
  const { user, password, host, port } = target;
  const url = `postgresql://${user}:${password}@${host}:${port}/postgres`;
  return {
    program: node.path,
    args: [program, ...words],
    cwd: folder,
    env: { ...pgVariables(target), SLIPWAY_SHADOW_URL: url },
  };
}
