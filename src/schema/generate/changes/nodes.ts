import { kindOf, nameOf, parentOf, type SnapshotObject } from '../../catalog/index.ts';
import { kinds, traitsOf } from '../../kinds.ts';
import { type AlterContext, type AlterStep, step } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { unwrittenReason } from '../../objects/common/unwritten.ts';
import { type Warning, warning } from '../../objects/common/warnings.ts';
import { addConstraintInSteps } from '../../objects/constraint/alter.ts';
import { alterPrivileges } from '../../objects/privileges/alter.ts';
import { rightsOn } from '../../objects/privileges/text.ts';
import { type Continuation, continueSequence } from '../../objects/sequence/continue.ts';
import { createSequence, ownerOf, persistenceOf, sequenceOf } from '../../objects/sequence/create.ts';
import { allAbove, columnsOf } from '../../objects/table/origin.ts';
import { lateCalls } from '../../objects/timescale/create.ts';
import { replacing } from '../../objects/view/create.ts';
import { alterObject } from '../alter.ts';
import { createObject } from '../create.ts';
import { everybodysRights, revokeGiven, revokeUntold } from '../default-rights.ts';
import { dropObject } from '../drop.ts';
import { commonHead } from '../joined-alters.ts';
import { withSameOwner } from '../sequence-owner.ts';
import { standIn, viewCircles } from '../view-circles.ts';
import type { Change } from './change.ts';
import type { Disposition, Dispositions } from './disposition.ts';
import { createWarnings, dropWarnings, remakeWarnings } from './dispositions.ts';
import { Edges, type Phase } from './edges.ts';
import type { Gathered } from './order.ts';

/** Statements about one object that stand together. */
export interface ChangeNode extends Gathered {
  readonly changes: readonly Change[];
}

const phases: Readonly<Record<Phase, number>> = { first: 0, drop: 1, do: 2, last: 3 };

/**
 * The statements of each object's disposition, with what must come before them; what cannot be made becomes left. Pure
 * but for `dispositions`.
 */
export function nodesOf(dispositions: Dispositions, context: AlterContext): readonly ChangeNode[] {
  const drafts = [...dispositions].flatMap(([object, disposition]) =>
    inCircles(object, draftsOf(object, disposition, dispositions, context), dispositions, context),
  );
  const edges = new Edges(dispositions, context);
  const isMade = (object: string): boolean =>
    ['create', 'recreate', 'renew'].includes(dispositions.get(object)?.way ?? '');
  const ready = drafts.map((draft) => ({ ...draft, changes: withSameOwner(draft.changes, context, isMade) }));
  return ready.map(({ phase, object, changes }) => ({
    id: `${phase} ${object}`,
    rank: [phases[phase], ...rankOf(object, phase, context)],
    after: edges.before(phase, object),
    together: commonHead(changes),
    changes,
  }));
}

/**
 * A view that goes from a circle first gives up what it selects from, and one that comes into a circle stands in for
 * its columns until all of it is there.
 */
function inCircles(
  object: string,
  drafts: readonly Draft[],
  dispositions: Dispositions,
  { before, after }: AlterContext,
): readonly Draft[] {
  const told = (sql: string): Change => ({ kind: 'statement', sql, object, warnings: [] });
  const leaves = [...(viewCircles(before).members.get(object) ?? [])];
  const isBroken =
    drafts.length > 0 &&
    leaves.length > 1 &&
    leaves.some((member) => ['drop', 'recreate'].includes(dispositions.get(member)?.way ?? ''));
  const isClosed = viewCircles(after).members.has(object);
  const isNew = !before.snapshot.has(object) || dispositions.get(object)?.way === 'recreate';
  const later = drafts.flatMap((draft): Draft[] => {
    if (!isClosed || draft.phase !== 'do') return [draft];
    const changes = draft.changes.map((one) =>
      one.kind === 'statement' ? { ...one, sql: replacing(one.sql) } : one,
    );
    const standing = isNew ? [{ ...draft, changes: [told(standIn(object, after))] }] : [];
    return [...standing, { ...draft, phase: 'last', changes }];
  });
  return isBroken
    ? [{ phase: 'first', object, changes: [told(replacing(standIn(object, before)))] }, ...later]
    : later;
}

