import { ownObjects } from '../inspect/match.ts';
import { decidingRow, type LedgerRow, type Resumption, resumptionOf } from '../ledger/index.ts';
import { acceptedIn } from '../ledger/rows.ts';
import { type Lock, lockedVersions } from '../lockfile/index.ts';
import { recordedVersions } from '../migrate/own-script.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import type { Texts } from '../schema/compare/index.ts';
import { parseSql } from '../sql/index.ts';
import { tokenDigest } from '../sql/token-digest.ts';
import {
  differencesAt,
  type Effect,
  type EffectEvidence,
  effectOf,
  fittingVersions,
  isGone,
} from './effect.ts';
import type { Action, Facts, Finding, RepairOptions } from './finding.ts';

/** What was found of some rows, and what they are once that is put right. */
interface Resolved {
  readonly findings: readonly Finding[];
  readonly rows: readonly LedgerRow[];
}

/** Holds rows that do not contradict each other against the schema, or against what a person says of it. */
export function resolveRows(
  rows: readonly LedgerRow[],
  facts: Facts,
  { as, statement }: RepairOptions,
): Resolved {
  const { set, texts } = facts;
  const evidence = evidenceOf(rows, facts);
  if (as !== null) return resolveAs(as, rows, evidence, set);
  const begun = resolveInterrupted(rows, set, { evidence, statement });
  const newest = begun.rows.at(-1);
  const isExcluded = begun.findings.every(({ actions }) => actions.length > 0);
  if (!evidence || !newest || !isExcluded || interruptedAmong(begun.rows, set)) return begun;
  // What is newer than the lock is a newer image's to judge, and what is before its baseline nobody's.
  if (!lockedVersions(evidence.lock).includes(newest.version)) return begun;
  const resolved = resolveNewest(begun.rows, evidence, set, texts);
  return { findings: [...begun.findings, ...resolved.findings], rows: resolved.rows };
}

/** What to judge rows by; null where there is no lock. */
export const evidenceOf = (rows: readonly LedgerRow[], { lock, snapshot }: Facts): EffectEvidence | null =>
  lock && snapshot ? { lock, snapshot, accepted: acceptedIn(rows) } : null;

/**
 * Whether the lock speaks of the very text that a row was made with: what it says of the version then goes for the row.
 *
 * @param migration the version's file; null where it is gone.
 */
export function isLockedAs(lock: Lock, row: LedgerRow, migration: Migration | null): boolean {
  const { baseline, migrations } = lock;
  const locked = row.version === baseline.version ? baseline.checksum : migrations[row.version]?.checksum;
  if (!locked || row.checksum === null) return false;
  if (locked === row.checksum) return true;
  return (
    migration?.source.checksum === locked && row.tokens !== null && row.tokens === tokenDigest(migration)
  );
}

const unproved: Effect = { kind: 'unproved' };

/** Whether a step was begun outside of a transaction and never finished; what is repeated goes on by itself. */
export const isLeftRunning = ({ state, repeated }: LedgerRow): boolean =>
  state === 'running' && repeated === undefined;

/** The row of a version of these files that is running. */
const interruptedAmong = (rows: readonly LedgerRow[], { head }: MigrationSet): LedgerRow | undefined =>
  rows.find((row) => isLeftRunning(row) && row.version <= head);

/** What tells how far an interrupted step came. */
interface Telling {
  readonly evidence: EffectEvidence | null;
  readonly statement: RepairOptions['statement'];
}

/** A step outside of a transaction that was begun and never finished. */
function resolveInterrupted(
  rows: readonly LedgerRow[],
  set: MigrationSet,
  { evidence, statement }: Telling,
): Resolved {
  const row = interruptedAmong(rows, set);
  if (!row) return { findings: [], rows };
  const others = rows.filter((other) => other !== row);
  const migration = set.migrations.find(({ version }) => version === row.version) ?? null;
  const resumption: Resumption = migration ? resumptionOf(migration, row) : { kind: 'unknown' };
  const later = others.filter(({ version }) => version > row.version).map(({ version }) => version);
  const isProvable = evidence && isLockedAs(evidence.lock, row, migration) && !maySucceedInPart(migration);
  // Where statements are counted the ledger knows more than a schema shows, such as which of them changed data.
  const effect =
    isProvable && (!row.steps || row.steps.undoing) ? effectOf(row.version, evidence, later) : unproved;
  const action = actionFor(row, { migration, resumption, effect, statement });
  const finding = { kind: 'interrupted', row, migration, effect, resumption } as const;
  return {
    findings: [{ ...finding, actions: action ? [action] : [] }],
    rows: action ? rowsAfter(rows, row, action) : rows,
  };
}

