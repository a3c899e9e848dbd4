import { literal } from '../../../postgres/index.ts';
import type { SnapshotObject } from '../../model/index.ts';
import { splitOuter } from '../common/clauses.ts';
import type { Intent } from './intent.ts';
import { orderFacet, segmentFacet } from './read-relations.ts';

/** `"time" desc nulls first, id asc` as ALTER TABLE takes it. */
const orderBy = (text: string): string =>
  splitOuter(text)
    .map((column) => {
      const [, name = '', direction = '', nulls] =
        /^("(?:[^"]|"")*"|\S+) (asc|desc)( nulls first)?$/.exec(column) ?? [];
      return `${name} ${direction.toUpperCase()} NULLS ${nulls === undefined ? 'LAST' : 'FIRST'}`;
    })
    .join(', ');

/** The options of ALTER TABLE; columns that were left to TimescaleDB are left to it again. */
export function compressionSettings(
  { facets }: SnapshotObject,
  { dimensions, sparseIndexes }: Intent,
): string[] {
  const segments = facets[segmentFacet];
  const orders = facets[orderFacet];
  const interval = dimensions[0]?.compressedTo ?? null;
  const option = (name: string, value: string): string => `timescaledb.${name} = ${literal(value)}`;
  return [
    'timescaledb.compress',
    ...(segments === undefined ? [] : [option('compress_segmentby', segments === 'none' ? '' : segments)]),
    ...(orders === undefined || orders === 'none' ? [] : [option('compress_orderby', orderBy(orders))]),
    ...(interval === null ? [] : [option('compress_chunk_time_interval', interval)]),
    ...(sparseIndexes === null ? [] : [option('compress_index', sparseIndexes)]),
  ];
}

/** The facet's name differs by version, its lines do not. */
export function aggregateCompression(facets: SnapshotObject['facets']): string[] {
  const text = Object.entries(facets).find(([facet]) => /^TimescaleDB .*, compression by$/.test(facet))?.[1];
  const [, segments] = /^segment (.*)$/m.exec(text ?? '') ?? [];
  const [, orders] = /^order (.*)$/m.exec(text ?? '') ?? [];
  return [
    'timescaledb.compress = true',
    ...(text === undefined ? [] : [`timescaledb.compress_segmentby = ${literal(segments ?? '')}`]),
    ...(orders === undefined ? [] : [`timescaledb.compress_orderby = ${literal(orderBy(orders))}`]),
  ];
}
