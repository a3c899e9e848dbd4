import type { App, Progress } from '../app/index.ts';
import { SlipwayError } from '../core/index.ts';
import type { Measured } from '../impact/index.ts';
import { describe } from '../inspect/describe.ts';
import { atLeast } from '../log/index.ts';
import { type Run, Tally, withRun } from '../migrate/index.ts';
import { undo } from '../migrate/own-script.ts';
import { preparePlan, runSteps } from '../migrate/steps.ts';
import { up } from '../migrate/up.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { explainRefusal } from '../plan/refusal.ts';
import { type Snapshot, sharing, takeSnapshotAgain } from '../schema/catalog/index.ts';
import type { Script } from '../sql/index.ts';
import { refuseBeyond, scriptsOf, scriptsOfOne } from './beyond.ts';
import type { Building } from './building.ts';
import { aboutDatabase } from './database.ts';
import { explaining, makePlatform } from './make-platform.ts';
import { MeasuredFile } from './measure.ts';
import { changedOfPlatform, ownPart, type Platform } from './platform.ts';
import { isBad, tryUndoing, type Undoing } from './replay-undo.ts';
import { withRoles } from './roles.ts';
import type { Shadow } from './shadow.ts';

/** What a migration made of the schema, as seen on a shadow. */
export interface Replayed {
  readonly migration: Migration;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly undoing: Undoing;
  /** What each of its statements locks; null where that was not asked for. */
  readonly measured: Measured | null;
  /** The major version of the shadow's server. */
  readonly major: number;
  /** TimeZone of the session that made it; null where the server does not report it. */
  readonly zone: string | null;
  /** What the platform owns and the migration made another of, or dropped: no snapshot holds it. */
  readonly changedOfPlatform: readonly string[];
}

/** What a set has up to a version: the baseline and the migrations after it, in order. */
export function upTo(set: MigrationSet, version: Version): MigrationSet {
  const { baseline, migrations } = set;
  return {
    ...set,
    migrations: migrations.filter(
      (migration) => migration.version > (baseline?.version ?? '') && migration.version <= version,
    ),
    head: version,
  };
}

/**
 * Connects to a shadow and calls `work` with what builds on it. Roles that the files name are made where the whole
 * server is ours.
 *
 * @throws what a migration throws, and what `work` throws.
 */
export async function onShadow<T>(
  app: App,
  shadow: Shadow,
  set: MigrationSet,
  work: (building: Building) => Promise<T>,
): Promise<T> {
  const { config, log } = app;
  const inside: App = {
    ...app,
    log: atLeast('warn', log),
    config: {
      ...config,
      connection: shadow.connection,
      direct: null,
      role: null,
      readers: [],
      createDatabase: false,
      onDrift: 'ignore',
      maxLock: null,
      maxLagMs: null,
    },
  };
  const mayRun = (scripts: () => readonly Script[]): void => {
    if (shadow.server === 'same') refuseBeyond(scripts());
  };
  mayRun(() => scriptsOf(set));
  return withRun(inside, { isWriter: true, bundled: { set, lock: null } }, async (run) => {
    const { copyOf } = shadow;
    const platform = copyOf ? copyOf.platform : await makePlatform(run, shadow, log);
    const about = aboutDatabase(shadow.connection.database);
    let bodyRunner: Run['bodyRunner'];
    const at = (wanted: MigrationSet): Run => {
      mayRun(() => scriptsOf(wanted));
      return onPlatform(run, platform, about.set(wanted), bodyRunner);
    };
    return work({
      run,
      platform,
      inspection: (withPrivileges) => takeSnapshotAgain(run.session, { ledger: run.ledger, withPrivileges }),
      describe: async (withPrivileges) => ({
        ...(await describe(run, withPrivileges)),
        given: platform?.objects ?? new Set<string>(),
        defaultVersions: await defaultVersions(run),
      }),
      bring: (wanted) => explaining(run, () => withRoles(run, shadow, () => apply(at(wanted)))),
      add: (wanted, migration) => {
        mayRun(() => scriptsOfOne(migration));
        return explaining(run, () =>
          withRoles(run, shadow, () => applyAlone(at(wanted), about.migration(migration))),
        );
      },
      measuring: async (work) => {
        const file = new MeasuredFile();
        bodyRunner = (session, body) => file.run(session, body);
        try {
          await work();
          return file.measured;
        } finally {
          bodyRunner = undefined;
        }
      },
      undo: async (reached) =>
        void (await undo(at(reached), { target: { kind: 'steps', steps: 1 }, mayLose: true })),
    });
  });
}

