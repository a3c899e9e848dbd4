import { kindsWith } from '../kinds.ts';
import { type Family, families, type Reader } from '../objects/index.ts';
import { timescale } from '../objects/timescale/read.ts';

/** A query of the catalogs, and the kinds that it reads. */
interface KindsReader extends Reader {
  readonly kinds: readonly string[];
}

/** What kinds are read by a query: each is sent once. */
function grouped(): readonly KindsReader[] {
  const found = new Map<string, KindsReader>();
  for (const [kind, { read }] of Object.entries<Family>(families))
    for (const reader of read) {
      const before = found.get(reader.sql)?.kinds ?? [];
      found.set(reader.sql, { ...reader, kinds: [...before, kind] });
    }
  return [...found.values()];
}

/**
 * What reads which kinds: what the families have, and what TimescaleDB keeps of relations and their indexes. All of it is
 * constant: the bundle has this list as data, so that a start loads nothing of the families (`build.mjs`).
 */
export const readers: readonly KindsReader[] = [
  ...grouped(),
  { kinds: kindsWith(({ hasTimescale, is }) => hasTimescale || is === 'index'), sql: timescale },
];
