import type { Session } from '../postgres/index.ts';

/** A relation that is there before a file runs. */
export interface KnownRelation {
  /** Qualified, and quoted for SQL where it has to be. */
  readonly name: string;
  /** `pg_class.relkind`. */
  readonly kind: string;
  /** The oid of the table that an index or a TOAST table belongs to; its own for every other relation. */
  readonly of: string;
  /** As in `Held` of the gauge. */
  readonly file: string;
  readonly scans: number;
}

/** By oid. */
export type KnownRelations = ReadonlyMap<string, KnownRelation>;

/**
 * All relations of users that are there, with what belongs to them; temporary ones and those of extensions are not.
 *
 * @param among the oids of those that count; null: all do.
 */
export async function readRelations(
  session: Session,
  among: ReadonlySet<string> | null = null,
): Promise<KnownRelations> {
  const rows = await session.rows(
    `SELECT c.oid::pg_catalog.text AS oid, c.relkind::pg_catalog.text AS kind,
            pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
            coalesce(i.indrelid, t.oid, c.oid)::pg_catalog.text AS of,
            c.relfilenode::pg_catalog.text AS file,
            coalesce(pg_catalog.pg_stat_get_xact_numscans(c.oid), 0)::pg_catalog.text AS scans
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
       LEFT JOIN pg_catalog.pg_class t ON t.reltoastrelid = c.oid AND c.relkind = 't'
      WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.relkind <> 'c' AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  return new Map(
    rows
      .filter(({ oid }) => among?.has(String(oid)) ?? true)
      .map(({ oid, kind, name, of, file, scans }) => [
        String(oid),
        {
          kind: String(kind) === 'I' ? 'i' : String(kind),
          name: String(name),
          of: String(of),
          file: String(file),
          scans: Number(scans),
        },
      ]),
  );
}

/** The table that a relation belongs to, or it itself; null where that is none of a user. */
export function rootOf(known: KnownRelations, relation: KnownRelation): KnownRelation | null {
  let at: KnownRelation = relation;
  for (;;) {
    const next = known.get(at.of);
    if (next === undefined) return null;
    if (next === at) return at;
    at = next;
  }
}
