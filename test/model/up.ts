import { after, afterAll, type Contents, indexOn, type Statement } from './contents.ts';
import { acceptedIn, type Database, type Row, withoutRow, withRow } from './database.ts';
import { decide, hasDrifted } from './decide.ts';
import { type File, isTransactional, meaningOf, statementsOf, textOfFile } from './file.ts';
import { type Delta, filesAbove, type Image } from './image.ts';
import { afterBaseline } from './lock.ts';

/** How a run ends, what the database is then, and everything it was committed as on the way. */
export interface Ended {
  readonly code: number;
  readonly database: Database;
  readonly trail: readonly Database[];
}

/** Follows an undisturbed `up` through a database. */
export function followUp(image: Image, from: Database): Ended {
  const trail: Database[] = [];
  let database = from;
  const commit = (next: Database): void => {
    database = next;
    trail.push(next);
  };
  for (;;) {
    const decision = decide(image, database);
    if (decision.kind === 'refuse') return { code: decision.code, database, trail };
    if (decision.kind === 'done') return { code: 0, database, trail };
    if (decision.kind === 'adopt') {
      commit(adopted(image, database, decision.version));
      continue;
    }
    for (const file of decision.steps) {
      // What cannot be rolled back is begun only where the schema is as it should be up to there.
      if (file && !isTransactional(file) && hasDrifted(image.lock, database))
        return { code: 85, database, trail };
      const code =
        file === null || isTransactional(file)
          ? inTransaction(image, file, database, commit)
          : outside(image, file, database, commit);
      if (code !== 0) return { code, database, trail };
    }
  }
}

/** A database with the rows of every version up to one. */
export function adopted(
  image: Image,
  database: Database,
  version: string,
  accepted: Row['accepted'] = new Map(),
): Database {
  const { baseline } = image;
  const rows: Row[] = [
    ...(baseline ? [rowOfBaseline(image)] : []),
    ...filesAbove(image).map((file) => rowOfFile(file, 'done')),
  ].filter((row) => row.version <= version);
  return { ...database, rows: rows.map((row) => ({ ...row, accepted })) };
}

function rowOfBaseline({ baseline, lock }: Image): Row {
  if (baseline === null) throw new Error('there is no baseline');
  const { version, text, meaning } = baseline;
  const takenIn = lock && lock.superseded.size > 0 ? lock.superseded : null;
  return { version, kind: 'baseline', state: 'done', text, meaning, accepted: new Map(), takenIn };
}

const rowOfFile = (file: File, state: Row['state']): Row => ({
  version: file.version,
  kind: 'migration',
  state,
  text: textOfFile(file),
  meaning: meaningOf(file),
  accepted: new Map(),
  takenIn: null,
});

function inTransaction(
  image: Image,
  file: File | null,
  database: Database,
  commit: (next: Database) => void,
): number {
  const row = file === null ? rowOfBaseline(image) : rowOfFile(file, 'done');
  const made =
    file === null
      ? image.baseline && afterBaseline(image.baseline, database)
      : afterAll(statementsOf(file), database);
  if (made === null) return 65;
  const accepted = verified(image, row, made, database);
  if (accepted === null) return 65;
  commit(withRow({ ...database, ...made }, { ...row, accepted }));
  return 0;
}

/** One statement by itself: the row says running meanwhile. */
function outside(image: Image, file: File, database: Database, commit: (next: Database) => void): number {
  const isResumed = database.rows.some(({ version }) => version === file.version);
  const row = database.rows.find(({ version }) => version === file.version) ?? rowOfFile(file, 'running');
  const [statement] = statementsOf(file) as [Statement];
  let now = withRow(database, row);
  const go = (contents: Contents): void => {
    now = { ...now, ...contents };
    commit(now);
  };
  const left =
    statement.does === 'create index' ? database.objects.get(`index ${statement.index}`) : undefined;
  if (!isResumed && left?.endsWith(' invalid')) return 84;
  if (!isResumed) commit(now);
  if (statement.does === 'create index') {
    const { index, table, columns, isUnique } = statement;
    const object = `index ${index}`;
    const found = now.objects.get(object);
    const leftover = new Map(now.objects).set(object, indexOn(table, columns, isUnique, false));
    const without = new Map([...now.objects].filter(([other]) => other !== object));
    if (isResumed && found?.endsWith(' invalid')) go({ ...now, objects: without });
    if (!isResumed || found === undefined || found.endsWith(' invalid')) {
      const made = after(statement, now);
      if (
        now.objects.has(object) ||
        !columns.every((column) => now.objects.has(`column ${table}.${column}`))
      ) {
        commit(withoutRow(now, file.version));
        return 65;
      }
      go({ ...now, objects: leftover });
      if (made === null) {
        go({ ...now, objects: without });
        commit(withoutRow(now, file.version));
        return 65;
      }
      go(made);
    }
  } else if (statement.does === 'write, commit, write') {
    if (!now.objects.has('table trace')) return 84;
    for (const step of statement.steps) go({ ...now, traces: [...now.traces, step] });
  }
  const accepted = verified(image, row, now, database);
  if (accepted === null) return 84;
  commit(withRow(now, { ...row, state: 'done', accepted: new Map([...row.accepted, ...accepted]) }));
  return 0;
}

const none: Delta = { added: new Map(), changed: new Map(), removed: [] };

/** An index that keeps nothing unique: without it, or with another one, a schema works as well. */
const isOnlyReported = (definition: string): boolean => definition.startsWith('on ');

/** What of the lock's word on a version a database is not, and was accepted before; null where something was not. */
function verified(
  { lock }: Image,
  { version, kind }: Row,
  made: Contents,
  before: Database,
): Map<string, string | null> | null {
  const isBaseline = kind === 'baseline';
  const delta = isBaseline
    ? { ...none, added: lock?.baseline.version === version ? lock.baseline.objects : none.added }
    : (lock?.migrations.get(version)?.delta ?? none);
  const accepted = acceptedIn(before);
  const found = [
    ...[...delta.added, ...delta.changed]
      .filter(
        ([object, definition]) =>
          made.objects.get(object) !== definition && (accepted.has(object) || !isOnlyReported(definition)),
      )
      .map(([object]) => object),
    ...delta.removed.filter((object) => {
      const definition = made.objects.get(object);
      return definition !== undefined && !isOnlyReported(definition);
    }),
  ];
  if (found.some((object) => !accepted.has(object))) return null;
  return new Map(found.map((object) => [object, made.objects.get(object) ?? null]));
}