/** What CREATE EXTENSION gives without VERSION, of the extensions that are there (PostgreSQL docs, pg_available_extensions). */
async function defaultVersions({ session }: Run): Promise<ReadonlyMap<string, string>> {
  const rows = await session.rows(
    `SELECT pg_catalog.quote_ident(name) AS name, default_version FROM pg_catalog.pg_available_extensions
      WHERE installed_version IS NOT NULL AND default_version IS NOT NULL`,
  );
  return new Map(rows.map(({ name, default_version: version }) => [String(name), String(version)]));
}

/** The run, of a set; what the platform owns makes no database somebody's. */
const onPlatform = (
  run: Run,
  platform: Platform | null,
  set: MigrationSet,
  bodyRunner: Run['bodyRunner'],
): Run => ({
  ...run,
  bodyRunner,
  get session() {
    return run.session;
  },
  set,
  inspectOptions: { ...run.inspectOptions, passedOver: platform?.relations ?? run.inspectOptions.passedOver },
});

/** What is replayed. */
export interface Replay {
  readonly set: MigrationSet;
  readonly withPrivileges: boolean;
  /** Whether to find out what the statements of a file lock; by default of none. */
  readonly isMeasured?: (migration: Migration) => boolean;
}

/**
 * Builds the schema on a shadow version by version, and takes a snapshot of each. What can be undone is undone, looked
 * at, and applied again. Where that left another schema than the migration makes, what comes after it is built on one
 * more shadow, on which nothing was undone.
 *
 * @throws what a migration throws.
 */
export const replay = (app: App, shadow: Shadow, what: Replay): Promise<readonly Replayed[]> =>
  replayAnd(app, shadow, what, async (replayed) => replayed);

/** As `replay`, and calls `work` on the shadow that it ended on, which is at head where nothing was undone. */
export async function replayAnd<T>(
  app: App,
  shadow: Shadow,
  { set, withPrivileges, isMeasured = () => false }: Replay,
  work: (replayed: readonly Replayed[], building: Building) => Promise<T>,
): Promise<T> {
  const whole = upTo(set, set.head);
  const { baseline, migrations } = whole;
  const steps = [...(baseline ? [baseline] : []), ...migrations];
  const replayed: Replayed[] = [];
  const goOn = (place: Shadow): Promise<{ readonly result: T } | null> =>
    onShadow(app, place, set, async (building) => {
      await replayOn(
        building,
        { whole, steps, withPrivileges, isMeasured, progress: app.progress },
        replayed,
      );
      return replayed.length < steps.length ? null : { result: await work(replayed, building) };
    });
  let ended = await goOn(shadow);
  while (ended === null) ended = await shadow.another(goOn);
  return ended.result;
}

/** What is replayed, and how it is inspected. */
interface Course {
  readonly whole: MigrationSet;
  /** The baseline and the migrations after it. */
  readonly steps: readonly Migration[];
  readonly withPrivileges: boolean;
  readonly isMeasured: NonNullable<Replay['isMeasured']>;
  readonly progress: Progress;
}

