import type { Session } from '../../../../src/postgres/session.ts';
import { type ChangeOptions, changesBetween } from '../../../../src/schema/generate/changes/changes.ts';
import { describeSchema } from '../../../../src/schema/generate/describe-schema.ts';
import type { SchemaGraph } from '../../../../src/schema/objects/common/schema-graph.ts';
import { hardSchema, ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { possible } from '../../../fixtures/mutations/all.ts';
import {
  createDatabase,
  named,
  newestMajor,
  sampledOn,
  sweptMajors,
  type TestDatabase,
} from '../../../support/database.ts';
import { hardRows } from '../../../support/hard-rows.ts';
import { judge, tell, type Verdict } from '../../../support/judge.ts';
import { seed, seeded } from '../../../support/seeded.ts';

jest.setTimeout(300_000);

const mutations = possible;
const noRenames = { columns: new Map(), tables: new Map() };
const migration: ChangeOptions = { purpose: 'migration', drops: 'write', renames: noRenames };
const fix: ChangeOptions = { purpose: 'fix', drops: 'comment', renames: noRenames };

const wrong = (verdicts: readonly Verdict[]): readonly Verdict[] =>
  verdicts.filter(({ verdict }) => verdict === 'wrong');
const right = (verdicts: readonly Verdict[]): number =>
  verdicts.filter(({ verdict }) => verdict === 'right').length;

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let session: Session;
  let original: SchemaGraph;
  /** What the mutations make of the schema, as far as it was inspected. */
  const targets = new Map<string, SchemaGraph>();
  const tried = sampledOn(
    major,
    mutations.filter(({ since }) => since <= major).map(({ apply }) => apply),
  );

  const describeNow = (): Promise<SchemaGraph> => describeSchema(session, { ledger, withPrivileges: true });

  /** Does something in a transaction that is rolled back. */
  const inTransaction = async <T>(work: () => Promise<T>): Promise<T> => {
    await session.run('BEGIN');
    try {
      return await work();
    } finally {
      await session.run('ROLLBACK');
    }
  };

  /** The schema after a mutation, which stays. */
  const mutated = async (apply: string): Promise<SchemaGraph> => {
    await session.run(apply);
    const target = targets.get(apply) ?? (await describeNow());
    targets.set(apply, target);
    return target;
  };

  const fixed = (apply: string): Promise<Verdict> =>
    inTransaction(async () => {
      const changes = changesBetween(await mutated(apply), original, fix);
      return judge(session, { title: apply, changes, target: original.snapshot, purpose: 'fix' });
    });

  const migrated = async (apply: string): Promise<Verdict> => {
    const target = await inTransaction(() => mutated(apply));
    const changes = changesBetween(original, target, migration);
    return inTransaction(() =>
      judge(session, { title: apply, changes, target: target.snapshot, purpose: 'migration' }),
    );
  };

  const undone = (apply: string): Promise<Verdict> =>
    inTransaction(async () => {
      const changes = changesBetween(await mutated(apply), original, migration);
      return judge(session, { title: apply, changes, target: original.snapshot, purpose: 'migration' });
    });

  const each = async (
    list: readonly string[],
    work: (apply: string) => Promise<Verdict>,
  ): Promise<Verdict[]> => {
    const verdicts: Verdict[] = [];
    for (const apply of list) verdicts.push(await work(apply));
    return verdicts;
  };

  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(hardSchema);
    await database.query(hardRows);
    session = await sessionOn(database);
    original = await inTransaction(describeNow);
  });
  afterAll(() => database.drop());

  test('a fix brings a drifted database back without losing a row, or says what it leaves', async () => {
    const verdicts = await each(tried, fixed);
    tell(`PostgreSQL ${major}: fix`, verdicts);
    expect(wrong(verdicts)).toEqual([]);
    expect(right(verdicts)).toBeGreaterThanOrEqual(tried.length - 8);
  });

  test('a migration reaches its target and keeps the rows, or says what it leaves', async () => {
    const verdicts = await each(tried, migrated);
    tell(`PostgreSQL ${major}: migration`, verdicts);
    expect(wrong(verdicts)).toEqual([]);
    expect(right(verdicts)).toBeGreaterThanOrEqual(tried.length - 16);
  });

  test('so does the migration that undoes it', async () => {
    const verdicts = await each(tried, undone);
    tell(`PostgreSQL ${major}: undoing`, verdicts);
    expect(wrong(verdicts)).toEqual([]);
    expect(right(verdicts)).toBeGreaterThanOrEqual(tried.length - 8);
  });

  const several = major === newestMajor ? test : test.skip;
  several('several changes at once are no harder', async () => {
    const random = seeded(seed);
    const pick = (): string => tried[Math.floor(random() * tried.length)] ?? '';
    const sets: string[] = [];
    while (sets.length < Number(process.env.SLIPWAY_TEST_SETS ?? 20)) {
      const set = [...new Set(Array.from({ length: 5 + (sets.length % 3) * 4 }, pick))].join(';\n');
      // Some contradict each other.
      const works = await inTransaction(() => session.run(set)).then(
        () => true,
        () => false,
      );
      if (works) sets.push(set);
    }
    const verdicts = [
      ...(await each(sets, fixed)),
      ...(await each(sets, migrated)),
      ...(await each(sets, undone)),
    ];
    tell(`PostgreSQL ${major}: several at once`, verdicts);
    expect(wrong(verdicts)).toEqual([]);
    expect(right(verdicts)).toBeGreaterThanOrEqual(verdicts.length / 2);
  });
});
