import type { DatabaseState } from '../inspect/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { outdatedIn } from '../ledger/rows.ts';
import { type HeldFile, hasOwnRow, heldAgainstStart, type Start, startOf } from '../ledger/taken-in.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { hasDrift } from '../schema/compare/index.ts';
import type { Disagreement, Plan, Refusal, Step } from './types.ts';

export interface PlanOptions {
  readonly onAhead: 'fail' | 'warn';
  readonly onDrift: 'fail' | 'warn' | 'ignore';
  readonly adopt: 'match' | 'never';
  readonly allowOutOfOrder: boolean;
  /** Whether the baseline contains DROP, TRUNCATE or DELETE; asked only where that decides. */
  readonly baselineDrops: () => boolean;
  /** Whether a migration that was interrupted outside of a transaction can be finished without a person. */
  readonly isResumable: (migration: Migration, row: LedgerRow) => boolean;
}

/** Everything that Slipway can decide: a function of what the database is and what the image contains. */
export function plan(state: DatabaseState, set: MigrationSet, options: PlanOptions): Plan {
  switch (state.kind) {
    case 'newer':
      return refuse({ kind: 'newerLedger', format: state.format });
    case 'corrupt':
      return refuse(state);
    case 'unmanaged':
      return state.match?.kind === 'one' && options.adopt === 'match'
        ? planAdoption(state.match.version, set)
        : refuse({ kind: 'unmanaged', found: state.found, match: state.match });
    case 'empty':
      return planEmpty(state.found.length > 0 && options.baselineDrops(), state, set);
    case 'managed':
      return planManaged(state, set, options);
  }
}

function planEmpty(drops: boolean, state: DatabaseState & { kind: 'empty' }, set: MigrationSet): Plan {
  if (drops) return refuse({ kind: 'droppingBaseline', found: state.found });
  const below = belowBaseline(set, new Set());
  if (below.length > 0) return refuse({ kind: 'disagree', disagreements: below, isStranger: false });
  const steps = [...(set.baseline ? [set.baseline] : []), ...aboveBaseline(set)].map(apply);
  return { kind: 'run', from: null, steps };
}

function planAdoption(version: Version, set: MigrationSet): Plan {
  const steps = aboveBaseline(set).filter((migration) => migration.version > version);
  const isBundled = [set.baseline, ...set.migrations].some((migration) => migration?.version === version);
  return isBundled
    ? { kind: 'adopt', version, steps: steps.map(apply) }
    : refuse({
        kind: 'disagree',
        disagreements: [{ kind: 'missing', version, name: 'of the lock file', path: null }],
        isStranger: false,
      });
}

