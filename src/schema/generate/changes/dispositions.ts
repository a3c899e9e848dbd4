import { kindOf, nameOf, type SnapshotObject, splitPart } from '../../catalog/index.ts';
import { isInherited, severityOfExtra } from '../../compare/index.ts';
import { relationKinds, traitsOf } from '../../kinds.ts';
import { renameNotNull } from '../../objects/column/alter.ts';
import { parseColumn } from '../../objects/column/parts.ts';
import { type AlterContext, step } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { unwrittenReason } from '../../objects/common/unwritten.ts';
import { warning } from '../../objects/common/warnings.ts';
import { alterVerb, parentsOf } from '../../objects/table/alter.ts';
import { alterObject } from '../alter.ts';
import { createObject } from '../create.ts';
import { dropObject } from '../drop.ts';
import { clash } from './clash.ts';
import { beginDeviation, endDeviation } from './deviations.ts';
import { type Disposition, type Dispositions, stepsDisposition } from './disposition.ts';
import { arrivesWithMembership, effectiveBefore, originDisposition } from './inherited.ts';
import { resolveParts } from './parts.ts';

/** Whether a fix or migration drops what is not wanted, or only says how. */
export type Drops = 'write' | 'comment';

/** Whether two descriptions of an object are the same, as far as both say: a facet that one side lacks says nothing. */
export const isSame = (before: SnapshotObject, after: SnapshotObject): boolean =>
  before.text === after.text &&
  Object.entries(before.facets).every(
    ([facet, text]) => after.facets[facet] === undefined || after.facets[facet] === text,
  );

/**
 * What becomes of each object by itself, before what depends on it is inspected.
 *
 * - What is wanted and not there is made, unless something else brings it.
 * - What is there and not wanted is dropped by a migration. A fix does not touch it, unless its name is in the way, or
 *   it is drift: inside a table that stays, it decides about rows, and goes without losing one.
 * - What differs is altered, made again, or left.
 */
export function ownDispositions(context: AlterContext, drops: Drops): Dispositions {
  const dispositions: Dispositions = new Map();
  const { before, after, purpose } = context;
  const names = new Set([...after.snapshot.values()].map(clash));
  for (const [object, wanted] of after.snapshot) {
    const there = effectiveBefore(object, context);
    if (there === undefined) {
      const disposition = createDisposition(object, wanted, context);
      if (disposition !== null) dispositions.set(object, disposition);
    } else if (!isSame(there, wanted)) {
      const { kind, name } = wanted;
      const alteration = alterObject({ kind, name, before: there, after: wanted }, context);
      if (alteration.way === 'steps')
        dispositions.set(object, {
          way: 'steps',
          steps: alteration.steps,
          disturbs: alteration.disturbs ?? null,
        });
      else if (alteration.way === 'recreate')
        dispositions.set(object, { way: 'recreate', warnings: alteration.warnings ?? null });
      else dispositions.set(object, { way: 'manual', reason: alteration.reason, sql: alteration.sql ?? [] });
    } else if (!before.snapshot.has(object)) {
      dispositions.set(object, { way: 'implied' });
    }
  }
  for (const [object, there] of before.snapshot) {
    if (after.snapshot.has(object)) continue;
    const isInTheWay = names.has(clash(there));
    const isGone =
      effectiveBefore(object, context) === undefined || arrivesWithMembership(object, context, 'attach');
    if (isGone) dispositions.set(object, { way: 'implied' });
    else if (traitsOf(kindOf(object)).isDeviation) dispositions.set(object, endDeviation(object, context));
    else if (purpose === 'migration' || drops === 'write' || isInTheWay)
      dispositions.set(object, dropDisposition(object, context, drops, isInTheWay));
    else if (
      severityOfExtra(object, there, (other) => after.snapshot.has(other), before.snapshot) === 'drift'
    )
      dispositions.set(object, takeAway(object, context));
  }
  // What stands in the way of another relation goes whole.
  for (const [object, { parent }] of before.snapshot)
    if (
      !dispositions.has(object) &&
      !after.snapshot.has(object) &&
      relationKinds.some((kind) => dispositions.get(`${kind} ${parent}`)?.way === 'drop')
    )
      dispositions.set(object, { way: 'drop' });
  resolveParts(dispositions, context);
  return dispositions;
}

/**
 * A NOT NULL that stays and is only called otherwise; null where it comes or goes with its column's, and where nobody
 * knows how it is called: that of an heir that takes it from above bears the name that it has there.
 */
