import { findMatch, ownObjects, relationsAmong } from '../inspect/match.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { contradictions } from '../ledger/rows.ts';
import { lockProblems } from '../lockfile/problems.ts';
import { matches, recordedVersions } from '../migrate/own-script.ts';
import { fittingVersions } from './effect.ts';
import { findDisagreements, findLateFiles } from './files.ts';
import type { Action, Facts, Finding, RepairOptions, ValidatedRow } from './finding.ts';
import { recording, resolveRows, withRecorded } from './rows.ts';

/**
 * Decides what is wrong with ledger and files, and what puts it right. What neither the schema nor a digest
 * proves is left to a person.
 */
export function planRepair(facts: Facts, options: RepairOptions): Finding[] {
  const { lock, set } = facts;
  const ofLock = lock ? lockProblems(lock, set) : [];
  return [
    ...planLedger(facts, options),
    ...ofLock.map((problem): Finding => ({ kind: 'lock', problem, actions: [] })),
  ];
}

function planLedger(facts: Facts, options: RepairOptions): Finding[] {
  const { ledger } = facts;
  if (ledger.kind === 'untrusted') return [{ ...ledger, actions: [] }];
  if (ledger.kind === 'absent' || ledger.rows.length === 0) return planLost(facts, options);
  const rows = ledger.rows.filter((row): row is LedgerRow => !('problem' in row));
  const malformed = ledger.rows.flatMap((row) => ('problem' in row ? row.problem : []));
  const problems = [...malformed, ...contradictions(rows)];
  if (problems.length > 0) return rebuild(ledger.rows, problems, facts, options);
  const resolved = resolveRows(rows, facts, options);
  return [...resolved.findings, ...findDisagreements(resolved.rows, facts, options)];
}

/** No row is there: an empty database, or one that lost its ledger, or never had one. */
function planLost({ lock, snapshot, set, texts, relations }: Facts, options: RepairOptions): Finding[] {
  const { as } = options;
  if (!lock || !snapshot) {
    return relations.length === 0
      ? findLateFiles(set, options)
      : [{ kind: 'unmanaged', found: relations, match: null, actions: [] }];
  }
  const own = ownObjects(lock, snapshot);
  if (own.length === 0) return findLateFiles(set, options);
  const match = findMatch(lock, snapshot, texts());
  if (match.kind === 'none' && as === null) {
    return [{ kind: 'unmanaged', found: relationsAmong(own), match, actions: [] }];
  }
  const candidates = match.kind === 'several' ? match.versions : match.kind === 'one' ? [match.version] : [];
  if (as !== null && !matches(match, as)) return [{ kind: 'unfit', version: as, candidates, actions: [] }];
  const version = as ?? (match.kind === 'one' ? match.version : null);
  if (version === null) return [{ kind: 'unclear', newest: null, candidates, actions: [] }];
  const migrations = recordedVersions(set, version);
  if (migrations.at(-1)?.version !== version) {
    const disagreement = { kind: 'missing', version, name: 'of the lock file', path: null } as const;
    return [{ kind: 'disagreement', disagreement, knownVersion: null, actions: [] }];
  }
  return [{ kind: 'unrecorded', migrations, isLost: true, actions: migrations.map(recording(true)) }];
}

/**
 * Rows that contradict each other make room for those of the version that the schema is proved to be at. A row that
 * stands alone for its version stays, as long as every row can be told by its version.
 */
function rebuild(
  judged: readonly ValidatedRow[],
  problems: readonly string[],
  facts: Facts,
  options: RepairOptions,
): Finding[] {
  const { lock, snapshot, set } = facts;
  const told = { kind: 'contradictory', problems, actions: [] } as const;
  const rows = judged.filter((row): row is LedgerRow => !('problem' in row));
  if (rows.some(({ version }) => version > set.head)) return [{ ...told, candidates: null }];
  const candidates = lock && snapshot ? fittingVersions({ lock, snapshot, accepted: {} }) : [];
  const isSure = candidates.length === 1 && rows.every(({ state }) => state === 'done');
  const version = options.as ?? (isSure ? candidates[0] : undefined);
  if (version === undefined || !candidates.includes(version)) return [{ ...told, candidates }];
  const wanted = recordedVersions(set, version);
  const alone = rows.filter(
    (row) => row.state === 'done' && rows.filter((other) => other.version === row.version).length === 1,
  );
  const kept = (rows.length === judged.length ? alone : []).filter((row) =>
    wanted.some((migration) => migration.version === row.version && migration.kind === row.kind),
  );
  const versions = kept.map((row) => row.version);
  const recorded = wanted.filter((migration) => !versions.includes(migration.version));
  const removed = judged.filter((row) => 'problem' in row || !kept.includes(row));
  const actions: Action[] = [{ kind: 'keepOnly', versions, removed }, ...recorded.map(recording(true))];
  return [
    { ...told, candidates: [version], actions },
    ...findDisagreements(withRecorded(kept, recorded), facts, options),
  ];
}