function planManaged(
  { rows, comparison }: DatabaseState & { kind: 'managed' },
  set: MigrationSet,
  options: PlanOptions,
): Plan {
  const ledger = new Map(rows.map((row) => [row.version, row]));
  const bundled = new Map(set.migrations.map((migration) => [migration.version, migration]));
  // What is under way beyond this image's head is a newer image's business.
  const running = rows.find((row) => row.state === 'running' && row.version <= set.head);
  const interrupted = running && bundled.get(running.version);
  if (running?.repeated && interrupted && !isUnchanged(running, interrupted))
    return refuse({ kind: 'disagree', disagreements: [editedOf(running, interrupted)], isStranger: false });
  if (running && !(interrupted && options.isResumable(interrupted, running))) {
    return refuse({ kind: 'interrupted', row: running, migration: interrupted ?? null });
  }

  const { head } = set;
  const newest = rows.at(-1)?.version ?? null;
  const start = startOf(rows);
  const held = heldAgainstStart(set, ledger, start);
  const disagreements = [
    ...belowBaseline(set, new Set([...ledger.keys(), ...Object.keys(start.takenIn ?? {})])),
    ...behindBaseline(ledger, start.version, set),
    ...edited(
      rows.filter((row) => row !== running),
      set,
      bundled,
    ),
    ...missing(rows, set, bundled),
    ...held.flatMap((file) => unlikeStart(file, start)),
    ...missingOfStart(start, ledger, set, bundled),
  ];
  const isHeld = new Set(held.map(({ migration }) => migration));
  const pending = [...catchingUp(ledger, start.version, set), ...aboveBaseline(set)].filter(
    (migration) => !isHeld.has(migration) && ledger.get(migration.version)?.state !== 'done',
  );
  for (const edited of editedSuperseded(pending, set)) disagreements.push(edited);
  if (!options.allowOutOfOrder) {
    for (const { version, name, source } of pending) {
      if (newest !== null && version < newest) {
        disagreements.push({ kind: 'outOfOrder', version, name, path: source.path });
      }
    }
  }
  if (disagreements.length > 0) {
    const isStranger = knowsNone(rows, start, set);
    return refuse({ kind: 'disagree', disagreements: disagreements.sort(byVersion), isStranger });
  }

  const ahead = rows.map((row) => row.version).filter((version) => version > head);
  const newerBaseline = held.some(({ fate }) => fate === 'unknown') ? start.version : null;
  if ((ahead.length > 0 || newerBaseline !== null) && options.onAhead === 'fail') {
    return refuse({ kind: 'ahead', head, versions: ahead, newerBaseline });
  }
  if (comparison && options.onDrift === 'fail' && hasDrift(comparison)) {
    const known = outdatedIn(rows);
    const differing = new Set(comparison.differences.map(({ object }) => object));
    const outdated = [...differing].filter((object) => known.has(object));
    const drift = { kind: 'drift', version: newest ?? head, comparison } as const;
    return refuse(outdated.length === 0 ? drift : { ...drift, outdated });
  }
  const from = rows.findLast((row) => row.state === 'done')?.version ?? null;
  if (pending.length === 0) return { kind: 'upToDate', version: from, ahead, newerBaseline };
  const steps = pending.map((migration) => stepOf(migration, ledger));
  return { kind: 'run', from, steps, ...(running?.repeated ? { repeated: running.repeated } : {}) };
}

/** Files at or below the baseline that it did not take in: a branch that was merged late. */
function belowBaseline(set: MigrationSet, applied: ReadonlySet<Version>): Disagreement[] {
  const { baseline } = set;
  if (!baseline) return [];
  const takenIn = new Set(set.superseded.map(({ version }) => version));
  return set.migrations
    .filter(({ version }) => version <= baseline.version && !takenIn.has(version) && !applied.has(version))
    .map(({ version, name, source }) => ({ kind: 'belowBaseline', version, name, path: source.path }));
}

/** What a lagging database before the baseline still needs, and this image no longer contains. */
function behindBaseline(
  ledger: ReadonlyMap<Version, LedgerRow>,
  start: Version,
  set: MigrationSet,
): Disagreement[] {
  const { baseline } = set;
  if (!baseline || start > baseline.version || reaches(ledger, baseline.version)) return [];
  const bundled = new Set(set.migrations.map(({ version }) => version));
  const lost = set.superseded.filter(
    ({ version }) => version > start && !ledger.has(version) && !bundled.has(version),
  );
  if (lost.length > 0) {
    return lost.map(({ version, carriedBy }) => ({
      kind: 'behindBaseline',
      version,
      name: '',
      path: null,
      carriedBy,
    }));
  }
  return set.superseded.some(({ version }) => version === baseline.version)
    ? []
    : [
        {
          kind: 'behindBaseline',
          version: baseline.version,
          name: baseline.name,
          path: baseline.source.path,
        },
      ];
}

/** Superseded migrations whose files are still there, for a database that lags before the baseline. */
function catchingUp(
  ledger: ReadonlyMap<Version, LedgerRow>,
  start: Version,
  set: MigrationSet,
): readonly Migration[] {
  const { baseline } = set;
  if (!baseline || reaches(ledger, baseline.version)) return [];
  return set.migrations.filter(({ version }) => version > start && version <= baseline.version);
}

/** Files that a lagging database is to catch up with, and that were edited after the baseline took them in. */
function editedSuperseded(pending: readonly Migration[], { superseded }: MigrationSet): Disagreement[] {
  const checksums = new Map(superseded.map(({ version, checksum }) => [version, checksum]));
  return pending.flatMap(({ version, name, source }): Disagreement[] => {
    const checksum = checksums.get(version);
    return checksum === undefined || checksum === source.checksum
      ? []
      : [{ kind: 'editedSuperseded', version, name, path: source.path }];
  });
}