interface Draft {
  readonly phase: Phase;
  readonly object: string;
  readonly changes: readonly Change[];
}

function draftsOf(
  object: string,
  disposition: Disposition,
  dispositions: Dispositions,
  context: AlterContext,
): Draft[] {
  const change = ({ sql, warnings }: Pick<AlterStep, 'sql' | 'warnings'>): Change => ({
    kind: 'statement',
    sql,
    object,
    warnings,
  });
  const draft = (phase: Phase, list: readonly Pick<AlterStep, 'sql' | 'warnings'>[]): Draft[] =>
    list.length === 0 ? [] : [{ phase, object, changes: list.map(change) }];
  switch (disposition.way) {
    case 'steps':
      return [
        ...draft(
          'first',
          disposition.steps.filter(({ when }) => when === 'first'),
        ),
        ...draft(
          'do',
          disposition.steps.filter(({ when }) => when === undefined),
        ),
        ...draft(
          'last',
          disposition.steps.filter(({ when }) => when === 'last'),
        ),
      ];
    case 'drop':
    case 'recreate':
    case 'create':
    case 'renew': {
      const gone =
        disposition.way === 'drop' || disposition.way === 'recreate'
          ? dropObject(object, context.before)
          : [];
      const made = disposition.way === 'drop' ? [] : makeObject(object, dispositions, context);
      if (gone === null || made === null) {
        const { text } = context.after.snapshot.get(object) ?? {};
        dispositions.set(object, { way: 'left', reason: unwrittenReason(kindOf(object), text), sql: [] });
        return [];
      }
      const warnings = goneWarnings(object, disposition, context);
      return [
        ...draft(
          'drop',
          gone.map((sql, index) => ({ sql, warnings: index === 0 ? warnings : [] })),
        ),
        ...draft(
          'do',
          made.filter(({ when }) => when === undefined),
        ),
        ...draft(
          'last',
          made.filter(({ when }) => when === 'last'),
        ),
      ];
    }
    default:
      return [];
  }
}

/** What it costs that an object goes. */
function goneWarnings(
  object: string,
  disposition: Disposition,
  { before }: AlterContext,
): readonly Warning[] {
  if (disposition.way === 'drop')
    return disposition.takesAway ? [warning('takesAway', object)] : dropWarnings(object, before);
  return disposition.way === 'recreate' ? (disposition.warnings ?? remakeWarnings(object, before)) : [];
}

/** The statements that make one object as it is to be; what nobody wants but stays, as it was. */
function makeObject(
  object: string,
  dispositions: Dispositions,
  context: AlterContext,
): readonly AlterStep[] | null {
  const { before, after } = context;
  const side = after.snapshot.has(object) ? after : before;
  const kind = kindOf(object);
  const name = nameOf(object);
  const text = side.snapshot.get(object)?.text ?? '';
  const stays = (other: string): boolean =>
    before.snapshot.has(other) && (dispositions.get(other)?.way ?? 'steps') === 'steps';
  if (kind === 'privileges') {
    const owners = [...(side.dependencies.get(object) ?? [])];
    const isNew = owners.length === 0 || !owners.every(stays);
    const rights = side.snapshot.get(object) ?? null;
    const given = alterPrivileges(
      name,
      { text: isNew ? everybodysRights(name, side, context) : '', facets: {} },
      rights && rightsOn(rights, before.major),
      side.snapshot,
    );
    return isNew ? [...revokeGiven(name, side, context), ...given] : given;
  }
  if (kind === 'constraint' && stays(`table ${parentOf(object)}`))
    return addConstraintInSteps(name, text, before.snapshot.get(`table ${parentOf(object)}`)?.text);
  if (kind === 'column options' && stays(`column ${name}`)) {
    const there = before.snapshot.get(object) ?? { kind, name, parent: null, text: '', facets: {} };
    const alteration = alterObject(
      { kind, name, before: { ...there, text: '' }, after: { ...there, text } },
      context,
    );
    return alteration.way === 'steps' ? alteration.steps : null;
  }
  const owner = kind === 'sequence' ? ownerOf(text) : null;
  if (owner !== null && stays(`column ${owner}`)) {
    const there = side.snapshot.get(object);
    const { steps, warnings } = continueSequence(name, context);
    return [
      step(
        createSequence(name, text, there !== undefined && persistenceOf(there, side) === 'UNLOGGED'),
        ...warnings,
      ),
      ...steps,
      step(`ALTER SEQUENCE ${name} OWNED BY ${owner}`),
    ];
  }
  const alone = withoutLent(object, side, stays);
  const all = createObject(
    object,
    kind === 'table' ? { ...alone, given: standing(name, side, stays) } : alone,
  );
  if (all === null) return null;
  // A sequence that is there already is given to its column by its own change.
  const made = all.filter((sql) => !isGivenByItself(sql, dispositions));
  const { steps, warnings } = continuing(object, side, context);
  const first = [...createWarnings(object, context), ...warnings];
  const late = lateCalls(object, side).map((sql): AlterStep => ({ ...step(sql), when: 'last' }));
  return [
    ...made.map((sql, index) => step(sql, ...(index === 0 ? first : []))),
    ...steps,
    ...revokeUntold(object, side, context),
    ...late,
  ];
}

