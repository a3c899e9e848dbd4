import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings, Workload } from '../bench.ts';
import { psqlFiles } from '../floors.ts';
import { lock, upIn } from '../slipway.ts';
import { fillNearAndFar } from './delays.ts';

const tables = 1000;

/** An empty database, filled with a baseline of 5 MB. */
export const baseline: Workload = {
  name: 'baseline',
  measure(bench): Promise<Findings> {
    const { scratch, program } = bench;
    const [plain, locked] = ['baseline', 'baseline-locked'].map((name) => {
      const folder = join(scratch, name);
      mkdirSync(join(folder, 'sql'), { recursive: true });
      writeFileSync(join(folder, 'sql', 'baseline.sql'), baselineOf(tables));
      return folder;
    }) as [string, string];
    bench.say(`a baseline of ${tables} tables: its lock file`);
    lock(program, locked);
    return fillNearAndFar(bench, {
      title: `a baseline of ${tables.toLocaleString('en')} tables`,
      floor: 'psql -1 -f',
      rounds: 3,
      ways: [
        {
          name: 'psql -1 -f',
          command: (target) => psqlFiles([join(plain, 'sql', 'baseline.sql')], scratch, target),
        },
        { name: 'Slipway', command: (target) => upIn(bench, plain, target) },
        { name: 'Slipway, with a lock file', command: (target) => upIn(bench, locked, target) },
      ],
    });
  },
};

/** As pg_dump has it: each table, its key, its indexes and its comments in statements of their own; 5 MB in all. */
function baselineOf(count: number): string {
  const remark =
    'Kept for as long as the law of the exchange has it, and then moved to the archive by the nightly run';
  const statements = Array.from({ length: count }, (_, n) => {
    const table = `app.ledger_entry_${n}`;
    const columns = Array.from(
      { length: 24 },
      (_, at) => `    amount_${at} numeric(20,8) DEFAULT 0 NOT NULL`,
    );
    return [
      `CREATE TABLE ${table} (\n    id bigint NOT NULL,\n    account_id bigint NOT NULL,\n    code character varying(40) NOT NULL,\n    created_at timestamp with time zone DEFAULT now() NOT NULL,\n${columns.join(',\n')}\n);\n`,
      ...Array.from({ length: 24 }, (_, at) => `COMMENT ON COLUMN ${table}.amount_${at} IS '${remark}';\n`),
      `ALTER TABLE ONLY ${table}\n    ADD CONSTRAINT ledger_entry_${n}_pkey PRIMARY KEY (id);\n`,
      `CREATE INDEX ledger_entry_${n}_account ON ${table} USING btree (account_id, created_at);\n`,
      `CREATE UNIQUE INDEX ledger_entry_${n}_code ON ${table} USING btree (code);\n`,
    ].join('\n');
  });
  return `-- slipway: version 20250101000000\nCREATE SCHEMA app;\n\n${statements.join('\n')}`;
}
