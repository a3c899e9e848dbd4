import { type LockLimit, lockModes, parseLockLimit } from '../core/index.ts';
import { durationForms, parseDuration } from './duration.ts';

/** What a text was read as; `message` names what was given and what is accepted. */
type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

export type Parse<T> = (text: string) => Parsed<T>;

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (message: string, remedy: string): Parsed<never> => ({ ok: false, message, remedy });

/** A value for a message: quoted, and not shown where it may hold a password (a URL) or is long. */
export function quotedValue(value: string): string {
  return /:\/\/|passw|@/i.test(value) || value.length > 80 ? 'the value (not shown)' : JSON.stringify(value);
}

/** One of a few words, whatever their case. */
export function choice<const T extends string>(words: readonly T[]): Parse<T> {
  return (text) => {
    const given = text.trim().toLowerCase();
    const word = words.find((known) => known.toLowerCase() === given);
    return word === undefined
      ? bad(`${quotedValue(text)} is not known`, `Write one of: ${words.join(', ')}.`)
      : good(word);
  };
}

/** `1/0 true/false on/off yes/no`. */
export const flag: Parse<boolean> = (text) => {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 'on', 'yes'].includes(word)) return good(true);
  if (['0', 'false', 'off', 'no'].includes(word)) return good(false);
  return bad(
    `${quotedValue(text)} is neither yes nor no`,
    'Write 1 or 0, true or false, on or off, yes or no.',
  );
};

/** A duration in ms, 0 included. */
export const duration: Parse<number> = (text) => {
  const ms = parseDuration(text);
  return ms === null ? bad(`${quotedValue(text)} is not a duration`, `Write ${durationForms}.`) : good(ms);
};

/** A duration in ms above 0; `why` says what 0 would mean. */
export function positiveDuration(why: string): Parse<number> {
  return (text) => {
    const parsed = duration(text);
    return parsed.ok && parsed.value === 0 ? bad(`0 is not accepted: ${why}`, 'Write 1ms or more.') : parsed;
  };
}

/** What `parse` reads, or null for `none` and `off`. */
export function orNone<T>(parse: Parse<T>): Parse<T | null> {
  return (text) => {
    if (['none', 'off'].includes(text.trim().toLowerCase())) return good(null);
    const parsed = parse(text);
    return parsed.ok ? parsed : bad(parsed.message, `${parsed.remedy.replace(/\.$/, '')}, or none.`);
  };
}

/** How strongly a table may be locked, and what may be done with its rows meanwhile. */
export const lockLimit: Parse<LockLimit> = (text) => {
  const limit = parseLockLimit(text);
  return limit
    ? good(limit)
    : bad(
        `${quotedValue(text)} is not a limit of locks`,
        `Write one of: ${lockModes.join(', ')}; beside it, or in its place, by comma: no-rewrite, no-scan.`,
      );
};

/** A file or directory name; whether it exists is not inspected. */
export const path: Parse<string> = (text) =>
  text.trim() === '' || text.includes('\0')
    ? bad(`${quotedValue(text)} is not a path`, 'Name a file or directory.')
    : good(text);

/** A name in PostgreSQL: 1 to 63 bytes, as a catalog's `name` holds them (NAMEDATALEN - 1). */
export const parseIdentifier: Parse<string> = (text) => {
  if (text.trim() === '' || /\p{Cc}/u.test(text)) {
    return bad(
      `${quotedValue(text)} is not a name`,
      /\p{Cc}/u.test(text)
        ? 'A name on one line, without control characters, can be used here.'
        : 'Write a name of 1 to 63 bytes.',
    );
  }
  const bytes = Buffer.byteLength(text);
  return bytes > 63
    ? bad(`the name is ${bytes} bytes long`, 'PostgreSQL keeps 63 bytes of a name: choose a shorter one.')
    : good(text);
};

/** A schema's name that a user may create: PostgreSQL keeps `pg_...` for itself (SQLSTATE 42939). */
export const schemaName: Parse<string> = (text) =>
  /^pg_|^information_schema$/.test(text)
    ? bad(`${quotedValue(text)} is reserved for PostgreSQL`, 'Choose another schema.')
    : parseIdentifier(text);

/** An app's name: 1 to 63 characters, none of them a control character. */
export const appName: Parse<string> = (text) =>
  text.trim() === '' || /\p{Cc}/u.test(text) || [...text].length > 63
    ? bad(`${quotedValue(text)} is not an app's name`, 'Write 1 to 63 characters, no control characters.')
    : good(text);

/** Names separated by commas; empty ones and repetitions are left out. */
export const identifiers: Parse<readonly string[]> = (text) => {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of names) {
    const parsed = parseIdentifier(name);
    if (!parsed.ok) return parsed;
  }
  return good([...new Set(names)]);
};