function renamingOfNotNull(column: string, context: AlterContext): Disposition | null {
  const table = splitPart(column)?.parent ?? '';
  const isNamed = ({ snapshot }: SchemaGraph): boolean =>
    snapshot.has(`not null ${column}`) || parentsOf(snapshot.get(`table ${table}`)?.text).length === 0;
  if (!isNamed(context.before) || !isNamed(context.after)) return null;
  const texts = [context.before, context.after].map(({ snapshot }) => snapshot.get(`column ${column}`)?.text);
  if (!texts.every((text) => text !== undefined && parseColumn(text).isNotNull)) return null;
  const renaming = renameNotNull(column, context);
  return renaming.length === 0 ? null : stepsDisposition(renaming.map((sql) => step(sql)));
}

function createDisposition(
  object: string,
  wanted: SnapshotObject,
  context: AlterContext,
): Disposition | null {
  const { before, after, purpose } = context;
  if (arrivesWithMembership(object, context, 'detach')) return { way: 'implied' };
  const deviation = traitsOf(wanted.kind).isDeviation ? beginDeviation(object, wanted, context) : null;
  if (deviation !== null) return deviation;
  // Text alone counts where the other side's server has no such thing to describe.
  if (wanted.text === '' && before.major < 18) return null;
  if (wanted.kind === 'without data')
    return {
      way: 'manual',
      reason: 'it exists, and its rows do no harm',
      sql: [`REFRESH MATERIALIZED VIEW ${wanted.name} WITH NO DATA`],
    };
  if (wanted.kind === 'column origin') return originDisposition(wanted.name, context);
  if (wanted.kind === 'not null') return renamingOfNotNull(wanted.name, context) ?? { way: 'implied' };
  if (wanted.kind === 'column' && purpose === 'fix') {
    const { parent = '' } = splitPart(wanted.name) ?? {};
    const { isNotNull, default: fallback, identity, generated } = parseColumn(wanted.text);
    if (
      before.snapshot.has(`table ${parent}`) &&
      isNotNull &&
      fallback === null &&
      identity === null &&
      generated === null
    )
      return {
        way: 'manual',
        reason: 'it is NOT NULL without a default: say what existing rows get',
        sql: [],
      };
  }
  return createObject(object, after) === null
    ? { way: 'manual', reason: unwrittenReason(wanted.kind, wanted.text), sql: [] }
    : { way: 'create' };
}

function dropDisposition(
  object: string,
  context: AlterContext,
  drops: Drops,
  isInTheWay: boolean,
): Disposition {
  const { before, after, purpose } = context;
  const there = before.snapshot.get(object);
  if (there && isInherited(there, before.snapshot) && isInherited(there, after.snapshot))
    return {
      way: 'manual',
      reason:
        'the table inherits it as well, and PostgreSQL drops no inherited constraint: drop it on the table above and here, and add it there again',
      sql: [],
    };
  if (kindOf(object) === 'column origin') return originDisposition(nameOf(object), context);
  if (kindOf(object) === 'not null') return renamingOfNotNull(nameOf(object), context) ?? { way: 'implied' };
  const { holdsRows } = traitsOf(kindOf(object));
  if (purpose === 'fix' && drops === 'comment' && holdsRows)
    return { way: 'manual', reason: 'it has the name of what should be there, and holds rows', sql: [] };
  if (drops === 'write' || (isInTheWay && !holdsRows)) return { way: 'drop' };
  return {
    way: 'manual',
    reason: 'it is not in the desired schema; nothing is dropped unless you ask for it',
    sql: dropObject(object, before) ?? [],
  };
}

/** What takes away an extra object that decides about rows: an object by its DROP, a column by no more being needed. */
function takeAway(object: string, { before }: AlterContext): Disposition {
  const kind = kindOf(object);
  const name = nameOf(object);
  const { parent = '', own = '' } = splitPart(name) ?? {};
  if (kind !== 'column') return { way: 'drop', takesAway: true };
  const { isNotNull, default: fallback, generated } = parseColumn(before.snapshot.get(object)?.text ?? '');
  const clauses = [
    ...(fallback === null || !isCalling(fallback) ? [] : ['DROP DEFAULT']),
    ...(generated?.kind === 'stored' && isCalling(generated.expression) ? ['DROP EXPRESSION'] : []),
    ...(isNotNull ? ['DROP NOT NULL'] : []),
  ];
  if (clauses.length === 0)
    return {
      way: 'manual',
      reason: 'it is extra, and its type or expression can reject rows; dropping it would lose what it holds',
      sql: dropObject(object, before) ?? [],
    };
  const alter = alterVerb(before.snapshot.get(`table ${parent}`)?.text);
  return stepsDisposition(
    clauses.map((clause) =>
      step(
        `${alter} ${parent} ALTER COLUMN ${own} ${clause}`,
        warning('takesAway', object),
        warning('columnStays'),
      ),
    ),
  );
}

/** A call of what is not in pg_catalog. */
const isCalling = (expression: string): boolean => /[\w"$]\.(?:"(?:[^"]|"")*"|[^\s"().]+)\(/.test(expression);
