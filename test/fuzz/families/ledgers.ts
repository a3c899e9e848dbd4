import fc from 'fast-check';
import { ledgerColumns } from '../../../src/ledger/table.ts';
import { createLedger } from '../../../src/ledger/write.ts';
import { runCommand } from '../commands.ts';
import type { Family } from '../family.ts';
import { oddValue } from '../json.ts';
import { exitOf } from '../judge.ts';
import { anyText } from '../texts.ts';
import { type DatabaseName, databases, openWorkshop, type Workshop } from '../workshop.ts';

/** A row of an honest ledger with some columns otherwise. */
interface RowChange {
  readonly row: number;
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface LedgerInput {
  readonly database: DatabaseName;
  /** `slipway`: as Slipway makes it; else plain columns without constraints, some of another type, gone or more. */
  readonly table:
    | 'slipway'
    | { readonly types: Readonly<Record<string, string>>; readonly gone: string | null };
  readonly rows: readonly RowChange[];
  /** SQL that is run on the ledger once it stands. */
  readonly afterwards: string;
  readonly command: 'plan' | 'status' | 'up' | 'repair' | 'wait';
  readonly flags: Readonly<Record<string, string | boolean>>;
  readonly env: Readonly<Record<string, string>>;
}

const columns = Object.keys(ledgerColumns);
const plainTypes: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(ledgerColumns).map(([column, [type = '']]) => [column, type])),
};
const types = [
  'text',
  'varchar(20)',
  'name',
  'char(14)',
  'bigint',
  'numeric',
  'double precision',
  'boolean',
  'jsonb',
  'json',
  'text[]',
  'date',
  'timestamptz',
  'bytea',
  'xml',
  'interval',
  'xid8',
  'tid',
  'point',
];
const versions = [
  '20250101000000',
  '20250102000000',
  '20250103000000',
  '20250104000000',
  '20250105000000',
  '20240101000000',
  '20260101000000',
  '99999999999999',
  '2025',
  '',
  'x',
  '20250102000000 ',
];
const oneOf: Readonly<Record<string, readonly unknown[]>> = {
  app: ['default', 'default', 'default', 'other', '', 'DEFAULT'],
  version: versions,
  state: ['running', 'running', 'done', 'failed', '', null],
  kind: ['baseline', 'migration', 'x'],
  origin: ['applied', 'adopted', 'x'],
  format: [1, 1, 1, 0, 2, -1, 32767, null],
  checksum: [null, '', 'x', '0'.repeat(64)],
  started_at: ['infinity', '-infinity', '4713-01-01 00:00:00 BC', '294276-01-01', '2020-01-01', null],
  finished_at: [
    'infinity',
    '-infinity',
    '4713-01-01 00:00:00 BC',
    '294276-01-01',
    '2999-01-01',
    '2020-01-01',
    null,
  ],
  duration_ms: [0, -1, '9223372036854775807', null],
};
const column = fc
  .constantFrom(...columns)
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...(oneOf[name] ?? ['', 'x', null])) },
        { weight: 1, arbitrary: anyText.map((text) => text.replaceAll(/\0|\p{Cs}/gu, '')) },
        { weight: 1, arbitrary: oddValue },
      ),
    ),
  );
const accepted = fc
  .oneof(
    oddValue,
    fc.record(
      {
        objects: fc.oneof(
          oddValue,
          fc.dictionary(fc.constantFrom('table app.a', 'column app.a.b', 'x', '__proto__'), oddValue),
        ),
        tokens: oddValue,
        fixes: oddValue,
      },
      { requiredKeys: [] },
    ),
  )
  .map((value): [string, unknown] => ['accepted', value]);
const rowChange: fc.Arbitrary<RowChange> = fc.record({
  row: fc.nat({ max: 4 }),
  columns: fc
    .array(fc.oneof({ weight: 4, arbitrary: column }, { weight: 1, arbitrary: accepted }), { maxLength: 2 })
    .map((all) => Object.fromEntries(all)),
});
const command = fc.constantFrom<LedgerInput['command'][]>(
  'plan',
  'plan',
  'status',
  'up',
  'up',
  'repair',
  'wait',
);
const flagsOf: Readonly<Record<LedgerInput['command'], readonly LedgerInput['flags'][]>> = {
  plan: [{}],
  status: [{}, { all: true }, { drift: true }, { 'exit-code': true, strict: true, drift: true }],
  up: [{}],
  repair: [
    {},
    { apply: true },
    { apply: true, as: 'head' },
    { 'accept-edit': '20250102000000' },
    { as: 'none' },
  ],
  wait: [{ timeout: '0' }],
};