function actionFor(
  row: LedgerRow,
  {
    migration,
    resumption,
    effect,
    statement,
  }: Pick<Finding & { kind: 'interrupted' }, 'migration' | 'resumption' | 'effect'> &
    Pick<Telling, 'statement'>,
): Action | null {
  if (statement !== null && migration !== null && resumption.kind === 'person') {
    const done = statement === 'done' ? resumption.statement : resumption.statement - 1;
    if (row.steps) return { kind: 'count', row, migration, done };
    return statement === 'done' ? { kind: 'finish', row } : removal(row);
  }
  if (effect.kind === 'present') return { kind: 'finish', row };
  return effect.kind === 'absent' ? removal(row) : null;
}

function rowsAfter(rows: readonly LedgerRow[], row: LedgerRow, { kind }: Action): readonly LedgerRow[] {
  if (kind === 'remove') return rows.filter((other) => other !== row);
  if (kind !== 'finish') return rows;
  return rows.map((other) => (other === row ? { ...row, state: 'done' } : other));
}

/** A block or a procedure may have committed a part of its data before it was interrupted, which no schema shows. */
const maySucceedInPart = (migration: Migration | null): boolean =>
  migration === null ||
  parseSql(migration.source).statements.some(({ words }) => /^(DO|CALL)$/.test(words[0] ?? ''));

/** Finds the newest version that the schema proves, among those that the ledger has and those that it lacks. */
function resolveNewest(
  rows: readonly LedgerRow[],
  evidence: EffectEvidence,
  set: MigrationSet,
  texts: () => Texts,
): Resolved {
  if (isGone(evidence, rows.at(-1)?.version ?? '')) {
    return { findings: [{ kind: 'gone', rows, actions: rows.map(removal) }], rows: [] };
  }
  const candidates = fittingVersions(evidence);
  const { findings, rows: left } = withoutAbsent(rows, evidence, set, candidates);
  const newest = left.at(-1)?.version;
  if (newest === undefined) return { findings, rows: left };
  if (candidates.includes(newest)) {
    const comparison = differencesAt(newest, evidence, () => null);
    const isDrifted = comparison.differences.some(
      ({ kind, severity }) => kind === 'extra' && severity === 'drift',
    );
    const unlike: Finding[] = isDrifted ? [{ kind: 'unlike', version: newest, comparison, actions: [] }] : [];
    return { findings: [...findings, ...unlike], rows: left };
  }
  const [only, ...more] = candidates;
  if (only === undefined) {
    const comparison = differencesAt(newest, evidence, texts());
    return {
      findings: [...findings, { kind: 'unlike', version: newest, comparison, actions: [] }],
      rows: left,
    };
  }
  const migrations = lacking(left, set, only);
  if (more.length > 0 || only < newest || migrations.at(-1)?.version !== only) {
    return { findings: [...findings, { kind: 'unclear', newest, candidates, actions: [] }], rows: left };
  }
  const actions = migrations.map(recording(true));
  return {
    findings: [...findings, { kind: 'unrecorded', migrations, isLost: false, actions }],
    rows: withRecorded(left, migrations),
  };
}

