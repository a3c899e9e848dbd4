import { kindOf, nameOf, ownedObjects, parentOf } from '../snapshot/names.ts';
import type { SnapshotObject } from '../snapshot/object.ts';
import { kindsWith, relationKinds, type Severity, traitsOf } from './kinds.ts';

/** A NOT NULL with nothing that fills it: no default and no identity. A generated value may be NULL, and is refused then. */
const isUnfilled =
  /^(?:(?! default | generated ).)*? not null(?: not valid)?(?: no inherit)?(?:$| generated always as \()/s;
const quoted = /"(?:[^"]|"")*"/g;

/** Of a constraint that rejects nothing: servers have it from 18 on. */
const isIdle = / NOT ENFORCED$/;

/**
 * What it means that an object is there which the lock does not expect.
 *
 * Drift is what can reject, change, hide or reveal a row of a relation that the lock knows at that version: a
 * constraint, a unique index, a trigger, a rule, a policy, a column that holds no NULL and that nothing fills. So are
 * privileges on anything that the lock knows: none are described where nobody but the owner may do anything, so that the
 * first grant changes as much as any other. All else is reported: what belongs to a relation that the lock does not know (a new partition with all that is in it among
 * them), what an extension's member function fires, and what another app of the same ledger made.
 *
 * @param object its `kind name`.
 * @param isExpected whether the lock has an object, by its `kind name`.
 * @param snapshot the schema that it is in, for the domain that a column is of.
 */
export function severityOfExtra(
  object: string,
  there: SnapshotObject,
  isExpected: (object: string) => boolean,
  snapshot: ReadonlyMap<string, SnapshotObject>,
): Severity {
  const kind = kindOf(object);
  if (traitsOf(kind).extra === 'reported' || there.belongsTo !== undefined) return 'reported';
  if (kind === 'privileges') return ownedObjects(nameOf(object)).some(isExpected) ? 'drift' : 'reported';
  if (!relationsNamed(parentOf(object)).some(isExpected)) return 'reported';
  if (kind === 'column') return isNeeded(there.text, snapshot) ? 'drift' : 'reported';
  if (kind !== 'constraint') return 'drift';
  return isIdle.test(there.text) || isInherited(there, snapshot) ? 'reported' : 'drift';
}

/**
 * Whether a CHECK of a table's own is also one that it takes from a table above: it would be kept without that one, and
 * rejects nothing more (PostgreSQL docs, ALTER TABLE, INHERIT).
 */
export function isInherited(
  { kind, name, parent, text }: SnapshotObject,
  snapshot: ReadonlyMap<string, SnapshotObject>,
): boolean {
  if (kind !== 'constraint' || parent === null || !/^CHECK .*(?<! NO INHERIT)$/s.test(text)) return false;
  const own = name.slice(parent.length);
  return inheritedBy(parent, snapshot).some(
    (above) => snapshot.get(`constraint ${above}${own}`)?.text === text,
  );
}

/** The tables that a table inherits, and those that these do. */
function inheritedBy(table: string, snapshot: ReadonlyMap<string, SnapshotObject>): string[] {
  const [, list = ''] = inheriting.exec(snapshot.get(`table ${table}`)?.text ?? '') ?? [];
  return [...list.matchAll(tableName)].flatMap(([above]) => [above, ...inheritedBy(above, snapshot)]);
}

const tableName = /(?:"(?:[^"]|"")*"|[^\s",.]+)\.(?:"(?:[^"]|"")*"|[^\s",.]+)/g;
const inheriting = new RegExp(`\\binherits ((?:${tableName.source}(?:, )?)+)`);

/** What a relation of this name is called in a snapshot, whichever kind it is of. */
export const relationsNamed = (name: string | null): readonly string[] =>
  name === null ? [] : relationKinds.map((kind) => `${kind} ${name}`);

/** Whether a row that does not name the column is refused, by the column's text. */
function isNeeded(text: string, snapshot: ReadonlyMap<string, SnapshotObject>): boolean {
  if (isUnfilled.test(text.replace(quoted, '""'))) return true;
  // A text with more than a type in it is the name of no type.
  return isNeededByDomain(text.split(' collate ')[0] ?? text, snapshot);
}

function isNeededByDomain(type: string, snapshot: ReadonlyMap<string, SnapshotObject>): boolean {
  const [, base, rest = ''] =
    /^domain over (.*?)((?: collate | not null| default | constraint ).*)?$/s.exec(
      snapshot.get(`type ${type}`)?.text ?? '',
    ) ?? [];
  if (base === undefined || / default /.test(rest)) return false;
  return /^(?: collate \S+)? not null/.test(rest) || isNeededByDomain(base, snapshot);
}

/** The kinds of which an extra one may decide about rows. */
export const decidingKinds: readonly string[] = kindsWith(({ extra }) => extra === 'drift');
