import { isListedIn, type Lock, readLock } from '../lockfile/index.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { readMigrationSetIfAny } from '../migrations/read.ts';
import { decodeSource } from '../migrations/source.ts';
import { kindOf, parentOf } from '../schema/catalog/index.ts';
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
  type Rename,
  readRenames,
  renamed,
  type SchemaGraph,
  withoutDefaults,
} from '../schema/generate/index.ts';
import { areApart, type Building, bothOf, onShadow, type Shadow, upTo, withShadow } from '../shadow/index.ts';
import type { Script } from '../sql/index.ts';
import { type DesiredSchema, describeDesiredSchema, setOf } from './desired-schema.ts';
import { findRenames } from './find-renames.ts';
import { goalBetween, tellSchemas } from './goal.ts';
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

/** What came of a desired schema: `same` where head is what it describes, the schemas aside that it has nothing in. */
export type Outcome = { readonly leftAlone: readonly string[] } & (
  | { readonly kind: 'same' }
  | ({ readonly kind: 'other' } & Generated)
);

/**
 * Writes the migration, and the one that undoes it, that turn head into the desired schema. Both schemas are built on a
 * shadow; there the migration is tried on tables with rows, and undone.
 *
 * @throws SlipwayError (64) for a rename that cannot be meant, (65) where the SQL of the desired schema fails or head
 *   cannot be built; what `describeWish` and `withShadow` throw.
 */
export function autogenerate(app: GenerateRequest, desired: DesiredSchema, target: Target): Promise<Outcome> {
  const head = readHead(app);
  const phase = app.progress.begin({
    shadow: 'starting a shadow database',
    build: `building head and what ${desired.name} describes`,
    write: 'writing the changes from one to the other',
    prove: 'trying them on tables with rows',
  });
  phase('shadow');
  return withShadow(app, (shadow) =>
    onShadow(app, shadow, head.set, (building) =>
      generateOn(app, desired, target, { ...head, shadow, building, phase }),
    ),
  );
}

/** The files up to head, and their lock. */
export interface Head {
  readonly lock: Lock | null;
  readonly set: MigrationSet;
}

/** @throws SlipwayError (65, 66, 83). */
export function readHead({ config }: Pick<GenerateRequest, 'config'>): Head {
  const lock = readLock(config.lockfile);
  const files = readMigrationSetIfAny(config, isListedIn(lock));
  return { lock, set: upTo(lock ? { ...files, superseded: lock.superseded } : files, files.head) };
}

/** Where a migration is generated. */
export interface Workshop extends Head {
  readonly shadow: Shadow;
  /** Builds on that shadow, which is empty or at head. */
  readonly building: Building;
  /** Is told what begins. */
  readonly phase: (phase: 'build' | 'write' | 'prove') => void;
}

/** As `autogenerate`, on a shadow that is there. The shadow is of no more use after it. */
export async function generateOn(
  app: GenerateRequest,
  desired: DesiredSchema,
  target: Target,
  { lock, set, shadow, building, phase }: Workshop,
): Promise<Outcome> {
  const withPrivileges = lock?.options.privileges ?? false;
  phase('build');
  const sides = await bothSides(app, desired, { shadow, building, set, withPrivileges });
  phase('write');
  const { head, goal, leftAlone } = goalBetween(app, desired, { ...sides, lock, set, building });
  const given = givenRenames(app, head, goal);
  tellSchemas(app, desired, leftAlone);
  if (differencesBetween(head.snapshot, goal.snapshot).differences.length === 0)
    return { kind: 'same', leftAlone };
  const renames = await findRenames(app, desired, { head, goal, given });
  const draft = draftOf(
    withPrivileges ? { head, goal } : withRights(withoutDefaults(sides.head), goal, renames),
    renames,
    target,
  );
  const touched = tablesTouched(draft.upChanges, head);
  const claim = { set: withDraft(set, draft, target), head, desired: goal, renames, touched, withPrivileges };
  phase('prove');
  const proof = hasStatements(draft.upChanges)
    ? await verifyMigration(app, shadow, building, claim)
    : { up: [], down: [], unfilled: [] };
  const alone = addsSchema(head, goal) ? leftAlone : [];
  return { kind: 'other', leftAlone, ...write({ ...draft, alone }, proof, target.down !== null) };
}

/** Where head is built. */
interface Side {
  readonly shadow: Shadow;
  readonly building: Building;
  readonly set: MigrationSet;
  readonly withPrivileges: boolean;
}

/**
 * Builds head and the desired schema, and describes both. @throws what head throws, else what the desired one throws.
 */
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
  const left = new Set(changes.flatMap((change) => (change.kind === 'manual' ? [change.object] : [])));
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
