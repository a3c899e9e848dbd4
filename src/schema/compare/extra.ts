import { kindOf, nameOf, ownedObjects, parentOf, type SnapshotObject } from '../catalog/index.ts';
import { kindsWith, relationKinds, traitsOf } from '../kinds.ts';
import type { Severity } from '../traits.ts';
import { heirOf, runsCode } from './foreign-code.ts';

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
 * constraint, a unique index, a trigger, a rule, a policy, a column that holds no NULL and that nothing fills. So is
 * what runs a routine that the lock does not know whenever a row is written: an index, a default, a generated column.
 * That counts in an unknown partition or heir of such a relation, too, and so does a trigger that runs one, since a
 * statement on the relation reaches it. So are privileges on anything that the lock knows: none are described where nobody but the owner may do
 * anything, so that the first grant changes as much as any other. All else is reported: what belongs to a relation that
 * the lock does not know, what an extension's member function fires, and what another app of the same ledger made.
 *
 * @param object its `kind name`.
 * @param isExpected whether the lock has an object, by its `kind name`.
 * @param snapshot the schema that it is in.
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
  const parent = parentOf(object);
  const runs = () => runsCode(there, isExpected, snapshot);
  if (!relationsNamed(parent).some(isExpected))
    return heirOf(parent, isExpected, snapshot) && runs() ? 'drift' : 'reported';
  if (kind === 'column') return isNeeded(there.text, snapshot) || runs() ? 'drift' : 'reported';
  if (kind === 'index') return runs() ? 'drift' : 'reported';
  if (kind !== 'constraint') return 'drift';
  return isIdle.test(there.text) || isInherited(there, snapshot, isExpected) ? 'reported' : 'drift';
}

/**
 * Whether a CHECK of a table's own is also one that it takes from a table above: it would be kept without that one, and
 * rejects nothing more (PostgreSQL docs, ALTER TABLE, INHERIT).
 *
 * @param counts which constraints above are to be thought of.
 */
export function isInherited(
  { kind, name, parent, text }: SnapshotObject,
  snapshot: ReadonlyMap<string, SnapshotObject>,
  counts: (object: string) => boolean = () => true,
): boolean {
  if (kind !== 'constraint' || parent === null || !/^CHECK .*(?<! NO INHERIT)$/s.test(text)) return false;
  const own = name.slice(parent.length);
  return inheritedBy(parent, snapshot)
    .map((above) => `constraint ${above}${own}`)
    .some((above) => snapshot.get(above)?.text === text && counts(above));
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
