import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Part, takeSnapshot } from '../../src/schema/catalog/snapshot.ts';
import type { Findings, Workload } from '../bench.ts';
import { compare, type Subject } from '../compare.ts';
import { pgVariables, query } from '../databases.ts';
import { openSession } from '../engines/databases.ts';
import { inMs, markdownTable } from '../figures.ts';
import { debianPrograms } from '../floors.ts';
import type { Target } from '../peer.ts';
import { runProcess } from '../run-process.ts';

const tables = 1000;

const createTables = `
  CREATE SCHEMA app;
  DO $$ BEGIN FOR n IN 1..${tables} LOOP
    EXECUTE format('CREATE TABLE app.table_%s (id bigint NOT NULL, account_id bigint NOT NULL, name text NOT NULL,
      code character varying(40), amount numeric(12,2) DEFAULT 0, is_active boolean NOT NULL DEFAULT true, note text,
      payload jsonb, created_at timestamp with time zone NOT NULL DEFAULT now(), day date)', n);
    EXECUTE format('CREATE INDEX table_%1$s_account ON app.table_%1$s (account_id, created_at)', n);
    EXECUTE format('CREATE UNIQUE INDEX table_%1$s_code ON app.table_%1$s (code)', n);
  END LOOP; END $$`;

/** What a migration that adds a column and an index to one table has to be held against. */
const oneMigration: Part = {
  relations: ['app.table_500'],
  kinds: new Set(['column', 'column order', 'index']),
};

/** A snapshot of a large schema, each the first question of its session, beside a dump of the same. */
export const snapshot: Workload = {
  name: 'snapshot',
  async measure(bench): Promise<Findings> {
    const { databases, scratch, server } = bench;
    const target = await databases.make();
    await query(target, createTables);
    await query(target, 'VACUUM ANALYZE');
    const major = Number.parseInt(server.version, 10);
    const pgDump = debianPrograms.find((path) => path.includes(`/${major}/`)) ?? '';
    const dump = join(pgDump, 'pg_dump');
    const hasDump = pgDump !== '' && existsSync(dump);
    let objects = 0;
    const take = (part: Part | null): Promise<number> =>
      timed(target, part, (count) => {
        if (part === null) objects = count;
      });
    const subjects: Subject[] = [
      { name: 'the whole snapshot', run: () => take(null) },
      { name: 'what one migration is proved by', run: () => take(oneMigration) },
    ];
    if (hasDump) {
      const command = { program: dump, args: ['--schema-only'], cwd: scratch, env: pgVariables(target) };
      subjects.push({ name: 'pg_dump --schema-only', run: async () => (await runProcess(command)).ms });
    }
    bench.say(`snapshots of ${tables} tables`);
    const measured = await compare(subjects, bench.rounds);
    await databases.drop(target);
    const rows = measured.map(({ name, medianMs, minMs }) => [name, inMs(medianMs), inMs(minMs)]);
    if (!hasDump) rows.push([`pg_dump --schema-only: there is none of PostgreSQL ${major} here`, '', '']);
    const title = `${tables.toLocaleString('en')} tables, ${objects.toLocaleString('en')} objects`;
    return { text: markdownTable([title, 'median, ms', 'least, ms'], rows) };
  },
};

async function timed(target: Target, part: Part | null, counted: (objects: number) => void): Promise<number> {
  const session = await openSession(target);
  try {
    const start = performance.now();
    const taken = await takeSnapshot(
      session,
      { ledger: { schema: 'slipway', app: 'default' }, withPrivileges: false },
      part,
    );
    const ms = performance.now() - start;
    counted(taken.size);
    return ms;
  } finally {
    await session.end();
  }
}
