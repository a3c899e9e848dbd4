import { existsSync } from 'node:fs';
import pg from 'pg';
import type { Config } from '../config/index.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import type { Script } from '../sql/index.ts';
import { platformFile } from './platform.ts';

/** What came of two pieces of work. */
export interface Both<A, B> {
  readonly first: A;
  /** The other result. @throws what that work threw. */
  readonly second: () => B;
}

/** Two pieces of work on two shadows of one server. */
export interface WorkPair<A, B> {
  readonly first: () => Promise<A>;
  readonly second: () => Promise<B>;
}

/**
 * Does two pieces of work: at the same time where they are `apart`, else one after the other. What fails because it met
 * the other all the same, in what the whole server shares, is done again alone.
 *
 * @throws what the first work throws, after both have ended.
 */
export async function bothOf<A, B>({ first, second }: WorkPair<A, B>, isApart: boolean): Promise<Both<A, B>> {
  if (!isApart) {
    const a = await first();
    const [b] = await Promise.allSettled([second()]);
    return { first: a, second: () => resultOf(b) };
  }
  const [a, b] = await Promise.allSettled([first(), second()]);
  const alone = hasMet(a) ? await first() : resultOf(a);
  const [other] = hasMet(b) ? await Promise.allSettled([second()]) : [b];
  return { first: alone, second: () => resultOf(other) };
}

const hasMet = (result: PromiseSettledResult<unknown>): boolean =>
  result.status === 'rejected' && isMeeting(result.reason);

function resultOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/**
 * What the server answers to two sessions that make or change the same thing of the whole server: duplicate_object,
 * unique_violation, deadlock_detected, and "tuple concurrently updated", which has no code of its own.
 */
const meetings: ReadonlySet<string> = new Set(['42710', '23505', '40P01', 'XX000']);

function isMeeting(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof pg.DatabaseError && meetings.has(at.code ?? '')) return true;
  return false;
}

/**
 * Objects that all databases of a server share (PostgreSQL docs, Managing Databases); TimescaleDB has one launcher for
 * all of them.
 */
const ofServer =
  /\b(?:create|alter|drop|on)\s+(?:role|user(?!\s+mapping)|group|tablespace|subscription)\b|\b(?:reassign|drop)\s+owned\b|\bdblink|\btimescaledb\b/i;

/** A file that is larger than any schema is not gone through for this: it holds rows. */
const largestSearched = 64 * 1024 ** 2;

/**
 * Whether two shadows of one server can be built from these files at the same time: nothing in them is about what the
 * whole server shares, as far as their words tell, none is a module, and no platform is made.
 */
export const areApart = (config: Config, sets: readonly MigrationSet[]): boolean =>
  !existsSync(platformFile(config)) &&
  sets
    .flatMap(({ baseline, migrations }) => [...(baseline ? [baseline] : []), ...migrations])
    .flatMap((migration: Migration): Script[] => [migration, ...(migration.down ? [migration.down] : [])])
    .every(
      ({ format, source }) =>
        format === 'sql' && source.text.length <= largestSearched && !ofServer.test(source.text.toString()),
    );
