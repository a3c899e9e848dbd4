import { SlipwayError } from '../core/index.ts';
import { withSuperseded } from '../ledger/taken-in.ts';
import type { Migration, MigrationSet, Version } from '../migrations/index.ts';
import type { FilePaths } from '../migrations/read.ts';
import { type Lock, lockedVersions } from './lockfile.ts';

/**
 * What the lock alone says of the files: their versions and checksums, without a text; for whoever only asks how far a
 * database is. Head is the newest version that the lock lists.
 *
 * @throws SlipwayError (66) where it lists none.
 */
export function setOfLock(paths: FilePaths & { readonly lockfile: string }, lock: Lock): MigrationSet {
  const head = lockedVersions(lock).at(-1);
  if (head === undefined) {
    throw new SlipwayError({
      exit: 'files',
      place: { file: paths.lockfile },
      message: 'the lock file lists no version to wait for',
      remedy: 'Renew it where the migrations are: slipway check --write, and commit it.',
    });
  }
  const { version, checksum } = lock.baseline;
  const set: MigrationSet = {
    baseline:
      version === null
        ? null
        : { ...migration(paths.baseline, version, checksum), kind: 'baseline', name: 'baseline' },
    // A database that lags before the baseline may still be on its way by those that this took in.
    migrations: [
      ...lock.superseded.map(({ version }) => [version, ''] as const),
      ...Object.entries(lock.migrations).map(([version, { checksum }]) => [version, checksum] as const),
    ]
      .map(([version, checksum]) => migration(`${paths.migrations}/${version}_*.sql`, version, checksum))
      .sort((a, b) => (a.version < b.version ? -1 : 1)),
    superseded: [],
    head,
  };
  return withSuperseded(set, lock.superseded);
}

const migration = (path: string, version: Version, checksum: string | null): Migration => ({
  kind: 'migration',
  version,
  name: '',
  format: 'sql',
  source: { path, text: '', checksum: checksum ?? '' },
  directives: { noTransaction: false, lockTimeoutMs: null, irreversible: false },
  down: null,
});
