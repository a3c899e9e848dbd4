import { kindOf, parentOf } from '../../catalog/index.ts';
import { kindsWith, relationKinds, traitsOf } from '../../kinds.ts';
import { createdWith } from '../../objects/brought-by.ts';
import { parseColumn } from '../../objects/column/parts.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { renewedConstraints } from '../../objects/type/alter.ts';
import { circlesIn } from '../circles.ts';
import type { Disposition, Dispositions } from './disposition.ts';

/** What goes with the table or column that it is part of, or comes with what brings it. Pure but for `dispositions`. */
export function resolveParts(dispositions: Dispositions, { before, after }: AlterContext): void {
  const implied: Disposition = { way: 'implied' };
  const circles = partsInCircles(before, after);
  const isGoing = (object: string): boolean => dispositions.get(object)?.way === 'drop';
  const isUnwanted = (object: string): boolean => before.snapshot.has(object) && !after.snapshot.has(object);
  for (const [object, { kind, parent, text }] of before.snapshot) {
    if (!dispositions.has(object) || after.snapshot.has(object) || relationKinds.includes(kind)) continue;
    const whole =
      parent === null ? undefined : relationKinds.map((sort) => `${sort} ${parent}`).find(isUnwanted);
    const owner = / owned by (.*)$/s.exec(kind === 'sequence' ? text : '')?.[1];
    const isIdentity = owner !== undefined && isIdentityColumn(before.snapshot.get(`column ${owner}`)?.text);
    const columns = [...(before.dependencies.get(object) ?? [])].filter((need) => need.startsWith('column '));
    const goesWithColumn =
      Boolean(traitsOf(kind).goesWithColumn) &&
      columns.some((column) => isGoing(column) && parentOf(column) === parent);
    if (circles.has(object)) continue;
    // A fix leaves an extra table as it is, but for what in it reaches the table above.
    const staysWithWhole = whole !== undefined && (dispositions.has(whole) || traitsOf(kind).isDeviation);
    if (staysWithWhole || isIdentity || goesWithColumn || (owner !== undefined && isGoing(`column ${owner}`)))
      dispositions.set(object, implied);
  }
  for (const [object, { kind, name, text }] of after.snapshot)
    if (kind === 'type' && dispositions.get(object)?.way === 'steps')
      for (const constraint of renewedConstraints(before.snapshot.get(object)?.text ?? '', text)) {
        const comment = `comment domain constraint ${constraint} on ${name}`;
        if (after.snapshot.has(comment)) dispositions.set(comment, { way: 'renew' });
      }
  for (const object of after.snapshot.keys())
    if (isMade(object) && isMadeWith(object)) dispositions.set(object, implied);

  function isMade(object: string): boolean {
    const way = dispositions.get(object)?.way;
    return way === 'create' || way === 'recreate' || way === 'renew';
  }
  /** Whether something that is made brings it; an identity that a column is given brings its sequence. */
  function isMadeWith(object: string): boolean {
    const bringer = createdWith(object, after);
    if (bringer === null) return false;
    const isIdentity = kindOf(object) === 'sequence' && isIdentityColumn(after.snapshot.get(bringer)?.text);
    return (
      isMade(bringer) || (isIdentity && dispositions.get(bringer)?.way === 'steps') || isMadeWith(bringer)
    );
  }
}

/**
 * Parts of relations that go, and that need what can only go after their relation: a foreign key to a table that points
 * back, a policy or rule that reads a view of its own table. They go by themselves, before all of it.
 */
function partsInCircles(before: SchemaGraph, after: SchemaGraph): ReadonlySet<string> {
  const isGoing = (object: string): boolean => before.snapshot.has(object) && !after.snapshot.has(object);
  /** What is dropped so that an object goes: the relation that it is part of, or itself. */
  const holderOf = (object: string): string => {
    const parent = before.snapshot.get(object)?.parent ?? null;
    return relationKinds.map((kind) => `${kind} ${parent}`).find(isGoing) ?? object;
  };
  const needs = new Map<string, Set<string>>();
  const parts: { readonly part: string; readonly holder: string; readonly needed: string }[] = [];
  for (const [object, all] of before.dependencies) {
    if (!isGoing(object)) continue;
    const holder = holderOf(object);
    for (const needed of [...all].filter(isGoing).map(holderOf)) {
      if (needed === holder) continue;
      needs.set(holder, (needs.get(holder) ?? new Set()).add(needed));
      if (goesAlone.has(kindOf(object))) parts.push({ part: object, holder, needed });
    }
  }
  const circles = circlesIn(needs);
  const circleOf = new Map(
    circles.flatMap((circle) => [...circle].map((member) => [member, circle] as const)),
  );
  return new Set(
    parts.filter(({ holder, needed }) => circleOf.get(holder)?.has(needed)).map(({ part }) => part),
  );
}

/** What of a relation has a DROP of its own, and holds nothing. */
const goesAlone = new Set(kindsWith(({ parent, isRenewable }) => parent === 'name' && isRenewable));

const isIdentityColumn = (text: string | undefined): boolean =>
  text !== undefined && parseColumn(text).identity !== null;
