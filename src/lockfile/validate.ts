import { appName } from '../config/index.ts';
import { isVersion } from '../migrations/names.ts';

/**
 * What is wrong with a part of a lock, as what follows the part's name, which whoever holds the part says; null where
 * nothing is. Of a long lock a start checks every version: nothing is put together while all is well.
 */
type Check = (value: unknown) => string | null;

const isText = (value: unknown): boolean => typeof value === 'string';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? null : ` is not ${what}`;

const list =
  (item: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return ' is not a list';
    for (let at = 0; at < value.length; at += 1) {
      const problem = item(value[at]);
      if (problem !== null) return `[${at}]${problem}`;
    }
    return null;
  };

const record =
  (isKey: (key: string) => boolean, item: Check): Check =>
  (value) => {
    if (!isRecord(value)) return ' is not a map';
    for (const key in value) {
      if (!isKey(key)) return ` has the key ${key}`;
      const problem = item(value[key]);
      if (problem !== null) return `: ${key}${problem}`;
    }
    return null;
  };

const parts = (checks: Readonly<Record<string, Check>>): Check => {
  const names = Object.keys(checks);
  return (value) => {
    if (!isRecord(value)) return ' is not a map';
    for (const name of names) {
      const problem = checks[name]?.(value[name]) ?? null;
      if (problem !== null) return `.${name}${problem}`;
    }
    return null;
  };
};

const either =
  (one: Check, other: Check): Check =>
  (value) =>
    one(value) && other(value);

const text = is('a text', isText);
const orNull = (check: Check): Check =>
  either(
    is('null', (value) => value === null),
    check,
  );
const orAbsent = (check: Check): Check =>
  either(
    is('absent', (value) => value === undefined),
    check,
  );
const anyKey = (): boolean => true;
const unverified = is('literals or text', (value) => value === 'literals' || value === 'text');
const zoned = parts({ zone: text, text, facets: record(anyKey, text) });
const objects = record(
  anyKey,
  either(
    text,
    parts({ text, facets: record(anyKey, text), unverified: orAbsent(unverified), zoned: orAbsent(zoned) }),
  ),
);

const lock = parts({
  app: is("an app's name", (value) => typeof value === 'string' && appName(value).ok),
  options: parts({
    ignore: list(text),
    privileges: is('true or false', (value) => typeof value === 'boolean'),
  }),
  baseline: parts({
    version: orNull(is('a version', isVersion)),
    checksum: orNull(text),
    objects,
    varying: orAbsent(list(text)),
  }),
  migrations: record(
    isVersion,
    parts({
      checksum: text,
      down: orNull(text),
      delta: parts({ added: objects, changed: objects, removed: list(text), varying: orAbsent(list(text)) }),
      impact: orAbsent(record(anyKey, text)),
    }),
  ),
  superseded: list(
    parts({
      version: is('a version', isVersion),
      carriedBy: text,
      checksum: orAbsent(text),
      baseline: orAbsent(text),
    }),
  ),
});

/** What of a lock file's JSON is not as Slipway writes it, naming the first such part; null: nothing. */
export const shapeProblem = (value: object): string | null => lock(value)?.slice(1) ?? null;
