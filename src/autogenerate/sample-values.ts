import { literal } from '../postgres/index.ts';
/** What has to be known of a type in order to make values of it. */
export interface TypeFacts {
  /** As `pg_type.typtype`: b, c, d, e, r, m. */
  readonly kind: string;
  /** Its name in pg_catalog; null for a type of a user's. */
  readonly name: string | null;
  /** Of an array its element's type, of a domain its base, of a range what it spans; 0 for none. */
  readonly inner: number;
  readonly isArray: boolean;
  /** An enum's labels, in order. */
  readonly labels: readonly string[];
  /** The types of a composite's attributes, in order. */
  readonly attributes: readonly number[];
}

/** Of each type the text of its n-th value; `n` counts from 1. */
const builtIn: Readonly<Record<string, (n: number) => string>> = {
  bool: (n) => (n % 2 === 0 ? 'true' : 'false'),
  int2: String,
  int4: String,
  int8: String,
  oid: String,
  numeric: (n) => `0.${n}`,
  float4: (n) => `${n}.5`,
  float8: (n) => `${n}.5`,
  money: String,
  text: (n) => `sample ${n}`,
  varchar: (n) => `${n} sample`,
  bpchar: String,
  name: (n) => `sample_${n}`,
  char: String,
  uuid: (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  date: (n) => `2025-01-${two(n)}`,
  timestamp: (n) => `2025-01-${two(n)} 12:00:00`,
  timestamptz: (n) => `2025-01-${two(n)} 12:00:00+00`,
  time: (n) => `12:${two(n)}:00`,
  timetz: (n) => `12:${two(n)}:00+00`,
  interval: (n) => `${n} hours`,
  json: (n) => `{"sample": ${n}}`,
  jsonb: (n) => `{"sample": ${n}}`,
  jsonpath: (n) => `$.sample${n}`,
  bytea: (n) => `\\x${two(n)}`,
  inet: (n) => `192.0.2.${n}`,
  cidr: (n) => `192.0.2.${n}/32`,
  macaddr: (n) => `08:00:2b:01:02:${two(n)}`,
  macaddr8: (n) => `08:00:2b:01:02:03:04:${two(n)}`,
  bit: (n) => (n % 2).toString(2),
  varbit: (n) => n.toString(2),
  point: (n) => `(${n},${n})`,
  line: (n) => `{1,${n},0}`,
  lseg: (n) => `[(0,0),(${n},${n})]`,
  box: (n) => `(${n},${n}),(0,0)`,
  path: (n) => `[(0,0),(${n},${n})]`,
  polygon: (n) => `((0,0),(${n},0),(${n},${n}))`,
  circle: (n) => `<(0,0),${n}>`,
  tsvector: (n) => `sample${n}`,
  tsquery: (n) => `sample${n}`,
  xml: (n) => `<sample>${n}</sample>`,
};

const two = (n: number): string => String(n).padStart(2, '0');

/**
 * A value of a type as the text that PostgreSQL reads for it, another for each `n`; null where none is known.
 *
 * @param types all types by number.
 */
export function sampleText(oid: number, n: number, types: ReadonlyMap<number, TypeFacts>): string | null {
  const type = types.get(oid);
  if (!type) return null;
  const inner = (m: number): string | null => sampleText(type.inner, m, types);
  if (type.isArray) return wrapped([inner(n)], '{', '}');
  switch (type.kind) {
    case 'e':
      return type.labels[(n - 1) % type.labels.length] ?? null;
    case 'd':
      return inner(n);
    case 'r':
      return wrapped([inner(n), inner(n + 1)], '[', ')');
    case 'm':
      return '{}';
    case 'c':
      return wrapped(
        type.attributes.map((attribute) => sampleText(attribute, n, types)),
        '(',
        ')',
      );
    default:
      return type.name === null ? null : (builtIn[type.name]?.(n) ?? null);
  }
}

/** Values within an array, range or row (PostgreSQL docs 8.15.6, 8.16.6, 8.17.5): each quoted. */
function wrapped(values: readonly (string | null)[], open: string, close: string): string | null {
  if (values.includes(null)) return null;
  const quoted = values.map((value) => `"${(value ?? '').replaceAll(/["\\]/g, '\\$&')}"`);
  return `${open}${quoted.join(',')}${close}`;
}

/**
 * The constants that a constraint or a partition's bounds are written with: such a value may be what the column takes.
 */
export const literalsIn = (expression: string): string[] =>
  [...expression.matchAll(/'((?:[^']|'')*)'|(?<![\w.])(-?\d+(?:\.\d+)?)(?![\w.])/g)].map(
    ([, text, number]) => (text === undefined ? (number ?? '') : text.replaceAll("''", "'")),
  );

/** As SQL: the text as a constant of the column's own type. */
export const asConstant = (text: string, type: string): string => `${literal(text)}::${type}`;
