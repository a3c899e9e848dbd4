import { afterAll } from './contents.ts';
import type { Database, Row } from './database.ts';
import { withoutRow, withRow } from './database.ts';
import { decide, differences, hasDrifted, isCarried, matching, unlike } from './decide.ts';
import { isTransactional, undoingOf } from './file.ts';
import { asLocked, headOf, type Image, isIncomplete, type Lock } from './image.ts';
import { disagrees, isAt, lockedVersions } from './lock.ts';
import { adopted } from './up.ts';

/** How a command ends by the contract, and what the database is then. */
export interface Expected {
  readonly codes: readonly number[];
  readonly database: Database;
}

/** How `plan` ends: as `up` would refuse, or 0. */
export function planEnds(image: Image, database: Database): number {
  const decision = decide(image, database);
  return decision.kind === 'refuse' ? decision.code : 0;
}

/** How `wait --timeout 0` ends: 0 where the ledger says that the database is at head or past it; by the lock, where there is one. */
export function waitEnds({ lock, ...files }: Image, database: Database): number {
  const image = lock ? asLocked(lock) : { ...files, lock };
  if (headOf(image) === null) return 66;
  return decide(image, database, { withSchema: false, inOrder: true }).kind === 'done' ? 0 : 75;
}

/** How `status` ends, by its options. */
export function statusEnds(
  image: Image,
  database: Database,
  options: { readonly exitCode: boolean; readonly drift: boolean },
): number {
  if (isIncomplete(image) || (options.drift && image.lock === null)) return 66;
  if (!options.exitCode) return 0;
  if (decide(image, database).kind !== 'done') return 1;
  if (!options.drift) return 0;
  return differences(image.lock, database) === null || hasDrifted(image.lock, database) ? 1 : 0;
}

/** What `down` does. */
export function followDown(image: Image, database: Database): Expected {
  const ends = (code: number, now = database): Expected => ({ codes: [code], database: now });
  const decision = decide(image, database, { withSchema: true, inOrder: false });
  if (decision.kind === 'refuse') return ends(decision.code);
  const newest = database.rows.at(-1);
  if (newest === undefined || newest.kind === 'baseline' || newest.takenIn) return ends(64);
  if (newest.version === image.baseline?.version) return ends(64);
  const file = image.files.find(({ version }) => version === newest.version);
  const undoing = file && undoingOf(file);
  if (!undoing) return ends(64);
  if (newest.state === 'running') return ends(84);
  const made = afterAll(undoing, database);
  if (made !== null) return ends(0, withoutRow({ ...database, ...made }, newest.version));
  // Where it cannot be undone in a transaction the row stays as begun: what is left must be inspected.
  const isAlone = !isTransactional(file) && undoing.some((one) => one.does === 'drop' && one.isConcurrent);
  return ends(65, isAlone ? withRow(database, { ...newest, state: 'running' }) : database);
}

/** What `adopt` does. @param as the version, `head`, or null where it is to be found. */
export function followAdopt(
  image: Image,
  database: Database,
  as: string | null,
  isUnverified: boolean,
): Expected {
  const ends = (code: number, now = database): Expected => ({ codes: [code], database: now });
  const { baseline, lock } = image;
  const head = headOf(image);
  if (head === null || isIncomplete(image)) return ends(66);
  const wanted = as === 'head' ? head : as;
  if (wanted !== null && (!isCarried(image, wanted) || (baseline && wanted < baseline.version)))
    return ends(64);
  const newest = database.rows.at(-1)?.version;
  if (newest !== undefined) {
    if (wanted !== null && wanted !== newest) return ends(64);
    return ends(0, isUnverified ? accepting(lock, database) : database);
  }
  const own = lock
    ? [...lock.baseline.objects, ...[...lock.migrations.values()].flatMap(({ delta }) => [...delta.added])]
    : [];
  const isEmpty = lock ? !own.some(([object]) => database.objects.has(object)) : database.objects.size === 0;
  if (isEmpty) return ends(64);
  if (lock === null) {
    if (wanted === null) return ends(64);
    return isUnverified ? ends(0, adopted(image, database, wanted)) : ends(66);
  }
  const candidates = matching(lock, database);
  const version = wanted ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (version === undefined) return ends(80);
  if (candidates.includes(version)) {
    return isCarried(image, version) ? ends(0, adopted(image, database, version)) : ends(82);
  }
  if (!isUnverified) return ends(80);
  return ends(0, adopted(image, database, version, asItIs(lock, version, database)));
}

/** What differs from a version, as it is. */
const asItIs = (lock: Lock, version: string, database: Database): Row['accepted'] =>
  new Map(
    unlike(lock, version, database).map((object) => [object, database.objects.get(object) ?? null] as const),
  );

/** A managed database whose newest row accepts what differs. */
function accepting(lock: Lock | null, database: Database): Database {
  const newest = database.rows.at(-1);
  if (lock === null || newest === undefined || !differences(lock, database)?.length) return database;
  const accepted = new Map([...newest.accepted, ...asItIs(lock, newest.version, database)]);
  return withRow(database, { ...newest, accepted });
}

/** How `repair` ends where it only looks: 0 where nothing is wrong with ledger and files. */
export function repairEnds(image: Image, database: Database): readonly number[] {
  const { lock } = image;
  const head = headOf(image);
  if (head === null || isIncomplete(image)) return [66];
  if (lock && disagrees(image, lock)) return [1];
  const decision = decide(image, database);
  if (decision.kind === 'refuse' || decision.kind === 'adopt') return [1];
  const newest = database.rows.at(-1);
  if (newest === undefined) return [0];
  if (database.rows.some(({ state, version }) => state === 'running' && version <= head)) return [1];
  if (lock === null || !lockedVersions(lock).includes(newest.version)) return [0];
  if (isAt(lock, newest.version, database)) return [0];
  return [0, 1];
}
