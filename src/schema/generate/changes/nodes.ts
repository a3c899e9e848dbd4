import { kindOf } from '../../catalog/index.ts';
import type { AlterContext, AlterStep } from '../../objects/common/alteration.ts';
import { unwrittenReason } from '../../objects/common/unwritten.ts';
import { type Warning, warning } from '../../objects/common/warnings.ts';
import { replacing } from '../../objects/view/create.ts';
import { dropObject } from '../drop.ts';
import { commonHead } from '../joined-alters.ts';
import { withSameOwner } from '../sequence-owner.ts';
import { standIn, viewCircles } from '../view-circles.ts';
import type { Change } from './change.ts';
import type { Disposition, Dispositions } from './disposition.ts';
import { Edges, type Phase } from './edges.ts';
import { makeObject } from './make.ts';
import type { Gathered } from './order.ts';
import { rankOf } from './rank.ts';
import { dropWarnings, remakeWarnings } from './warnings.ts';

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
        dispositions.set(object, { way: 'manual', reason: unwrittenReason(kindOf(object), text), sql: [] });
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
