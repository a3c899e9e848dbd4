import type { Migration, MigrationSet, Superseded, TakenIn, Version } from '../migrations/index.ts';
import { isVersion } from '../migrations/names.ts';
import type { LedgerRow } from './row.ts';

/** As much of a checksum as tells an edit, and keeps the row of a long history short. */
export const beginningOf = (checksum: string): string => checksum.slice(0, 16);

/**
 * The files that a set has with the versions that its baseline superseded; the baseline knows them too, since its
 * row in a ledger keeps them. Without such versions nobody knows what it took in.
 */
export function withSuperseded(set: MigrationSet, superseded: readonly Superseded[]): MigrationSet {
  const { baseline } = set;
  return {
    ...set,
    superseded,
    baseline: baseline && superseded.length > 0 ? { ...baseline, takenIn: takenInOf(superseded) } : baseline,
  };
}

const takenInOf = (superseded: readonly Superseded[]): TakenIn =>
  Object.fromEntries(
    superseded.map(({ version, checksum, baseline }) => [
      version,
      {
        ...(checksum === undefined ? {} : { migration: beginningOf(checksum) }),
        ...(baseline === undefined ? {} : { baseline: beginningOf(baseline) }),
      },
    ]),
  );

/** What a ledger row's `accepted` says that a baseline took in; null where it says nothing that can be read. */
export function readTakenIn(value: unknown): TakenIn | null {
  if (!isRecord(value) || Object.keys(value).length === 0) return null;
  const isRight = Object.entries(value).every(
    ([version, file]) =>
      isVersion(version) &&
      isRecord(file) &&
      [file.migration, file.baseline].every(
        (checksum) => checksum === undefined || typeof checksum === 'string',
      ),
  );
  return isRight ? (value as TakenIn) : null;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The baseline that a database began with. */
export interface Start {
  /** Empty where it began with none. */
  readonly version: Version;
  /** What it took in, whose versions have no rows of their own; null where the ledger does not say. */
  readonly takenIn: TakenIn | null;
}

/** Whether a row is that of a baseline. Above older rows a repair records a baseline as the migration that reached it. */
export const isOfBaseline = ({ kind, takenIn }: LedgerRow): boolean =>
  kind === 'baseline' || takenIn !== null;

/** Finds in the ledger's rows the baseline that a database began with. */
export function startOf(rows: readonly LedgerRow[]): Start {
  const row = rows.findLast(isOfBaseline);
  return {
    version: row?.version ?? '',
    takenIn: row?.takenIn ? Object.assign({}, ...rows.map(({ takenIn }) => takenIn ?? {})) : null,
  };
}

/** What a file of an image whose baseline is older is to a database that began with a newer one. */
export interface HeldFile {
  readonly migration: Migration;
  /** `unknown`: the ledger does not say what its baseline took in. */
  readonly fate: 'applied' | 'edited' | 'notTakenIn' | 'unknown';
}

/**
 * Holds those files of an image that it would apply, and that have no row of their own since they are not newer than
 * the baseline that the database began with, against what that took in.
 */
export function heldAgainstStart(
  { baseline, migrations }: MigrationSet,
  ledger: ReadonlyMap<Version, LedgerRow>,
  start: Start,
): HeldFile[] {
  const files = [
    ...(baseline ? [baseline] : []),
    ...migrations.filter(({ version }) => baseline === null || version > baseline.version),
  ];
  return files
    .filter(
      (migration) =>
        migration.version <= start.version && !hasOwnRow(migration, ledger.get(migration.version)),
    )
    .map((migration) => ({ migration, fate: fateOf(migration, start.takenIn) }));
}

/** Whether a version's row, where there is one, was made of a file of this kind. */
export const hasOwnRow = ({ kind }: Pick<Migration, 'kind'>, row: LedgerRow | undefined): boolean =>
  row !== undefined && (kind === 'baseline' || !isOfBaseline(row));

function fateOf({ version, kind, source }: Migration, takenIn: TakenIn | null): HeldFile['fate'] {
  if (takenIn === null) return 'unknown';
  const file = takenIn[version];
  if (file === undefined) return 'notTakenIn';
  const checksum = file[kind];
  return checksum === undefined || source.checksum.startsWith(checksum) ? 'applied' : 'edited';
}
