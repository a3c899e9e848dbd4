import { isRelation, kindOf, nameOf, parentOf, splitPart } from '../catalog/index.ts';
import { traitsOf } from '../kinds.ts';
import type { Difference } from './comparison.ts';

/**
 * Leaves out what only follows from another difference: a lost table's columns, a lost column's place in the order, a
 * lost object's comment, owner and grants; and makes one difference of an index that is unique on one side only.
 */
export function withoutConsequences(found: readonly Difference[]): Difference[] {
  const merged = mergeIndexes(found);
  const follows = {
    missing: followers(merged.filter(({ kind }) => kind === 'missing')),
    extra: followers(merged.filter(({ kind }) => kind === 'extra')),
  };
  const reshaped = new Set(
    merged
      .filter(({ kind, object }) => kind !== 'changed' && kindOf(object) === 'column')
      .map(({ parent }) => parent),
  );
  return merged.filter(
    (difference) =>
      !(kindOf(difference.object) === 'column order' && reshaped.has(difference.parent)) &&
      (difference.kind === 'changed' || !follows[difference.kind](difference)),
  );
}

/** Tells which of some objects, all lost or all gained, are so only because another of them is. */
function followers(found: readonly Difference[]): (difference: Difference) => boolean {
  const whole = new Set(found.filter(({ object }) => isRelation(object)).map(({ object }) => nameOf(object)));
  /** By kind and name; what has an index also as one. */
  const there = new Set(
    found.flatMap(({ object }) => [
      object,
      ...(traitsOf(kindOf(object)).hasIndex ? [`index ${nameOf(object)}`] : []),
    ]),
  );
  const endings = new Set(
    found.filter(({ object }) => !isAttached(kindOf(object))).flatMap(({ object }) => attached(object)),
  );
  const copied = new Set(
    found
      .filter(({ object }) => traitsOf(kindOf(object)).isCopied)
      .map(({ object }) => splitPart(nameOf(object))?.own ?? ''),
  );
  /** Whether it says how a partition has, or a table keeps, one of these. */
  const isOfAnother = (object: string): boolean => {
    const own = splitPart(nameOf(object))?.own ?? '';
    return copied.has(own) || copied.has(/^"(\S+) of .+"$/s.exec(own)?.[1] ?? '');
  };
  return ({ kind: way, object, parent, severity, expected, actual }) => {
    const kind = kindOf(object);
    if (isRelation(object)) return false;
    // What an extra table may have, but for what reaches the table above it.
    if (parent !== null && whole.has(parent)) return !(way === 'extra' && severity === 'drift');
    const { saysOf, isDeviation } = traitsOf(kind);
    if (saysOf !== undefined) return there.has(`${saysOf} ${nameOf(object)}`);
    if (isDeviation) return isOfAnother(object);
    if (kind === 'sequence') {
      const owner = / owned by (.*)$/s.exec(expected ?? actual ?? '')?.[1];
      return (
        owner !== undefined && (there.has(`column ${owner}`) || whole.has(splitPart(owner)?.parent ?? ''))
      );
    }
    return isAttached(kind) && endingsOf(object).some((ending) => endings.has(ending));
  };
}

/** What hangs on another object and is named after it. */
const isAttached = (kind: string): boolean => traitsOf(kind).parent === 'other';

/** All that follows a space in an object's name, in lower case, with the space. */
const endingsOf = (object: string): string[] =>
  [...object.matchAll(/ /g)].map(({ index }) => object.slice(index).toLowerCase());

/** How the names of an object's comment, owner and grants end, in lower case. */
function attached(object: string): string[] {
  const name = nameOf(object);
  const split = splitPart(name);
  const parent = parentOf(object);
  const schema = splitPart(parent ?? '')?.parent;
  return [
    ` ${name}`,
    // A comment names an index by its schema, and what else belongs to a table as `part on table`.
    ...(split && parent !== null ? [` ${split.own} on ${parent}`, ` ${schema}.${split.own}`] : []),
  ].map((ending) => ending.toLowerCase());
}

function mergeIndexes(found: readonly Difference[]): Difference[] {
  const indexes = found.filter(({ object }) => traitsOf(kindOf(object)).is === 'index');
  const lost = indexes.filter(({ kind }) => kind === 'missing');
  const gained = new Map(
    indexes
      .filter(({ kind }) => kind === 'extra')
      .map((difference) => [nameOf(difference.object), difference]),
  );
  const merged = new Map<Difference, Difference | null>();
  for (const difference of lost) {
    const other = gained.get(nameOf(difference.object));
    if (!other) continue;
    merged.set(difference, { ...difference, kind: 'changed', severity: 'drift', actual: other.actual });
    merged.set(other, null);
  }
  return found.flatMap((difference) => {
    const instead = merged.get(difference);
    return instead === undefined ? [difference] : instead === null ? [] : [instead];
  });
}
