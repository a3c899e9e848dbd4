import { identifier, literal, type Row, type Session } from '../postgres/index.ts';
import type { NamedIndex } from '../sql/index.ts';
/** What the server has under the name of an index. */
export type IndexState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'valid' | 'invalid'; readonly name: string }
  | { readonly kind: 'building'; readonly name: string; readonly pid: number };

/**
 * Looks an index up by its own name and its table's, in the session's search_path, where nothing but the table is to
 * be found: operators are named in full, since an exact match of types anywhere in the path is preferred. An index is done when it is valid
 * (`indisvalid`): one whose build was interrupted stays behind invalid (PostgreSQL docs, CREATE INDEX, "Building
 * Indexes Concurrently").
 */
export function indexQuery(index: NamedIndex): string {
  const table = [...(index.schema === null ? [] : [index.schema]), index.table].map(identifier).join('.');
  return `SELECT i.indisvalid AS valid, p.pid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_catalog.pg_index i
       JOIN pg_catalog.pg_class c ON c.oid ${equals} i.indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid ${equals} c.relnamespace
       LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.index_relid ${equals} c.oid
      WHERE i.indrelid ${equals} pg_catalog.to_regclass(${literal(table)}) AND c.relname ${equals} ${literal(index.index)}`;
}

/** What came of `indexQuery`. */
export function readIndexState(row: Row | undefined): IndexState {
  if (!row) return { kind: 'absent' };
  const name = String(row.name);
  if (row.valid === true) return { kind: 'valid', name };
  return row.pid === null ? { kind: 'invalid', name } : { kind: 'building', name, pid: Number(row.pid) };
}

/** A statement that the server refuses (22012) where the index is there and not valid, in whatever search_path. */
export const assertNoneInvalid = (index: NamedIndex): string =>
  `SELECT 1 OPERATOR(pg_catalog./) CASE WHEN EXISTS (SELECT FROM (${indexQuery(index)}) AS i WHERE i.valid IS NOT TRUE) THEN 0 ELSE 1 END`;

/**
 * Asks for the state of an index.
 *
 * @param ahead statements to be sent in the same message.
 */
export async function indexState(
  session: Session,
  index: NamedIndex,
  ahead: readonly string[] = [],
): Promise<IndexState> {
  const [row] = await session.rows([...ahead, indexQuery(index)].join('; '));
  return readIndexState(row);
}

const equals = 'OPERATOR(pg_catalog.=)';

/** Removes what is left of an interrupted build, without blocking anybody. */
export async function dropLeftover(session: Session, name: string): Promise<void> {
  await session.work(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
