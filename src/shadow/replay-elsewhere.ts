import type { App } from '../app/index.ts';
import type { MigrationSet, Version } from '../migrations/index.ts';
import { identifier } from '../postgres/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import type { Building } from './building.ts';
import { onShadow, type Replayed, tellOf, upTo } from './replay.ts';
import { isSameSchema } from './replay-undo.ts';
import type { Shadow } from './shadow.ts';

/** The schema after each version that changes it, as another replay made it. */
export interface Elsewhere {
  readonly made: ReadonlyMap<Version, Snapshot>;
  /** TimeZone of its sessions. */
  readonly zone: string | null;
}

/**
 * Calls `work` with one more shadow, where it is another moment and clocks show another day: time zones 26 hours apart
 * never share a date, so one of them has another one than the server's own.
 */
export function elsewhere<T>(
  app: App,
  shadow: Shadow,
  set: MigrationSet,
  work: (building: Building) => Promise<T>,
): Promise<T> {
  return shadow.another((another) =>
    onShadow(app, another, set, async (building) => {
      const { run } = building;
      const [zones] = await run.session.rows(
        `SELECT (pg_catalog.now() AT TIME ZONE 'Etc/GMT-14')::date <> CURRENT_DATE AS is_east`,
      );
      const [named] = await run.session.rows('SELECT pg_catalog.current_database() AS name');
      const database = identifier(String(named?.name));
      await run.session.run(
        `ALTER DATABASE ${database} SET TimeZone = '${zones?.is_east === true ? 'Etc/GMT-14' : 'Etc/GMT+12'}'`,
      );
      await run.reconnect();
      return work(building);
    }),
  );
}

/** The first replay of a set. */
interface First {
  readonly set: MigrationSet;
  readonly replayed: readonly Replayed[];
  readonly withPrivileges: boolean;
}

/** Builds once more what was replayed, and inspects what each version makes that changes the schema. */
export function replayElsewhere(
  app: App,
  shadow: Shadow,
  { set, replayed, withPrivileges }: First,
): Promise<Elsewhere> {
  const whole = upTo(set, set.head);
  const { baseline, migrations } = whole;
  return elsewhere(app, shadow, set, async ({ run, inspection, bring, add }) => {
    const made = new Map<Version, Snapshot>();
    for (const [at, { migration, before, after }] of replayed.entries()) {
      const { path: file } = migration.source;
      tellOf(app.progress, { done: at, versions: replayed.length, file }, 'replayed once more');
      const above = migrations.slice(0, baseline ? at : at + 1);
      const reached = { ...whole, migrations: above, head: migration.version };
      await (at === 0 ? bring(reached) : add(reached, migration));
      if (!isSameSchema(before, after)) made.set(migration.version, await inspection(withPrivileges));
    }
    return { made, zone: run.session.zone };
  });
}
