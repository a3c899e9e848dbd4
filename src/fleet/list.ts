/** What a list says of one database. */
export interface Listed {
  /** Where it stands, as messages call it: `tenants.txt:3`. */
  readonly place: string;
  /** A database's name as it is; or a connection string, which may hold a password. */
  readonly text: string;
  /** A quoted name is one for sure; another may be a connection string with a slip in it. */
  readonly kind: 'name' | 'quotedName' | 'connection';
}

/**
 * The databases of a text: one a line, without the blanks around it. Empty lines and those that begin with `#` are
 * passed over. A line in double quotes is the name between them, as in SQL: blanks count, and `""` stands for a quote.
 *
 * @param name of the text, for messages.
 */
export const listIn = (name: string, text: string): Listed[] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, index) => ({ place: `${name}:${index + 1}`, text: line.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'))
    .map(({ place, text }) => {
      const [, quoted] = /^"((?:[^"]|"")*)"$/.exec(text) ?? [];
      return quoted === undefined
        ? listedAs(place, text)
        : { place, text: quoted.replaceAll('""', '"'), kind: 'quotedName' };
    });

/** One database, by what is given for it: blanks around a name count. */
export const listedAs = (place: string, text: string): Listed =>
  /:\/\/|^\s*\w+\s*=/.test(text)
    ? { place, text: text.trim(), kind: 'connection' }
    : { place, text, kind: 'name' };
