import { linesApart } from '../../compare/facet-lines.ts';
import type { AlterContext, ChangePurpose } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { warning } from '../../objects/common/warnings.ts';
import { mentionsOf } from '../order-mentions.ts';
import type { Change } from './change.ts';
import type { Disposition, Dispositions } from './disposition.ts';
import { type Drops, ownDispositions } from './dispositions.ts';
import { resolveExtensions, withMovedNames } from './extensions.ts';
import { type ChangeNode, nodesOf } from './nodes.ts';
import { gather, orderNodes } from './order.ts';
import { propagate } from './propagate.ts';
import { type Renames, renamed, renameStatements } from './renames.ts';

export type { Renames } from './renames.ts';

export interface ChangeOptions {
  /** Whether what is not wanted any more is dropped, or only told of, with the DROP as text. */
  readonly drops: Drops;
  readonly renames: Renames;
  /** A migration may cost what it says; a fix keeps every row and touches nothing that its target does not know. */
  readonly purpose: ChangePurpose;
  /** Whether the changes undo others. */
  readonly isUndoing?: boolean;
}

/**
 * What turns one schema into another, in an order that works; what cannot be written, or would cost a row that must
 * not be lost, is left for a person, with the difference. The order of columns does not count.
 */
export function changesBetween(
  before: SchemaGraph,
  after: SchemaGraph,
  options: ChangeOptions,
): readonly Change[] {
  const context: AlterContext = {
    before: withMovedNames(renamed(before, options.renames), after),
    after,
    purpose: options.purpose,
    isUndoing: options.isUndoing,
  };
  const dispositions = ownDispositions(context, options.drops);
  resolveExtensions(dispositions, context);
  propagate(dispositions, context);
  const renames = renameStatements(options.renames, before).map(
    ({ sql, object }): Change => ({ kind: 'statement', sql, object, warnings: [] }),
  );
  const nodes = gather(orderNodes(nodesOf(dispositions, context)));
  const done = nodes.flatMap(({ changes }) => changes);
  return [...renames, ...unchecked(nodes, after), ...done, ...leftOf(dispositions, context)];
}

/** Routines that call each other: none can be first where the server checks what their bodies name. */
function unchecked(nodes: readonly ChangeNode[], after: SchemaGraph): Change[] {
  const placeOf = new Map(nodes.map(({ id }, at) => [id, at]));
  const { needs, maybe } = mentionsOf(after);
  const early = [...needs, ...maybe].find(([routine, named]) => {
    const at = placeOf.get(`do ${routine}`);
    return at !== undefined && [...named].some((other) => (placeOf.get(`do ${other}`) ?? -1) > at);
  });
  if (early === undefined) return [];
  const sql = 'SET LOCAL check_function_bodies = off';
  return [{ kind: 'statement', sql, object: early[0], warnings: [warning('unchecked')] }];
}

/** What a person has to see to, an object each, with the reason: what is left, and what a statement does not do. */
export const forPerson = (
  changes: readonly Change[],
): { readonly object: string; readonly reason: string }[] =>
  changes.flatMap((change) => {
    if (change.kind === 'manual') return [change];
    const { object, warnings } = change;
    return warnings
      .filter(({ kind }) => kind === 'leftToYou')
      .map(({ about }) => ({ object, reason: about.join() }));
  });

function leftOf(dispositions: Dispositions, context: AlterContext): Change[] {
  return [...dispositions]
    .filter((entry): entry is [string, Disposition & { way: 'manual' }] => entry[1].way === 'manual')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([object, { reason, sql }]) => ({
      kind: 'manual',
      object,
      difference: differenceOf(object, context),
      reason,
      ...(sql.length > 0 ? { sql } : {}),
    }));
}

/** What an object is and should be, in words. */
function differenceOf(object: string, { before, after }: AlterContext): string {
  const there = before.snapshot.get(object);
  const wanted = after.snapshot.get(object);
  if (there === undefined) return `should be: ${wanted?.text || 'there'}`;
  if (wanted === undefined) return `is: ${there.text || 'there'}`;
  if (there.text !== wanted.text) return `is: ${there.text}\nshould be: ${wanted.text}`;
  return Object.entries(wanted.facets)
    .filter(([facet, text]) => there.facets[facet] !== undefined && there.facets[facet] !== text)
    .map(([facet, text]) => {
      const [wantedLines, thereLines] = linesApart(facet, text, there.facets[facet] ?? '');
      return `${facet}, is: ${thereLines}\nshould be: ${wantedLines}`;
    })
    .join('\n');
}
