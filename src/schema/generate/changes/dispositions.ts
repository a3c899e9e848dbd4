import { kindOf, nameOf, parentOf, type SnapshotObject, splitPart } from '../../catalog/index.ts';
import { isInherited, severityOfExtra } from '../../compare/index.ts';
import { relationKinds, traitsOf } from '../../kinds.ts';
import { notNullName } from '../../objects/column/alter.ts';
import { parseColumn } from '../../objects/column/parts.ts';
import { type Alteration, type AlterContext, type AlterStep, step } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { unwrittenReason } from '../../objects/common/unwritten.ts';
import { type Warning, warning } from '../../objects/common/warnings.ts';
import { constraintWarnings } from '../../objects/constraint/alter.ts';
import { enableAgain } from '../../objects/constraint/enforcement.ts';
import {
  alterPartitionConstraint,
  alterPartitionIndex,
  attachAgain,
  isOwnKey,
  partitionLacks,
  switchPartitionTrigger,
  tablesAbove,
} from '../../objects/partition/alter.ts';
import { alterVerb, parentsOf } from '../../objects/table/alter.ts';
import { isOfTimescale } from '../../objects/timescale/create.ts';
import { alterObject } from '../alter.ts';
import { createObject } from '../create.ts';
import { dropObject } from '../drop.ts';
import type { Disposition, Dispositions } from './disposition.ts';
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
      else dispositions.set(object, { way: 'left', reason: alteration.reason, sql: [] });
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

const stepsDisposition = (list: readonly AlterStep[]): Disposition => ({
  way: 'steps',
  steps: list,
  disturbs: null,
});

/**
 * What takes a deviation back: nothing where it goes with what it is of, or where that is made again.
 */
function endDeviation(object: string, context: AlterContext): Disposition {
  const { before, after } = context;
  const name = nameOf(object);
  const text = before.snapshot.get(object)?.text ?? '';
  if (!isOfSamePartition(object, context)) return { way: 'implied' };
  if (kindOf(object) === 'partition index options' && isOwnKey(text))
    return stepsDisposition(
      attachAgain(name, text, null, after.snapshot.get(`table ${parentOf(object)}`)?.text),
    );
  switch (kindOf(object)) {
    case 'enforcement':
      return stepsDisposition(enableAgain(name, before.snapshot, after.snapshot));
    case 'partition trigger':
      return stepsDisposition([step(switchPartitionTrigger(name, null, after.snapshot))]);
    case 'partition key':
    case 'partition index':
      return isOfAnother(object, context) ? { way: 'implied' } : leftDisposition(partitionLacks);
    default: {
      const alteration =
        kindOf(object) === 'partition constraint'
          ? alterPartitionConstraint(name, text, null)
          : alterPartitionIndex(name, text, null);
      return alteration.way === 'steps' ? stepsDisposition(alteration.steps) : leftDisposition(alteration);
    }
  }
}

const leftDisposition = (alteration: Alteration): Disposition => ({
  way: 'left',
  reason: alteration.way === 'left' ? alteration.reason : 'it cannot be written from its description',
  sql: [],
});

/** Whether what an object is of is there before and after, with the same table above it. */
function isOfSamePartition(object: string, { before, after }: AlterContext): boolean {
  const table = parentOf(object) ?? '';
  const [was, is] = [before, after].map(({ snapshot }) => tablesAbove(table, snapshot)[0]);
  return after.snapshot.has(`table ${table}`) && before.snapshot.has(`table ${table}`) && was === is;
}

/** Whether the index or key that a partition lacks is made valid, or invalid: all partitions' go with it. */
function isOfAnother(object: string, { before, after }: AlterContext): boolean {
  const isInvalid = (side: AlterContext['before'], index: string): boolean =>
    side.snapshot.get(index)?.text.endsWith(' INVALID') ?? false;
  const indexes = [before, after].flatMap(({ dependencies }) => [...(dependencies.get(object) ?? [])]);
  return indexes.some((index) => isInvalid(before, index) !== isInvalid(after, index));
}

/**
 * A NOT NULL that stays and is only called otherwise; null where it comes or goes with its column's, and where nobody
 * knows how it is called: that of an heir that takes it from above bears the name that it has there.
 */
function renameNotNull(column: string, context: AlterContext): Disposition | null {
  const table = splitPart(column)?.parent ?? '';
  const isNamed = ({ snapshot }: SchemaGraph): boolean =>
    snapshot.has(`not null ${column}`) || parentsOf(snapshot.get(`table ${table}`)?.text).length === 0;
  if (!isNamed(context.before) || !isNamed(context.after)) return null;
  const texts = [context.before, context.after].map(({ snapshot }) => snapshot.get(`column ${column}`)?.text);
  if (!texts.every((text) => text !== undefined && parseColumn(text).isNotNull)) return null;
  const [was, is] = [notNullName(column, context.before), notNullName(column, context.after)];
  return was === is
    ? null
    : stepsDisposition([step(`ALTER TABLE ${table} RENAME CONSTRAINT ${was} TO ${is}`)]);
}

