import { TokenReader } from '../../../sql/index.ts';

/** Calls for each token that stands outside of brackets, with its offsets; quoted text is one token. */
function eachOuterToken(text: string, visit: (start: number, end: number) => void): void {
  const reader = new TokenReader({ path: 'a description', text, checksum: '' });
  for (let depth = 0; reader.next(); ) {
    const token = text.slice(reader.start, reader.end);
    if (token === ')' || token === ']') depth -= 1;
    if (depth === 0) visit(reader.start, reader.end);
    if (token === '(' || token === '[') depth += 1;
  }
}

/** Splits a text at the commas (or another character) that stand outside of brackets and quotes; no empty parts. */
export function splitOuter(text: string, separator = ','): string[] {
  const parts: string[] = [];
  let from = 0;
  eachOuterToken(text, (start, end) => {
    if (text.slice(start, end) !== separator) return;
    parts.push(text.slice(from, start));
    from = end;
  });
  return [...parts, text.slice(from)].map((part) => part.trim()).filter((part) => part !== '');
}

/**
 * Splits a description into its clauses: keyword -> what follows it up to the next keyword. A keyword counts only
 * outside of brackets and quotes, as a word of its own, and after the keywords that stand before it in the list.
 */
export function clausesOf<Keyword extends string>(
  text: string,
  keywords: readonly Keyword[],
): Partial<Record<Keyword, string>> {
  const found: { keyword: Keyword; start: number; end: number }[] = [];
  let next = 0;
  let past = 0;
  eachOuterToken(text, (start) => {
    if (start < past || (start > 0 && !/\s/.test(text[start - 1] ?? ''))) return;
    const at = keywords.findIndex(
      (keyword, index) =>
        index >= next &&
        text.startsWith(keyword, start) &&
        (start + keyword.length === text.length || /[\s(]/.test(text[start + keyword.length] ?? '')),
    );
    const keyword = keywords[at];
    if (keyword === undefined) return;
    next = at + 1;
    past = start + keyword.length;
    found.push({ keyword, start, end: past });
  });
  return Object.fromEntries(
    found.map(({ keyword, end }, index) => [keyword, text.slice(end, found[index + 1]?.start).trim()]),
  ) as Partial<Record<Keyword, string>>;
}

/** `a=b` pairs, as the catalog keeps options -> name and value; a comma inside of a value is kept. */
export function optionsOf(text: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    (text ?? '')
      .split(/, (?=[A-Za-z_][\w.]*=)/)
      .filter((option) => option !== '')
      .map((option) => {
        const equals = option.indexOf('=');
        return [option.slice(0, equals), option.slice(equals + 1)] as const;
      }),
  );
}

/** What stands between the brackets of `(...)`. */
export const insideBrackets = (text = ''): string => text.trim().replace(/^\(([\s\S]*)\)$/, '$1');

/** Names and values that are not in the first, or otherwise; names that are only in the first. */
export function compareOptions(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): { readonly set: readonly (readonly [string, string])[]; readonly gone: readonly string[] } {
  return {
    set: [...after].filter(([name, value]) => before.get(name) !== value),
    gone: [...before.keys()].filter((name) => !after.has(name)),
  };
}

/** A text as it is matched literally in a regular expression. */
export const asPattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
