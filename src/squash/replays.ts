import type { App } from '../app/index.ts';
import { type Reading, readRows } from '../data/index.ts';
import type { Run } from '../migrate/index.ts';
import type { MigrationSet } from '../migrations/index.ts';
import { type Snapshot, withoutPrivileges } from '../schema/catalog/index.ts';
import type { SchemaGraph } from '../schema/generate/index.ts';
import { type Building, elsewhere, onShadow, ownPart, type Shadow } from '../shadow/index.ts';
import { ownRows, platformRows } from './platform-rows.ts';

/** What files make of an empty database. */
export interface ReplayResult {
  /** With owners and grants. */
  readonly graph: SchemaGraph;
  /** As the lock counts it. */
  readonly snapshot: Snapshot;
  readonly reading: Reading;
  /** What rows that the platform brings are left of each of its tables. */
  readonly broughtRows: Readonly<Record<string, number>>;
  /** Functions whose doing a description shows: PostgreSQL's own, and TimescaleDB's. */
  readonly functions: ReadonlySet<string>;
}

/** Builds a set on one more shadow, with the very code that brings databases to head, and inspects all of it. */
export function replayFiles(
  app: App,
  shadow: Shadow,
  set: MigrationSet,
  withPrivileges: boolean,
): Promise<ReplayResult> {
  return shadow.another((another) =>
    onShadow(app, another, set, async (building) => {
      await building.bring(set);
      return replayResultOf(building, withPrivileges);
    }),
  );
}

/** Inspects all that stands on a shadow. */
export async function replayResultOf(
  { run, platform, describe }: Building,
  withPrivileges: boolean,
): Promise<ReplayResult> {
  const graph = await describe(true);
  const reading = await readRows(run.session, run.ledger, graph.snapshot);
  return {
    graph,
    snapshot: ownPart(withPrivileges ? graph.snapshot : withoutPrivileges(graph.snapshot), platform),
    reading: ownRows(reading, platform),
    broughtRows: platformRows(reading, platform),
    functions: await shownFunctions(run),
  };
}

/** As `make`, and reads the rows alone: at another moment, and where clocks show another day. */
export const readElsewhere = (app: App, shadow: Shadow, set: MigrationSet): Promise<Reading> =>
  elsewhere(app, shadow, set, async ({ run, platform, bring }) => {
    await bring(set);
    return ownRows(await readRows(run.session, run.ledger), platform);
  });

async function shownFunctions({ session }: Run): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    `SELECT DISTINCT p.proname AS name FROM pg_catalog.pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
         OR EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
              WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND e.extname = 'timescaledb')`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}