/** Replays on an empty shadow what was not yet replayed, until the shadow is of no more use. */
async function replayOn(building: Building, course: Course, replayed: Replayed[]): Promise<void> {
  const { inspection, bring } = building;
  const { whole, steps, withPrivileges, isMeasured, progress } = course;
  const isReplayed = replayed.length > 0;
  if (isReplayed) await bring(reached(course, replayed.length - 1));
  let before = await inspection(withPrivileges);
  let isUndone = false;
  for (const [at, migration] of [...steps.entries()].slice(replayed.length)) {
    tellOf(progress, { done: at, versions: steps.length, file: migration.source.path });
    try {
      const made = await replayOne(building, {
        set: reached(course, at),
        migration,
        isFirst: at === 0,
        before,
        withPrivileges,
        isMeasured: isMeasured(migration),
      });
      replayed.push(made.replayed);
      if (!made.isAsBefore) return;
      isUndone ||= made.replayed.undoing.kind === 'undone';
      before = made.after;
    } catch (error) {
      // What an undoing left in the tables may be why: it has to fail where nothing was undone.
      if (isUndone && isBad(error)) return;
      throw error;
    }
  }
  await bring(whole);
}

/** One migration, and what it is applied to. */
export interface OneReplay {
  /** With the migration as its newest version. */
  readonly set: MigrationSet;
  readonly migration: Migration;
  /** Whether nothing comes before it. */
  readonly isFirst: boolean;
  /** The schema that it meets, with what the platform owns. */
  readonly before: Snapshot;
  readonly withPrivileges: boolean;
  /** Whether to find out what its statements lock. */
  readonly isMeasured: boolean;
}

/**
 * Applies the newest version of a set to a shadow that is at the version before it, and tries its down file.
 *
 * @returns what it made, the schema after it with what the platform owns, and whether the undoing left another one.
 * @throws what the migration throws.
 */
export async function replayOne(
  building: Building,
  { set, migration, isFirst, before, withPrivileges, isMeasured }: OneReplay,
): Promise<{ readonly replayed: Replayed; readonly after: Snapshot; readonly isAsBefore: boolean }> {
  const { run, platform, inspection, bring, add, measuring } = building;
  const own = (snapshot: Snapshot): Snapshot => ownPart(snapshot, platform);
  const goOn = (): Promise<void> => (isFirst ? bring(set) : add(set, migration));
  const measured = isMeasured ? await measuring(goOn) : await goOn().then(() => null);
  const after = sharing(before, await inspection(withPrivileges));
  const tried = await tryUndoing(building, withPrivileges, { migration, set, before, after });
  const { undoing, isAsBefore } = tried;
  const replayed: Replayed = {
    migration,
    before: own(before),
    after: own(after),
    measured,
    undoing: 'schema' in undoing ? { ...undoing, schema: own(undoing.schema) } : undoing,
    major: Number.parseInt(run.session.greeting.version, 10),
    zone: run.zone,
    changedOfPlatform: changedOfPlatform(before, after, platform),
  };
  return { replayed, after, isAsBefore };
}

/** What the set has up to a step. */
function reached({ whole, steps }: Course, at: number): MigrationSet {
  const { baseline, migrations } = whole;
  const head = steps[at]?.version ?? whole.head;
  return { ...whole, migrations: migrations.slice(0, baseline ? at : at + 1), head };
}

/** Which version of how many is being replayed. */
interface Replaying {
  readonly done: number;
  readonly versions: number;
  readonly file: string;
}

/** Says how many versions are done, and which file is being tried. */
export const tellOf = (
  progress: Progress,
  { done, versions, file }: Replaying,
  replayed = 'replayed',
): void =>
  progress.doing(
    { event: 'replaying', done, versions, file },
    `${replayed} ${done} of ${versions} versions; now ${file}`,
  );

async function apply(run: Run): Promise<void> {
  const { plan } = await up(run, new Tally());
  if (plan.kind === 'refused') throw new SlipwayError(explainRefusal(plan.refusal));
}

/** What another run did in between, or undid, shows only to a inspect everything. */
async function applyAlone(run: Run, migration: Migration): Promise<void> {
  const plan = { kind: 'run', from: null, steps: [{ kind: 'apply', migration }] } as const;
  const tally = new Tally();
  tally.plan(plan);
  const ready = await preparePlan(run, plan, null);
  const result = await runSteps(run, ready, { kind: 'empty', found: [] }, { tally });
  if (result !== 'done') await apply(run);
}
