import { createHash } from 'node:crypto';
import type { LedgerRow } from '../../src/ledger/row.ts';
import type { Migration, MigrationSet, Superseded } from '../../src/migrations/migration.ts';
import type { Script } from '../../src/sql/source.ts';

/** The version of a number from 0 to 9, e.g. 3 -> `20250103000000`. */
export const versionOf = (n: number): string => `2025010${n}000000`;

/** The number of a version that `versionOf` made. */
export const numberOf = (version: string): number => Number(version.at(7));

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex');

function script(path: string, text: string): Script {
  return {
    format: 'sql',
    source: { path, text, checksum: checksum(text) },
    directives: {
      noTransaction: text.includes('no-transaction'),
      lockTimeoutMs: null,
      irreversible: text.includes('irreversible'),
      ...(text.includes('repeat') ? { repeat: { rows: 5000, pauseMs: 100 } } : {}),
    },
  };
}

/** The migration of a number, named `m<n>`, with a body that its number determines. */
export function migrationOf(n: number, text = `SELECT ${n};`): Migration {
  const path = `migrations/${versionOf(n)}_m${n}.sql`;
  return { ...script(path, text), kind: 'migration', version: versionOf(n), name: `m${n}`, down: null };
}

/** The baseline at the version of a number. */
export function baselineOf(n: number, text = `CREATE TABLE b${n} ();`): Migration {
  return {
    ...script('sql/baseline.sql', text),
    kind: 'baseline',
    version: versionOf(n),
    name: 'baseline',
    down: null,
  };
}

export interface Bundled {
  readonly baseline?: Migration;
  /** Numbers, or migrations that are not as `migrationOf` makes them. */
  readonly migrations?: readonly (number | Migration)[];
  readonly superseded?: readonly Superseded[];
}

/** What an image contains, in short. */
export function setOf({ baseline, migrations = [], superseded = [] }: Bundled): MigrationSet {
  const all = migrations.map((item) => (typeof item === 'number' ? migrationOf(item) : item));
  const versions = [baseline, ...all].flatMap((item) => (item ? [item.version] : [])).sort();
  return { baseline: baseline ?? null, migrations: all, superseded, head: versions.at(-1) ?? '' };
}

/** The ledger row that applying a migration leaves. */
export function rowOf(migration: Migration | number, differing: Partial<LedgerRow> = {}): LedgerRow {
  const { version, name, kind, source } = typeof migration === 'number' ? migrationOf(migration) : migration;
  return {
    version,
    name,
    kind,
    origin: 'applied',
    state: 'done',
    checksum: source.checksum,
    startedAt: '2025-02-01T10:00:00+00:00',
    finishedAt: '2025-02-01T10:00:01+00:00',
    durationMs: 1000,
    appliedBy: 'owner',
    slipway: '0.1.0',
    accepted: {},
    tokens: null,
    takenIn: null,
    ...differing,
  };
}
