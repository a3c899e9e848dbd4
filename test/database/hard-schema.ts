import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Greeting } from '../../src/postgres/session.ts';
import { Session } from '../../src/postgres/session.ts';
import { type Snapshot, takeSnapshot } from '../../src/schema/catalog/snapshot.ts';
import type { diff } from '../../src/schema/compare/diff.ts';
import { expected, lockObjects } from '../../src/schema/compare/locked-objects.ts';
import type { TestDatabase } from '../support/database.ts';

/** SQL that makes every kind of object. */
export const hardSchema = readFileSync(join(import.meta.dirname, 'hard-schema.sql'), 'utf8');

/** Where a ledger would be; none of these databases has one. */
export const ledger = { schema: 'slipway', app: 'default' };

/** A session of Slipway's on a database, as its superuser. */
export async function sessionOn(database: TestDatabase): Promise<Session> {
  const greeting: Greeting = {
    host: { host: 'localhost', port: 5432 },
    database: database.name,
    user: 'postgres',
    applicationName: 'slipway',
    tls: false,
    version: String(database.major),
    isStandby: false,
    isReadOnly: false,
  };
  return new Session(await database.connect(), greeting, new Map());
}

/** Opens a session; what it returns takes a snapshot, privileges included, after SQL that sets the session. */
export async function lookAt(database: TestDatabase): Promise<(settings?: string) => Promise<Snapshot>> {
  const session = await sessionOn(database);
  return async (settings) => {
    if (settings) await session.run(settings);
    const snapshot = await takeSnapshot(session, { ledger, withPrivileges: true });
    if (settings) await session.run('RESET ROLE; RESET ALL');
    return snapshot;
  };
}

/** The arguments of `diff` that hold one snapshot against another, the texts of the first known. */
export function expectedOf(before: Snapshot, after: Snapshot): Parameters<typeof diff> {
  const objects = Object.entries(lockObjects(before)).map(
    ([name, object]) => [name, expected(object)] as const,
  );
  return [
    new Map(objects),
    after,
    { ignore: [], texts: (object) => before.get(object) ?? null, accepted: {} },
  ];
}
