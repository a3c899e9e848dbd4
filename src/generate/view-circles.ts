import { kindOf } from '../snapshot/names.ts';
import { splitOuter } from './alter/clauses.ts';
import { split, unquote } from './create/names.ts';
import type { Described } from './described.ts';
import { namesIn } from './names-in.ts';

/** Views that select from themselves, or from each other by any way: none of them can be first. */
export interface ViewCircles {
  /** View -> all objects of its circle, itself among them. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  /** The schema's dependencies without those that close a circle: a view stands in first for its columns alone. */
  readonly dependencies: Described['dependencies'];
}

const known = new WeakMap<Described, ViewCircles>();

/** Finds the circles. Pure. */
export function viewCircles(described: Described): ViewCircles {
  const found = known.get(described) ?? findCircles(described);
  known.set(described, found);
  return found;
}

function findCircles(described: Described): ViewCircles {
  const { dependencies, snapshot } = described;
  const members = new Map<string, ReadonlySet<string>>();
  for (const circle of circlesIn(dependencies))
    for (const object of circle) if (kindOf(object) === 'view') members.set(object, circle);
  for (const object of snapshot.keys())
    if (kindOf(object) === 'view' && !members.has(object) && selectsFromItself(object, described))
      members.set(object, new Set([object]));
  if (members.size === 0) return { members, dependencies };
  const opened = new Map(dependencies);
  for (const [view, circle] of members)
    opened.set(view, new Set([...(dependencies.get(view) ?? [])].filter((needed) => !circle.has(needed))));
  return { members, dependencies: opened };
}

/** pg_depend before 16 says of every view that it leans on itself: only its text tells. */
function selectsFromItself(view: string, { snapshot }: Described): boolean {
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

/** The sets of more than one object that all need each other (Tarjan, without recursion). */
function circlesIn(dependencies: Described['dependencies']): Set<string>[] {
  const circles: Set<string>[] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onPath = new Set<string>();
  const path: string[] = [];
  const visit = (start: string): void => {
    const calls = [enter(start)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { value: next, done } = call.needs.next();
      if (done !== true) {
        if (!index.has(next)) calls.push(enter(next));
        else if (onPath.has(next)) lower(call.object, index.get(next) ?? 0);
        continue;
      }
      calls.pop();
      const above = calls.at(-1);
      if (above !== undefined) lower(above.object, low.get(call.object) ?? 0);
      if (low.get(call.object) === index.get(call.object)) close(call.object);
    }
  };
  const enter = (object: string) => {
    index.set(object, index.size);
    low.set(object, index.get(object) ?? 0);
    path.push(object);
    onPath.add(object);
    return { object, needs: (dependencies.get(object) ?? new Set<string>()).values() };
  };
  const lower = (object: string, to: number): void => {
    low.set(object, Math.min(low.get(object) ?? 0, to));
  };
  const close = (object: string): void => {
    const circle = new Set(path.splice(path.indexOf(object)));
    for (const member of circle) onPath.delete(member);
    if (circle.size > 1) circles.push(circle);
  };
  for (const object of dependencies.keys()) if (!index.has(object)) visit(object);
  return circles;
}

/** A view with the columns that it is to have and no rows, until what it selects from is there; its definition replaces it. */
export function standIn(view: string, { snapshot }: Described): string {
  const { name = '', text = '' } = snapshot.get(view) ?? {};
  const returns = /^returns (.*)$/m.exec(text)?.[1] ?? '';
  const columns = splitOuter(returns).map((column) => {
    const [, own = '', type = ''] = /^("(?:[^"]|"")*"|\S+) (.*)$/s.exec(column) ?? [];
    return `NULL::${type} AS ${own}`;
  });
  return `CREATE VIEW ${name} AS SELECT ${columns.join(', ')}`;
}

/** The statement that makes a view, as one that replaces what is there. */
export const replacing = (sql: string): string => sql.replace(/^CREATE VIEW/, 'CREATE OR REPLACE VIEW');
