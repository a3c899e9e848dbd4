import { SlipwayError } from '../core/index.ts';
import type { Listing, Version } from '../migrations/index.ts';
import { versionNamed } from '../migrations/names.ts';
import type { Lock } from './lockfile.ts';

/** The versions above a lock's baseline that it lists and that no file is named after, in order. */
export function missingVersions({ baseline, migrations }: Lock, listing: Listing): Version[] {
  const there = versionsNamed(listing);
  const floor = baseline.version ?? '';
  return Object.keys(migrations)
    .filter((version) => version > floor && !there.has(version))
    .sort();
}

/**
 * Whether the files do without the baseline that a lock is of. They do where a squash of migrations alone was cut
 * off when it had written the lock: every file that its baseline took in is still there.
 */
export function standsWithoutBaseline({ baseline, superseded }: Lock, listing: Listing): boolean {
  const there = versionsNamed(listing);
  return (
    baseline.version === null ||
    (there.has(baseline.version) && superseded.every(({ version }) => there.has(version)))
  );
}

function versionsNamed({ migrations, superseded }: Listing): Set<Version> {
  return new Set([...(migrations ?? []), ...(superseded ?? [])].flatMap((name) => versionNamed(name) ?? []));
}

/** What to say where files that the lock lists are missing. */
export function missingFiles(
  folder: string,
  missing: readonly Version[],
  listing: Listing,
  lockfile: string,
): SlipwayError {
  const [first = ''] = missing;
  const file = (version: Version): string => `${folder}/${version}_*.sql`;
  const others =
    missing.length === 1 ? '' : `, and ${missing.length - 1} more of those that it lists are missing too`;
  return new SlipwayError({
    exit: 'files',
    place: { file: file(first) },
    message: `${lockfile} lists this migration, but its file is missing${others}`,
    detail: missing.length === 1 ? undefined : shown(missing.map((version) => `missing: ${file(version)}`)),
    remedy: `${whatHides(folder, listing)} If a migration was withdrawn before any database had it: slipway check --write removes it from the lock.`,
  });
}

/** What to say where the baseline that the lock is of is missing. */
export const missingBaseline = (path: string, version: Version, lockfile: string): SlipwayError =>
  new SlipwayError({
    exit: 'files',
    place: { file: path },
    message: `${lockfile} is for the baseline ${version}, but its file is missing`,
    remedy: `${hiding} Or name it with SLIPWAY_BASELINE, relative to the working directory.`,
  });

/** What to say where the folder of the migrations was named, and is not there. */
export const missingFolder = (folder: string): SlipwayError =>
  new SlipwayError({
    exit: 'files',
    place: { file: `${folder}/` },
    message: 'SLIPWAY_MIGRATIONS names this folder, but it does not exist',
    remedy: `Correct the name, which is relative to the working directory, or copy or mount the folder into the image (COPY in the Dockerfile, .dockerignore). If there is only the baseline: leave SLIPWAY_MIGRATIONS out.`,
  });

const mostShown = 20;
const shown = (lines: readonly string[]): string[] =>
  lines.length <= mostShown
    ? [...lines]
    : [...lines.slice(0, mostShown), `... and ${lines.length - mostShown} more`];

const hiding =
  'Was it added to git, and is it copied into the image (COPY in the Dockerfile, .dockerignore)? Does a volume or bind mount hide it?';

function whatHides(folder: string, { migrations }: Listing): string {
  if (migrations === null) {
    return `${folder}/ is not there: copy or mount it into the image (COPY in the Dockerfile, .dockerignore), or name it with SLIPWAY_MIGRATIONS, relative to the working directory.`;
  }
  if (migrations.length === 0) {
    return `${folder}/ is empty: an empty volume or bind mount over it hides the files in the image; or its files were not copied into the image (COPY in the Dockerfile, .dockerignore).`;
  }
  return hiding;
}
