/** What a list says of one database. */
export interface Listed {
  /** Where it stands, as messages call it: `tenants.txt:3`. */
  readonly place: string;
  /** A database's name, or a connection string, which may hold a password. */
  readonly text: string;
}

/**
 * The databases of a text: one a line, without the blanks around it. Empty lines and those that begin with `#` are
 * passed over.
 *
 * @param name of the text, for messages.
 */
export const listIn = (name: string, text: string): Listed[] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, index) => ({ place: `${name}:${index + 1}`, text: line.trim() }))
    .filter((listed) => listed.text !== '' && !listed.text.startsWith('#'));

/** Whether it is a connection string, by URL or by `key=value`, and not a name; see `resolveDatabase` of config/. */
export const isConnectionString = (text: string): boolean => /:\/\/|^\s*\w+\s*=/.test(text);
