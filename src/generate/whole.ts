import { kindOf, nameOf } from '../snapshot/names.ts';
import { createTable } from './create/table.ts';
import { schemaJobs, timescaleLeft } from './create/timescale.ts';
import { createObject } from './create.ts';
import type { Described } from './described.ts';
import { type Entry, type Group, orderOf } from './order.ts';
import { mentionsOf } from './order-mentions.ts';
import { replacing, standIn } from './view-circles.ts';

/** A schema as SQL. */
export interface WrittenSchema {
  readonly sql: string;
  /** `kind name` of what could not be written, wholly or in part. */
  readonly left: readonly string[];
}

/** Kinds of which one follows the other with no blank line between. */
const closelySet = new Set(['schema', 'extension']);

/**
 * The whole schema as a person would write it: grouped by table, in dependency order, the same from the same schema
 * every time, all names qualified. Pure.
 */
export function writeSchema(described: Described): WrittenSchema {
  const mentions = mentionsOf(described);
  const { groups, circular, hasUncheckable } = orderOf(described, mentions);
  const left = new Set(circular);
  const missing = new Set<string>();
  const written = groups
    .map((group) => ({ group, statements: writeGroup(group, described, left, missing) }))
    .filter(({ statements }) => statements.length > 0);
  const body = written
    .map(({ group, statements }, at) => {
      const before = written[at - 1]?.group;
      const separator = before === undefined ? '' : areClose(before, group) ? '\n' : '\n\n';
      return separator + statements.map((sql) => `${sql};`).join('\n');
    })
    .join('');
  const jobs = [...described.snapshot.values()]
    .filter(({ kind, name }) => kind === 'schema' && !described.given?.has(`schema ${name}`))
    .flatMap(({ name }) => schemaJobs(name, described));
  const isUnchecked = hasUncheckable || mentions.hasUnqualified;
  const parts = [
    ...(isUnchecked ? ['SET check_function_bodies = off;'] : []),
    ...(body === '' ? [] : [body]),
    ...(jobs.length > 0 ? [jobs.map((sql) => `${sql};`).join('\n')] : []),
    ...(isUnchecked ? ['RESET check_function_bodies;'] : []),
  ];
  return { sql: parts.length === 0 ? '' : `${parts.join('\n\n')}\n`, left: [...left].sort() };
}

/** What leans on something that could not be written is left with it. */
function writeGroup(group: Group, described: Described, left: Set<string>, missing: Set<string>): string[] {
  return group.flatMap((entry) => {
    const { object, brought, needs } = entry;
    if (timescaleLeft(object, described)) left.add(object);
    const isMissing = needs.some((needed) => missing.has(needed) && !brought.includes(needed));
    const statements = isMissing ? null : writeEntry(entry, described);
    if (statements !== null) return statements;
    for (const one of [object, ...brought]) {
      left.add(one);
      missing.add(one);
    }
    return [];
  });
}

function writeEntry({ object, inline, view }: Entry, described: Described): readonly string[] | null {
  if (view === 'standIn') return [standIn(object, described)];
  if (kindOf(object) === 'table') return createTable(nameOf(object), described, inline);
  const statements = createObject(object, described);
  return view === 'definition' ? (statements?.map(replacing) ?? null) : statements;
}

const areClose = (before: Group, after: Group): boolean => {
  const kinds = [...before, ...after].map(({ object }) => kindOf(object));
  return kinds.every((kind) => kind === kinds[0] && closelySet.has(kind));
};
