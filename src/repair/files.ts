import type { DatabaseState } from '../inspect/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import { type Disagreement, plan } from '../plan/index.ts';
import { tokenDigest } from '../sql/token-digest.ts';
import { type Effect, type EffectEvidence, effectOf, fittingVersions } from './effect.ts';
import type { Facts, Finding, RepairOptions } from './finding.ts';
import { evidenceOf, isLeftRunning, isLockedAs, recording } from './rows.ts';

/** What files and rows disagree about, as `plan` sees it, and what of that can be put right in the ledger. */
export function findDisagreements(
  rows: readonly LedgerRow[],
  facts: Facts,
  options: RepairOptions,
): Finding[] {
  const done = rows.filter((row) => !isLeftRunning(row));
  if (done.length === 0) return [];
  const begun = new Set(rows.filter(isLeftRunning).map(({ version }) => version));
  const disagreements = disagreementsIn(
    { kind: 'managed', rows: done, comparison: null },
    facts.set,
    options,
  );
  if (disagreements.length === 0) return [];
  const evidence = evidenceOf(done, facts);
  const isProvable = disagreements.some(({ kind }) => kind === 'missing' || kind === 'outOfOrder');
  const judged: Judged = {
    rows: done,
    set: facts.set,
    evidence,
    candidates: evidence && isProvable ? fittingVersions(evidence) : [],
  };
  return disagreements
    .filter(({ version }) => !begun.has(version))
    .map((disagreement) => findingOf(disagreement, judged, options));
}

/** What stands in the way of files on an empty database; a person renames them. */
export const findLateFiles = (set: MigrationSet, options: RepairOptions): Finding[] =>
  disagreementsIn({ kind: 'empty', found: [] }, set, options).map((disagreement) => ({
    kind: 'disagreement',
    disagreement,
    knownVersion: null,
    actions: [],
  }));

function disagreementsIn(
  state: DatabaseState,
  set: MigrationSet,
  { allowOutOfOrder }: RepairOptions,
): readonly Disagreement[] {
  const planned = plan(state, set, {
    onAhead: 'warn',
    onDrift: 'ignore',
    adopt: 'never',
    allowOutOfOrder,
    baselineDrops: () => false,
    isResumable: () => true,
  });
  return planned.kind === 'refused' && planned.refusal.kind === 'disagree'
    ? planned.refusal.disagreements
    : [];
}

/** What a disagreement is judged by. */
interface Judged {
  readonly rows: readonly LedgerRow[];
  readonly set: MigrationSet;
  readonly evidence: EffectEvidence | null;
  /** The versions that the schema may be at. */
  readonly candidates: readonly Version[];
}

function findingOf(
  disagreement: Disagreement,
  { rows, set, evidence, candidates }: Judged,
  { acceptEdits }: RepairOptions,
): Finding {
  const { start = null } = disagreement;
  const row = rows.find(({ version }) => version === (start ?? disagreement.version));
  const migration = fileOf(disagreement, set);
  if (disagreement.kind === 'edited' && row && migration)
    return start === null
      ? edited(row, migration, acceptEdits)
      : takenInOtherwise(row, migration, acceptEdits);
  const told: Finding = { kind: 'disagreement', disagreement, knownVersion: null, actions: [] };
  if (!evidence || start !== null) return told;
  const { version } = disagreement;
  const later = rows.filter((other) => other.version > version).map((other) => other.version);
  const effect = effectOf(version, evidence, later);
  if (disagreement.kind === 'missing' && row) {
    return effect.kind === 'absent' && isLockedAs(evidence.lock, row, null)
      ? { kind: 'absent', row, objects: effect.objects, actions: [{ kind: 'remove', row }] }
      : { ...told, knownVersion: resolvedWithout(candidates, set) };
  }
  if (disagreement.kind !== 'outOfOrder' || !migration) return told;
  if (evidence.lock.migrations[version]?.checksum !== migration.source.checksum) return told;
  // What a baseline took in has no row of its own.
  if (rows.some((other) => other.kind === 'baseline' && other.version > version)) return told;
  return late(
    migration,
    effect,
    candidates.filter((candidate) => candidate === rows.at(-1)?.version),
  );
}

/** A file that is older than the newest row and has none of its own: it may be there all the same. */
function late(migration: Migration, effect: Effect, newest: readonly Version[]): Finding {
  if (effect.kind === 'present') {
    return {
      kind: 'unrecorded',
      migrations: [migration],
      isLost: false,
      actions: [recording(true)(migration)],
    };
  }
  const { version, name, source } = migration;
  const disagreement: Disagreement = { kind: 'outOfOrder', version, name, path: source.path };
  const knownVersion = effect.kind === 'unproved' ? (newest[0] ?? null) : null;
  return { kind: 'disagreement', disagreement, knownVersion, actions: [] };
}

function edited(row: LedgerRow, migration: Migration, acceptEdits: ReadonlySet<Version>): Finding {
  const digest = tokenDigest(migration);
  const isKnown = row.tokens !== null && digest !== null;
  const extent = !isKnown ? 'unknown' : row.tokens === digest ? 'blank' : 'meaning';
  const isAccepted = extent === 'blank' || acceptEdits.has(row.version);
  return {
    kind: 'edited',
    row,
    migration,
    extent,
    actions: isAccepted ? [{ kind: 'accept', migration, was: row.checksum, takenInBy: null }] : [],
  };
}

/** A file that a baseline took in with other content; of that the row has the checksum alone. */
function takenInOtherwise(row: LedgerRow, migration: Migration, acceptEdits: ReadonlySet<Version>): Finding {
  const { version, kind } = migration;
  const was = row.takenIn?.[version]?.[kind] ?? null;
  const action = { kind: 'accept', migration, was, takenInBy: row.version } as const;
  return {
    kind: 'edited',
    row,
    migration,
    extent: 'unknown',
    actions: acceptEdits.has(version) ? [action] : [],
  };
}

const fileOf = ({ version, path }: Disagreement, { baseline, migrations }: MigrationSet): Migration | null =>
  [...(baseline ? [baseline] : []), ...migrations].find(
    (migration) => migration.version === version && migration.source.path === path,
  ) ?? null;

/** The newest version that the schema may be at and whose file is there. */
const resolvedWithout = (
  candidates: readonly Version[],
  { baseline, migrations }: MigrationSet,
): Version | null =>
  candidates.findLast((version) =>
    [baseline, ...migrations].some((migration) => migration?.version === version),
  ) ?? null;
