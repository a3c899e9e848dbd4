import { kindOf, nameOf } from '../catalog/index.ts';
import { kindsWith, traitsOf } from '../kinds.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { closePublic } from '../objects/privileges/create.ts';
import { createTable } from '../objects/table/create.ts';
import {
  aggregateSettings,
  hypertableSettings,
  isOfTimescale,
  jobCalls,
  timescaleLeft,
} from '../objects/timescale/create.ts';
import { replacing } from '../objects/view/create.ts';
import { createObject } from './create.ts';
import { type Entry, type Group, orderOf } from './order.ts';
import { mentionsOf } from './order-mentions.ts';
import { standIn } from './view-circles.ts';

/** A schema as SQL. */
export interface WrittenSchema {
  readonly sql: string;
  /** `kind name` of what could not be written, wholly or in part. */
  readonly left: readonly string[];
}

/**
 * The whole schema as a person would write it: grouped by table, in dependency order, the same from the same schema
 * every time, all names qualified.
 */
export function writeSchema(graph: SchemaGraph): WrittenSchema {
  const mentions = mentionsOf(graph);
  const { groups, circular, hasUncheckable } = orderOf(graph, mentions);
  const left = new Set(circular);
  const missing = new Set<string>();
  const written = groups
    .map((group) => ({ group, statements: writeGroup(group, graph, left, missing) }))
    .filter(({ statements }) => statements.length > 0);
  const { settings, policies } = lateParts(graph);
  // An aggregate needs what tells the time of its hypertable, and comes before its own compression and policies.
  const at = written.findIndex(({ group }) => group.some(({ object }) => isAggregate(object, graph)));
  const before = at < 0 ? written : written.slice(0, at);
  const isUnchecked = hasUncheckable || mentions.hasUnqualified;
  const parts = [
    ...(isUnchecked ? ['SET check_function_bodies = off;'] : []),
    ended(closePublic(graph)),
    bodyOf(before),
    ended(settings),
    bodyOf(at < 0 ? [] : written.slice(at)),
    ended(policies),
    ...(isUnchecked ? ['RESET check_function_bodies;'] : []),
  ].filter((part) => part !== '');
  return { sql: parts.length === 0 ? '' : `${parts.join('\n\n')}\n`, left: [...left].sort() };
}

interface WrittenGroup {
  readonly group: Group;
  readonly statements: readonly string[];
}

const ended = (statements: readonly string[]): string => statements.map((sql) => `${sql};`).join('\n');

const bodyOf = (written: readonly WrittenGroup[]): string =>
  written
    .map(({ group, statements }, at) => {
      const before = written[at - 1]?.group;
      const separator = before === undefined ? '' : areClose(before, group) ? '\n' : '\n\n';
      return separator + ended(statements);
    })
    .join('');

const isAggregate = (object: string, graph: SchemaGraph): boolean =>
  kindOf(object) === 'view' && isOfTimescale(object, graph);

/**
 * What TimescaleDB keeps of objects and takes only when others are there, in the order that each of its versions loads:
 * settings of hypertables after indexes and functions; compression of aggregates after their indexes; policies and jobs
 * after all.
 */
function lateParts(graph: SchemaGraph): { settings: string[]; policies: string[] } {
  const objects = [...graph.snapshot.keys()].filter(
    (object) => !graph.given?.has(object) && isOfTimescale(object, graph),
  );
  const of = (kind: string): string[] => objects.filter((object) => kindOf(object) === kind);
  return {
    settings: of('table').flatMap((object) => hypertableSettings(nameOf(object), graph)),
    policies: [
      ...of('view').flatMap((object) => aggregateSettings(nameOf(object), graph)),
      ...ofTimescale.flatMap(of).flatMap((object) => jobCalls(object, graph)),
    ],
  };
}

/** What depends on something that could not be written is left with it. */
function writeGroup(group: Group, graph: SchemaGraph, left: Set<string>, missing: Set<string>): string[] {
  return group.flatMap((entry) => {
    const { object, brought, needs } = entry;
    if (timescaleLeft(object, graph)) left.add(object);
    const isMissing = needs.some((needed) => missing.has(needed) && !brought.includes(needed));
    const statements = isMissing ? null : writeEntry(entry, graph);
    if (statements !== null) return statements;
    for (const one of [object, ...brought]) {
      left.add(one);
      missing.add(one);
    }
    return [];
  });
}

function writeEntry({ object, inline, view }: Entry, graph: SchemaGraph): readonly string[] | null {
  if (view === 'standIn') return [standIn(object, graph)];
  if (kindOf(object) === 'table') return createTable(nameOf(object), graph, inline);
  const statements = createObject(object, graph);
  return view === 'definition' ? (statements?.map(replacing) ?? null) : statements;
}

/** The relations first, then what is no relation. */
const ofTimescale = [
  ...kindsWith(({ hasTimescale, is }) => hasTimescale && is === 'relation'),
  ...kindsWith(({ hasTimescale, is }) => hasTimescale && is !== 'relation'),
];

const areClose = (before: Group, after: Group): boolean => {
  const kinds = [...before, ...after].map(({ object }) => kindOf(object));
  return kinds.every((kind) => kind === kinds[0] && traitsOf(kind).isShort);
};
