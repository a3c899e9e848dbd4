import { afterAll, type Contents, nothing } from './contents.ts';
import { statementsOf, textOfDown, textOfFile } from './file.ts';
import {
  type Baseline,
  type Delta,
  filesAbove,
  headOf,
  type Image,
  type Lock,
  type TakenIn,
} from './image.ts';
import { beginningOf } from './oracle.ts';

type Objects = ReadonlyMap<string, string>;

/** What a database without a lock holds after the baseline; null where something of it is there already. */
export const afterBaseline = ({ makes }: Baseline, { objects, traces }: Contents): Contents | null =>
  [...makes.objects.keys()].some((object) => !object.startsWith('column ') && objects.has(object))
    ? null
    : {
        objects: new Map([...objects, ...makes.objects]),
        traces: [...traces, ...makes.traces],
      };

/** What an empty database holds after each version of an image; null where one fails. */
function replay(image: Image): readonly { readonly version: string; readonly made: Contents }[] | null {
  const steps: { version: string; made: Contents }[] = [];
  let held = nothing;
  if (image.baseline) {
    const made = afterBaseline(image.baseline, held);
    if (made === null) return null;
    steps.push({ version: image.baseline.version, made });
    held = made;
  }
  for (const file of filesAbove(image)) {
    const made = afterAll(statementsOf(file), held);
    if (made === null) return null;
    steps.push({ version: file.version, made });
    held = made;
  }
  return steps;
}

function deltaOf(before: Objects, now: Objects): Delta {
  const entries = [...now];
  return {
    added: new Map(entries.filter(([object]) => !before.has(object))),
    changed: new Map(
      entries.filter(([object, definition]) => before.has(object) && before.get(object) !== definition),
    ),
    removed: [...before.keys()].filter((object) => !now.has(object)),
  };
}

/** The lock that `check --write` makes of an image whose replay does not fail; what is superseded stays. */
export function lockOf(image: Image, superseded: TakenIn, written: Lock['written']): Lock {
  const steps = replay(image);
  if (steps === null) throw new Error('there is no lock of files that fail');
  const { baseline } = image;
  const made = new Map(steps.map((step) => [step.version, step.made.objects]));
  let before: Objects = baseline ? baseline.makes.objects : new Map();
  const migrations = new Map<string, { text: string; down: string | null; delta: Delta }>();
  for (const file of filesAbove(image)) {
    const now = made.get(file.version) ?? before;
    migrations.set(file.version, {
      text: textOfFile(file),
      down: textOfDown(file),
      delta: deltaOf(before, now),
    });
    before = now;
  }
  return {
    baseline: {
      version: baseline?.version ?? null,
      text: baseline?.text ?? null,
      objects: baseline?.makes.objects ?? new Map(),
    },
    migrations,
    superseded,
    written,
  };
}

/** The versions that a lock knows, in order. */
export const lockedVersions = ({ baseline, migrations }: Lock): string[] =>
  [...(baseline.version === null ? [] : [baseline.version]), ...migrations.keys()].sort();

/** What the lock says that the schema is at a version. */
export function expectedAt({ baseline, migrations }: Lock, version: string): Map<string, string> {
  const objects = new Map(baseline.objects);
  for (const [step, { delta }] of [...migrations].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (step > version) break;
    for (const object of delta.removed) objects.delete(object);
    for (const [object, definition] of [...delta.added, ...delta.changed]) objects.set(object, definition);
  }
  return objects;
}

/** Every object that the lock knows of any version. */
export const known = ({ baseline, migrations }: Lock): Set<string> =>
  new Set([
    ...baseline.objects.keys(),
    ...[...migrations.values()].flatMap(({ delta }) => [...delta.added.keys()]),
  ]);

/** Whether an extra object decides about the rows of a table that is expected: a unique index does. */
export const decides = (wanted: Objects, definition: string): boolean => {
  const table = /^unique on (\w+) /.exec(definition)?.[1];
  return table !== undefined && wanted.has(`table ${table}`);
};

/**
 * Whether a schema matches a version: its objects are there as they should be, none of another version is, and none
 * that decides about the rows of a table of its own.
 */
export function isAt(lock: Lock, version: string, { objects }: Contents): boolean {
  const wanted = expectedAt(lock, version);
  return (
    [...wanted].every(([object, definition]) => objects.get(object) === definition) &&
    [...known(lock)].every((object) => wanted.has(object) || !objects.has(object)) &&
    [...objects].every(([object, definition]) => wanted.has(object) || !decides(wanted, definition))
  );
}