function createDisposition(
  object: string,
  wanted: SnapshotObject,
  context: AlterContext,
): Disposition | null {
  const { before, after, purpose } = context;
  if (arrivesWithMembership(object, context, 'detach')) return { way: 'implied' };
  if (wanted.kind === 'partition trigger')
    return stepsDisposition([step(switchPartitionTrigger(wanted.name, wanted.text, after.snapshot))]);
  if (
    wanted.kind === 'partition index options' &&
    isOwnKey(wanted.text) &&
    isOfSamePartition(object, context)
  )
    return stepsDisposition(
      attachAgain(wanted.name, null, wanted.text, after.snapshot.get(`table ${parentOf(object)}`)?.text),
    );
  if (wanted.kind === 'partition key' || wanted.kind === 'partition index')
    return isOfAnother(object, context) ? { way: 'implied' } : leftDisposition(partitionLacks);
  // Text alone counts where the other side's server has no such thing to describe.
  if (wanted.text === '' && before.major < 18) return null;
  if (wanted.kind === 'without data')
    return {
      way: 'left',
      reason: 'it exists, and its rows do no harm',
      sql: [`REFRESH MATERIALIZED VIEW ${wanted.name} WITH NO DATA`],
    };
  if (wanted.kind === 'column origin') return originDisposition(wanted.name, context);
  if (wanted.kind === 'not null') return renameNotNull(wanted.name, context) ?? { way: 'implied' };
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
        way: 'left',
        reason: 'it is NOT NULL without a default: say what existing rows get',
        sql: [],
      };
  }
  return createObject(object, after) === null
    ? { way: 'left', reason: unwrittenReason(wanted.kind, wanted.text), sql: [] }
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
      way: 'left',
      reason:
        'the table inherits it as well, and PostgreSQL drops no inherited constraint: drop it on the table above and here, and add it there again',
      sql: [],
    };
  if (kindOf(object) === 'column origin') return originDisposition(nameOf(object), context);
  if (kindOf(object) === 'not null') return renameNotNull(nameOf(object), context) ?? { way: 'implied' };
  const { holdsRows } = traitsOf(kindOf(object));
  if (purpose === 'fix' && drops === 'comment' && holdsRows)
    return { way: 'left', reason: 'it has the name of what should be there, and holds rows', sql: [] };
  if (drops === 'write' || (isInTheWay && !holdsRows)) return { way: 'drop' };
  return {
    way: 'left',
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
      way: 'left',
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

/** What a drop loses; nothing of what holds nothing. */
export function dropWarnings(object: string, graph: SchemaGraph): readonly Warning[] {
  const kind = kindOf(object);
  if (kind === 'view' && isOfTimescale(object, graph)) return [warning('losesAggregate', nameOf(object))];
  if (kind === 'table') return [warning('losesRows', nameOf(object))];
  if (kind === 'column') return [warning('losesColumn', nameOf(object))];
  return kind === 'sequence' ? [warning('losesPosition', nameOf(object))] : [];
}

/** What it costs that an object is dropped and made again. */
export const remakeWarnings = (object: string, graph: SchemaGraph): readonly Warning[] =>
  kindOf(object) === 'view' && isOfTimescale(object, graph)
    ? [...dropWarnings(object, graph), warning('refreshAfterwards')]
    : [warning('madeAgain')];

/** No index of a hypertable can be built CONCURRENTLY. */
const isHypertable = (relation: string, graph: SchemaGraph): boolean =>
  isOfTimescale(`table ${relation}`, graph);

/** What making something may meet where there are rows. */
export function createWarnings(object: string, { before, after }: AlterContext): readonly Warning[] {
  const kind = kindOf(object);
  const parent = parentOf(object);
  if (parent === null || !before.snapshot.has(`table ${parent}`)) return [];
  const text = after.snapshot.get(object)?.text ?? before.snapshot.get(object)?.text ?? '';
  if (kind === 'constraint') return constraintWarnings(text);
  if (kind === 'unique index') return [warning('failsOnViolation'), warning('blocksWrites')];
  if (kind === 'index')
    return [
      warning(
        'blocksWritesUnless',
        isHypertable(parent, before)
          ? 'WITH (timescaledb.transaction_per_chunk)'
          : 'CREATE INDEX CONCURRENTLY',
      ),
    ];
  if (kind !== 'column') return [];
  const { isNotNull, default: fallback, identity, generated } = parseColumn(text);
  if (generated?.kind === 'stored' || identity !== null) return [warning('rewritesTable')];
  if (fallback === null) return isNotNull ? [warning('failsOnRows')] : [];
  return /\b(?:nextval|random|gen_random_uuid|uuid\w*|clock_timestamp|timeofday)\(/.test(fallback)
    ? [warning('rewritesTable')]
    : [];
}

/** What no two objects may share, whatever their kinds: two relations of a schema a name, two routines their types. */
export function clash({ kind, name, text }: Pick<SnapshotObject, 'kind' | 'name' | 'text'>): string {
  const { is, rightsAs } = traitsOf(kind);
  if (rightsAs === 'relation') return `relation ${name}`;
  if (is === 'index') return `relation ${indexRelation(name)}`;
  if (kind === 'constraint' && /^(?:PRIMARY KEY|UNIQUE|EXCLUDE)/.test(text))
    return `relation ${indexRelation(name)}`;
  if (is === 'routine') return `routine ${routineTypes(name)}`;
  return `${kind} ${name}`;
}

const indexRelation = (name: string): string => {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  return `${splitPart(parent)?.parent ?? ''}.${own}`;
};

/** `s.f(a integer, VARIADIC b text[])` -> `s.f(integer, text[])`, as far as names can be told from types. */
function routineTypes(name: string): string {
  const open = name.indexOf('(');
  const args = name
    .slice(open + 1, -1)
    .split(', ')
    .map((argument) => argument.replace(/^(?:IN|INOUT|VARIADIC) /, ''))
    .map((argument) =>
      argument.replace(
        /^(?:"(?:[^"]|"")*"|[a-z_][\w$]*) (?=\S)(?!precision\b|varying\b|with\b|without\b)/,
        '',
      ),
    );
  return `${name.slice(0, open)}(${args.join(', ')})`;
}
