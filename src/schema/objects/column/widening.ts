import { type Warning, warning } from '../common/warnings.ts';

/** The types that hold every value of another, each in the narrower type's own order of size. */
const wider: Readonly<Record<string, readonly string[]>> = {
  smallint: ['integer', 'bigint', 'numeric', 'real', 'double precision'],
  integer: ['bigint', 'numeric', 'double precision'],
  bigint: ['numeric'],
  real: ['double precision'],
  character: ['text'],
  'character varying': ['text'],
  name: ['text'],
  bit: ['bit varying'],
  cidr: ['inet'],
};

/** Types whose number in brackets is a greatest length; without one there is no limit. */
const lengths = new Set(['character varying', 'bit varying']);

/** Types whose number in brackets is the digits of a second; without one there are six. */
const seconds = /^(timestamp|time|interval)\b/;

interface TypeParts {
  readonly name: string;
  readonly numbers: readonly number[];
  readonly arrays: string;
}

/** `numeric(12,2)[]` -> its name, its numbers, `[]`; `timestamp(3) with time zone` too. */
function parseType(type: string): TypeParts {
  const [, head = type, arrays = ''] = /^([\s\S]*?)((?:\[\])*)$/.exec(type) ?? [];
  const [, name = head, numbers = '', tail = ''] = /^([^"(]+?)\s*\(([-\d,\s]+)\)(.*)$/.exec(head) ?? [];
  return { name: name + tail, numbers: numbers === '' ? [] : numbers.split(',').map(Number), arrays };
}

/**
 * Whether every value of a type is a value of another, so that changing a column from one to the other can neither
 * fail nor lose anything. Types as `format_type` prints them.
 */
export function isWidening(from: string, to: string): boolean {
  if (from === to) return true;
  const was = parseType(from);
  const is = parseType(to);
  if (was.arrays !== is.arrays) return false;
  if (was.name === is.name) return isRoomier(was, is);
  if (is.name === 'character varying' && was.name === 'character')
    return is.numbers.length === 0 || (is.numbers[0] ?? 0) >= (was.numbers[0] ?? 1);
  return (wider[was.name] ?? []).includes(is.name) && (is.numbers.length === 0 || holdsInteger(was.name, is));
}

/** Whether the same type has room for more. */
function isRoomier(was: TypeParts, is: TypeParts): boolean {
  if (is.name === 'numeric') {
    if (is.numbers.length === 0) return true;
    if (was.numbers.length === 0) return false;
    const [digits = 0, scale = 0] = was.numbers;
    const [moreDigits = 0, moreScale = 0] = is.numbers;
    return moreScale >= scale && moreDigits - moreScale >= digits - scale;
  }
  if (lengths.has(is.name) || seconds.test(is.name)) {
    if (is.numbers.length === 0) return true;
    return was.numbers.length > 0 && (was.numbers[0] ?? 0) <= (is.numbers[0] ?? 0);
  }
  // A longer character(n) pads its values, a longer bit(n) takes no shorter ones.
  return is.name === 'character' && (was.numbers[0] ?? 1) <= (is.numbers[0] ?? 1);
}

const integerDigits: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };

/** Whether a numeric(p,s) has room for every integer of a type. */
function holdsInteger(name: string, { name: target, numbers }: TypeParts): boolean {
  const [digits = 0, scale = 0] = numbers;
  return target === 'numeric' && digits - scale >= (integerDigits[name] ?? Number.POSITIVE_INFINITY);
}

const families: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'],
  ['character', 'character varying', 'text', 'name'],
  ['date', 'timestamp without time zone', 'timestamp with time zone'],
  ['bit', 'bit varying'],
];

/**
 * Whether the server changes a column from one type to another by itself, without USING: it then refuses a string that
 * is too long or a number that is too large, where a cast that is written would cut the string off.
 */
export function isAssignable(from: string, to: string): boolean {
  const was = parseType(from);
  const is = parseType(to);
  if (was.arrays !== is.arrays) return false;
  if (was.name === is.name && !was.name.includes('.')) return true;
  return (
    families.some((family) => family.includes(was.name) && family.includes(is.name)) ||
    (is.arrays === '' && ['text', 'character varying'].includes(is.name)) ||
    isWidening(from, to)
  );
}

/**
 * The type that values pass through on their way, so that they stay what people see: a real of 0.02 as it is would be a
 * double precision of 0.019999999552965164, and loses digits on its way to numeric; null for none.
 */
export function throughType(from: string, to: string): string | null {
  const was = parseType(from);
  const is = parseType(to);
  const wider = was.name === 'real' ? ['double precision', 'numeric'] : ['numeric'];
  const isFloat = was.name === 'real' || was.name === 'double precision';
  return isFloat && was.arrays === is.arrays && wider.includes(is.name) ? `text${is.arrays}` : null;
}

/** What a change of type may cost; nothing where it costs but a moment. */
export function typeWarnings(from: string, to: string): readonly Warning[] {
  if (isWidening(from, to)) return isBinary(from, to) ? [] : [warning('rewritesTable')];
  const was = parseType(from);
  const is = parseType(to);
  const texts = ['character', 'character varying', 'text', 'name'];
  const isPlain = was.arrays === '' && is.arrays === '';
  if (isPlain && texts.includes(is.name) && texts.includes(was.name) && was.name !== 'character')
    return [warning('readsTable'), warning('failsOnLongValue')];
  const fractions = ['numeric', 'real', 'double precision'];
  if (fractions.includes(was.name) && !texts.includes(is.name))
    return [warning('rewritesTable'), warning('rounds')];
  return [warning('rewritesTable'), warning('failsToConvert')];
}

/** Whether the stored bytes stay as they are. */
function isBinary(from: string, to: string): boolean {
  const was = parseType(from);
  const is = parseType(to);
  if (was.arrays !== '') return was.name === is.name;
  if (was.name === is.name) return is.name !== 'character' && (is.name !== 'numeric' || sameScale(was, is));
  return (
    (was.name === 'character varying' && is.name === 'text') || was.name === 'cidr' || was.name === 'bit'
  );
}

const sameScale = (was: TypeParts, is: TypeParts): boolean =>
  is.numbers.length === 0 || (was.numbers[1] ?? 0) === (is.numbers[1] ?? 0);