/** Whether a schema may be that of a version, or of none where that is '': plain indexes aside. */
export function mayBeAt(lock: Lock, version: string, { objects }: Contents): boolean {
  if (version === '') return ![...known(lock)].some((object) => objects.has(object));
  if (!lockedVersions(lock).includes(version)) return false;
  return [...expectedAt(lock, version)].every(
    ([object, definition]) => object.startsWith('index ') || objects.get(object) === definition,
  );
}

/** Whether lock and files disagree, as `check` sees it: 1. */
export function disagrees(image: Image, lock: Lock): boolean {
  const { baseline } = image;
  if (lock.baseline.version !== (baseline?.version ?? null)) return true;
  if (baseline && lock.baseline.text !== baseline.text) return true;
  const above = filesAbove(image);
  return (
    above.length !== lock.migrations.size ||
    above.some((file) => {
      const locked = lock.migrations.get(file.version);
      return locked?.text !== textOfFile(file) || locked.down !== textOfDown(file);
    })
  );
}

/** Whether a file came too late: it is not newer than the baseline and was not taken in, or older than what the lock knows. */
function hasLate(image: Image, lock: Lock | null): boolean {
  const { baseline, files } = image;
  const versions = lock ? lockedVersions(lock) : [];
  const newest = versions.filter((version) => files.some((file) => file.version === version)).at(-1) ?? '';
  return files.some(({ version }) =>
    baseline !== null && version <= baseline.version
      ? !lock?.superseded.has(version)
      : !versions.includes(version) && version < newest,
  );
}

/** How `check` ends. @param isWriting with --write. */
export function checkEnds(image: Image, isWriting: boolean): 0 | 1 | 65 | 66 {
  const { lock } = image;
  if (headOf(image) === null || (lock === null && !isWriting)) return 66;
  if (replay(image) === null) return 65;
  if (hasLate(image, lock)) return 1;
  return !isWriting && lock && disagrees(image, lock) ? 1 : 0;
}

/** How `squash` ends. */
export function squashEnds(image: Image): 0 | 1 | 65 | 66 {
  const { lock } = image;
  if (headOf(image) === null || lock === null) return 66;
  const above = filesAbove(image);
  if (above.length === 0) return 0;
  const steps = replay(image);
  if (steps === null) return 65;
  if (hasLate(image, lock) || disagrees(image, lock)) return 1;
  // What a block does no schema shows: it is asked for.
  return above.some(({ kind }) => kind === 'block') ? 1 : 0;
}

/** What a baseline supersedes: all files are known to be there, and of those that it takes in now their text. */
function taking({ baseline, files }: Image, before: TakenIn): TakenIn {
  const next = new Map(before);
  const add = (version: string, more: { migration?: string; baseline?: string }): void =>
    void next.set(version, { ...next.get(version), ...more });
  for (const file of files) {
    const isAbove = baseline === null || file.version > baseline.version;
    add(file.version, isAbove ? { migration: beginningOf(textOfFile(file)) } : {});
  }
  if (baseline) add(baseline.version, { baseline: beginningOf(baseline.text) });
  return next;
}

/** The image after a squash that ended with 0. */
export function squashed(image: Image, read: (path: string) => string, isKept: boolean): Image {
  const { lock, files } = image;
  const head = headOf(image);
  if (lock === null || head === null) throw new Error('there is nothing to squash');
  const above = filesAbove(image);
  const superseded = above.length === 0 ? lock.superseded : taking(image, lock.superseded);
  const moved = files.map((file) =>
    !isKept && superseded.has(file.version) ? { ...file, isSuperseded: true } : file,
  );
  if (above.length === 0) return { ...image, files: moved };
  const makes = replay(image)?.at(-1)?.made;
  if (makes === undefined) throw new Error('nothing was made');
  const text = read('sql/baseline.sql');
  const written = { lock: read('sql/schema.lock.json'), snapshot: read('sql/schema.snapshot.json') };
  return {
    baseline: { version: head, text, meaning: text, makes },
    files: moved,
    lock: {
      baseline: { version: head, text, objects: expectedAt(lock, head) },
      migrations: new Map(),
      superseded,
      written,
    },
  };
}
