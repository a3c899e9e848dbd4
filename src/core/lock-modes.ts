/**
 * PostgreSQL's table-level lock modes, from the weakest on, in the server's own order (PostgreSQL docs 13.3.1), as
 * settings, directives and the lock file spell them.
 */
export const lockModes = [
  'access-share',
  'row-share',
  'row-exclusive',
  'share-update-exclusive',
  'share',
  'share-row-exclusive',
  'exclusive',
  'access-exclusive',
] as const;

export type LockMode = (typeof lockModes)[number];

/** What a statement does with the rows of a table while it is locked, from the least on. */
export const tableWorks = ['none', 'scan', 'rewrite'] as const;

export type TableWork = (typeof tableWorks)[number];

/** How much may be done to a table: no stronger lock, and under a lock that blocks writes no more work. */
export interface LockLimit {
  readonly mode: LockMode;
  readonly work: TableWork;
}

/** The stronger of two modes. */
export const strongerMode = (one: LockMode, other: LockMode): LockMode =>
  lockModes.indexOf(one) >= lockModes.indexOf(other) ? one : other;

/** The greater of two works: what rewrites a table reads all of it, too. */
export const greaterWork = (one: TableWork, other: TableWork): TableWork =>
  tableWorks.indexOf(one) >= tableWorks.indexOf(other) ? one : other;

export const isLockMode = (text: string): text is LockMode => lockModes.some((mode) => mode === text);