/** Takes rows away from the newest on, as long as nothing of their versions is there. */
function withoutAbsent(
  rows: readonly LedgerRow[],
  evidence: EffectEvidence,
  set: MigrationSet,
  candidates: readonly Version[],
): Resolved {
  const findings: Finding[] = [];
  let left = rows;
  for (let row = left.at(-1); row && !candidates.includes(row.version); row = left.at(-1)) {
    const { version } = row;
    const file = set.migrations.find((migration) => migration.version === version) ?? null;
    if (!isLockedAs(evidence.lock, row, file)) break;
    const effect = effectOf(version, evidence);
    const objects = candidates.length > 0 ? notThere(effect, evidence) : provedAbsent(effect);
    if (objects.length === 0) break;
    findings.push({ kind: 'absent', row, objects, actions: [removal(row)] });
    left = left.slice(0, -1);
  }
  return { findings, rows: left };
}

const provedAbsent = (effect: Effect): readonly string[] => (effect.kind === 'absent' ? effect.objects : []);

/** As `provedAbsent`; where the schema matches an older version, what a version changes may not be there at all yet. */
const notThere = (effect: Effect, { snapshot }: EffectEvidence): readonly string[] =>
  effect.kind === 'partial' &&
  effect.present.length === 0 &&
  effect.other.every((object) => !snapshot.has(object))
    ? [...effect.absent, ...effect.other]
    : provedAbsent(effect);

/** Makes the rows those of the version that a person names, unless the schema says otherwise. */
function resolveAs(
  as: Version | '',
  rows: readonly LedgerRow[],
  evidence: EffectEvidence | null,
  set: MigrationSet,
): Resolved {
  if (evidence) {
    const candidates = fittingVersions(evidence);
    const isFit =
      as === '' ? ownObjects(evidence.lock, evidence.snapshot).length === 0 : candidates.includes(as);
    if (!isFit) return { findings: [{ kind: 'unfit', version: as, candidates, actions: [] }], rows };
  }
  const bundled = new Set(set.migrations.map(({ version }) => version));
  const isKnown = ({ version, kind }: LedgerRow): boolean =>
    bundled.has(version) || kind === 'baseline' || (set.baseline !== null && version <= set.baseline.version);
  const removed = rows.filter((row) => row.version > as || !isKnown(row));
  const left = rows.filter((row) => !removed.includes(row));
  const finished = left.filter(({ state }) => state === 'running');
  const recorded = as === '' ? [] : lacking(left, set, as);
  const actions = [
    ...removed.map(removal),
    ...finished.map((row): Action => ({ kind: 'finish', row })),
    ...recorded.map(recording(evidence !== null)),
  ];
  const done = left.map((row): LedgerRow => ({ ...row, state: 'done' }));
  return {
    findings:
      actions.length === 0 ? [] : [{ kind: 'said', version: as, removed, finished, recorded, actions }],
    rows: withRecorded(done, recorded),
  };
}

/**
 * The versions up to one that have no row and need one: what a baseline took in has none. Above older rows the baseline
 * is recorded as the migration that reached it, since a baseline has nothing beneath it.
 */
function lacking(rows: readonly LedgerRow[], set: MigrationSet, version: Version): Migration[] {
  const there = new Set(rows.map((row) => row.version));
  const start = rows.findLast(({ kind }) => kind === 'baseline')?.version ?? '';
  return recordedVersions(set, version)
    .filter((migration) => migration.version > start && !there.has(migration.version))
    .map((migration) =>
      rows.some((row) => row.version < migration.version) ? { ...migration, kind: 'migration' } : migration,
    );
}

/** The rows once these versions are recorded, oldest first. */
export const withRecorded = (rows: readonly LedgerRow[], recorded: readonly Migration[]): LedgerRow[] =>
  [...rows, ...recorded.map(adoptedRow)].sort((a, b) => (a.version < b.version ? -1 : 1));

/** The row that recording a version makes, as far as anything is decided by it. */
const adoptedRow = ({ version, name, kind, source, takenIn }: Migration): LedgerRow =>
  decidingRow({
    version,
    name,
    kind,
    origin: 'adopted',
    checksum: source.checksum,
    takenIn: takenIn ?? null,
  });

const removal = (row: LedgerRow): Action => ({ kind: 'remove', row });

/** Makes of a version the action that records it. */
export const recording =
  (isVerified: boolean) =>
  (migration: Migration): Action => ({ kind: 'record', migration, isVerified });
