import { type LockMode, lockModes, type TableWork, tableWorks } from '../../../src/core/index.ts';
import {
  blockedBy,
  fileImpact,
  formatImpact,
  type Measured,
  modeOfServer,
} from '../../../src/impact/index.ts';
import { measureBody } from '../../../src/shadow/index.ts';
import { parseSql } from '../../../src/sql/index.ts';
import { sessionOn } from '../../fixtures/hard-schema.ts';
import recorded from '../../fixtures/locks/recorded.json' with { type: 'json' };
import { lockRows, lockSchema } from '../../fixtures/locks/schema.ts';
import { type LockStatement, lockStatements } from '../../fixtures/locks/statements.ts';
import { createDatabase, majors, named, type TestDatabase } from '../../support/database.ts';
import { type AllObserved, LiveDatabase } from '../../support/observed-locks.ts';

jest.setTimeout(180_000);

const open: TestDatabase[] = [];
/** A database with the schema, and with what follows it. */
const database = async (major: number, more = ''): Promise<TestDatabase> => {
  const made = await createDatabase(major);
  open.push(made);
  await made.query(lockSchema + more);
  return made;
};
afterAll(async () => {
  for (const one of open.reverse()) await one.drop();
});

const inTransaction = (major: number): LockStatement[] =>
  lockStatements.filter(({ from, isOutside }) => (from ?? 0) <= major && !isOutside);
const alone = (major: number): LockStatement[] =>
  lockStatements.filter(({ from, isOutside }) => (from ?? 0) <= major && isOutside);

const body = (sql: string) =>
  ({ kind: 'sql', script: parseSql({ path: 'a.sql', text: sql, checksum: '' }) }) as const;

/** What we say of a statement, where it runs and is rolled back. */
async function saidInTransaction(on: TestDatabase, sql: string): Promise<Measured> {
  const session = await sessionOn(on);
  await session.run('BEGIN');
  try {
    return await measureBody(session, body(sql));
  } finally {
    await session.run('ROLLBACK');
    await session.end();
  }
}

const rank = (mode: LockMode | undefined): number => (mode === undefined ? -1 : lockModes.indexOf(mode));

/** Where what we say is less than what is, and where it is more, a line each. */
function compare(
  said: Measured,
  seen: AllObserved,
  parents: ReadonlyMap<string, string>,
): { readonly less: string[]; readonly more: string[] } {
  const less: string[] = [];
  const more: string[] = [];
  if (said.kind === 'unknown') return { less: ['not measured'], more };
  const impact = fileImpact(said.statements);
  for (const [name, { modes, blocksReads, blocksWrites, isRewritten, isScanned }] of seen) {
    const ours = impact.get(name);
    const strongest = Math.max(...modes.map((mode) => rank(modeOfServer(mode) ?? undefined)));
    if (rank(ours?.mode) < strongest) less.push(`${name}: ${ours?.mode} for ${lockModes[strongest]}`);
    if (rank(ours?.mode) > strongest) more.push(`${name}: ${ours?.mode} for ${lockModes[strongest]}`);
    // Whoever uses a table uses its partitions with it: a lock on one of them is told of that one.
    const children = [...impact.keys()].filter((child) => parents.get(child) === name);
    const blocks = [name, ...children].map((one) => blockedBy(impact.get(one)?.mode ?? 'access-share'));
    if (blocksReads && !blocks.some(({ reads }) => reads)) less.push(`${name}: blocks reads`);
    if (blocksWrites && !blocks.some(({ writes }) => writes)) less.push(`${name}: blocks writes`);
    const isPlanned = strongest <= rank('row-exclusive');
    const work: TableWork = isRewritten ? 'rewrite' : isScanned && !isPlanned ? 'scan' : 'none';
    const difference = tableWorks.indexOf(ours?.work ?? 'none') - tableWorks.indexOf(work);
    if (difference < 0) less.push(`${name}: ${ours?.work} for ${work}`);
    if (difference > 0) more.push(`${name}: ${ours?.work} for ${work}`);
  }
  for (const name of impact.keys()) if (!seen.has(name)) more.push(`${name}: not locked`);
  return { less, more };
}

test('the table has what the documentation promises', () => {
  expect(lockStatements.length).toBeGreaterThanOrEqual(120);
  expect(new Set(lockStatements.map(({ sql }) => sql)).size).toBe(lockStatements.length);
});

