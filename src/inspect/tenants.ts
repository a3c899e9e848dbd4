import type { Lock } from '../lockfile/index.ts';
import { matcher } from '../schema/catalog/index.ts';
import { kindOf } from '../schema/compare/index.ts';
import { everKnown, relationsAmong } from './match.ts';
import type { DatabaseState, FoundRelation } from './state.ts';

/** A schema that the lock has nothing in, and that resembles a copy of one that it names. */
export interface Copy {
  readonly schema: string;
  /** The schema of the lock that it is like. */
  readonly of: string;
  /** How many tables have the same name, and how many the lock names there. */
  readonly shared: number;
  readonly tables: number;
}

/** Fewer tables of the same name are chance. */
const fewest = 2;

/** The schemas that resemble copies of what a lock names, as a tenant's does. */
export function copiesOf(state: DatabaseState, lock: Lock | null): Copy[] {
  const others = lock === null ? [] : foreignTables(state, lock);
  if (lock === null || others.length < fewest) return [];
  const named = bySchema(tablesAmong(everKnown(lock).keys()));
  return [...bySchema(others)].flatMap(([schema, names]) => {
    if (named.has(schema)) return [];
    const alike = [...named]
      .map(([of, tables]) => ({
        schema,
        of,
        shared: [...names].filter((name) => tables.has(name)).length,
        tables: tables.size,
      }))
      .filter(({ shared, tables }) => shared >= fewest && 2 * shared >= tables)
      .sort((a, b) => b.shared - a.shared);
    return alike.slice(0, 1);
  });
}

/** A copy in words. */
export const describeCopy = ({ schema, of, shared, tables }: Copy): string =>
  `the schema ${schema} appears to be a copy of ${of}: it has ${shared} of the ${tables} tables that the lock names there. Tenants as schemas are not supported: ${of} alone is brought to a version and compared`;

/** What to do about one. */
export const copyRemedy = ({ schema }: Copy): string =>
  `Give each tenant a database of its own, and run \`slipway up\` once for each; or change the copies by SQL in the migrations, which nothing then compares. To hide this warning: "* ${schema}.*" in options.ignore of the lock.`;

/** Tables that are there and that the lock does not name, where an inspection has seen them. */
function foreignTables(state: DatabaseState, { options }: Lock): FoundRelation[] {
  if (state.kind === 'managed') {
    const extra = (state.comparison?.differences ?? []).filter(({ kind }) => kind === 'extra');
    return tablesAmong(extra.map(({ object }) => object));
  }
  if (state.kind !== 'empty') return [];
  const isIgnored = matcher(options.ignore);
  return state.found.filter(
    ({ kind, schema, name }) => kind === 'table' && !isIgnored(`table ${schema}.${name}`),
  );
}

const tablesAmong = (objects: Iterable<string>): FoundRelation[] =>
  relationsAmong([...objects].filter((object) => kindOf(object) === 'table'));

function bySchema(relations: readonly FoundRelation[]): Map<string, Set<string>> {
  const schemas = new Map<string, Set<string>>();
  for (const { schema, name } of relations) {
    const names = schemas.get(schema) ?? new Set();
    schemas.set(schema, names.add(name));
  }
  return schemas;
}
