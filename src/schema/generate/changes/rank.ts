import { kindOf, nameOf, parentOf } from '../../catalog/index.ts';
import { kinds, traitsOf } from '../../kinds.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import { columnsOf } from '../../objects/table/origin.ts';
import type { Phase } from './edges.ts';

/** The group of tables and what they are made of: each stands with its own. */
const ofTables = rankIn('table')?.[0];
const last = 1 + Math.max(...Object.keys(kinds).flatMap((kind) => rankIn(kind)?.[0] ?? []));

function rankIn(kind: string): readonly [group: number, at: number] | null {
  const { rank } = traitsOf(kind);
  return typeof rank === 'string' ? null : rank;
}

/** Where an object stands among others that could come now: by sort, by table, by name; what hangs on it beside it. */
export function rankOf(object: string, phase: Phase, context: AlterContext): readonly (number | string)[] {
  const kind = kindOf(object);
  const rank = rankIn(kind);
  if (rank === null) {
    const [target] = context.after.dependencies.get(object) ?? context.before.dependencies.get(object) ?? [];
    const isBeside =
      traitsOf(kind).rank === 'beside' && target !== undefined && rankIn(kindOf(target)) !== null;
    return isBeside ? [...rankOf(target, phase, context), 1] : [last, '', 0, object];
  }
  const [group, at] = rank;
  const parent = parentOf(object);
  // What is dropped goes the other way round.
  if (phase === 'drop') return [-group, parent ?? '', -at, object];
  // A column comes behind those that are there, so that several come in the order in which they are to stand.
  const place = kind === 'column' ? columnsOf(parent ?? '', context.after).indexOf(nameOf(object)) : 0;
  return [group, parent ?? (group === ofTables ? nameOf(object) : ''), at, place, object];
}
