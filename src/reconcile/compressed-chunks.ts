import { readOnlyPreamble } from '../inspect/index.ts';
import { literal, type Row, type Session } from '../postgres/index.ts';
import { parentOf } from '../schema/catalog/index.ts';
import {
  type Change,
  hypertableSettings,
  isOfTimescale,
  type SchemaGraph,
  timescaleSchema,
  warning,
} from '../schema/generate/index.ts';

/** What TimescaleDB refuses of a table that is compressed (0A000). */
const refused =
  /^ALTER TABLE .* (?:ALTER COLUMN .* (?:TYPE|SET NOT NULL)|DROP COLUMN|ADD CONSTRAINT|SET \(timescaledb\.compress = false\))/s;

/** The hypertables of which a change may be refused for their compression. */
export const hypertablesChanged = (changes: readonly Change[], live: SchemaGraph): string[] => [
  ...new Set(
    changes.flatMap((change) => {
      const table = parentOf(change.object);
      return change.kind === 'statement' &&
        refused.test(change.sql) &&
        table !== null &&
        isOfTimescale(`table ${table}`, live)
        ? [table]
        : [];
    }),
  ),
];

/** The changes, each that compression would refuse with what comes before it and after it. */
export function withChunks(
  changes: readonly Change[],
  chunks: ReadonlyMap<string, readonly string[]>,
  live: SchemaGraph,
): Change[] {
  return changes.map((change) => {
    const table = parentOf(change.object) ?? '';
    const settings = hypertableSettings(table, live).filter((sql) => sql.startsWith('ALTER TABLE'));
    if (change.kind !== 'statement' || settings.length === 0 || !refused.test(change.sql)) return change;
    const before = [
      ...(chunks.get(table) ?? []).map(
        (chunk) => `SELECT ${timescaleSchema(live)}.decompress_chunk(${literal(chunk)})`,
      ),
      `ALTER TABLE ${table} SET (timescaledb.compress = false)`,
    ];
    const lines = (list: readonly string[]): string => list.map((sql) => `  ${sql};\n`).join('');
    const refusal = warning('refusedWhileCompressed', table, lines(before), lines(settings));
    return { ...change, warnings: [...change.warnings, refusal] };
  });
}

/**
 * Reads which chunks of hypertables are compressed, from tables of TimescaleDB that the description has found to be in
 * trusted hands; reads only.
 *
 * @param tables as the snapshot names them.
 * @returns table -> its compressed chunks, quoted where they must be.
 */
export async function compressedChunks(
  session: Session,
  role: string | null,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (tables.length === 0) return new Map();
  // How a chunk is named is told by other columns from 2.29 on.
  const rows = await session.rows(
    `${readOnlyPreamble(role)} SELECT quote_ident(h.schema_name) || '.' || quote_ident(h.table_name) AS hypertable,
        coalesce(to_jsonb(k) ->> 'relid', quote_ident(to_jsonb(k) ->> 'schema_name') || '.' || quote_ident(to_jsonb(k) ->> 'table_name')) AS chunk
      FROM _timescaledb_catalog.chunk k JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
     WHERE k.status & 1 <> 0 AND quote_ident(h.schema_name) || '.' || quote_ident(h.table_name) IN (${tables.map(literal).join(', ')})
     ORDER BY k.id`,
  );
  const found = new Map<string, string[]>();
  for (const { hypertable, chunk } of rows as Row[])
    found.set(String(hypertable), [...(found.get(String(hypertable)) ?? []), String(chunk)]);
  return found;
}
