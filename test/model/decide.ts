import type { Contents } from './contents.ts';
import { acceptedIn, type Database, type Row } from './database.ts';
import { type File, textOfFile } from './file.ts';
import { filesAbove, headOf, type Image, isIncomplete, type Lock } from './image.ts';
import { decides, expectedAt, isAt, known, lockedVersions } from './lock.ts';
import { beginningOf } from './oracle.ts';

/** What `up` has to do, by the contract. */
export type Decision =
  | { readonly kind: 'refuse'; readonly code: 66 | 80 | 82 | 84 | 85 }
  | { readonly kind: 'adopt'; readonly version: string }
  /** null stands for the baseline. */
  | { readonly kind: 'run'; readonly steps: readonly (File | null)[] }
  | { readonly kind: 'done' };

export interface Asked {
  /** Whether the schema is held against the lock: `wait` reads the ledger alone. */
  readonly withSchema: boolean;
  /** Whether files older than what was applied are in the way: not of `down`. */
  readonly inOrder: boolean;
}

const refuse = (code: 66 | 80 | 82 | 84 | 85): Decision => ({ kind: 'refuse', code });

/** Says what `up` has to do with a database, by the contract. */
export function decide(
  image: Image,
  database: Database,
  { withSchema, inOrder }: Asked = { withSchema: true, inOrder: true },
): Decision {
  if (isIncomplete(image)) return refuse(66);
  const lock = withSchema ? image.lock : null;
  return database.rows.length === 0
    ? decideUnmanaged(image, database, lock)
    : decideManaged(image, database, lock, inOrder);
}

function decideUnmanaged(image: Image, database: Database, lock: Lock | null): Decision {
  const isSomebodys = lock
    ? [...known(lock)].some((object) => database.objects.has(object))
    : database.objects.size > 0;
  if (!isSomebodys) {
    if (image.files.some((file) => isLate(file, image, []))) return refuse(82);
    return { kind: 'run', steps: [...(image.baseline ? [null] : []), ...filesAbove(image)] };
  }
  const [version, ...more] = matching(lock, database);
  if (version === undefined || more.length > 0) return refuse(80);
  return isCarried(image, version) ? { kind: 'adopt', version } : refuse(82);
}

/** The versions whose schema an unmanaged database has. */
export const matching = (lock: Lock | null, database: Database): string[] =>
  lock ? lockedVersions(lock).filter((version) => isAt(lock, version, database)) : [];

export const isCarried = ({ baseline, files }: Image, version: string): boolean =>
  baseline?.version === version || files.some((file) => file.version === version);

/** A file that is not newer than the baseline, which did not take it in. */
const isLate = ({ version }: File, { baseline, lock }: Image, rows: readonly Row[]): boolean =>
  baseline !== null &&
  version <= baseline.version &&
  !lock?.superseded.has(version) &&
  !rows.some((row) => row.version === version || row.takenIn?.has(version));

/** Whether a step that was begun and left can be finished without a person. */
const isResumable = (file: File, row: Row): boolean =>
  (file.kind === 'index' || file.kind === 'fail index') && textOfFile(file) === row.text;

