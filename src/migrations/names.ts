import { SlipwayError } from '../core/index.ts';
import type { Version } from './migration.ts';

/** What the name of a file in `migrations/` says. */
export interface FileName {
  readonly version: Version;
  readonly name: string;
  readonly isDown: boolean;
  readonly format: 'sql' | 'module';
}

/** A version, and how the name of a file ends: every pattern of a name is made of these two. */
const digits = String.raw`\d{14}`;
const suffixes = 'sql|js|mjs|ts';

const wholly = new RegExp(`^${digits}$`);
const startsWithVersion = new RegExp(`^${digits}`);
const fileName = new RegExp(
  String.raw`^(?<version>${digits})_(?<name>[^.]+(?:\.[^.]+)*?)(?<down>\.down)?\.(?<suffix>${suffixes})$`,
);
/** With as many digits as somebody has written. */
const stem = new RegExp(String.raw`^\d+_.+?(?=(?:\.down)?\.(?:${suffixes})$)`);
/** As nearly all names are: what such a name says, its places tell. */
const plainly = new RegExp(String.raw`^${digits}_\w+(?:\.down)?\.sql$`);
const downEnding = '.down.sql';
/** The end of a name, in any case. */
const ending = new RegExp(String.raw`(?:\.down)?\.(?:${suffixes})$`, 'i');

/** Whether a value has the form of a version; whether it is a moment is another question. */
export const isVersion = (value: unknown): value is Version =>
  typeof value === 'string' && wholly.test(value);

/** The version of a moment. */
export const versionAt = (moment: Date): Version => moment.toISOString().replaceAll(/\D/g, '').slice(0, 14);

/** The version that a file's name begins with, whatever else the name is; null where it begins with none. */
export const versionBefore = (name: string): Version | null => startsWithVersion.exec(name)?.[0] ?? null;

/** The names of a migration's SQL file and of the one that undoes it. */
export const namesOf = (version: Version, name: string): { readonly up: string; readonly down: string } => ({
  up: `${version}_${name}.sql`,
  down: `${version}_${name}.down.sql`,
});

/** The path of what undoes a migration, by that of its SQL file. */
export const downOf = (path: string): string => path.replace(/\.sql$/, '.down.sql');

/** The path of the migration that a down file undoes. */
export const upOf = (path: string): string => path.replace(/\.down\.(\w+)$/, '.$1');

/** What a migration's file and its down file have in common, digits of any number first; null: it is neither. */
export const stemOf = (name: string): string | null => stem.exec(name)?.[0] ?? null;

/** The same name with another version. */
export const restamped = (name: string, version: Version): string => name.replace(/^\d+/, version);

/**
 * Whether a name is that of a migration, or must be an error so that none is passed over in silence: it begins with a
 * version, or ends as SQL in any case or as a module. Hidden files, which editors and archives leave, are none.
 */
export const isCandidate = (name: string): boolean =>
  !name.startsWith('.') &&
  (startsWithVersion.test(name) ||
    /\.sql$/i.test(name) ||
    (/\.(?:js|mjs|cjs|ts)$/.test(name) && !name.endsWith('.d.ts')));

/** Whether a name is that of a migration wherever it lies: a module may be a part of something else. */
export const isMigration = (name: string): boolean =>
  !name.startsWith('.') && (startsWithVersion.test(name) || /\.sql$/i.test(name));

/** The version that a candidate is named after, unless it undoes one; null where it has none. */
export function versionNamed(name: string): Version | null {
  if (plainly.test(name)) return name.endsWith(downEnding) ? null : name.slice(0, 14);
  return isCandidate(name) && !fileName.exec(name)?.groups?.down ? versionBefore(name) : null;
}

/**
 * Reads a candidate's name.
 *
 * @param path the file, for the message.
 * @param isListed whether the lock lists a version: such a one need not be a moment.
 * @throws SlipwayError (65) naming what is wrong with it.
 */
export function readName(path: string, name: string, isListed: (version: Version) => boolean): FileName {
  if (plainly.test(name) && isListed(name.slice(0, 14))) return plainName(name);
  const control = controlCharacter(name);
  if (control !== null) {
    const message = `the file name holds ${control}`;
    throw badName(path, message, `Rename it to plain letters, digits and underscores. ${example}`);
  }
  const groups = fileName.exec(name)?.groups;
  if (!groups?.version || !groups.name || isOddlyWritten(name)) throw unreadableName(path, name);
  const { version } = groups;
  if (!isMoment(version) && !isListed(version)) {
    throw badName(
      path,
      `the version ${version} is not a valid date and time`,
      `Write it as UTC yyyymmddhhmmss: slipway new --restamp ${path} gives it a new one, newer than all others. If other files must come after it, rename it and its down file by hand, to a time between theirs.`,
    );
  }
  return {
    version,
    name: groups.name,
    isDown: groups.down !== undefined,
    format: groups.suffix === 'sql' ? 'sql' : 'module',
  };
}

function plainName(name: string): FileName {
  const isDown = name.endsWith(downEnding);
  const end = isDown ? downEnding : '.sql';
  return { version: name.slice(0, 14), name: name.slice(15, -end.length), isDown, format: 'sql' };
}

/** Whether 14 digits are a date and a time of day that exist. */
export function isMoment(version: Version): boolean {
  const [year = 0, month = 0, ...rest] = (version.match(/^\d{4}|\d{2}/g) ?? []).map(Number);
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return false;
  const date = new Date(Date.UTC(2000, month - 1, day));
  // 2000 is a leap year; of which year the 29th of February is, only that year says.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const inLowerCase = (name: string): string => name.replace(ending, (found) => found.toLowerCase());

/** `a.DOWN.sql` would be a migration by the name of `a.DOWN`, `a.d.ts` one by the name of `a.d`. */
const isOddlyWritten = (name: string): boolean => name !== inLowerCase(name) || name.endsWith('.d.ts');

/** The first character of a name that a terminal would act on instead of showing it, in words; null: none. */
function controlCharacter(name: string): string | null {
  const found = /[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/u.exec(name)?.[0];
  if (found !== undefined) {
    const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `the control character U+${code}`;
  }
  return name.includes('\uFFFD') ? 'bytes that are not UTF-8' : null;
}

const example =
  'Name it like 20251204093000_add_fee_tier.sql: 14 digits, UTC yyyymmddhhmmss; `slipway new NAME` makes one.';

function unreadableName(path: string, name: string): SlipwayError {
  const digits = /^\d+/.exec(name)?.[0];
  const lower = inLowerCase(name);
  if (lower !== name && fileName.test(lower)) {
    return badName(
      path,
      'the end of the file name is not written in lower case',
      `Rename it to ${lower}. ${elsewhere}`,
    );
  }
  const message =
    digits === undefined
      ? 'the file name has no version'
      : digits.length !== 14
        ? `the version in the file name has ${digits.length} digits, not 14`
        : 'the file name is not VERSION_NAME.sql (or .js, .mjs, .ts)';
  return badName(path, message, `${example} ${elsewhere}`);
}

const elsewhere = 'What is no migration belongs elsewhere.';

const badName = (file: string, message: string, remedy: string): SlipwayError =>
  new SlipwayError({ exit: 'migration', place: { file }, message, remedy });
