/**
 * What a terminal obeys rather than shows: C0 but for line end and tab, DEL, C1, and what turns the direction of the
 * text after it round (Unicode UAX 9: marks, embeddings, overrides and isolates), or is not seen at all (zero width), so
 * that one name resembles another. The joiners of Persian and of emoji stay.
 */
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** What JSON lets stand although a terminal obeys it. */
const obeyedInJson = /[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return short[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}

/** A text of one or several lines that comes from outside, so that a terminal shows it: what it would obey is escaped. */
export const printable = (text: string): string => text.replaceAll(obeyed, escaped);

/** The same of a name, which stays on one line: its line ends and tabs are escaped, too. */
export const printableName = (text: string): string => printable(text).replaceAll(/[\n\t]/g, escaped);

/** JSON that says the same and holds nothing that a terminal obeys. */
export const printableJson = (json: string): string =>
  json.replaceAll(obeyedInJson, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A text on one line: each line end becomes a blank. */
export const oneLine = (text: string): string => text.replaceAll(/(?:[\r\n\v\f\x85\u2028\u2029])+/g, ' ');
