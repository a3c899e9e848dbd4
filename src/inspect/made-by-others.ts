import type { LedgerContent } from '../ledger/index.ts';
import type { Lock } from '../lockfile/index.ts';
import { clusterIdentifier, literal, type Row } from '../postgres/index.ts';
import { kindOf, nameOf, parentOf, type Snapshot, splitPart } from '../schema/catalog/index.ts';
import { relationsNamed } from '../schema/compare/index.ts';
import { kindsWith, traitsOf } from '../schema/kinds.ts';
import { everKnown } from './match.ts';

/**
 * Finds what another app of the same ledger made inside relations that this app's lock knows: its row in the catalogs
 * was written by a transaction of which the ledger says that it applied a version of that app. What was altered by hand
 * since is nobody's. A ledger that came from another cluster, by a dump or pg_upgrade, says nothing of this one's
 * transactions; databases of one cluster share the numbers. Sends a query only where there may be such an object; reads only the catalogs.
 *
 * @returns the objects, by their `kind name`.
 */
export async function findOthers(
  lock: Lock,
  snapshot: Snapshot,
  content: LedgerContent | null,
  ask: (sql: string) => Promise<Row[]>,
): Promise<ReadonlySet<string>> {
  // A row of a catalog bears the lower half of the identifier (PostgreSQL docs 5.6, xmin).
  const transactions = (content?.others ?? []).flatMap((other) => {
    const [, id = '', cluster = ''] = /^(\d+)@(\d+)$/.exec(other) ?? [];
    return id === '' ? [] : [`(${literal(String(BigInt(id) % 2n ** 32n))}, ${literal(cluster)})`];
  });
  if (transactions.length === 0) return new Set();
  const known = everKnown(lock);
  const candidates = [...snapshot.keys()].filter(
    (object) =>
      traitsOf(kindOf(object)).catalogRow !== undefined &&
      !known.has(object) &&
      relationsNamed(parentOf(object)).some((relation) => known.has(relation)),
  );
  if (candidates.length === 0) return new Set();
  const values = candidates.map((object) => {
    const { parent = '', own = '' } = splitPart(nameOf(object)) ?? {};
    return `(${[object, kindOf(object), parent, own].map(literal).join(', ')})`;
  });
  const cases = kindsWith(({ catalogRow }) => catalogRow).map(
    (kind) =>
      `WHEN ${literal(kind)} THEN EXISTS (SELECT FROM ${traitsOf(kind).catalogRow} AND x.xmin::text IN (SELECT t.id FROM made AS t))`,
  );
  const rows = await ask(
    `WITH made AS MATERIALIZED (SELECT t.id FROM (VALUES ${transactions.join(', ')}) AS t(id, cluster) WHERE t.cluster = ${clusterIdentifier})
      SELECT c.object FROM (SELECT v.object, v.kind, to_regclass(v.relation)::oid AS relation, v.own
        FROM (VALUES ${values.join(', ')}) AS v(object, kind, relation, own)) AS c
      WHERE CASE c.kind ${cases.join(' ')} ELSE false END`,
  );
  return new Set(rows.map(({ object }) => String(object)));
}

/** The snapshot with what other apps made marked as theirs. */
export function withOthers(snapshot: Snapshot, others: ReadonlySet<string>): Snapshot {
  if (others.size === 0) return snapshot;
  return new Map(
    [...snapshot].map(([object, there]) => [
      object,
      others.has(object) ? { ...there, belongsTo: 'app' as const } : there,
    ]),
  );
}
