import type { App } from '../app/index.ts';
import { type LockMode, SlipwayError } from '../core/index.ts';
import {
  blockedBy,
  describeLockedTable,
  fileImpact,
  type LockedTable,
  type StatementImpact,
} from '../impact/index.ts';
import { describe } from '../inspect/describe.ts';
import { tableSizes } from '../inspect/table-sizes.ts';
import type { Run } from '../migrate/index.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { decodeSource } from '../migrations/source.ts';
import { type SchemaGraph, writeSchema } from '../schema/generate/index.ts';
import { type Building, onShadow, ownPart, withShadow } from '../shadow/index.ts';
import { parseSql, type SqlScript } from '../sql/index.ts';
import { partTexts } from './groups.ts';
import { measurePace, type Pace, workMs } from './pace.ts';

/** How a table is locked while a fix runs. */
export interface ForecastLock extends LockedTable {
  /** For about how long, milliseconds, at the pace of the shadow; null where the size of a table is not known. */
  readonly heldMs: number | null;
}

/** What a fix will lock; `small` where no table is large enough to ask; `unknown` where it could not be tried, and why. */
export type Forecast =
  | { readonly kind: 'small' }
  | { readonly kind: 'measured'; readonly locks: readonly ForecastLock[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Bytes of a whole database in which any lock is short: a new one has 7 MB. */
const smallest = 64 * 1024 ** 2;

/**
 * Tries a fix on a shadow that has the schema which the database has now, without its rows, and tells which tables it
 * locks there; and for about how long, by the sizes that they have in the database and by how long the same kind of
 * work takes on a table of the shadow.
 */
export async function forecast(app: App, run: Run, script: SqlScript): Promise<Forecast> {
  const [size] = await run.session.rows(
    'SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text AS bytes',
  );
  if (Number(size?.bytes) < smallest) return { kind: 'small' };
  const live = await describe(run, false);
  try {
    const { parts, pace } = await measured(app, live, script);
    const names = new Set(parts.flat().flatMap(({ relations }) => relations.map(({ relation }) => relation)));
    const sizes = await tableSizes(run, [...names]);
    return { kind: 'measured', locks: locksOf(parts, (relation) => sizes.get(relation), pace) };
  } catch (error) {
    app.signal.throwIfAborted();
    if (!(error instanceof SlipwayError)) throw error;
    return { kind: 'unknown', reason: error.failure.message };
  }
}

interface MeasuredFix {
  /** What is committed together, statement by statement. */
  readonly parts: readonly (readonly StatementImpact[])[];
  readonly pace: Pace;
}

function measured(app: App, live: SchemaGraph, script: SqlScript): Promise<MeasuredFix> {
  return withShadow(app, (shadow) =>
    onShadow(app, shadow, nothing, async ({ run, platform, bring, add, measuring }: Building) => {
      const { sql } = writeSchema({ ...live, snapshot: ownPart(live.snapshot, platform) });
      let set = sql === '' ? nothing : withBaseline(sql);
      if (set.baseline) await bring(set);
      const parts: (readonly StatementImpact[])[] = [];
      for (const text of partTexts(script)) {
        const next = partOf(set, text);
        if (parseSql(next.source).statements.length === 0) continue;
        set = { ...set, migrations: [...set.migrations, next], head: next.version };
        const found = await measuring(() => add(set, next));
        parts.push(found?.kind === 'measured' ? found.statements : []);
      }
      return { parts, pace: await measurePace(run.session) };
    }),
  );
}

const nothing: MigrationSet = { baseline: null, migrations: [], superseded: [], head: '' };
const firstVersion: Version = '20000101000000';

const withBaseline = (sql: string): MigrationSet => ({
  ...nothing,
  baseline: {
    ...scriptOf('the schema as it is', sql),
    kind: 'baseline',
    version: firstVersion,
    name: 'baseline',
  },
  head: firstVersion,
});

const partOf = ({ migrations }: MigrationSet, sql: string): Migration => ({
  ...scriptOf('the fix', sql),
  kind: 'migration',
  version: String(Number(firstVersion) + migrations.length + 1),
  name: 'fix',
});

const scriptOf = (path: string, sql: string): Omit<Migration, 'kind' | 'version' | 'name'> => ({
  format: 'sql',
  source: decodeSource(path, Buffer.from(sql)),
  directives: { noTransaction: false, lockTimeoutMs: null, irreversible: false },
  down: null,
});

/**
 * How tables are locked over all parts of a fix: by table and mode, for the longest time that a part holds it. A lock is
 * held from its statement to the end of the transaction.
 *
 * @param parts what is committed together, statement by statement.
 */
export function locksOf(
  parts: readonly (readonly StatementImpact[])[],
  sizeOf: (relation: string) => Pick<LockedTable, 'bytes' | 'rows'> | undefined,
  pace: Pace,
): ForecastLock[] {
  const locks = new Map<string, ForecastLock>();
  for (const part of parts) {
    const took = part.map((statement) => statementMs(statement, sizeOf, pace));
    for (const [relation, { mode, work }] of fileImpact(part)) {
      if (!blockedBy(mode).writes && work === 'none') continue;
      const from = part.findIndex(({ relations }) => isTaken(relations, relation, mode));
      const held = took.slice(from).reduce<number | null>(sum, 0);
      const key = JSON.stringify([relation, mode]);
      const known = locks.get(key);
      const { bytes = null, rows = null } = sizeOf(relation) ?? {};
      locks.set(key, {
        relation,
        lock: mode,
        work: known === undefined || known.work === 'none' ? work : known.work,
        bytes,
        rows,
        heldMs: known === undefined ? held : longest(known.heldMs, held),
      });
    }
  }
  return [...locks.values()].sort(
    (one, other) => one.relation.localeCompare(other.relation, 'en') || (one.lock < other.lock ? -1 : 1),
  );
}

const isTaken = (relations: StatementImpact['relations'], relation: string, mode: LockMode): boolean =>
  relations.some((one) => one.relation === relation && one.mode === mode);

/** How long a statement takes; null where a table that it reads has no known size. */
const statementMs = (
  { words, relations }: StatementImpact,
  sizeOf: (relation: string) => Pick<LockedTable, 'bytes'> | undefined,
  pace: Pace,
): number | null =>
  relations
    .map(({ relation, work }) => workMs(work, words, sizeOf(relation)?.bytes ?? null, pace))
    .reduce<number | null>(sum, 0);

const sum = (total: number | null, more: number | null): number | null =>
  total === null || more === null ? null : total + more;

const longest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : Math.max(one, other);

/** A line for each lock: `ACCESS EXCLUSIVE on app.orders (1.2 GB, 5,000,000 rows), rewrites it: ..., for about 40 s`. */
export const describeForecast = (locks: readonly ForecastLock[]): string[] =>
  locks.map((lock) => `${describeLockedTable(lock)}${describeHeld(lock.heldMs)}`);

function describeHeld(ms: number | null): string {
  if (ms === null) return '';
  const seconds = ms / 1000;
  if (seconds < 1) return ', for less than a second';
  if (seconds < 120) return `, for about ${Math.ceil(seconds)} s`;
  return seconds < 7200
    ? `, for about ${Math.ceil(seconds / 60)} min`
    : `, for about ${Math.ceil(seconds / 3600)} h`;
}
