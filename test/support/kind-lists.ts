/**
 * Some kinds of objects that stand in a row: the members of an array or a union, the keys of an object, what one thing
 * is compared with, the cases of one branch.
 */
export interface KindList {
  readonly line: number;
  readonly kinds: readonly string[];
}

const token = new RegExp(
  [
    String.raw`//.*|/\*[\s\S]*?\*/`,
    // A template is no list, whatever stands in it.
    '`(?:\\\\[\\s\\S]|[^`\\\\])*`',
    String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`,
    // A regular expression: where a value may begin.
    String.raw`(?<=(?:[(=,:?[!&|{;]|\breturn|=>)\s*)/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+/[a-z]*`,
    String.raw`[\w$]+`,
    String.raw`[^\s\w$]`,
  ].join('|'),
  'g',
);

const unquoted = (text: string): string | null => (/^['"]/.test(text) ? text.slice(1, -1) : null);

const compared = String.raw`(?:[\w.?]+|\w+\([\w.]*\)) [!=]== '([^']+)'`;
/** `kind === 'a' || kind === 'b'`, and `case 'a': case 'b':`, over line ends. */
const chain = new RegExp(
  String.raw`${compared}(?:\s+(?:\|\||&&)\s+${compared})+|(?:\bcase '[^']+':\s*){2,}`,
  'g',
);

/** The chains of comparisons with two kinds or more in a source. */
function chainsIn(source: string, isKind: (word: string) => boolean): KindList[] {
  return [...source.matchAll(chain)].flatMap(({ 0: text, index }) => {
    const kinds = [...new Set([...text.matchAll(/'([^']+)'/g)].map(([, word = '']) => word).filter(isKind))];
    return kinds.length > 1 ? [{ line: source.slice(0, index).split('\n').length, kinds }] : [];
  });
}

/**
 * The lists of kinds in a TypeScript source: literals and comparisons that name two or more.
 *
 * @param source its text.
 * @param isKind whether a word is the name of a kind.
 */
export function kindLists(source: string, isKind: (word: string) => boolean): KindList[] {
  const tokens = [...source.matchAll(token)].filter(([text]) => !/^\/.|^`/.test(text));
  const found: KindList[] = [];
  const told = (at: number, words: readonly string[]): void => {
    const kinds = [...new Set(words.filter(isKind))];
    if (kinds.length > 1) found.push({ line: source.slice(0, at).split('\n').length, kinds });
  };
  const open: { readonly at: number; readonly bracket: string; readonly words: string[] }[] = [];
  let union: string[] = [];
  for (const [n, match] of tokens.entries()) {
    const [text] = match;
    const [before, after] = [tokens[n - 1]?.[0] ?? '', tokens[n + 1]?.[0] ?? ''];
    const word = unquoted(text);
    const group = open.at(-1);
    if (word !== null && (before === '|' || after === '|')) union.push(word);
    if (union.length > 0 && text !== '|' && after !== '|') {
      told(match.index, union);
      union = [];
    }
    if ('[{('.includes(text)) open.push({ at: match.index, bracket: text, words: [] });
    else if (']})'.includes(text)) {
      const closed = open.pop();
      if (closed) told(closed.at, closed.words);
    } else if (group?.bracket === '[' && word !== null && /^[[,]$/.test(before)) group.words.push(word);
    else if (group?.bracket === '{' && after === ':' && /^[{,]$/.test(before)) group.words.push(word ?? text);
  }
  return [...found, ...chainsIn(source, isKind)];
}
