import { snapshotFormat } from '../core/index.ts';
import { fileImpact, formatImpact, type ImpactText } from '../impact/index.ts';
import { isVaryingAt, type Lock, lockFormat } from '../lockfile/index.ts';
import type { RetainedLock } from '../lockfile/merge.ts';
import { keepSpellings } from '../lockfile/spellings.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import {
  type Delta,
  deltaBetween,
  expected,
  isText,
  type LockedObjects,
  lockObjects,
  offersTimescale,
} from '../schema/compare/index.ts';
import { kinds } from '../schema/kinds.ts';
import type { Elsewhere, Replayed } from '../shadow/index.ts';
import { withoutChanging } from './changing.ts';

/** Files as a shadow made them, twice. */
export interface Proven {
  readonly set: MigrationSet;
  readonly replayed: readonly Replayed[];
  /** The same at another moment: what is another one there is not verified. */
  readonly elsewhere: Elsewhere;
}

/**
 * The lock of files as a shadow made them, with what the locks of before know of other servers.
 *
 * @param kept what it takes over; null where there was no lock.
 * @param app its name, where the configuration gives one.
 */
export function renewedLock(proven: Proven, kept: RetainedLock | null, app: string | null): Lock {
  const { set, replayed } = proven;
  const start = startOf(proven);
  const made: Lock = {
    format: lockFormat,
    snapshotFormat,
    app: app ?? kept?.app ?? 'default',
    options: kept?.options ?? { ignore: [], privileges: false },
    baseline: {
      version: set.baseline?.version ?? null,
      checksum: set.baseline?.source.checksum ?? null,
      objects: { ...start.added, ...stillUnverified(proven, kept, start.added) },
      ...stillVarying(proven, kept, start.varying ?? []),
    },
    migrations: migrationsOf(proven, kept),
    superseded: set.superseded,
  };
  const head = replayed.at(-1);
  if (!head) return made;
  const lasting = withoutVaryingImpact(made, head.migration.version);
  const side = { major: head.major, hasTimescale: offersTimescale(head.after) };
  return (kept?.locks ?? []).reduce((lock, old) => keepSpellings(lock, old, side), lasting);
}

/** A lock that does not say what is done to relations that have another name each time. */
function withoutVaryingImpact(lock: Lock, head: Version): Lock {
  const isVarying = isVaryingAt(lock, head);
  const isKept = ([relation]: readonly [string, string]): boolean =>
    !relationKinds.some((kind) => isVarying(`${kind} ${relation}`));
  const migrations = Object.entries(lock.migrations).map(([version, locked]) => {
    const { impact } = locked;
    if (impact === undefined) return [version, locked];
    return [version, { ...locked, impact: Object.fromEntries(Object.entries(impact).filter(isKept)) }];
  });
  return { ...lock, migrations: Object.fromEntries(migrations) };
}

/** The kinds of objects that can be locked as relations. */
const relationKinds = Object.keys(kinds).filter((kind) => /table$|view$|^sequence$/.test(kind));

/** What the baseline makes; without one, what an empty database has. */
function startOf(proven: Proven): Delta {
  const [first] = proven.replayed;
  const nothing = { added: {}, changed: {}, removed: [] };
  if (first?.migration.kind !== 'baseline')
    return first ? { ...nothing, added: lockObjects(first.before) } : nothing;
  return stable(proven, first, { ...nothing, added: lockObjects(first.after) });
}

/**
 * What of the baseline's objects an older lock does not verify, as long as the baseline is the same: a squash writes the
 * moment of its shadow into it, and databases of before have theirs.
 */
function stillUnverified(
  { set, replayed }: Proven,
  kept: RetainedLock | null,
  now: LockedObjects,
): LockedObjects {
  return Object.fromEntries(
    ofSameBaseline(set, kept).flatMap(({ baseline: { objects } }) =>
      Object.entries(objects).filter(([name, was]) => {
        const there = replayed[0]?.after.get(name);
        const made = now[name];
        // Made in a time zone of now, it is known better than before.
        if (made !== undefined && typeof made !== 'string' && made.zoned) return false;
        return typeof was !== 'string' && was.unverified && there && isText(there.text, expected(was));
      }),
    ),
  );
}

/** As `stillUnverified`, of objects that have another name each time. */
function stillVarying(
  { set }: Proven,
  kept: RetainedLock | null,
  now: readonly string[],
): Pick<Lock['baseline'], 'varying'> {
  const all = [...now, ...ofSameBaseline(set, kept).flatMap(({ baseline }) => baseline.varying ?? [])];
  return all.length === 0 ? {} : { varying: [...new Set(all)].sort() };
}

const ofSameBaseline = ({ baseline }: MigrationSet, kept: RetainedLock | null): readonly Lock[] =>
  (kept?.locks ?? []).filter(
    ({ baseline: { version, checksum } }) =>
      version === baseline?.version && checksum === baseline?.source.checksum,
  );

const migrationsOf = (proven: Proven, kept: RetainedLock | null): Lock['migrations'] =>
  Object.fromEntries(
    proven.replayed
      .filter(({ migration }) => migration.kind === 'migration')
      .map((step) => {
        const { version, source, down } = step.migration;
        const delta = stable(proven, step, deltaBetween(step.before, step.after));
        const locked = { checksum: source.checksum, down: down?.source.checksum ?? null, delta };
        const impact = impactOf(step, kept);
        return [version, impact === null ? locked : { ...locked, impact }];
      }),
  );

/** What a file locks: as it was measured, else as an older lock has it; null where neither tells. */
function impactOf({ measured, migration }: Replayed, kept: RetainedLock | null): ImpactText | null {
  if (measured === null) return keptImpact(kept, migration);
  return measured.kind === 'measured' ? formatImpact(fileImpact(measured.statements)) : null;
}

/** What an older lock says that a file locks, as long as the file is the same; null where it does not. */
export const keptImpact = (kept: RetainedLock | null, { version, source }: Migration): ImpactText | null =>
  (kept?.locks ?? [])
    .map(({ migrations }) => migrations[version])
    .find((locked) => locked?.checksum === source.checksum && locked.impact !== undefined)?.impact ?? null;

function stable({ elsewhere }: Proven, { migration, after, zone }: Replayed, delta: Delta): Delta {
  const other = elsewhere.made.get(migration.version);
  return other ? withoutChanging(delta, after, other, [zone, elsewhere.zone]) : delta;
}
