import { greaterWork, strongerMode } from '../core/index.ts';
import type { Documented, LockTarget, RelationImpact } from '../impact/index.ts';
import { literal, type Session } from '../postgres/index.ts';
import { readRelations, rootOf } from './known-relations.ts';

/**
 * The tables that a statement outside of a transaction is about, each with what that does to it. Of a partitioned table
 * each partition is one of them.
 *
 * @param among the oids of the relations that count.
 */
export async function resolveTargets(
  session: Session,
  documented: readonly Documented[],
  among: ReadonlySet<string>,
): Promise<RelationImpact[]> {
  const known = await readRelations(session, among);
  const impacts = new Map<string, RelationImpact>();
  for (const { target, mode, work } of documented) {
    for (const { oid } of await session.rows(oidsOf(target))) {
      const relation = known.get(String(oid));
      const root = relation && rootOf(known, relation);
      if (!root) continue;
      const other = impacts.get(root.name) ?? { mode, work };
      impacts.set(root.name, {
        relation: root.name,
        mode: strongerMode(mode, other.mode),
        work: greaterWork(work, other.work),
        isHeld: false,
      });
    }
  }
  return [...impacts.values()].sort((one, other) => (one.relation < other.relation ? -1 : 1));
}

/** A query for the relations that a target stands for. */
function oidsOf(target: LockTarget): string {
  const every = (condition: string): string =>
    `SELECT oid::pg_catalog.text AS oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'm') AND ${condition}`;
  switch (target.kind) {
    case 'ofTable':
    case 'ofIndex':
      return `SELECT coalesce(p.relid, r.oid)::pg_catalog.oid::pg_catalog.text AS oid
        FROM (SELECT pg_catalog.to_regclass(${literal(target.name)}) AS oid) AS r
        LEFT JOIN LATERAL pg_catalog.pg_partition_tree(r.oid) AS p ON true`;
    case 'ofPartition':
      return `SELECT pg_catalog.to_regclass(${literal(target.name)})::pg_catalog.oid::pg_catalog.text AS oid`;
    case 'inSchema':
      return every(
        `relnamespace = (SELECT pg_catalog.to_regnamespace(${literal(target.name)})::pg_catalog.oid)`,
      );
    case 'clustered':
      return every('oid IN (SELECT indrelid FROM pg_catalog.pg_index WHERE indisclustered)');
    case 'all':
      return every('true');
  }
}
