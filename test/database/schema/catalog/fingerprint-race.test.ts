import pg from 'pg';
import { hardSchema } from '../../../fixtures/hard-schema.ts';
import { everyMutation } from '../../../fixtures/mutations/all.ts';
import { createDatabase, majors, named, type TestDatabase } from '../../../support/database.ts';
import { lookWith, type Seen } from '../../../support/fingerprint.ts';
import { thorough } from '../../../support/thorough.ts';

jest.setTimeout(900_000);

const described = ({ snapshot }: Seen): string => JSON.stringify([...(snapshot ?? [])]);

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let looking: pg.Client;
  let other: pg.Client;
  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(hardSchema);
    looking = await database.connect();
    other = await database.connect();
    // A change that waits for what the look holds is one that was not made.
    await other.query("SET lock_timeout = '50ms'");
  });
  afterAll(() => database.drop());

  /** Whether it was made: what the look holds may stand in its way. */
  const made = async (sql: string): Promise<boolean> => {
    try {
      await other.query(sql);
      return true;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === '55P03')) throw error;
      return false;
    }
  };

  test('what others change between fingerprint and snapshot is never hidden by the fingerprint', async () => {
    const share = thorough({ person: 24, ci: 16, full: 1 });
    const tried = everyMutation.filter(
      ({ since }, at) => since <= major && at % share === Math.floor(major) % share,
    );
    const hidden: string[] = [];
    let meanwhile = 0;
    for (const { apply, undo } of tried) {
      for (const change of [apply, undo]) {
        let isMade = false;
        const kept = await lookWith(looking, {}, async () => {
          isMade = await made(change);
        });
        if (isMade) meanwhile += 1;
        else await other.query(change);
        // By a session whose caches know the old row, and by a new one.
        const fresh = await database.connect();
        for (const client of [looking, fresh]) {
          const now = await lookWith(client);
          const isSame = kept.snapshot !== null && now.fingerprint === kept.fingerprint;
          if (isSame && described(now) !== described(kept)) hidden.push(change);
        }
        await fresh.end();
      }
    }
    expect(hidden).toEqual([]);
    expect(meanwhile).toBeGreaterThan(tried.length);
  });
});
