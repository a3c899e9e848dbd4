import { SlipwayError } from '../core/index.ts';
import type { Version } from '../migrations/index.ts';
import { isMoment, isVersion, versionAt } from '../migrations/names.ts';

/**
 * The versions of the files that one becomes: its own, and the seconds after it.
 *
 * @param taken versions of other files; those that come after the file must stay after all of its parts.
 * @throws SlipwayError (65) where there is no room for them.
 */
export function versionsFor(
  own: Version,
  many: number,
  { taken, file }: { readonly taken: readonly Version[]; readonly file: string },
): Version[] {
  const next = [...taken].filter((version) => version > own).sort()[0];
  const versions = [own];
  while (versions.length < many) {
    const version = secondAfter(versions.at(-1) ?? own);
    if (version === null || (next !== undefined && version >= next)) throw noRoom(file, many, next);
    versions.push(version);
  }
  return versions;
}

function secondAfter(version: Version): Version | null {
  if (!isMoment(version)) return null;
  const [year, month, day, hour, minute, second] = (version.match(/^\d{4}|\d{2}/g) ?? []).map(Number);
  const date = new Date(Date.UTC(2000, (month ?? 1) - 1, day, hour, minute, (second ?? 0) + 1));
  date.setUTCFullYear((year ?? 2000) + date.getUTCFullYear() - 2000);
  const after = Number.isNaN(date.getTime()) ? '' : versionAt(date);
  return isVersion(after) && after > version ? after : null;
}

const noRoom = (file: string, many: number, next: Version | undefined): SlipwayError =>
  new SlipwayError({
    exit: 'migration',
    place: { file },
    message: `it becomes ${many} files, and ${next === undefined ? 'there are not so many seconds' : `the next version, ${next}, is too near`}`,
    remedy: `Give it a newer version first, if no other file needs what it makes: slipway new --restamp ${file}. Or rename it by hand to an earlier second.`,
  });
