import { takeSnapshot } from '../../../../src/schema/catalog/snapshot.ts';
import type { Difference } from '../../../../src/schema/compare/comparison.ts';
import { diff, kindOf } from '../../../../src/schema/compare/diff.ts';
import { expectedOf, hardSchema, ledger, lookAt, sessionOn } from '../../../fixtures/hard-schema.ts';
import { everyMutation } from '../../../fixtures/mutations/all.ts';
import { neutral } from '../../../fixtures/mutations/neutral.ts';
import { createDatabase, majors, named, sampledOn, type TestDatabase } from '../../../support/database.ts';

jest.setTimeout(600_000);

const mutations = everyMutation;
const withoutOrder = (differences: readonly Difference[]): Difference[] =>
  differences.filter(({ object }) => kindOf(object) !== 'column order');
const marks = { missing: '-', changed: '~', extra: '+' };

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(hardSchema);
  });
  afterAll(() => database.drop());

  test('every change is found, as that object and no other, with its severity, and gone once it is undone', async () => {
    const inspection = await lookAt(database);
    let before = await inspection();
    const wrong: object[] = [];
    const tried = sampledOn(
      major,
      mutations.filter(({ since }) => since <= major),
    );
    for (const { apply, undo, found, severity } of tried) {
      await database.query(apply);
      const { differences } = diff(...expectedOf(before, await inspection()));
      await database.query(undo);
      const undone = await inspection();
      // A column that was dropped and added again stands last.
      const left = withoutOrder(diff(...expectedOf(before, undone)).differences);
      before = undone;
      const seen = differences.map(({ kind, object }) => `${marks[kind]} ${object}`).sort();
      const worst = differences.some((difference) => difference.severity === 'drift') ? 'drift' : 'reported';
      const isRight = JSON.stringify(seen) === JSON.stringify([found].flat().sort()) && worst === severity;
      if (!isRight || left.length > 0) wrong.push({ apply, seen, worst, left });
    }
    process.stderr.write(`PostgreSQL ${major}: ${tried.length - wrong.length} of ${tried.length} changes\n`);
    expect(tried.length).toBeGreaterThanOrEqual(15);
    expect(wrong).toEqual([]);
  });

  test('what changes nothing that a schema says is no difference', async () => {
    const inspection = await lookAt(database);
    let before = await inspection();
    const wrong: object[] = [];
    const tried = neutral.filter(({ since }) => since <= major);
    for (const { name, apply, session, after: ending } of tried) {
      for (const statements of apply) await database.query(statements);
      const after = await inspection(session);
      if (ending) await database.query(ending);
      const material = withoutOrder(diff(...expectedOf(before, after)).differences);
      if (material.length > 0) wrong.push({ name, material });
      before = after;
    }
    process.stderr.write(
      `PostgreSQL ${major}: ${tried.length - wrong.length} of ${tried.length} without a difference\n`,
    );
    expect(tried.length).toBeGreaterThanOrEqual(45);
    expect(wrong).toEqual([]);
  });

  test('a copy of the database is no difference', async () => {
    const original = await createDatabase(major);
    const session = await sessionOn(original);
    await session.run(hardSchema);
    const before = await takeSnapshot(session, { ledger, withPrivileges: true });
    // A database that is copied must have nobody connected to it.
    await session.end();
    const copy = await createDatabase(major, { template: original.name });
    try {
      expect(diff(...expectedOf(before, await (await lookAt(copy))())).differences).toEqual([]);
    } finally {
      await copy.drop();
      await original.drop();
    }
  });
});
