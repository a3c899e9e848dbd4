import { objectsOf, type Snapshot, type SnapshotObject } from '../../model/index.ts';
import { splitOuter } from '../common/clauses.ts';
import { split } from '../common/names.ts';
import { isOwnKey } from '../partition/alter.ts';
import { parentsOf, parseTable } from './alter.ts';
import { heirsOf } from './heirs.ts';

/** How a table comes to the columns of others. */
export type Origin =
  | { readonly kind: 'own' }
  /** It is made with them. */
  | { readonly kind: 'derived' }
  /** Its columns stand in another order, or a key of its own is its parent's: it is made by itself, and attached. */
  | { readonly kind: 'attached' };

/** The columns of a table, in their order: `table.column`. */
export const columnsOf = (table: string, { snapshot }: { readonly snapshot: Snapshot }): readonly string[] =>
  splitOuter(snapshot.get(`column order ${table}`)?.text ?? '').map((column) => `${table}.${column}`);

/** The tables above a table: those that it is a partition of, or inherits, and theirs. */
export const allAbove = (table: string, snapshot: Snapshot): string[] =>
  parentsOf(snapshot.get(`table ${table}`)?.text).flatMap((parent) => [
    parent,
    ...allAbove(parent, snapshot),
  ]);

/**
 * How a table of a snapshot comes to its columns.
 *
 * @param given what stands already. What inherits such a table is made with its columns, whatever their order:
 * attached, it would need the CHECKs of that table as its own.
 */
export function originOf(table: string, snapshot: Snapshot, given?: ReadonlySet<string>): Origin {
  const parts = parseTable(snapshot.get(`table ${table}`)?.text ?? '');
  if (parts.of !== null) return { kind: 'derived' };
  const parents = parentsOf(snapshot.get(`table ${table}`)?.text);
  if (parents.length === 0) return { kind: 'own' };
  const isGiven = allAbove(table, snapshot).some((above) => given?.has(`table ${above}`));
  if (parts.partitionOf === null && isGiven) return { kind: 'derived' };
  const names = (of: string): string[] => columnsOf(of, { snapshot }).map((column) => split(column).own);
  const inherited = [...new Set(parents.flatMap(names))];
  const own = names(table);
  const isKnown = parents.every((parent) => snapshot.has(`table ${parent}`));
  const isAlike = isKnown && inherited.every((column, at) => own[at] === column);
  return { kind: isAlike && !hasOwnKey(table, snapshot) ? 'derived' : 'attached' };
}

/** Whether a constraint of the partition's own stands for an index of its parent, which it can only where it is first. */
const hasOwnKey = (table: string, snapshot: Snapshot): boolean =>
  objectsOf(snapshot, table).some(({ kind, text }) => kind === 'partition index options' && isOwnKey(text));

/**
 * The heirs that must be attached before a CHECK of a table above them is added, so that they get it from there: one that
 * had it when it is attached would keep it as its own as well, and one without it could not be attached (PostgreSQL
 * docs, ALTER TABLE ... INHERIT). A partition has it as its parent's in any case.
 *
 * @returns their names; none for what is no CHECK, and for one with NO INHERIT.
 */
export function attachedBefore({ kind, parent, text }: SnapshotObject, snapshot: Snapshot): string[] {
  if (kind !== 'constraint' || parent === null || !text.startsWith('CHECK') || noInherit.test(text))
    return [];
  return allBelow(parent, snapshot).filter(
    (table) =>
      parseTable(snapshot.get(`table ${table}`)?.text ?? '').partitionOf === null &&
      originOf(table, snapshot).kind === 'attached',
  );
}

const noInherit = / NO INHERIT(?: NOT VALID| NOT ENFORCED)?$/;

const allBelow = (table: string, snapshot: Snapshot): string[] =>
  heirsOf(snapshot, table).flatMap(({ name }) => [name, ...allBelow(name, snapshot)]);
