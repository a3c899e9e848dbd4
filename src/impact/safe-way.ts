import { lockModes, tableWorks } from '../core/index.ts';
import type { RelationImpact, StatementImpact } from './impact.ts';
import { blockedBy } from './modes.ts';

/** What a safe way is found by. */
interface Risk {
  /** The statement's words, between spaces, in upper case. */
  readonly said: string;
  readonly worst: RelationImpact;
}

/** Something that locks more than it has to, and what to write instead. */
interface SafeWay {
  readonly fits: (risk: Risk) => boolean;
  readonly way: string;
}

const says =
  (pattern: RegExp) =>
  ({ said }: Risk): boolean =>
    pattern.test(said);

const works = ({ worst }: Risk): boolean => worst.work !== 'none';

/** The first that fits counts. */
const safeWays: readonly SafeWay[] = [
  {
    fits: says(/^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY\b)/),
    way: 'Write CREATE INDEX CONCURRENTLY, alone in a file that begins with `-- slipway: no-transaction`. A hypertable takes WITH (timescaledb.transaction_per_chunk) in such a file instead.',
  },
  {
    fits: says(/^DROP INDEX (?!CONCURRENTLY\b)/),
    way: 'Write DROP INDEX CONCURRENTLY, alone in a file that begins with `-- slipway: no-transaction`.',
  },
  {
    fits: says(/^REINDEX (?!.*\bCONCURRENTLY\b)/),
    way: 'Write REINDEX ... CONCURRENTLY, alone in a file that begins with `-- slipway: no-transaction`.',
  },
  {
    fits: says(/^REFRESH MATERIALIZED VIEW (?!CONCURRENTLY\b)/),
    way: 'Write REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view and lets it be read meanwhile.',
  },
  {
    fits: says(/^(?:CLUSTER|VACUUM .*\bFULL)\b/),
    way: 'Run it while nobody uses the table, or repack the table online with an extension such as pg_repack. A plain VACUUM holds up nobody.',
  },
  {
    fits: says(/ ADD (?:CONSTRAINT \S+ )?(?:PRIMARY KEY|UNIQUE)\b(?!.*\bUSING INDEX)/),
    way: 'Build the index first, CREATE UNIQUE INDEX CONCURRENTLY in a file of its own; then ADD CONSTRAINT ... UNIQUE USING INDEX, which only takes it over. Before PRIMARY KEY USING INDEX, make the columns NOT NULL by a validated CHECK.',
  },
  {
    fits: says(/ ADD (?:CONSTRAINT \S+ )?EXCLUDE\b/),
    way: 'No exclusion constraint can be added without reading the table under the lock: run it while nobody writes, or make a new table with it and copy the rows in batches.',
  },
  {
    fits: (risk) =>
      says(/ ADD (?:CONSTRAINT \S+ )?(?:CHECK|FOREIGN KEY|NOT NULL)\b|\bREFERENCES\b/)(risk) && works(risk),
    way: 'Add the constraint as NOT VALID, which reads no row; then ALTER TABLE ... VALIDATE CONSTRAINT in the next file, which reads them while others go on writing. A hypertable takes NOT VALID as well.',
  },
  {
    fits: (risk) => says(/ VALIDATE CONSTRAINT\b/)(risk) && works(risk),
    way: 'Move VALIDATE CONSTRAINT into a file of its own: here it runs under the lock that an earlier statement took.',
  },
  {
    fits: (risk) => says(/ SET NOT NULL\b/)(risk) && works(risk),
    way: 'First ADD CONSTRAINT ... CHECK (column IS NOT NULL) NOT VALID, in the next file VALIDATE it, in the one after SET NOT NULL, which then reads no row, and drop the CHECK.',
  },
  {
    fits: (risk) => says(/ (?:SET DATA )?TYPE\b/)(risk) && works(risk),
    way: 'Add a new column of the new type, let the application or a trigger write both, fill it in batches, and switch over: no row is rewritten under the lock.',
  },
  {
    fits: (risk) => says(/ ADD\b/)(risk) && risk.worst.work === 'rewrite',
    way: 'Add the column without what has to be computed for each row (a volatile DEFAULT, GENERATED, a serial), set the DEFAULT in a second statement, and fill the old rows in batches.',
  },
  {
    fits: (risk) =>
      says(/ (?:SET (?:LOGGED|UNLOGGED|TABLESPACE|ACCESS METHOD)|CLUSTER)\b/)(risk) && works(risk),
    way: 'Make a new table that is as it should be, copy the rows in batches, and rename; or run it while nobody uses the table.',
  },
  {
    fits: (risk) => says(/ ATTACH PARTITION\b/)(risk) && works(risk),
    way: 'Before it, give the table a CHECK with the bounds of the partition (NOT VALID, then VALIDATE), and the default partition one that excludes them: ATTACH then reads no row.',
  },
  {
    fits: says(/ DETACH PARTITION\b(?!.*\bCONCURRENTLY)/),
    way: 'Write DETACH PARTITION ... CONCURRENTLY, alone in a file that begins with `-- slipway: no-transaction`.',
  },
  {
    fits: says(/^TRUNCATE\b/),
    way: 'DELETE in batches where the table is read meanwhile; or detach the partition that is to go.',
  },
  {
    fits: says(/^LOCK\b/),
    way: 'Lock rows (SELECT ... FOR UPDATE) in place of the table, or take a weaker mode: IN SHARE ROW EXCLUSIVE MODE lets others read.',
  },
  {
    fits: says(
      / RENAME (?:COLUMN |CONSTRAINT )?\S+ TO\b|^DROP (?:TABLE|VIEW)\b| DROP (?:COLUMN )?(?!CONSTRAINT|DEFAULT|NOT|EXPRESSION|IDENTITY)\S/,
    ),
    way: 'It takes no longer than the lock does. Let it be the last step, after no running version of the application uses the old name.',
  },
  {
    fits: works,
    way: 'It reads or writes each row under the lock: run it while nobody uses the table, or do it in steps of which none does both.',
  },
];

/**
 * What to write instead of a statement that blocks writes or reads; null where it blocks neither, or where its lock is
 * gone at once and nothing takes less.
 *
 * @param text of the statement.
 */
export function safeWayOf({ relations }: StatementImpact, text: string): string | null {
  const worst = worstOf(relations);
  if (worst === null || !blockedBy(worst.mode).writes) return null;
  const said = ` ${plain(text)}`.toUpperCase();
  const risk: Risk = { said: said.trimStart(), worst };
  return safeWays.find(({ fits }) => fits(risk))?.way ?? null;
}

/** The words of a statement between single spaces, without comments. */
const plain = (text: string): string =>
  text
    .slice(0, mostRead)
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** Characters of a statement that tell what it is. */
const mostRead = 2_000;

/** The relation that a statement does most to: by work under a lock that blocks writes, then by lock; null where none. */
function worstOf(relations: readonly RelationImpact[]): RelationImpact | null {
  const rank = ({ mode, work }: RelationImpact): string =>
    `${blockedBy(mode).writes ? tableWorks.indexOf(work) : 0}${lockModes.indexOf(mode)}`;
  return relations.reduce<RelationImpact | null>(
    (worst, one) => (worst === null || rank(one) > rank(worst) ? one : worst),
    null,
  );
}
