import { type BadText, badText, type NameValuePair, type PairList } from './text.ts';

/** A value and the index after it; null where a quote is not closed. */
function readValue(text: string, start: number): { readonly value: string; readonly end: number } | null {
  const isQuoted = text[start] === "'";
  let value = '';
  let i = isQuoted ? start + 1 : start;
  for (; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (isQuoted ? char === "'" : /\s/.test(char)) return { value, end: isQuoted ? i + 1 : i };
    if (char === '\\' && i + 1 < text.length) i += 1;
    value += text[i] ?? '';
  }
  return isQuoted ? null : { value, end: i };
}

/**
 * Reads `name=value` pairs as libpq does (PostgreSQL, "Keyword/Value Connection Strings"): separated by spaces,
 * spaces around `=` allowed, values with spaces in single quotes, `\` before a quote or backslash.
 */
export function readDsn(text: string): PairList | BadText {
  const pairs: NameValuePair[] = [];
  const name = /\s*([^\s=]+)\s*=\s*/y;
  const end = text.trimEnd().length;
  while (name.lastIndex < end) {
    const start = name.lastIndex;
    const found = name.exec(text);
    if (!found) {
      return badText(
        `name=value is expected at character ${start + 1 + (/\S/.exec(text.slice(start))?.index ?? 0)}`,
        'Write a URL (postgresql://user:password@host:port/database) or name=value pairs, the whole without ' +
          'quotes, a value that holds spaces in single ones.',
      );
    }
    const value = readValue(text, name.lastIndex);
    if (!value) {
      return badText(
        `the quote at character ${name.lastIndex + 1} is not closed`,
        "Close it; write ' in a value as \\'.",
      );
    }
    if (value.value.includes('\0')) return badText('it holds a NUL byte', 'Write it as plain UTF-8 text.');
    pairs.push({
      name: found[1] ?? '',
      value: value.value,
      at: start + found[0].search(/\S/) + 1,
    });
    name.lastIndex = value.end;
  }
  return { kind: 'pairs', pairs };
}
