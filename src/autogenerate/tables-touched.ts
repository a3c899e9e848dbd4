import { parentOf } from '../schema/catalog/index.ts';
import { type Change, dependentsOf, heirsOf, parentsOf, type SchemaGraph } from '../schema/generate/index.ts';
/**
 * The tables whose rows changes of a schema may meet: those that they change themselves, those with a part that depends
 * on what they change (a column of a type, a foreign key to a column), and what these inherit or are inherited by. All
 * others are as they were, whatever they hold.
 *
 * @param head the schema that is changed.
 */
export function tablesTouched(changes: readonly Change[], head: SchemaGraph): ReadonlySet<string> {
  const dependents = dependentsOf(head.dependencies);
  const objects = closure(
    changes.flatMap((change) => (change.kind === 'statement' ? [change.object] : [])),
    (object) => dependents.get(object) ?? [],
  );
  const named = [...objects].flatMap((object) => parentOf(object) ?? []);
  return closure(
    named.filter((relation) => head.snapshot.has(`table ${relation}`)),
    (table) => [
      ...parentsOf(head.snapshot.get(`table ${table}`)?.text),
      ...heirsOf(head.snapshot, table).map(({ name }) => name),
    ],
  );
}

/** These, and whatever can be come to from them. */
function closure(start: readonly string[], next: (one: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(start);
  // What is added while a set is walked through is come to as well.
  for (const one of found) for (const other of next(one)) found.add(other);
  return found;
}
