import { type Config, ownSettings } from '../config/index.ts';
import { Problems } from '../core/index.ts';
import { goesOn, type LedgerRow, resumptionOf } from '../ledger/index.ts';
import { withSuperseded } from '../ledger/taken-in.ts';
import type { Listing, Migration, MigrationSet } from '../migrations/index.ts';
import {
  hasBaseline,
  listMigrations,
  readBaselineVersion,
  readMigrationSet,
  readWhatCanBe,
} from '../migrations/read.ts';
import { createdRelations, destructiveStatements, parseSql } from '../sql/index.ts';
import { isListedIn, type Lock } from './lockfile.ts';
import {
  missingBaseline,
  missingFiles,
  missingFolder,
  missingVersions,
  standsWithoutBaseline,
} from './missing.ts';

/** What the image contains. */
export interface BundledMigrations {
  readonly set: MigrationSet;
  readonly lock: Lock | null;
}

/**
 * Reads the files.
 *
 * @param lock knows what the baseline superseded.
 * @param listing of the folders, where they were listed already.
 * @throws SlipwayError (65, 66).
 */
export function readFiles(config: Config, lock: Lock | null, listing?: Listing): MigrationSet {
  const set = readMigrationSet(config, isListedIn(lock), listing);
  return lock ? withSuperseded(set, lock.superseded) : set;
}

/**
 * Lists the folders, and sees by names alone that every file is there that the lock lists above the baseline: the newer
 * one of the lock's and the file's, since a squash writes the one before the other. Without a lock nothing says whether
 * there are migrations but a name that somebody gave their folder: then it has to be there.
 *
 * @throws SlipwayError (66) naming what is missing and what could hide it; (65) as `readBaselineVersion` does.
 */
export function listFiles(config: Config, lock: Lock | null): Listing {
  try {
    return listAll(config, lock);
  } catch (error) {
    return throwWithFileProblems(error, config, lock);
  }
}

/**
 * Throws a failure that was met before the files were read, with everything that is wrong with the files.
 *
 * @param lock null where it could not be read.
 */
export function throwWithFileProblems(error: unknown, config: Config, lock: Lock | null): never {
  const problems = new Problems();
  problems.add(error);
  const isListed = lock === null ? () => true : isListedIn(lock);
  problems.attempt(() => readWhatCanBe(config, { isListed }, problems));
  problems.throwAny();
  throw error;
}

function listAll(config: Config, lock: Lock | null): Listing {
  const listing = listMigrations(config);
  const { baseline, migrations, lockfile } = config;
  if (lock === null) {
    const isNamed = migrations !== ownSettings.migrations.initial;
    if (listing.migrations === null && isNamed && hasBaseline(config)) throw missingFolder(migrations);
    return listing;
  }
  if (!hasBaseline(config)) {
    // Where there is neither, the reading of them says so.
    if (listing.migrations === null) readMigrationSet(config);
    if (!standsWithoutBaseline(lock, listing))
      throw missingBaseline(baseline, lock.baseline.version ?? '', lockfile);
  }
  const listed = missingVersions(lock, listing);
  const floor = listed.length === 0 ? null : readBaselineVersion(config, isListedIn(lock));
  const missing = listed.filter((version) => floor === null || version > floor);
  if (missing.length > 0) throw missingFiles(migrations, missing, listing, lockfile);
  return listing;
}

/** Whether the baseline contains DROP, TRUNCATE or DELETE. */
export const baselineDrops = ({ baseline }: MigrationSet): boolean =>
  baseline !== null && destructiveStatements(parseSql(baseline.source)).length > 0;

/**
 * Whether a migration that was interrupted can be finished without a person: what is repeated, since each batch is
 * committed with its count, and what runs outside of a transaction where the catalogs tell how far it came.
 */
export const isResumable = (migration: Migration, row: LedgerRow): boolean =>
  migration.directives.repeat === undefined
    ? goesOn(resumptionOf(migration, row))
    : row.repeated !== undefined;

/** The relations that the files create by name. */
export const createdRelationsOf = ({
  baseline,
  migrations,
}: MigrationSet): { schema: string | null; name: string }[] =>
  [...(baseline ? [baseline] : []), ...migrations]
    .filter(({ format }) => format === 'sql')
    .flatMap(({ source }) => createdRelations(parseSql(source)));
