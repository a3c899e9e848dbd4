import { snapshotFormat } from '../core/index.ts';
import type { Version } from '../migrations/index.ts';
import { isVersion } from '../migrations/names.ts';
import { literal, type Row } from '../postgres/index.ts';
import { readProgress } from './progress.ts';
import type { LedgerRow, Repeated } from './row.ts';
import { type LedgerName, ledgerTable } from './table.ts';
import { readTakenIn } from './taken-in.ts';

/** A row as it came, judged: a ledger row, or what is wrong with it. */
export function readRow(row: Row): LedgerRow | { readonly problem: string } {
  const { version, name, kind, origin, state } = row;
  if (!isVersion(version)) {
    return { problem: `a row has the version ${JSON.stringify(version ?? null)}, which is not 14 digits` };
  }
  if (kind !== 'baseline' && kind !== 'migration') return { problem: bad(version, 'kind', kind) };
  if (origin !== 'applied' && origin !== 'adopted') return { problem: bad(version, 'origin', origin) };
  if (state !== 'running' && state !== 'done') return { problem: bad(version, 'state', state) };
  return {
    version,
    kind,
    origin,
    state,
    name: text(name) ?? '',
    checksum: text(row.checksum),
    startedAt: text(row.started_at) ?? '',
    finishedAt: text(row.finished_at),
    durationMs: typeof row.duration_ms === 'number' ? row.duration_ms : null,
    appliedBy: text(row.applied_by) ?? '',
    slipway: text(row.slipway) ?? '',
    ...acceptedOf(row.accepted),
  };
}

/**
 * The `accepted` column: `{ "objects": { ... }, "snapshotFormat": 2, "tokens": "...", "takenIn": { ... },
 * "steps": { ... }, "repeat": { "batches": 12, "rows": 60000 } }`; a row may lack any of them. Hashes of another format,
 * and of the first, which was not noted, cannot be compared; that nothing is
 * there needs no hash.
 */
function acceptedOf(
  value: unknown,
): Pick<LedgerRow, 'accepted' | 'outdated' | 'tokens' | 'takenIn' | 'steps' | 'repeated'> {
  const {
    objects,
    snapshotFormat: format,
    tokens,
    takenIn,
    steps: counted,
    repeat,
  } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const all = Object.entries(
    (objects !== null && typeof objects === 'object' ? objects : {}) as LedgerRow['accepted'],
  );
  const steps = readProgress(counted);
  const isOutdated = ([, hash]: readonly [string, string | null]): boolean =>
    hash !== null && format !== snapshotFormat;
  const outdated = all.filter(isOutdated).map(([object]) => object);
  return {
    accepted: Object.fromEntries(all.filter((entry) => !isOutdated(entry))),
    ...(outdated.length > 0 && { outdated }),
    ...(repeat !== null && typeof repeat === 'object' && { repeated: repeatedOf(repeat) }),
    tokens: text(tokens),
    takenIn: readTakenIn(takenIn),
    ...(steps && { steps }),
  };
}

/** What is no number counts as none: it is said, and decides nothing but when a statement is taken for endless. */
function repeatedOf({ batches, rows }: { readonly batches?: unknown; readonly rows?: unknown }): Repeated {
  const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return { batches: numberOf(batches), rows: numberOf(rows) };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const bad = (version: string, column: string, value: unknown): string =>
  `version ${version} has the ${column} ${JSON.stringify(value ?? null)}`;

/** What contradicts itself among rows that are each well formed. */
export function contradictions(rows: readonly LedgerRow[]): string[] {
  const problems: string[] = [];
  const seen = new Set<Version>();
  for (const { version } of rows) {
    if (seen.has(version)) problems.push(`version ${version} has more than one row`);
    seen.add(version);
  }
  const baselines = rows.filter(({ kind }) => kind === 'baseline');
  if (baselines.length > 1) {
    problems.push(
      `${baselines.length} rows are baselines: ${baselines.map(({ version }) => version).join(', ')}`,
    );
  }
  const [first] = rows;
  const [baseline] = baselines;
  if (first && baseline && first.version < baseline.version) {
    problems.push(`version ${first.version} is older than the baseline ${baseline.version} beneath it`);
  }
  const running = rows.filter(({ state }) => state === 'running');
  if (running.length > 1) {
    problems.push(
      `${running.length} versions are running: ${running.map(({ version }) => version).join(', ')}`,
    );
  }
  return problems;
}

/** Everything that was accepted as different; a later version's word counts. */
export function acceptedIn(rows: readonly LedgerRow[]): LedgerRow['accepted'] {
  const objects = new Map<string, string | null>();
  for (const { accepted, outdated = [] } of rows) {
    for (const object of outdated) objects.delete(object);
    for (const [object, hash] of Object.entries(accepted)) objects.set(object, hash);
  }
  return Object.fromEntries(objects);
}

/** The objects that were accepted last by an older Slipway, whose hashes cannot be compared. */
export function outdatedIn(rows: readonly LedgerRow[]): ReadonlySet<string> {
  const objects = new Set<string>();
  for (const { accepted, outdated = [] } of rows) {
    for (const object of Object.keys(accepted)) objects.delete(object);
    for (const object of outdated) objects.add(object);
  }
  return objects;
}

/** What shows an app's rows. */
export const showRows = ({ app, schema }: LedgerName): string =>
  `SELECT * FROM ${ledgerTable({ schema })} WHERE app = ${literal(app)} ORDER BY version;`;

/**
 * The statements with which a person takes out the rows that are wrong among those that contradict each other: those that
 * cannot be read, the older ones of a version that has several, and what stands beneath the newest baseline.
 */
export function curesOf(raw: readonly Row[], ledger: LedgerName): string[] {
  const table = ledgerTable(ledger);
  const ours = `app = ${literal(ledger.app)}`;
  const read = raw.map((row) => ({ row, judged: readRow(row) }));
  const cures = read.flatMap(({ row: { version }, judged }) => {
    if (!('problem' in judged)) return [];
    return `DELETE FROM ${table} WHERE ${ours} AND ${typeof version === 'string' ? `version = ${literal(version)}` : 'version IS NULL'};`;
  });
  const rows = read.flatMap(({ judged }) => ('problem' in judged ? [] : judged));
  const isTwice = rows.some(({ version }, n) => rows.findIndex((other) => other.version === version) !== n);
  if (isTwice) {
    cures.push(
      `DELETE FROM ${table} l WHERE ${ours} AND EXISTS (SELECT FROM ${table} k WHERE k.app = l.app AND k.version = l.version AND k.ctid > l.ctid);`,
    );
  }
  const baseline = rows.findLast(({ kind }) => kind === 'baseline')?.version;
  if (baseline !== undefined && rows.some(({ version }) => version < baseline)) {
    cures.push(`DELETE FROM ${table} WHERE ${ours} AND version < ${literal(baseline)};`);
  }
  const running = rows.filter(({ state }) => state === 'running');
  if (running.length > 1) {
    cures.push(`DELETE FROM ${table} WHERE ${ours} AND state = 'running';`);
  }
  return cures;
}
