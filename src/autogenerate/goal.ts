import type { Lock } from '../lockfile/index.ts';
import { expectedAt, isVaryingAt } from '../lockfile/index.ts';
import { lockInZone } from '../lockfile/zone.ts';
import type { MigrationSet } from '../migrations/index.ts';
import { kindOf, namedIn, nameOf, withoutPrivileges } from '../schema/catalog/index.ts';
import { type ExpectedObject, isUnverified } from '../schema/compare/index.ts';
import { excludeObjects, type SchemaGraph } from '../schema/generate/index.ts';
import { type Building, ownPart, type Platform, schemasOf } from '../shadow/index.ts';
import type { DesiredSchema } from './desired-schema.ts';
import {
  belongsTo,
  historyTables,
  isExtension,
  mentionedSchema,
  schemasLeftAlone,
  unmentioned,
} from './mentioned.ts';
import type { GenerateRequest } from './request.ts';

/** Head and the desired schema as they were built, and what they were built of. */
interface Built {
  readonly head: SchemaGraph;
  readonly desiredGraph: SchemaGraph;
  readonly lock: Lock | null;
  readonly set: MigrationSet;
  readonly building: Building;
}

/** What the migration leads from and to, as far as the project has a say in it. */
interface Goal {
  readonly head: SchemaGraph;
  readonly goal: SchemaGraph;
  /** The schemas that the desired schema has nothing in. */
  readonly leftAlone: readonly string[];
}

/** What of the desired schema is asked for: all but what is named to be kept, the platform's and other tools'. */
export function goalBetween(app: GenerateRequest, desired: DesiredSchema, built: Built): Goal {
  const { lock, set, building, desiredGraph } = built;
  const { ignore, privileges } = lock?.options ?? { ignore: [], privileges: false };
  const head = privileges ? built.head : { ...built.head, snapshot: withoutPrivileges(built.head.snapshot) };
  const isNamed = namedIn([...ignore, ...keptPatterns(app)], [head.snapshot, desiredGraph.snapshot]);
  // A desired schema in SQL was made in the time zone of the files; another database may have its own.
  const comparable = lock && desired.kind === 'sql' ? lockInZone(lock, building.run.zone) : lock;
  const locked = comparable ? expectedAt(comparable, set.head) : new Map<string, ExpectedObject>();
  const isVarying = lock ? isVaryingAt(lock, set.head) : () => false;
  const isKept = (object: string): boolean =>
    isNamed(object) ||
    isVarying(object) ||
    isUnverified(locked.get(object), desiredGraph.snapshot.get(object));
  const isPlatforms = ofPlatform(building.platform, desired, head);
  const isEmpty = desired.kind === 'sql' && desired.isEmpty;
  const isUnmentioned = isEmpty ? isExtension : unmentioned(desiredGraph.snapshot);
  const histories = [...historyTables(desiredGraph.snapshot)].filter(
    (table) => !head.snapshot.has(`table ${table}`),
  );
  const isHistory = belongsTo(new Set(desired.kind === 'database' ? histories : []), desiredGraph.snapshot);
  // What one database has set for itself, such as to be read-only, is not desired for all.
  const isOfSource = (object: string): boolean =>
    desired.kind === 'database' && kindOf(object) === 'database';
  const goal = goalOf(head, desiredGraph, [isKept, isPlatforms, isUnmentioned, isHistory, isOfSource]);
  tellHistories(
    app,
    desired,
    histories.filter((table) => !isKept(`table ${table}`)),
  );
  const leftAlone = isEmpty
    ? []
    : schemasLeftAlone(ownPart(head.snapshot, building.platform), desiredGraph.snapshot);
  return { head, goal, leftAlone };
}

/** Says which schemas are left as they are. */
export function tellSchemas(
  { log }: GenerateRequest,
  desired: DesiredSchema,
  schemas: readonly string[],
): void {
  for (const schema of schemas) {
    log.info(
      { event: 'leftAlone', schema },
      `${desired.name} has nothing in the schema ${schema}: left as it is`,
    );
  }
}

/** The version tables of other tools come with a database, and are not desired; what SQL names is one. */
function tellHistories({ log }: GenerateRequest, desired: DesiredSchema, tables: readonly string[]): void {
  for (const table of tables) {
    const what = `${table} appears to be the version table of another migration tool`;
    if (desired.kind === 'database') log.info({ event: 'leftAlone', table }, `${what}: left out`);
    else log.warn({ event: 'versionTable', table }, `${what}; to leave it out: --keep 'table ${table}'`);
  }
}

/** The desired schema, with all that it has nothing to say of as it is at head. */
function goalOf(
  head: SchemaGraph,
  desiredGraph: SchemaGraph,
  leftAlone: readonly ((object: string) => boolean)[],
): SchemaGraph {
  // A dump without rows says of every materialized view that it holds none.
  const isEmptied = (object: string): boolean =>
    kindOf(object) === 'without data' &&
    !head.snapshot.has(object) &&
    head.snapshot.has(`materialized view ${nameOf(object)}`);
  return excludeObjects(head, desiredGraph, (object) =>
    [...leftAlone, isEmptied].some((isExcluded) => isExcluded(object)),
  );
}

/**
 * Whether an object is the platform's. A database has more of it than the file for shadows makes: what stands in one of
 * its schemas, and not at head, is taken for the platform's too.
 */
function ofPlatform(
  platform: Platform | null,
  desired: DesiredSchema,
  head: SchemaGraph,
): (object: string) => boolean {
  const schemas = schemasOf(platform);
  return (object) =>
    platform !== null &&
    (platform.objects.has(object) ||
      (desired.kind === 'database' &&
        !head.snapshot.has(object) &&
        schemas.has(mentionedSchema(object) ?? '')));
}

/** A function's name has commas between its arguments. */
const keptPatterns = ({ flags }: GenerateRequest): string[] =>
  flags.keep !== undefined ? flags.keep.split(/,(?![^(]*\))/).map((pattern) => pattern.trim()) : [];