/** A side as it is for columns that come to own a sequence that is there: a serial would bring another one. */
function withoutLent(object: string, side: SchemaGraph, stays: (object: string) => boolean): SchemaGraph {
  const name = nameOf(object);
  const kind = kindOf(object);
  const columns = kind === 'table' ? columnsOf(name, side) : kind === 'column' ? [name] : [];
  const alone = columns.flatMap((column): [string, SnapshotObject][] => {
    const brought = sequenceOf(column, side);
    const key = `sequence ${brought?.sequence}`;
    const there = side.snapshot.get(key);
    if (!brought?.serial || !there || !stays(key)) return [];
    return [[key, { ...there, text: there.text.replace(/ owned by .*$/s, '') }]];
  });
  return alone.length === 0 ? side : { ...side, snapshot: new Map([...side.snapshot, ...alone]) };
}

/** The tables above one that is made, which are there before the changes and after them. */
const standing = (
  table: string,
  { snapshot }: SchemaGraph,
  stays: (object: string) => boolean,
): ReadonlySet<string> =>
  new Set(
    allAbove(table, snapshot)
      .map((above) => `table ${above}`)
      .filter(stays),
  );

const isGivenByItself = (sql: string, dispositions: Dispositions): boolean => {
  const [, sequence] = /^ALTER SEQUENCE (.*) OWNED BY /s.exec(sql) ?? [];
  return sequence !== undefined && dispositions.get(`sequence ${sequence}`)?.way === 'steps';
};

/** What puts the sequences that an object is, or brings with its columns, behind the numbers that are there. */
function continuing(object: string, side: SchemaGraph, context: AlterContext): Continuation {
  const kind = kindOf(object);
  const name = nameOf(object);
  if (kind === 'sequence') return continueSequence(name, context);
  const columns = kind === 'table' ? columnsOf(name, side) : kind === 'column' ? [name] : [];
  const all = columns.flatMap((column) => {
    const brought = sequenceOf(column, side)?.sequence;
    if (brought === undefined) return [];
    // A column fills its rows by itself: what else has numbers of its sequence does not come along.
    const isShared = continueSequence(brought, context).steps.length > 0;
    return isShared ? [continueSequence(brought, context, { filled: [column] })] : [];
  });
  return {
    steps: all.flatMap(({ steps }) => steps),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

/** The group of tables and what they are made of: each stands with its own. */
const ofTables = rankIn('table')?.[0];
const last = 1 + Math.max(...Object.keys(kinds).flatMap((kind) => rankIn(kind)?.[0] ?? []));

function rankIn(kind: string): readonly [group: number, at: number] | null {
  const { rank } = traitsOf(kind);
  return typeof rank === 'string' ? null : rank;
}

/** Where an object stands among others that could come now: by sort, by table, by name; what hangs on it beside it. */
function rankOf(object: string, phase: Phase, context: AlterContext): readonly (number | string)[] {
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
