import { kindOf } from '../catalog/index.ts';
import { splitOuter } from '../objects/common/clauses.ts';
import { split, unquote } from '../objects/common/names.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { circlesIn } from './circles.ts';
import { namesIn } from './names-in.ts';

/** Views that select from themselves, or from each other by any way: none of them can be first. */
export interface ViewCircles {
  /** View -> all objects of its circle, itself among them. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  /** The schema's dependencies without those that close a circle: a view stands in first for its columns alone. */
  readonly dependencies: SchemaGraph['dependencies'];
}

const known = new WeakMap<SchemaGraph, ViewCircles>();

/** Finds the circles. */
export function viewCircles(graph: SchemaGraph): ViewCircles {
  const found = known.get(graph) ?? findCircles(graph);
  known.set(graph, found);
  return found;
}

function findCircles(graph: SchemaGraph): ViewCircles {
  const { dependencies, snapshot } = graph;
  const members = new Map<string, ReadonlySet<string>>();
  for (const circle of circlesIn(dependencies))
    for (const object of circle) if (kindOf(object) === 'view') members.set(object, circle);
  for (const object of snapshot.keys())
    if (kindOf(object) === 'view' && !members.has(object) && selectsFromItself(object, graph))
      members.set(object, new Set([object]));
  if (members.size === 0) return { members, dependencies };
  const opened = new Map(dependencies);
  for (const [view, circle] of members)
    opened.set(view, new Set([...(dependencies.get(view) ?? [])].filter((needed) => !circle.has(needed))));
  return { members, dependencies: opened };
}

/** pg_depend before 16 says of every view that it depends on itself: only its text tells. */
function selectsFromItself(view: string, { snapshot }: SchemaGraph): boolean {
  const { name = '', facets = {} } = snapshot.get(view) ?? {};
  const { parent, own } = split(name);
  const path = `${unquote(parent)}\n${unquote(own)}`;
  return Object.entries(facets).some(
    ([facet, text]) =>
      facet.startsWith('definition') &&
      text.includes(name) &&
      namesIn(text).some((found) => found.path.join('\n') === path && found.after !== '('),
  );
}

/** A view with the columns that it is to have and no rows, until what it selects from is there; its definition replaces it. */
export function standIn(view: string, { snapshot }: SchemaGraph): string {
  const { name = '', text = '' } = snapshot.get(view) ?? {};
  const returns = /^returns (.*)$/m.exec(text)?.[1] ?? '';
  const columns = splitOuter(returns).map((column) => {
    const [, own = '', type = ''] = /^("(?:[^"]|"")*"|\S+) (.*)$/s.exec(column) ?? [];
    return `NULL::${type} AS ${own}`;
  });
  return `CREATE VIEW ${name} AS SELECT ${columns.join(', ')}`;
}