/** A file of this image that is not as the baseline of the database took it in, or that it did not take in. */
function unlikeStart({ migration, fate }: HeldFile, start: Start): Disagreement[] {
  const { version, name, source } = migration;
  return fate === 'edited' || fate === 'notTakenIn'
    ? [{ kind: fate, version, name, path: source.path, start: start.version }]
    : [];
}

/** What the baseline of the database took in, and an image whose history reaches back beyond that does not contain. */
function missingOfStart(
  { version: start, takenIn }: Start,
  ledger: ReadonlyMap<Version, LedgerRow>,
  { baseline, migrations, head }: MigrationSet,
  bundled: ReadonlyMap<Version, Migration>,
): Disagreement[] {
  const first = baseline?.version ?? migrations[0]?.version ?? head;
  return Object.keys(takenIn ?? {})
    .filter((version) => version > first && version <= head && !bundled.has(version) && !ledger.has(version))
    .map((version) => ({ kind: 'missing', version, name: '', path: null, start }));
}

function edited(
  rows: readonly LedgerRow[],
  set: MigrationSet,
  bundled: ReadonlyMap<Version, Migration>,
): Disagreement[] {
  return rows.flatMap((row): Disagreement[] => {
    const file = judgedBy(row, set, bundled);
    return file && hasOwnRow(file, row) && !isUnchanged(row, file) ? [editedOf(row, file)] : [];
  });
}

const editedOf = ({ version, name, state, repeated }: LedgerRow, { source }: Migration): Disagreement => ({
  kind: 'edited',
  version,
  name,
  path: source.path,
  ...(state === 'running' && repeated ? { repeated } : {}),
});

function missing(
  rows: readonly LedgerRow[],
  set: MigrationSet,
  bundled: ReadonlyMap<Version, Migration>,
): Disagreement[] {
  return rows
    .filter(({ version, kind }) => {
      if (bundled.has(version) || version > set.head) return false;
      if (set.baseline) return version > set.baseline.version;
      // Without a baseline, that of the database may have been taken away.
      return kind === 'migration' || version > (set.migrations[0]?.version ?? '');
    })
    .map(({ version, name }) => ({ kind: 'missing', version, name, path: null }));
}

/** The file that a row is held against. Below the baseline none is: the superseded list speaks for those. */
function judgedBy(
  row: LedgerRow,
  { baseline }: MigrationSet,
  bundled: ReadonlyMap<Version, Migration>,
): Migration | undefined {
  if (baseline === null || row.version > baseline.version) return bundled.get(row.version);
  return row.kind === 'baseline' && row.version === baseline.version ? baseline : undefined;
}

/** Whether not one version that the database has, or that its baseline took in, is one of this image. */
function knowsNone(rows: readonly LedgerRow[], { takenIn }: Start, set: MigrationSet): boolean {
  const known = new Set(
    [...(set.baseline ? [set.baseline] : []), ...set.migrations, ...set.superseded].map(
      ({ version }) => version,
    ),
  );
  const had = [...rows.map(({ version }) => version), ...Object.keys(takenIn ?? {})];
  return !had.some((version) => known.has(version));
}

const reaches = (ledger: ReadonlyMap<Version, LedgerRow>, version: Version): boolean =>
  ledger.get(version)?.state === 'done';

const isUnchanged = (row: LedgerRow, file: Migration): boolean =>
  row.checksum === null || row.checksum === file.source.checksum;

const aboveBaseline = (set: MigrationSet): readonly Migration[] =>
  set.migrations.filter(({ version }) => set.baseline === null || version > set.baseline.version);

function stepOf(migration: Migration, ledger: ReadonlyMap<Version, LedgerRow>): Step {
  const row = ledger.get(migration.version);
  if (row === undefined) return apply(migration);
  return { kind: 'resume', migration, ...(row.steps && { steps: row.steps }) };
}

const apply = (migration: Migration): Step => ({ kind: 'apply', migration });

const byVersion = (a: Disagreement, b: Disagreement): number => (a.version < b.version ? -1 : 1);

const refuse = (refusal: Refusal): Plan => ({ kind: 'refused', refusal });
