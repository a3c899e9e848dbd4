import { parseSequence, persistenceOf, type SequenceParts } from '../create/sequence.ts';
import {
  type Alteration,
  type AlterContext,
  left,
  type ObjectChange,
  type Step,
  step,
} from './alteration.ts';

const clauses: readonly (readonly [keyof SequenceParts, string])[] = [
  ['as', 'AS'],
  ['increment', 'INCREMENT BY'],
  ['minvalue', 'MINVALUE'],
  ['maxvalue', 'MAXVALUE'],
  ['start', 'START WITH'],
  ['cache', 'CACHE'],
];

/** A sequence's parameters and owner; where it stands is data and stays, unless its new limits shut that out. */
export function alterSequence(
  { name, before, after }: ObjectChange,
  { before: schema, after: target }: AlterContext,
): Alteration {
  const was = parseSequence(before.text);
  const is = parseSequence(after.text);
  const isIdentity = [[schema, was['owned by']] as const, [target, is['owned by']] as const].some(
    ([{ snapshot }, owner]) => / as identity/.test(snapshot.get(`column ${owner}`)?.text ?? ''),
  );
  if (isIdentity && was['owned by'] !== is['owned by'])
    return left('an identity column owns one of the two sequences, and such a sequence cannot change hands');
  // Another type brings other limits where the old ones were its own: all are said.
  const parameters = clauses
    .filter(([keyword]) => was[keyword] !== is[keyword] || was.as !== is.as)
    .map(([keyword, sql]) => `${sql} ${is[keyword]}`);
  const [wasLogged, persistence] = [persistenceOf(before, schema), persistenceOf(after, target)];
  const isCycleChanged = (was.cycle === undefined) !== (is.cycle === undefined);
  const all = [...parameters, ...(isCycleChanged ? [is.cycle === undefined ? 'NO CYCLE' : 'CYCLE'] : [])];
  const list: Step[] = [
    ...(all.length > 0 ? [step(`ALTER SEQUENCE ${name} ${all.join(' ')}`)] : []),
    // It follows its table's change, and comes after that.
    ...(persistence === null || wasLogged === null || persistence === wasLogged
      ? []
      : [{ ...step(`ALTER SEQUENCE ${name} SET ${persistence}`), when: 'last' as const }]),
    ...(was['owned by'] === is['owned by']
      ? []
      : [step(`ALTER SEQUENCE ${name} OWNED BY ${is['owned by'] ?? 'NONE'}`)]),
  ];
  return { way: 'steps', steps: list };
}
