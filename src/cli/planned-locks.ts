import pg from 'pg';
import { count, type LockMode, type TableWork } from '../core/index.ts';
import { blockedBy, describeBlocked, sqlOfMode } from '../impact/index.ts';
import { readOnlyPreamble } from '../inspect/index.ts';
import type { Run } from '../migrate/index.ts';
import { knownImpact } from '../migrate/max-lock.ts';
import type { Version } from '../migrations/index.ts';
import type { Plan } from '../plan/index.ts';
import { literal } from '../postgres/index.ts';

/** A table that a planned migration locks so that somebody waits, or reads as a whole. */
export interface PlannedLock {
  readonly relation: string;
  readonly lock: LockMode;
  /** `scan`: it is read as a whole; `rewrite`: it is written anew. */
  readonly work: TableWork;
  /** With its indexes, and its partitions with theirs; null where it cannot be told without waiting. */
  readonly bytes: number | null;
  /** As the planner estimates them; null where nothing has counted them yet. */
  readonly rows: number | null;
}

/** By version; what locks nothing that somebody uses is absent. */
export type PlannedLocks = ReadonlyMap<Version, readonly PlannedLock[]>;

/**
 * What the planned migrations lock, by what the lock file says, with the sizes that the tables have now. Of an empty
 * database nothing is asked: nobody uses what this very run would make.
 */
export async function plannedLocks(run: Run, { from, steps }: Plan & { kind: 'run' }): Promise<PlannedLocks> {
  if (from === null) return new Map();
  const found = steps.flatMap(({ migration }) => {
    const locked = [...(knownImpact(run.lock, migration) ?? [])].filter(
      ([, { mode, work }]) => blockedBy(mode).writes || work !== 'none',
    );
    return locked.length === 0 ? [] : [{ version: migration.version, locked }];
  });
  const sizes = await sizesOf(run, [...new Set(found.flatMap(({ locked }) => locked.map(([name]) => name)))]);
  return new Map(
    found.map(({ version, locked }) => [
      version,
      locked.map(([relation, { mode, work }]) => ({
        relation,
        lock: mode,
        work,
        ...(sizes.get(relation) ?? { bytes: null, rows: null }),
      })),
    ]),
  );
}

type Size = Pick<PlannedLock, 'bytes' | 'rows'>;

/** What is asked takes ACCESS SHARE on each of them, and waits for no lock longer than a second. */
async function sizesOf(
  { session, config }: Run,
  relations: readonly string[],
): Promise<ReadonlyMap<string, Size>> {
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
      (results.at(-1)?.rows ?? []).map(({ name, bytes, rows }): [string, Size] => [
        String(name),
        { bytes: Number(bytes), rows: rows === null ? null : Number(rows) },
      ]),
    );
  } catch (error) {
    if (error instanceof pg.DatabaseError) return new Map();
    throw error;
  }
}

/** `ACCESS EXCLUSIVE on app.orders (1.2 GB, 5,000,000 rows), rewrites it: blocks reads and writes`. */
export function describePlannedLock({ relation, lock, work, bytes, rows }: PlannedLock): string {
  const size = [
    ...(bytes === null ? [] : [describeBytes(bytes)]),
    ...(rows === null ? [] : [count(Math.round(rows), 'row')]),
  ];
  const does = { none: '', scan: ', reads all of it', rewrite: ', rewrites it' }[work];
  return `${sqlOfMode(lock)} on ${relation}${size.length === 0 ? '' : ` (${size.join(', ')})`}${does}: blocks ${describeBlocked(lock)}`;
}

/** `512 bytes`, `8 kB`, `1.2 GB`. */
function describeBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 'bytes';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 && unit !== 'bytes' ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${unit}`;
}
