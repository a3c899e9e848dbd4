import { lineOfLocks, statementLocks, undoProblems } from '../check/index.ts';
import { migrationReport } from '../check/review.ts';
import { SlipwayError } from '../core/index.ts';
import { replayOne } from '../shadow/index.ts';
import type { Answer } from './answer.ts';
import { failureOfFiles, type ScratchCopy } from './scratch.ts';
import type { Trial, TrialSubject } from './watched.ts';

/** Applies a migration to a copy of the scratch database, tries its down file, and says what came of both. */
export async function answerMigration(
  { building, before }: ScratchCopy,
  { below, withPrivileges, ignore }: Trial,
  { set, migration, locked }: TrialSubject & { kind: 'migration' },
  sinceSave: () => number,
): Promise<Answer> {
  const file = migration.source.path;
  const made = await replayOne(building, {
    set,
    migration,
    isFirst: below.head === '',
    before,
    withPrivileges,
    isMeasured: migration.kind === 'migration',
  }).catch(failureOfFiles);
  if (made instanceof SlipwayError) return { kind: 'failed', file, failure: made.failure, ms: sinceSave() };
  const { replayed } = made;
  const statements = statementLocks([replayed]);
  const linesOf = (isLong: boolean): string[] =>
    statements.filter((statement) => statement.isLong === isLong).map(lineOfLocks);
  return {
    kind: 'made',
    file,
    version: migration.version,
    report: migrationReport(replayed, {
      locks: linesOf(false),
      findings: [...linesOf(true), ...(locked === 'edited' ? [editedAfterLock] : [])],
    }),
    problems: undoProblems(replayed, ignore),
    ms: sinceSave(),
  };
}

const editedAfterLock =
  'The lock file lists it with another text. A database that has that one will be refused (82); where none has it, slipway check --write renews the lock.';
