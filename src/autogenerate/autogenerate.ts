import { expectedAt, isListedIn, isVaryingAt, readLock } from '../lockfile/index.ts';
import { lockInZone } from '../lockfile/zone.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { readMigrationSetIfAny } from '../migrations/read.ts';
import { decodeSource } from '../migrations/source.ts';
import { kindOf, namedIn, nameOf, parentOf, withoutPrivileges } from '../schema/catalog/index.ts';
import { type ExpectedObject, isUnverified } from '../schema/compare/index.ts';
import { differencesBetween } from '../schema/compare/snapshots.ts';
import {
  asRenames,
  type Change,
  changesBetween,
  excludeObjects,
  formatChanges,
  type GivenRenames,
  inverse,
  keepRights,
  possibleRenames,
  type Rename,
  readRenames,
  renamed,
  type SchemaGraph,
  withoutDefaults,
} from '../schema/generate/index.ts';
import {
  areApart,
  type Building,
  bothOf,
  onShadow,
  ownPart,
  type Platform,
  type Shadow,
  schemasOf,
  upTo,
  withShadow,
} from '../shadow/index.ts';
import type { Script } from '../sql/index.ts';
import { type DesiredSchema, describeDesiredSchema, setOf } from './desired-schema.ts';
import {
  belongsTo,
  historyTables,
  isExtension,
  mentionedSchema,
  schemasLeftAlone,
  unmentioned,
} from './mentioned.ts';
import type { GenerateRequest } from './request.ts';
import { tablesTouched } from './tables-touched.ts';
import { verifyMigration } from './verify.ts';
import { type Draft, type Generated, hasStatements, write } from './written.ts';

/** Where the generated migration will stand. */
export interface Target {
  readonly version: string;
  /** The part of the file name after the version. */
  readonly name: string;
  readonly up: string;
  /** null where no down file is wanted. */
  readonly down: string | null;
}

/** What came of a wish: `same` where head is what it describes, the schemas aside that it has nothing in. */
export type Outcome = { readonly leftAlone: readonly string[] } & (
  | { readonly kind: 'same' }
  | ({ readonly kind: 'other' } & Generated)
);

/**
 * Writes the migration, and the one that undoes it, that turn head into the desired schema. Both schemas are built on a
 * shadow; there the migration is tried on tables with rows, and undone.
 *
 * @throws SlipwayError (64) for a rename that cannot be meant, (65) where the wish's own SQL fails or head cannot be
 *   built; what `describeWish` and `withShadow` throw.
 */
export function autogenerate(app: GenerateRequest, desired: DesiredSchema, target: Target): Promise<Outcome> {
  const { config } = app;
  const lock = readLock(config.lockfile);
  const files = readMigrationSetIfAny(config, isListedIn(lock));
  const set = upTo(lock ? { ...files, superseded: lock.superseded } : files, files.head);
  const withPrivileges = lock?.options.privileges ?? false;
  const ignore = lock?.options.ignore ?? [];
  const phase = app.progress.begin({
    shadow: 'starting a shadow database',
    build: `building head and what ${desired.name} describes`,
    write: 'writing the changes from one to the other',
    prove: 'trying them on tables with rows',
  });
  phase('shadow');
  return withShadow(app, (shadow) =>
    onShadow(app, shadow, set, async (building) => {
      phase('build');
      const { head: full, desiredGraph } = await bothSides(app, desired, {
        shadow,
        building,
        set,
        withPrivileges,
      });
      phase('write');
      const head = withPrivileges ? full : { ...full, snapshot: withoutPrivileges(full.snapshot) };
      const isNamed = namedIn([...ignore, ...keptPatterns(app)], [head.snapshot, desiredGraph.snapshot]);
      // What is wished in SQL was made in the time zone of the files; another database may have its own.
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
      const isHistory = belongsTo(
        new Set(desired.kind === 'database' ? histories : []),
        desiredGraph.snapshot,
      );
      // What one database has set for itself, such as to be read-only, is no wish for all.
      const isOfSource = (object: string): boolean =>
        desired.kind === 'database' && kindOf(object) === 'database';
      const goal = goalOf(head, desiredGraph, [isKept, isPlatforms, isUnmentioned, isHistory, isOfSource]);
      tellHistories(
        app,
        desired,
        histories.filter((table) => !isKept(`table ${table}`)),
      );
      const given = givenRenames(app, head, goal);
      const leftAlone = isEmpty
        ? []
        : schemasLeftAlone(ownPart(head.snapshot, building.platform), desiredGraph.snapshot);
      tellSchemas(app, desired, leftAlone);
      if (differencesBetween(head.snapshot, goal.snapshot).differences.length === 0)
        return { kind: 'same', leftAlone };
      const renames = await askForRenames(app, head, goal, given);
      const draft = draftOf(
        withPrivileges ? { head, goal } : withRights(withoutDefaults(full), goal, renames),
        renames,
        target,
      );
      const touched = tablesTouched(draft.upChanges, head);
      const claim = {
        set: withDraft(set, draft, target),
        head,
        desired: goal,
        renames,
        touched,
        withPrivileges,
      };
      phase('prove');
      const proof = hasStatements(draft.upChanges)
        ? await verifyMigration(app, shadow, building, claim)
        : { up: [], down: [], unfilled: [] };
      const alone = addsSchema(head, goal) ? leftAlone : [];
      return { kind: 'other', leftAlone, ...write({ ...draft, alone }, proof, target.down !== null) };
    }),
  );
}

