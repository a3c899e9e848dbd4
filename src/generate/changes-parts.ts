import { relationKinds, traitsOf } from '../schema/kinds.ts';
import { kindOf, parentOf } from '../snapshot/names.ts';
import type { AlterContext } from './alter/alteration.ts';
import { renewedConstraints } from './alter/type.ts';
import type { Fate, Fates } from './changes-fates.ts';
import { parseColumn } from './column-parts.ts';
import { broughtBy } from './create.ts';
import type { Described } from './described.ts';

/** What goes with the table or column that it is part of, or comes with what brings it. Pure but for `fates`. */
export function settleParts(fates: Fates, { before, after }: AlterContext): void {
  const implied: Fate = { way: 'implied' };
  const circles = foreignKeysInCircles(before, after);
  const isGoing = (object: string): boolean => fates.get(object)?.way === 'drop';
  const isUnwanted = (object: string): boolean => before.snapshot.has(object) && !after.snapshot.has(object);
  for (const [object, { kind, parent, text }] of before.snapshot) {
    if (!fates.has(object) || after.snapshot.has(object) || relationKinds.includes(kind)) continue;
    const whole =
      parent === null ? undefined : relationKinds.map((sort) => `${sort} ${parent}`).find(isUnwanted);
    const owner = / owned by (.*)$/s.exec(kind === 'sequence' ? text : '')?.[1];
    const isIdentity = owner !== undefined && isIdentityColumn(before.snapshot.get(`column ${owner}`)?.text);
    const columns = [...(before.dependencies.get(object) ?? [])].filter((need) => need.startsWith('column '));
    const goesWithColumn =
      columnParts.has(kind) && columns.some((column) => isGoing(column) && parentOf(column) === parent);
    if (circles.has(object)) continue;
    // A fix leaves an extra table as it is, but for what in it reaches the table above.
    const staysWithWhole = whole !== undefined && (fates.has(whole) || traitsOf(kind).isDeviation);
    if (staysWithWhole || isIdentity || goesWithColumn || (owner !== undefined && isGoing(`column ${owner}`)))
      fates.set(object, implied);
  }
  for (const [object, { kind, name, text }] of after.snapshot)
    if (kind === 'type' && fates.get(object)?.way === 'steps')
      for (const constraint of renewedConstraints(before.snapshot.get(object)?.text ?? '', text)) {
        const comment = `comment domain constraint ${constraint} on ${name}`;
        if (after.snapshot.has(comment)) fates.set(comment, { way: 'renew' });
      }
  for (const object of after.snapshot.keys())
    if (isMade(object) && isMadeWith(object)) fates.set(object, implied);

  function isMade(object: string): boolean {
    const way = fates.get(object)?.way;
    return way === 'create' || way === 'recreate' || way === 'renew';
  }
  /** Whether something that is made brings it; an identity that a column is given brings its sequence. */
  function isMadeWith(object: string): boolean {
    const bringer = broughtBy(object, after);
    if (bringer === null) return false;
    const isIdentity = kindOf(object) === 'sequence' && isIdentityColumn(after.snapshot.get(bringer)?.text);
    return isMade(bringer) || (isIdentity && fates.get(bringer)?.way === 'steps') || isMadeWith(bringer);
  }
}

/** Foreign keys that go and stand between tables that go and point to each other, so that none could go first. */
function foreignKeysInCircles(before: Described, after: Described): ReadonlySet<string> {
  /** Table that goes -> each of its foreign keys to another that goes, and that table. */
  const keys = new Map<string, { readonly key: string; readonly target: string }[]>();
  for (const [key, { text, parent }] of before.snapshot) {
    if (parent === null || !key.startsWith('constraint ') || !text.startsWith('FOREIGN KEY')) continue;
    const targets = [...(before.dependencies.get(key) ?? [])]
      .flatMap((need) => parentOf(need) ?? [])
      .filter((table) => table !== parent && !after.snapshot.has(`table ${table}`));
    for (const target of new Set(targets)) keys.set(parent, [...(keys.get(parent) ?? []), { key, target }]);
  }
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>();
    const waiting = [from];
    for (let table = waiting.pop(); table !== undefined; table = waiting.pop()) {
      if (table === to) return true;
      if (seen.has(table)) continue;
      seen.add(table);
      waiting.push(...(keys.get(table) ?? []).map(({ target }) => target));
    }
    return false;
  };
  return new Set(
    [...keys].flatMap(([table, list]) =>
      list.filter(({ target }) => reaches(target, table)).map(({ key }) => key),
    ),
  );
}

/** What the server drops along with a column that it is of. */
const columnParts = new Set(['index', 'unique index', 'constraint', 'statistics']);

const isIdentityColumn = (text: string | undefined): boolean =>
  text !== undefined && parseColumn(text).identity !== null;
