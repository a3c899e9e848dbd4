import pg from 'pg';
import { literal } from '../postgres/index.ts';
import type { InspectContext } from './context.ts';
import { readOnlyPreamble } from './queries.ts';

/** How much a table holds. */
export interface TableExtent {
  /** With its indexes, and its partitions with theirs; null where it cannot be told without waiting. */
  readonly bytes: number | null;
  /** As the planner estimates them; null where nothing has counted them yet. */
  readonly rows: number | null;
}

/** What is asked takes ACCESS SHARE on each of them, and waits for no lock longer than a second. */
export async function tableSizes(
  { session, config }: Pick<InspectContext, 'session' | 'config'>,
  relations: readonly string[],
): Promise<ReadonlyMap<string, TableExtent>> {
  if (relations.length === 0) return new Map();
  const query = `SELECT n.name, sum(pg_total_relation_size(c.oid))::text AS bytes,
         (CASE WHEN min(c.reltuples) < 0 THEN NULL ELSE sum(c.reltuples) END)::text AS rows
    FROM (VALUES ${relations.map((name) => `(${literal(name)})`).join(', ')}) AS n(name)
    LEFT JOIN LATERAL pg_partition_tree(to_regclass(n.name)) AS p ON p.isleaf
    JOIN pg_class c ON c.oid = coalesce(p.relid, to_regclass(n.name))
   GROUP BY n.name`;
  try {
    const results = await session.run([readOnlyPreamble(config.role), query].join('; '));
    return new Map(
      (results.at(-1)?.rows ?? []).map(({ name, bytes, rows }): [string, TableExtent] => [
        String(name),
        { bytes: Number(bytes), rows: rows === null ? null : Number(rows) },
      ]),
    );
  } catch (error) {
    if (error instanceof pg.DatabaseError) return new Map();
    throw error;
  }
}
