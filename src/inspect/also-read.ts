import type { CopiedRow } from '../postgres/copy-table.ts';

/** What the rows of a further table of a tool say is wrong; null: nothing. They may come in any order. */
export type ProblemOf = (rows: readonly CopiedRow[]) => string | null;

/** That a lock is held, by a column that then has this value. */
export const heldLock =
  (column: string, held: string): ProblemOf =>
  (rows) =>
    rows.some((row) => row[column] === held) ? 'its lock is held: it is at work, or was cut off' : null;

/** A line that is more than a comment: the tool itself writes `-- Enter migration here` into an empty migration. */
const statement = /^[ \t]*(?!--)\S/m;

/** That a migration of graphile-migrate was applied (`watch`) which is not committed, so that no version names it. */
export const appliedUncommitted: ProblemOf = (rows) => {
  const applied = rows.filter(({ content }) => statement.test(content ?? '')).map(({ filename }) => filename);
  return applied.length > 0 ? `applied, and not committed there: ${applied.join(', ')}` : null;
};

/**
 * That the last deployment of a project with Sqitch failed. It leaves no row in `changes` then, and what the script did
 * outside of a transaction stays; by default the changes that it deployed just before are reverted.
 */
export const lastDeployFailed: ProblemOf = (rows) => {
  const last = new Map<string, CopiedRow>();
  for (const row of rows) {
    const { project, committed_at: at } = row;
    if (row.event !== 'revert' && (last.get(`${project}`)?.committed_at ?? '') < `${at}`)
      last.set(`${project}`, row);
  }
  const failed = [...last.values()].filter(({ event }) => event === 'fail');
  const named = failed.map(({ project, change }) => `${project}:${change}`);
  return named.length > 0 ? `its last deployment failed: ${named.join(', ')}` : null;
};
