import type { Session } from '../../../../src/postgres/session.ts';
import { type ChangeOptions, changesBetween } from '../../../../src/schema/generate/changes/changes.ts';
import { describeSchema } from '../../../../src/schema/generate/describe-schema.ts';
import type { SchemaGraph } from '../../../../src/schema/objects/common/schema-graph.ts';
import { type Case, cases } from '../../../fixtures/changes-cases/cases.ts';
import { keptCases } from '../../../fixtures/changes-cases/kept.ts';
import { orderCases } from '../../../fixtures/changes-cases/order.ts';
import { ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import {
  createDatabase,
  named,
  sampledOn,
  sweptMajors,
  type TestDatabase,
} from '../../../support/database.ts';
import { judge, type Verdict } from '../../../support/judge.ts';

jest.setTimeout(120_000);

const noRenames = { columns: new Map(), tables: new Map() };
const migration: ChangeOptions = { purpose: 'migration', drops: 'write', renames: noRenames };
const fix: ChangeOptions = { purpose: 'fix', drops: 'comment', renames: noRenames };

/** The renames of a case, there and back. */
function renamesOf({ renames }: Case): readonly [ChangeOptions['renames'], ChangeOptions['renames']] {
  const columns = Object.entries(renames?.columns ?? {});
  const tables = Object.entries(renames?.tables ?? {});
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const table = (name: string): string =>
    renames?.tables?.[name] ? `${name.slice(0, name.lastIndexOf('.'))}.${renames.tables[name]}` : name;
  return [
    { columns: new Map(columns), tables: new Map(tables) },
    {
      columns: new Map(
        columns.map(([from, to]) => [`${table(from.slice(0, from.lastIndexOf('.')))}.${to}`, last(from)]),
      ),
      tables: new Map(tables.map(([from]) => [table(from), last(from)])),
    },
  ];
}

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let session: Session;
  beforeAll(async () => {
    database = await createDatabase(major);
    session = await sessionOn(database);
  });
  afterAll(() => database.drop());

  /** Makes a schema in a transaction that is rolled back. */
  const within = async <T>(sql: readonly string[], work: () => Promise<T>): Promise<T> => {
    await session.run('BEGIN; CREATE SCHEMA s');
    try {
      for (const one of sql) await session.run(one);
      await session.run('SET CONSTRAINTS ALL IMMEDIATE; RESET client_min_messages');
      return await work();
    } finally {
      await session.run('ROLLBACK');
    }
  };
  const describeNow = (): Promise<SchemaGraph> => describeSchema(session, { ledger, withPrivileges: true });
  const seen = ({ verdict, why, text }: Verdict): object => ({ verdict, why, text });
  const expected = (left: readonly string[] = []): object =>
    left.length === 0
      ? { verdict: 'right', why: [], text: expect.any(String) }
      : {
          verdict: expect.stringMatching(/left|wrong/),
          why: expect.arrayContaining(left.map((object) => expect.stringContaining(object))),
          text: expect.any(String),
        };

  const tried = sampledOn(
    major,
    [...cases, ...orderCases, ...keptCases].filter(({ since = 14 }) => since <= major),
  );
  test.each(tried.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const { start, wish, left = {} } = one;
    const before = await within([start], describeNow);
    const after = await within([start, wish], describeNow);
    const [there, back] = renamesOf(one);
    const up = await within([start], () =>
      judge(session, {
        title: one.name,
        changes: changesBetween(before, after, { ...migration, renames: there }),
        target: after.snapshot,
        purpose: 'migration',
        renames: there,
      }),
    );
    const down = await within([start, wish], () =>
      judge(session, {
        title: one.name,
        changes: changesBetween(after, before, { ...migration, renames: back }),
        target: before.snapshot,
        purpose: 'migration',
        renames: back,
      }),
    );
    const fixed = await within([start, wish], () =>
      judge(session, {
        title: one.name,
        changes: changesBetween(after, before, { ...fix, renames: back }),
        target: before.snapshot,
        purpose: 'fix',
        renames: back,
      }),
    );
    expect({ up: seen(up), down: seen(down), fix: seen(fixed) }).toEqual({
      up: expected(left.up),
      down: expected(left.down),
      fix: expected(left.fix),
    });
  });
});
