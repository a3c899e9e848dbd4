import { TokenReader } from '../../sql/index.ts';
import { unquote } from '../objects/common/names.ts';

/** A name in a text, unquoted: `schema`, `name`, or a name alone. */
export interface Name {
  readonly path: readonly string[];
  /** The tokens before and behind it. */
  readonly before: string;
  readonly after: string;
}

/** The names in a text of SQL, in order. */
export function namesIn(text: string): readonly Name[] {
  const reader = new TokenReader({ path: 'a description', text, checksum: '' });
  const tokens: { readonly token: string; readonly isName: boolean }[] = [];
  while (reader.next()) {
    const token = text.slice(reader.start, reader.end);
    const isQuoted = reader.kind === 'quoted';
    tokens.push({
      token: isQuoted ? unquote(token) : token.toLowerCase(),
      isName: isQuoted || reader.kind === 'word',
    });
  }
  const at = (index: number): string => tokens[index]?.token ?? '';
  return tokens.flatMap(({ token, isName }, index) => {
    if (!isName || at(index - 1) === '.') return [];
    const isPath = at(index + 1) === '.' && tokens[index + 2]?.isName;
    return [
      {
        path: isPath ? [token, at(index + 2)] : [token],
        before: at(index - 1),
        after: at(index + (isPath ? 3 : 1)),
      },
    ];
  });
}
