import { type LedgerName, ledgerTable } from '../ledger/index.ts';
import { literal, type Row } from '../postgres/index.ts';
import { kindsWith, traitsOf } from '../schema/kinds.ts';
import type { InspectOptions } from './inspection.ts';
import type { DatabaseState, FoundRelation } from './state.ts';

/** Tells relations apart by their names as the catalog has them. */
export const relationKey = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  JSON.stringify([schema, name]);

/** A user's relations, in every schema: no extension's, no partition, no sequence that a column owns, not the ledger. */
export function relationsQuery(ledger: LedgerName): string {
  return `SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT c.relispartition
     AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^(pg_toast|pg_temp_|_timescaledb_)'
     AND c.oid IS DISTINCT FROM to_regclass(${literal(ledgerTable(ledger))})
     AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i'))))
   ORDER BY n.nspname, c.relname`;
}

/** Judges the rows of `relationsQuery` where no lock says whose they are; own relations are asked for only where apps share the database. */
export function interpretRelations(
  rows: readonly Row[],
  isShared: boolean,
  { ownRelations, passedOver }: Pick<InspectOptions, 'ownRelations' | 'passedOver'>,
): DatabaseState {
  const found = rows.map(readRelation).filter((relation) => !passedOver.has(relationKey(relation)));
  const ours = isShared ? found.filter(isOneOf(ownRelations())) : found;
  return ours.length > 0 ? { kind: 'unmanaged', found: ours, match: null } : { kind: 'empty', found };
}

const isOneOf =
  (named: readonly { readonly schema: string | null; readonly name: string }[]) =>
  (relation: FoundRelation): boolean =>
    named.some(
      ({ schema, name }) => name === relation.name && (schema === null || schema === relation.schema),
    );

/** By `pg_class.relkind`. */
const relationKinds = new Map([
  ...kindsWith(({ relkinds }) => relkinds).flatMap((kind) =>
    (traitsOf(kind).relkinds ?? []).map((letter) => [letter, kind as FoundRelation['kind']] as const),
  ),
  ['f', 'foreign table'] as const,
]);

const readRelation = (row: Row): FoundRelation => ({
  schema: String(row.schema),
  name: String(row.name),
  kind: relationKinds.get(String(row.kind)) ?? 'table',
});
