/** What of an object's description is not compared, since it is another one each time: its literals, or all of it. */
export type Unverified = 'literals' | 'text';

/** Literals, and quoted identifiers, which stay. */
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"/g;

const withoutLiterals = (text: string): string =>
  text.replace(quoted, (token) => (token.startsWith("'") ? "'?'" : token));

/** The part of a description that is compared. */
export function verifiedPart(text: string, unverified: Unverified | undefined): string {
  switch (unverified) {
    case undefined:
      return text;
    case 'literals':
      return withoutLiterals(text);
    case 'text':
      return '?';
  }
}

/** What is a number, a date or a digest in a name. */
export const numbers = /[\da-f]*\d[\da-f]*/gi;

/** A name with `#` for each of them: the same for objects that differ in that alone. */
export const withoutNumbers = (object: string): string => object.replace(numbers, '#');

/** What of two descriptions of the same object must not be compared; null where they are the same. */
export const unverifiedBetween = (one: string, other: string): Unverified | null => {
  if (one === other) return null;
  return withoutLiterals(one) === withoutLiterals(other) ? 'literals' : 'text';
};