function tellSchemas({ log }: GenerateRequest, desired: DesiredSchema, schemas: readonly string[]): void {
  for (const schema of schemas) {
    log.info(
      { event: 'leftAlone', schema },
      `${desired.name} has nothing in the schema ${schema}: left as it is`,
    );
  }
}

/** Where head is built. */
interface Side {
  readonly shadow: Shadow;
  readonly building: Building;
  readonly set: MigrationSet;
  readonly withPrivileges: boolean;
}

/** Builds head and the desired schema, and describes both. @throws what head throws, else what the wish throws. */
async function bothSides(
  app: GenerateRequest,
  desired: DesiredSchema,
  { shadow, building, set, withPrivileges }: Side,
): Promise<{ readonly head: SchemaGraph; readonly desiredGraph: SchemaGraph }> {
  const wanted = setOf(desired);
  const { first, second } = await bothOf(
    {
      first: async () => {
        if (set.head !== '') await building.bring(set);
        return building.describe(true);
      },
      second: () => describeDesiredSchema(app, desired, shadow, withPrivileges),
    },
    areApart(app.config, [set, ...(wanted ? [wanted] : [])]),
  );
  return { head: first, desiredGraph: second() };
}

/** The version tables of other tools come with a database, and are no wish; what SQL names is one. */
function tellHistories({ log }: GenerateRequest, desired: DesiredSchema, tables: readonly string[]): void {
  for (const table of tables) {
    const what = `${table} appears to be the version table of another migration tool`;
    if (desired.kind === 'database') log.info({ event: 'leftAlone', table }, `${what}: left out`);
    else log.warn({ event: 'versionTable', table }, `${what}; to leave it out: --keep 'table ${table}'`);
  }
}

/** The wish, with all that it has nothing to say of as it is at head. */
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

/** Where a schema comes, one that is left alone may be the same under its old name. */
const addsSchema = (head: SchemaGraph, goal: SchemaGraph): boolean =>
  [...goal.snapshot.keys()].some((object) => kindOf(object) === 'schema' && !head.snapshot.has(object));

const givenRenames = ({ flags }: GenerateRequest, head: SchemaGraph, goal: SchemaGraph): GivenRenames =>
  readRenames(flags.rename ?? '', {
    start: head.snapshot,
    goal: goal.snapshot,
    startName: 'head',
    goalName: 'the desired schema',
  });

/** What is given, and on a terminal each other possible one that is said to be one; else it is only told of. */
async function askForRenames(
  { ask, log }: GenerateRequest,
  head: SchemaGraph,
  goal: SchemaGraph,
  given: GivenRenames,
): Promise<readonly Rename[]> {
  if (given.areAll) return given.renames;
  const taken = new Set(given.renames.map(({ from }) => from));
  const renames = [...given.renames];
  for (const rename of possibleRenames(head.snapshot, goal.snapshot)) {
    const { kind, from, to } = rename;
    if (taken.has(from)) continue;
    if (!ask) {
      log.warn(
        { event: 'possibleRename', kind, from, to },
        `${from} is dropped and ${to} is new: if that is a rename of one ${kind}, say so: --rename ${from}=${to}`,
      );
    } else if (await ask(`Is ${to} the ${kind} ${from}, renamed, with its data?`)) {
      renames.push(rename);
    }
  }
  return renames;
}

interface Ends {
  readonly head: SchemaGraph;
  readonly goal: SchemaGraph;
}

/** Where the lock does not say who may what: head's rights on both ends, for what is dropped and made again. */
const withRights = (head: SchemaGraph, goal: SchemaGraph, renames: readonly Rename[]): Ends => ({
  head,
  goal: keepRights(renamed(head, asRenames(renames)), goal, false),
});

function draftOf({ head, goal }: Ends, renames: readonly Rename[], { name }: Target): Draft {
  const options = { drops: 'write', purpose: 'migration' } as const;
  const upChanges = changesBetween(head, goal, { ...options, renames: asRenames(renames) });
  return {
    alone: [],
    title: name.replaceAll('_', ' '),
    upChanges,
    downChanges: changesBetween(reachedBy(upChanges, renamed(head, asRenames(renames)), goal), head, {
      ...options,
      isUndoing: true,
      renames: asRenames(inverse(renames)),
    }),
  };
}

/** What the changes make of head: what they leave is as it was, and nothing of it is to be undone. */
function reachedBy(changes: readonly Change[], head: SchemaGraph, goal: SchemaGraph): SchemaGraph {
  const left = new Set(changes.flatMap((change) => (change.kind === 'left' ? [change.object] : [])));
  const isLeft = (object: string): boolean => {
    const table = `table ${parentOf(object)}`;
    return left.has(object) || (left.has(table) && !head.snapshot.has(table));
  };
  return left.size === 0 ? goal : excludeObjects(head, goal, isLeft);
}

/** The set with the migration as it would be written, were nothing found wrong with it. */
function withDraft(set: MigrationSet, draft: Draft, target: Target): MigrationSet {
  const script = (path: string, changes: readonly Change[]): Script => ({
    format: 'sql',
    source: decodeSource(path, Buffer.from(formatChanges(changes, []))),
    directives: { noTransaction: false, lockTimeoutMs: null, irreversible: false },
  });
  const migration: Migration = {
    ...script(target.up, draft.upChanges),
    kind: 'migration',
    version: target.version,
    name: target.name,
    down:
      target.down === null || !hasStatements(draft.downChanges)
        ? null
        : script(target.down, draft.downChanges),
  };
  return { ...set, migrations: [...set.migrations, migration], head: target.version };
}
