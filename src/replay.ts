import pg from 'pg';
import type { Context } from './commands/command.ts';
import { undoNewest } from './commands/down.ts';
import { identifier } from './connection/session.ts';
import { SlipwayError } from './errors.ts';
import type { Migration, MigrationSet } from './model.ts';
import { Tally } from './outcome.ts';
import { explainRefusal } from './refusal.ts';
import type { Run } from './run.ts';
import type { Shadow } from './shadow.ts';
import { type Snapshot, takeSnapshot } from './snapshot/snapshot.ts';
import { withRun } from './start.ts';
import { BodyFailure } from './steps/body.ts';
import { up } from './up.ts';

/** What a migration made of the schema, as seen on a shadow. */
export interface Replayed {
  readonly migration: Migration;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** The schema after its down file ran; null where it has none, or must not be undone. */
  readonly undone: Snapshot | null;
}

/**
 * Builds the schema on a shadow version by version, with the very code that brings databases to head, and takes a
 * snapshot of each. What can be undone is undone, looked at, and applied again.
 *
 * @throws what a migration throws; SlipwayError (65) where one cannot be undone or applied again.
 */
export async function replay(
  context: Context,
  shadow: Shadow,
  set: MigrationSet,
  withPrivileges: boolean,
): Promise<readonly Replayed[]> {
  const { config, log } = context;
  const quiet = log.child({}, { level: 'warn' });
  const inside: Context = {
    ...context,
    log: quiet,
    config: {
      ...config,
      connection: shadow.connection,
      direct: null,
      role: null,
      readers: [],
      createDatabase: false,
      onDrift: 'ignore',
    },
  };
  const steps = [
    ...(set.baseline ? [set.baseline] : []),
    ...set.migrations.filter(({ version }) => version > (set.baseline?.version ?? '')),
  ];
  return withRun(inside, { isWriter: true, carried: { set, lock: null } }, async (run) => {
    const look = (): Promise<Snapshot> => takeSnapshot(run.session, { ledger: run.ledger, withPrivileges });
    const replayed: Replayed[] = [];
    let before = await look();
    for (const [index, migration] of steps.entries()) {
      const upTo = {
        ...set,
        migrations: steps.slice(0, index + 1).filter(({ kind }) => kind === 'migration'),
        head: migration.version,
      };
      await apply(run, upTo, shadow);
      const after = await look();
      let undone: Snapshot | null = null;
      if (isUndoable(migration)) {
        await undoNewest({ ...run, session: run.session, set: upTo });
        undone = await look();
        await apply(run, upTo, shadow);
      }
      replayed.push({ migration, before, after, undone });
      before = after;
    }
    return replayed;
  });
}

const isUndoable = ({ kind, down, directives }: Migration): boolean =>
  kind === 'migration' && down !== null && !directives.irreversible;

async function apply(run: Run, set: MigrationSet, shadow: Shadow): Promise<void> {
  for (;;) {
    try {
      const { plan } = await up({ ...run, session: run.session, set }, new Tally());
      if (plan.kind === 'refused') throw new SlipwayError(explainRefusal(plan.refusal));
      return;
    } catch (error) {
      const role = shadow.isOwnServer ? missingRole(error) : null;
      if (role === null) throw error;
      await run.session.run(`CREATE ROLE ${identifier(role)}`);
    }
  }
}

/** The role that a grant or an owner names and our own server does not have (42704); its messages are not translated. */
function missingRole(error: unknown): string | null {
  if (!(error instanceof BodyFailure) || !(error.cause instanceof pg.DatabaseError)) return null;
  if (error.cause.code !== '42704') return null;
  return /^role "(.+)" does not exist$/.exec(error.cause.message)?.[1] ?? null;
}
