import type { Config } from './config.ts';
import { readMigrationSet } from './files.ts';
import type { Lock } from './lockfile.ts';
import type { Migration, MigrationSet } from './model.ts';
import { parseSql } from './sql/script.ts';
import { createdRelations, destructiveStatements, namedConcurrentIndex } from './sql/statements.ts';
import { withSuperseded } from './taken-in.ts';

export { readLock } from './lockfile.ts';
export { readTexts } from './texts.ts';

/** What the image carries. */
export interface Carried {
  readonly set: MigrationSet;
  readonly lock: Lock | null;
}

/**
 * Reads the files.
 *
 * @param lock knows what the baseline superseded.
 * @throws SlipwayError (65, 66).
 */
export function readFiles(config: Config, lock: Lock | null): MigrationSet {
  const set = readMigrationSet(config);
  return lock ? withSuperseded(set, lock.superseded) : set;
}

/** Whether the baseline contains DROP, TRUNCATE or DELETE. */
export const baselineDrops = ({ baseline }: MigrationSet): boolean =>
  baseline !== null && destructiveStatements(parseSql(baseline.source)).length > 0;

/** A concurrent build that was interrupted is the one thing that can be judged, and finished, without a person. */
export const isResumable = ({ format, source, directives }: Migration): boolean =>
  format === 'sql' && directives.noTransaction && namedConcurrentIndex(parseSql(source).statements) !== null;

/** The relations that the files create by name. */
export const relationsOf = ({
  baseline,
  migrations,
}: MigrationSet): { schema: string | null; name: string }[] =>
  [...(baseline ? [baseline] : []), ...migrations]
    .filter(({ format }) => format === 'sql')
    .flatMap(({ source }) => createdRelations(parseSql(source)));
