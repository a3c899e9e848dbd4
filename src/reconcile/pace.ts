import { nowMs, type TableWork } from '../core/index.ts';
import type { Session } from '../postgres/index.ts';

/** How long a server takes for a byte of a table, milliseconds. */
export interface Pace {
  readonly scan: number;
  readonly rewrite: number;
  readonly index: number;
}

const rows = 100_000;

/** Small enough to take a second, large enough that the work on its rows is what takes it. */
const sample = `CREATE TABLE pg_temp.paced AS
  SELECT n AS id, (n % 1000)::int AS kind, repeat('x', 60) AS text FROM generate_series(1, ${rows}) AS n`;

/**
 * Does each kind of work on a table of `rows` rows that is gone afterwards.
 *
 * @param session of a database that is thrown away.
 */
export async function measurePace(session: Session): Promise<Pace> {
  await session.run(`BEGIN; ${sample}`);
  try {
    const [size] = await session.rows(`SELECT pg_catalog.pg_relation_size('pg_temp.paced')::int AS bytes`);
    const bytes = Number(size?.bytes);
    const perByte = async (sql: string): Promise<number> => {
      const startedAt = nowMs();
      await session.run(`ALTER TABLE pg_temp.paced ${sql}`);
      return (nowMs() - startedAt) / bytes;
    };
    return {
      scan: await perByte('ADD CONSTRAINT paced CHECK (kind >= 0)'),
      index: await perByte('ADD CONSTRAINT paced_key UNIQUE (text, id)'),
      rewrite: await perByte('ALTER COLUMN kind TYPE bigint'),
    };
  } finally {
    if (!session.isLost) await session.run('ROLLBACK');
  }
}

/**
 * About how long a statement takes for a table, milliseconds; null where the size is not known.
 *
 * @param words of the statement: what reads a table to build an index takes longer than what only looks at it.
 */
export function workMs(
  work: TableWork,
  words: readonly string[],
  bytes: number | null,
  pace: Pace,
): number | null {
  if (work === 'none') return 0;
  if (bytes === null) return null;
  if (work === 'rewrite') return bytes * pace.rewrite;
  return bytes * (words.some((word) => indexing.has(word)) ? pace.index : pace.scan);
}

const indexing = new Set(['INDEX', 'KEY', 'UNIQUE', 'EXCLUDE']);
