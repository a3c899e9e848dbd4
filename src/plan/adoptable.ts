import { SlipwayError } from '../core/index.ts';
import type { DatabaseState } from '../inspect/index.ts';
import type { MigrationSet, Version } from '../migrations/index.ts';
import { explainRefusal, listRelations } from './refusal.ts';

/** Every version that the image contains, in order. */
export const knownVersions = ({ baseline, migrations }: MigrationSet): Version[] =>
  [...(baseline ? [baseline] : []), ...migrations].map(({ version }) => version);

/**
 * Reads --as: a version, or `head`; null where it is not given.
 *
 * @throws SlipwayError (64) where it names a version that this image cannot vouch for.
 */
export function wantedVersion(as: string | undefined, set: MigrationSet): Version | null {
  if (as === undefined) return null;
  const known = knownVersions(set);
  const wanted = as === 'head' ? set.head : as;
  if (!known.includes(wanted)) {
    throw new SlipwayError({
      exit: 'usage',
      message: `this image does not contain version ${wanted}`,
      remedy: `Known are ${known.join(', ')}.`,
    });
  }
  if (set.baseline && wanted < set.baseline.version) {
    throw new SlipwayError({
      exit: 'usage',
      message: `version ${wanted} is older than the baseline ${set.baseline.version}`,
      remedy: 'Run the last image from before the baseline was rolled forward.',
    });
  }
  return wanted;
}

/**
 * The state of a database that may be adopted.
 *
 * @throws SlipwayError (64) where there is nothing to adopt, (81, 83) where its ledger stands against it.
 */
export function adoptable(
  state: Exclude<DatabaseState, { kind: 'managed' }>,
): DatabaseState & { kind: 'unmanaged' } {
  switch (state.kind) {
    case 'unmanaged':
      return state;
    case 'empty':
      throw new SlipwayError({
        exit: 'usage',
        message: 'nothing to adopt: the database is empty for this app',
        detail: state.found.length > 0 ? listRelations(state.found) : undefined,
        remedy: '`slipway up` makes the schema. Is it the right database?',
      });
    case 'corrupt':
      throw new SlipwayError(explainRefusal(state));
    case 'newer':
      throw new SlipwayError(explainRefusal({ kind: 'newerLedger', format: state.format }));
  }
}
