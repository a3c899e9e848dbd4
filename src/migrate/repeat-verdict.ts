/** What a batch means for a file that is repeated. */
export type RepeatVerdict =
  /** It touched no row: all is done. */
  | 'done'
  | 'goOn'
  /** More rows were touched than is known to be possible: how many there are must be found out better than before. */
  | 'measure'
  /** It would never end. */
  | 'endless';

/** How many rows there are to touch, as far as it is known. */
export type TableSize =
  | { readonly kind: 'unknown' }
  /** By the statistics of the planner, which may be old, or by none. */
  | { readonly kind: 'estimated'; readonly rows: number }
  | { readonly kind: 'counted'; readonly rows: number }
  /** Nothing tells, as where rows are added or deleted. */
  | { readonly kind: 'unbounded' }
  /** It finds the same again each time. */
  | { readonly kind: 'endless' };

/** What was touched by a batch, and in all with it. */
export interface Touched {
  readonly now: number;
  readonly inAll: number;
}

/** So many rows may always be touched: clients write to small tables, too, and to count costs time. */
const floor = 1000;

/** The most rows that a statement which ends may touch in a table of so many: each twice. */
export const mostTouched = (rows: number): number => 2 * rows + floor;

/** Judges a batch by the rows that were touched and by the size of the table. */
export function judgeBatch({ now, inAll }: Touched, size: TableSize): RepeatVerdict {
  if (now === 0) return 'done';
  switch (size.kind) {
    case 'unbounded':
      return 'goOn';
    case 'endless':
      return 'endless';
    case 'unknown':
      return inAll <= floor ? 'goOn' : 'measure';
    case 'estimated':
      return inAll <= mostTouched(size.rows) ? 'goOn' : 'measure';
    case 'counted':
      return inAll <= mostTouched(size.rows) ? 'goOn' : 'endless';
  }
}
