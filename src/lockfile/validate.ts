import { appName } from '../config/index.ts';
import { isVersion } from '../migrations/names.ts';

/** What is wrong with a part of a lock, naming the part; null where nothing is. */
type Check = (value: unknown, part: string) => string | null;

const isText = (value: unknown): boolean => typeof value === 'string';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, part) =>
    holds(value) ? null : `${part} is not ${what}`;

const list =
  (item: Check): Check =>
  (value, part) =>
    Array.isArray(value)
      ? first(value.map((one, at) => item(one, `${part}[${at}]`)))
      : `${part} is not a list`;

const record =
  (key: (key: string) => boolean, item: Check): Check =>
  (value, part) =>
    isRecord(value)
      ? first(
          Object.entries(value).map(([name, one]) =>
            key(name) ? item(one, `${part}: ${name}`) : `${part} has the key ${name}`,
          ),
        )
      : `${part} is not a map`;

const parts =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, part) =>
    isRecord(value)
      ? first(
          Object.entries(checks).map(([name, check]) =>
            check(value[name], part === '' ? name : `${part}.${name}`),
          ),
        )
      : `${part} is not a map`;

const either =
  (one: Check, other: Check): Check =>
  (value, part) =>
    one(value, part) && other(value, part);

const first = (problems: readonly (string | null)[]): string | null =>
  problems.find((one) => one !== null) ?? null;

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
export const shapeProblem = (value: object): string | null => lock(value, '');
