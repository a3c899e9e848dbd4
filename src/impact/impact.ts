import {
  greaterWork,
  isLockMode,
  type LockLimit,
  type LockMode,
  strongerMode,
  type TableWork,
  tableWorks,
} from '../core/index.ts';

/** What a statement does to a relation that was there before its file. */
export interface RelationImpact {
  /** Qualified, and quoted for SQL where it has to be. What is done to an index or a TOAST table is done to its table. */
  readonly relation: string;
  /** The strongest lock on it while the statement runs. */
  readonly mode: LockMode;
  readonly work: TableWork;
  /** Whether an earlier statement of the file took that lock, which is held until the file ends. */
  readonly isHeld: boolean;
}

/** What one statement does to the relations that were there before its file. */
export interface StatementImpact {
  /** Where it begins: a UTF-16 offset into the file's text. */
  readonly start: number;
  /** After its last token. */
  readonly end: number;
  /** As in `Statement`; empty where it is all that a module does. */
  readonly words: readonly string[];
  readonly relations: readonly RelationImpact[];
  /** Whether it also waits for transactions that have not touched the table: what runs CONCURRENTLY does. */
  readonly waitsForAll: boolean;
}

/** What a file does, statement by statement; `unknown` where a statement could not be observed, and why. */
export type Measured =
  | { readonly kind: 'measured'; readonly statements: readonly StatementImpact[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a file does as a whole, by relation. */
export type FileImpact = ReadonlyMap<string, LockLimit>;

/** The strongest lock and the greatest work on each relation. */
export function fileImpact(statements: readonly StatementImpact[]): FileImpact {
  const all = new Map<string, LockLimit>();
  for (const { relation, mode, work } of statements.flatMap(({ relations }) => relations)) {
    const known = all.get(relation);
    all.set(relation, {
      mode: known ? strongerMode(known.mode, mode) : mode,
      work: known ? greaterWork(known.work, work) : work,
    });
  }
  return new Map([...all].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A file's impact as the lock file keeps it: by relation `access-exclusive` or `access-exclusive, rewrite`. */
export type ImpactText = Readonly<Record<string, string>>;

export const formatImpact = (impact: FileImpact): ImpactText =>
  Object.fromEntries(
    [...impact].map(([relation, { mode, work }]) => [relation, work === 'none' ? mode : `${mode}, ${work}`]),
  );

/** What a lock file says of a file; null where it is not as `formatImpact` writes it. */
export function parseImpact(text: ImpactText): FileImpact | null {
  const impact = new Map<string, LockLimit>();
  for (const [relation, value] of Object.entries(text)) {
    const parsed = parseLimit(value);
    if (parsed === null) return null;
    impact.set(relation, parsed);
  }
  return impact;
}

/** Reads `access-exclusive, rewrite`; null where it is something else. */
function parseLimit(text: string): LockLimit | null {
  const [mode = '', work = 'none', ...more] = text.split(', ');
  const known = tableWorks.find((one) => one === work);
  return isLockMode(mode) && known !== undefined && more.length === 0 ? { mode, work: known } : null;
}
