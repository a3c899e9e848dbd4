import { count, type LockMode, type TableWork } from '../core/index.ts';
import { describeBlocked, sqlOfMode } from './modes.ts';

/** A table of a database in use that is locked so that somebody waits, or read as a whole. */
export interface LockedTable {
  readonly relation: string;
  readonly lock: LockMode;
  /** `scan`: it is read as a whole; `rewrite`: it is written anew. */
  readonly work: TableWork;
  /** With its indexes, and its partitions with theirs; null where it cannot be told without waiting. */
  readonly bytes: number | null;
  /** As the planner estimates them; null where nothing has counted them yet. */
  readonly rows: number | null;
}

/** `ACCESS EXCLUSIVE on app.orders (1.2 GB, 5,000,000 rows), rewrites it: blocks reads and writes`. */
export function describeLockedTable({ relation, lock, work, bytes, rows }: LockedTable): string {
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