/** @param real how many rows an honest ledger has: most cases begin with all of them. */
export const ledgerInputs = (real: number): fc.Arbitrary<LedgerInput> =>
  command
    .chain((name) =>
      fc.record({
        database: fc.constantFrom<DatabaseName[]>('head', 'head', 'head', ...databases),
        table: fc.oneof(
          { weight: 3, arbitrary: fc.constant<LedgerInput['table']>('slipway') },
          {
            weight: 4,
            arbitrary: fc.record({
              types: fc
                .array(fc.tuple(fc.constantFrom(...columns, 'more'), fc.constantFrom(...types)), {
                  maxLength: 1,
                })
                .map((all) => Object.fromEntries(all)),
              gone: fc.option(fc.constantFrom(...columns), { freq: 6 }),
            }),
          },
        ),
        rows: fc.oneof(
          {
            weight: 4,
            arbitrary: fc
              .tuple(fc.nat({ max: real }), fc.array(rowChange, { maxLength: 2 }))
              .map(([count, more]) => [
                ...Array.from({ length: count }, (_, row) => ({ row, columns: {} })),
                ...more,
              ]),
          },
          { weight: 1, arbitrary: fc.array(rowChange, { maxLength: 5 }) },
        ),
        afterwards: fc.oneof(
          { weight: 20, arbitrary: fc.constant('') },
          {
            weight: 1,
            arbitrary: fc.constantFrom(
              'ALTER TABLE slipway.ledger ENABLE ROW LEVEL SECURITY',
              'ALTER TABLE slipway.ledger OWNER TO postgres',
              'DROP TABLE slipway.ledger; CREATE VIEW slipway.ledger AS SELECT 1 AS app',
              'DROP SCHEMA slipway CASCADE',
              'ALTER TABLE slipway.ledger SET UNLOGGED',
              'CREATE TABLE slipway.child () INHERITS (slipway.ledger)',
              "UPDATE slipway.ledger SET version = '20250102000000' WHERE version > '20250102000000'",
            ),
          },
        ),
        command: fc.constant(name),
        flags: fc.constantFrom(...flagsOf[name]),
        env: fc.record(
          {
            SLIPWAY_ON_DRIFT: fc.constantFrom('fail', 'warn', 'ignore'),
            SLIPWAY_ON_AHEAD: fc.constantFrom('fail', 'warn'),
            SLIPWAY_ALLOW_OUT_OF_ORDER: fc.constantFrom('on', 'off'),
            SLIPWAY_ADOPT: fc.constantFrom('match', 'never'),
            SLIPWAY_LOCKFILE: fc.constant('/absent/schema.lock.json'),
          },
          { requiredKeys: [] },
        ),
      }),
    )
    .map((input) =>
      // What writes would change the empty database for good.
      input.database === 'empty' && (input.command === 'up' || input.flags.apply)
        ? { ...input, database: 'head' }
        : input,
    );

/** Writes a ledger of an input's; rows that the table does not take are left out. */
export async function layLedger(
  workshop: Workshop,
  { database, table, rows, afterwards }: LedgerInput,
): Promise<void> {
  const make =
    table === 'slipway'
      ? createLedger({ schema: 'slipway', app: 'default' }, true).join('; ')
      : `CREATE TABLE slipway.ledger (${Object.entries({ ...plainTypes, ...table.types })
          .filter(([name]) => name !== table.gone)
          .map(([name, type]) => `"${name}" ${type}`)
          .join(', ')})`;
  await workshop.query(
    database,
    `DROP SCHEMA IF EXISTS slipway CASCADE; CREATE SCHEMA slipway AUTHORIZATION fuzz; ${make}; ALTER TABLE slipway.ledger OWNER TO fuzz`,
  );
  const values = rows.map(({ row, columns }) => ({
    ...workshop.rows[row % workshop.rows.length],
    ...columns,
  }));
  const insert = async (these: readonly object[]): Promise<boolean> => {
    const sql =
      'INSERT INTO slipway.ledger SELECT * FROM jsonb_populate_recordset(NULL::slipway.ledger, $1::jsonb)';
    return workshop.query(database, sql, [JSON.stringify(these)]).then(
      () => true,
      () => false,
    );
  };
  if (!(await insert(values))) for (const one of values) await insert([one]);
  if (afterwards !== '') await workshop.query(database, afterwards).catch(() => undefined);
}

const contentQuery = `SELECT xmlserialize(content table_to_xml('slipway.ledger', true, true, '') AS text) AS content`;

/** What stands in `slipway.ledger`, in a real database. */
export async function ledgers(): Promise<Family<LedgerInput>> {
  const workshop = await openWorkshop();
  const content = async ({ database }: LedgerInput): Promise<string> =>
    (await workshop.query(database, contentQuery).catch(() => null))?.rows[0]?.content ?? '';
  return {
    name: 'ledgers',
    share: 0.055,
    isPure: false,
    inputs: ledgerInputs(workshop.rows.length),
    async run(input) {
      await layLedger(workshop, input);
      const options = {
        directory: workshop.project.directory,
        env: { ...workshop.env(input.database), ...input.env },
      };
      const before = await content(input);
      const ended = await runCommand(input.command, { ...options, flags: input.flags });
      const writes = input.command === 'up' || input.flags.apply === true;
      const isUntouched = writes || before === (await content(input));
      const result = isUntouched
        ? ended
        : { ...ended, broken: [...ended.broken, 'what only reads has changed the ledger'] };
      if (input.command !== 'up' || exitOf(ended) !== 'ok') return result;
      const again = await runCommand('plan', options);
      return again.said.some((text) => text.includes('"plan":"upToDate"'))
        ? result
        : {
            ...result,
            broken: [
              ...result.broken,
              `after up ended with 0, plan says ${exitOf(again)}: ${again.said.join(' ')}`,
            ],
          };
    },
    destroy: () => workshop.destroy(),
  };
}
