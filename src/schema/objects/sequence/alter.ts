import {
  type Alteration,
  type AlterContext,
  type AlterStep,
  manual,
  type ObjectChange,
  step,
} from '../common/alteration.ts';
import { warning } from '../common/warnings.ts';
import { parseSequence, persistenceOf, type SequenceParts } from './create.ts';

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
    return manual('an identity column owns one of the two sequences, and its owner cannot change');
  // Another type brings other limits where the old ones were its own: all are said.
  const parameters = clauses
    .filter(([keyword]) => was[keyword] !== is[keyword] || was.as !== is.as)
    .map(([keyword, sql]) => `${sql} ${is[keyword]}`);
  const [wasLogged, persistence] = [persistenceOf(before, schema), persistenceOf(after, target)];
  const isCycleChanged = (was.cycle === undefined) !== (is.cycle === undefined);
  const all = [...parameters, ...(isCycleChanged ? [is.cycle === undefined ? 'NO CYCLE' : 'CYCLE'] : [])];
  const list: AlterStep[] = [
    ...intoLimits(name, was, is),
    ...(all.length > 0 ? [step(`ALTER SEQUENCE ${name} ${all.join(' ')}`)] : []),
    // It follows its table's change, and comes after that.
    ...(persistence === null || wasLogged === null || persistence === wasLogged
      ? []
      : [{ ...step(`ALTER SEQUENCE ${name} SET ${persistence}`), when: 'last' as const }]),
    ...ownership(name, was['owned by'], is['owned by'], target),
  ];
  return { way: 'steps', steps: list };
}

/** A column that goes takes along what it owns; one that comes owns it once it is there. */
function ownership(
  name: string,
  was: string | undefined,
  is: string | undefined,
  { snapshot }: AlterContext['after'],
): AlterStep[] {
  if (was === is) return [];
  const isFreed = was !== undefined && (is === undefined || !snapshot.has(`column ${was}`));
  return [
    ...(isFreed ? [{ ...step(`ALTER SEQUENCE ${name} OWNED BY NONE`), when: 'first' as const }] : []),
    ...(is === undefined
      ? []
      : [{ ...step(`ALTER SEQUENCE ${name} OWNED BY ${is}`), when: 'last' as const }]),
  ];
}

/**
 * What brings a sequence into narrower limits where it stands outside of them: the server refuses such limits
 * (PostgreSQL docs, ALTER SEQUENCE). On the near side it is to begin at the limit, on the far side it has come to its end.
 */
function intoLimits(name: string, was: SequenceParts, is: SequenceParts): AlterStep[] {
  const [least, greatest] = [BigInt(is.minvalue ?? 0), BigInt(is.maxvalue ?? 0)];
  const [wasLeast, wasGreatest] = [BigInt(was.minvalue ?? 0), BigInt(was.maxvalue ?? 0)];
  if (least <= wasLeast && greatest >= wasGreatest) return [];
  const isDescending = is.increment?.startsWith('-') ?? false;
  const [near, far] = isDescending ? [greatest, least] : [least, greatest];
  const isBeforeNear = `last_value ${isDescending ? '>' : '<'} ${near}`;
  const wider = [
    ...(wasLeast > least ? [`MINVALUE ${least}`] : []),
    ...(wasGreatest < greatest ? [`MAXVALUE ${greatest}`] : []),
  ];
  // Where the new limits lie beyond the old ones, and its type holds them already, it is let there first.
  const widened =
    wider.length > 0 && was.as === is.as ? [step(`ALTER SEQUENCE ${name} ${wider.join(' ')}`)] : [];
  return [
    ...widened,
    step(
      `SELECT pg_catalog.setval('${name.replaceAll("'", "''")}', CASE WHEN ${isBeforeNear} THEN ${near} ELSE ${far} END, NOT ${isBeforeNear}) FROM ${name} WHERE last_value NOT BETWEEN ${least} AND ${greatest}`,
      warning('movesIntoLimits'),
    ),
  ];
}