/** The parent of each partition and of each table that inherits. */
const parentsIn = async (on: TestDatabase): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (
      await on.query(
        'SELECT inhrelid::regclass::text AS child, inhparent::regclass::text AS parent FROM pg_inherits',
      )
    ).map(({ child, parent }) => [child, parent]),
  );

/** What we say of a statement outside of a transaction, where it runs. */
async function saidOutside(on: TestDatabase, sql: string): Promise<Measured> {
  const session = await sessionOn(on);
  try {
    return await measureBody(session, body(sql));
  } finally {
    await session.end();
  }
}

/** Of the major that it was recorded on: what the documentation shows is what is said. */
for (const { version, major } of named(majors.filter((one) => one === recorded.postgres))) {
  test(`on PostgreSQL ${version}, the record of the documentation is what is said`, async () => {
    const empty = await database(major);
    const said: Record<string, unknown> = {};
    for (const { sql } of inTransaction(major)) {
      const measured = await saidInTransaction(empty, sql);
      said[sql] = measured.kind === 'measured' ? formatImpact(fileImpact(measured.statements)) : null;
    }
    const outside = new Set(alone(major).map(({ sql }) => sql));
    expect(said).toEqual(
      Object.fromEntries(
        recorded.statements.filter(({ sql }) => !outside.has(sql)).map(({ sql, impact }) => [sql, impact]),
      ),
    );
  });
}

/** Of majors that lock alike one: the oldest, 16, the newest, and Debian's newest minor. */
const tried = majors.filter((major) => major !== 15 && major !== 17);

describe.each(named(tried))('on PostgreSQL $version', ({ major }) => {
  test('what is said of each statement in a transaction is what a second session sees on tables with rows', async () => {
    const empty = await database(major);
    const full = await database(major, lockRows);
    const parents = await parentsIn(full);
    const live = await LiveDatabase.of(full);
    const less: Record<string, readonly string[]> = {};
    const more: Record<string, readonly string[]> = {};
    for (const { sql } of inTransaction(major)) {
      const found = compare(await saidInTransaction(empty, sql), await live.inTransaction(sql), parents);
      if (found.less.length > 0) less[sql] = found.less;
      if (found.more.length > 0) more[sql] = found.more;
    }
    expect(less).toEqual({});
    expect(more).toEqual({});
  });

  test.each(alone(major))('what is said of $sql is what a second session sees', async ({ sql }) => {
    const empty = await database(major);
    const said = await saidOutside(empty, sql);
    for (const held of ['ACCESS SHARE', 'SHARE UPDATE EXCLUSIVE']) {
      const full = await database(major, lockRows);
      const parents = await parentsIn(full);
      const seen = await (await LiveDatabase.of(full)).outside(sql, held);
      const { less } = compare(said, seen, parents);
      expect({ held, less }).toEqual({ held, less: [] });
    }
  });
});

test('of several statements each is told with what it takes itself', async () => {
  const on = await database(Math.max(...majors));
  const measured = await saidInTransaction(
    on,
    `CREATE TABLE app.fresh (id int);
     ALTER TABLE app.fresh ALTER COLUMN id TYPE bigint;
     SELECT FROM app.orders;
     ALTER TABLE app.orders ADD CONSTRAINT c_fkey FOREIGN KEY (buyer) REFERENCES app.customers NOT VALID;
     ALTER TABLE app.orders VALIDATE CONSTRAINT c_fkey;
     ALTER TABLE app.orders ALTER COLUMN placed TYPE timestamptz(0);
     ALTER TABLE app.orders ADD COLUMN note text`,
  );
  const statements = measured.kind === 'measured' ? measured.statements : [];
  expect(statements.map(({ relations }) => relations)).toEqual([
    [],
    [],
    [{ relation: 'app.orders', mode: 'access-share', work: 'none', isHeld: false }],
    [
      { relation: 'app.customers', mode: 'share-row-exclusive', work: 'none', isHeld: false },
      { relation: 'app.orders', mode: 'share-row-exclusive', work: 'none', isHeld: false },
    ],
    [
      { relation: 'app.customers', mode: 'share-row-exclusive', work: 'scan', isHeld: true },
      { relation: 'app.orders', mode: 'share-row-exclusive', work: 'scan', isHeld: true },
    ],
    expect.arrayContaining([
      { relation: 'app.orders', mode: 'access-exclusive', work: 'rewrite', isHeld: false },
    ]),
    [],
  ]);
});
