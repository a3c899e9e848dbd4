import { SlipwayError } from '../core/index.ts';
import { type DatabaseState, type Inspection, inspect, type Match } from '../inspect/index.ts';
import { withOthers } from '../inspect/made-by-others.ts';
import { compareWith, isContrary } from '../inspect/match.ts';
import { adoptingBy } from '../ledger/write.ts';
import { type Run, withRun } from '../migrate/index.ts';
import { acceptOrder, recordedVersions } from '../migrate/own-script.ts';
import type { Version } from '../migrations/index.ts';
import { adoptable, wantedVersion } from '../plan/adoptable.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import { beginFix } from './phases.ts';
import type { ReconcileRequest } from './request.ts';
import { type FixedBy, lockOf, readFix, runFix, sayForecast } from './run.ts';
import { type WrittenFix, writeFix } from './write.ts';

/**
 * Writes the fix with which an unmanaged database can be adopted: at the version of --as, else at the closest one.
 *
 * @throws SlipwayError (64) where the database is not one to adopt; what `writeFix` throws.
 */
export function writeAdoptionFix(app: ReconcileRequest, file: string): Promise<WrittenFix> {
  const phase = beginFix(app);
  return withRun(app, { isWriter: false }, async (run) => {
    const lock = lockOf(run);
    const wanted = wantedVersion(app.flags.as, run.set);
    const { match, others } = await unmanaged(run);
    const { version, isThere } = wanted === null ? closest(match) : { version: wanted, isThere: false };
    if (isThere) return { version, file: null, text: null, statements: 0, left: [] };
    return writeFix(app, run, lock, { file, version, command: 'adopt', accepted: {}, others, phase });
  });
}

/** Without --as: the version that it has or, where it has none, the one that least stands against. */
function closest(match: Match | null): { readonly version: Version; readonly isThere: boolean } {
  switch (match?.kind) {
    case 'one':
      return { version: match.version, isThere: true };
    case 'several':
      return { version: match.versions.at(-1) ?? '', isThere: true };
    case 'none':
      return { version: match.closest, isThere: false };
    case undefined:
      throw new Error('nothing was compared');
  }
}

/**
 * Runs a fix on an unmanaged database, and adopts it where it then is that of the fix's version.
 *
 * @throws SlipwayError (65) for the fix, (80) with the difference that is left; nothing is kept then.
 */
export async function adoptByFix(app: ReconcileRequest, file: string): Promise<FixedBy> {
  const fix = await readFix(file);
  return withRun(app, { isWriter: true }, async (run) => {
    const lock = lockOf(run);
    const version = wantedVersion(fix.version, run.set) ?? fix.version;
    const as = wantedVersion(app.flags.as, run.set);
    if (as !== null && as !== version) throw otherVersion(file, version, as);
    const recorded = recordedVersions(run.set, version);
    const accepted = { verified: true, objects: {} };
    for (let isFirst = true; ; isFirst = false) {
      const { others } = await unmanaged(run);
      if (isFirst) await sayForecast(app, run, fix);
      const ms = await runFix(run, fix, {
        ledgerWrite: adoptingBy(run.ledger, recorded, run.author, { accepted, fix: fix.applied }),
        isStillRight: ({ state }) => state.kind === 'unmanaged',
        check: (snapshot) => {
          const texts = run.inspectOptions.texts();
          const comparison = compareWith(lock, version, withOthers(snapshot, others), texts);
          const differences = comparison.differences.filter(isContrary);
          if (differences.length === 0) return { kind: 'right', accepted: acceptOrder(comparison) };
          const error = new SlipwayError({
            exit: 'unmanaged',
            place: { file },
            message: `after the fix the schema does not match ${version}`,
            detail: describeDifferences({ ...comparison, differences }),
            remedy:
              fix.ahead.length === 0
                ? 'It was rolled back, and nothing was touched. Correct the file, and run it again.'
                : 'Its last part was rolled back.',
          });
          return { kind: 'wrong', error };
        },
        withPrivileges: lock.options.privileges,
      });
      if (ms !== null) return { version, recorded: recorded.length, fix: fix.applied, ms };
    }
  });
}

const otherVersion = (file: string, version: Version, as: Version): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    place: { file },
    message: `the fix brings a database to ${version}, not to ${as}`,
    remedy: `Leave --as out, or write another fix: slipway adopt --write-fix FILE --as ${as}`,
  });

async function unmanaged(
  run: Run,
): Promise<DatabaseState & { kind: 'unmanaged' } & Pick<Inspection, 'others'>> {
  const { state, others } = await inspect(run, { ...run.inspectOptions, withDrift: true });
  if (state.kind !== 'managed') return { ...adoptable(state), others };
  throw new SlipwayError({
    exit: 'usage',
    message: `the database is managed already, at ${state.rows.at(-1)?.version}`,
    remedy: 'Where it has drifted: slipway repair --write-fix FILE. `slipway status` says more.',
  });
}