function decideManaged(image: Image, database: Database, lock: Lock | null, inOrder: boolean): Decision {
  const { baseline, files } = image;
  const { rows } = database;
  const head = headOf(image) ?? '';
  const rowOf = new Map(rows.map((row) => [row.version, row]));
  const fileOf = new Map(files.map((file) => [file.version, file]));

  const running = rows.find(({ state, version }) => state === 'running' && version <= head);
  const begun = running && fileOf.get(running.version);
  if (running && !(begun && isResumable(begun, running))) return refuse(84);

  const hasBaseline = baseline === null || rowOf.get(baseline.version)?.state === 'done';
  const isBaselineRow = ({ kind, takenIn }: Row): boolean => kind === 'baseline' || takenIn !== null;
  const began = rows.findLast(isBaselineRow);
  const start = began?.version ?? '';
  const superseded = [...(image.lock?.superseded.keys() ?? [])];
  const isLost =
    !hasBaseline &&
    start < (baseline?.version ?? '') &&
    (!superseded.includes(baseline?.version ?? '') ||
      superseded.some((version) => version > start && !rowOf.has(version) && !fileOf.has(version)));
  // An older image: what the baseline of the database took in has no rows, and the list says what that was.
  const takenIn = began?.takenIn ? new Map(rows.flatMap((row) => [...(row.takenIn ?? [])])) : null;
  const within = (version: string, kind: 'migration' | 'baseline'): boolean => {
    const row = rowOf.get(version);
    return version <= start && (row === undefined || (kind === 'migration' && isBaselineRow(row)));
  };
  const isOther = (version: string, kind: 'migration' | 'baseline', text: string): boolean => {
    if (!within(version, kind) || takenIn === null) return false;
    const file = takenIn.get(version);
    return file === undefined || (file[kind] ?? beginningOf(text)) !== beginningOf(text);
  };
  const first = baseline?.version ?? files[0]?.version ?? '';
  const isUnlike =
    (baseline !== null && isOther(baseline.version, 'baseline', baseline.text)) ||
    filesAbove(image).some((file) => isOther(file.version, 'migration', textOfFile(file))) ||
    [...(takenIn?.keys() ?? [])].some(
      (version) => version > first && version <= head && !fileOf.has(version) && !rowOf.has(version),
    );
  const isEdited = rows.some((row) => {
    if (baseline !== null && row.version <= baseline.version) {
      return row.kind === 'baseline' && row.version === baseline.version && row.text !== baseline.text;
    }
    const file = fileOf.get(row.version);
    return file !== undefined && !isBaselineRow(row) && textOfFile(file) !== row.text;
  });
  const isMissing = rows.some(
    ({ version, kind }) =>
      !fileOf.has(version) &&
      version <= head &&
      (baseline === null ? kind === 'migration' || version > first : version > baseline.version),
  );
  const pending = [
    ...(hasBaseline
      ? []
      : files.filter(({ version }) => version > start && version <= (baseline?.version ?? ''))),
    ...filesAbove(image),
  ].filter(({ version }) => rowOf.get(version)?.state !== 'done' && !within(version, 'migration'));
  const isOtherThanTaken = pending.some((file) => {
    const taken = image.lock?.superseded.get(file.version)?.migration;
    return taken !== undefined && taken !== beginningOf(textOfFile(file));
  });
  const newest = rows.at(-1)?.version ?? '';
  const isOutOfOrder = inOrder && pending.some(({ version }) => version < newest);
  if (
    isLost ||
    isUnlike ||
    isEdited ||
    isMissing ||
    isOtherThanTaken ||
    isOutOfOrder ||
    files.some((file) => isLate(file, image, rows))
  ) {
    return refuse(82);
  }
  if (hasDrifted(lock, database)) return refuse(85);
  return pending.length === 0 ? { kind: 'done' } : { kind: 'run', steps: pending };
}

/** How a managed database differs from what the lock says of its version; null where nothing is compared. */
export function differences(lock: Lock | null, database: Database): string[] | null {
  const newest = database.rows.at(-1);
  if (lock === null || newest?.state !== 'done' || !lockedVersions(lock).includes(newest.version))
    return null;
  const accepted = acceptedIn(database);
  const isAccepted = (object: string): boolean =>
    accepted.has(object) && accepted.get(object) === (database.objects.get(object) ?? null);
  return unlike(lock, newest.version, database).filter((object) => !isAccepted(object));
}

/** How a schema differs from that of a version, with what is extra and decides about rows. */
export function unlike(lock: Lock, version: string, { objects }: Contents): string[] {
  const wanted = expectedAt(lock, version);
  return [
    ...[...wanted]
      .filter(([object, definition]) => objects.get(object) !== definition)
      .map(([object]) => object),
    ...[...objects]
      .filter(([object, definition]) => !wanted.has(object) && decides(wanted, definition))
      .map(([object]) => object),
  ];
}

/** Whether something differs that an application depends on: no plain index is. */
export const hasDrifted = (lock: Lock | null, database: Database): boolean =>
  differences(lock, database)?.some(
    (object) => !object.startsWith('index ') || database.objects.get(object)?.startsWith('unique '),
  ) ?? false;
