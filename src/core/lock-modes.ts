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

/** What words say of a limit: a mode, a work, or both. */
type Said = { readonly [Key in keyof LockLimit]?: LockLimit[Key] };

/**
 * Reads words separated by commas or spaces, each a lock mode or a word of `works`.
 *
 * @returns null where a word is none of them, or there is none.
 */
function readWords(text: string, works: Readonly<Record<string, TableWork>>): Said[] | null {
  const words = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  const said = words.map((word): Said | null => {
    if (isLockMode(word)) return { mode: word };
    const work = Object.hasOwn(works, word) ? works[word] : undefined;
    return work === undefined ? null : { work };
  });
  return said.length === 0 || said.includes(null) ? null : (said as Said[]);
}

/** Reads a limit: `share-update-exclusive`, `no-rewrite`, or both; of two of a kind the stricter. Null where it is none. */
export function parseLockLimit(text: string): LockLimit | null {
  const said = readWords(text, { 'no-rewrite': 'scan', 'no-scan': 'none' });
  if (said === null) return null;
  return said.reduce<LockLimit>(
    (limit, { mode = limit.mode, work = limit.work }) => ({
      mode: lockModes.find((one) => one === mode || one === limit.mode) ?? mode,
      work: tableWorks.find((one) => one === work || one === limit.work) ?? work,
    }),
    { mode: 'access-exclusive', work: 'rewrite' },
  );
}

/** What a file may do, whatever the limit is. */
export interface Allowance {
  readonly mode: LockMode | null;
  readonly work: TableWork;
}

export const noAllowance: Allowance = { mode: null, work: 'none' };

/** Reads what a file allows, `access-exclusive`, `rewrite` or both, beside what it allows already; null where it is none. */
export function parseAllowance(text: string, before: Allowance = noAllowance): Allowance | null {
  const said = readWords(text, { rewrite: 'rewrite', scan: 'scan' });
  if (said === null) return null;
  return said.reduce<Allowance>(
    (all, { mode = all.mode, work = all.work }) => ({
      mode: mode === null || all.mode === null ? mode : strongerMode(all.mode, mode),
      work: greaterWork(all.work, work),
    }),
    before,
  );
}
