import type { ConnInfo, Host } from './conninfo.ts';

export interface PassfileKey {
  /** A name or an address; a socket directory counts as `localhost` where it is the usual one. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

const usualSocketDirectories = ['/tmp', '/var/run/postgresql', '/run/postgresql'];

/** Splits at unescaped colons; `\` makes the next character a literal one. */
function splitLine(line: string): readonly { readonly text: string; readonly isAny: boolean }[] {
  const fields: { text: string; isAny: boolean }[] = [];
  let text = '';
  let raw = '';
  for (let i = 0; i < line.length; i += 1) {
    let char = line[i] ?? '';
    if (char === ':') {
      fields.push({ text, isAny: raw === '*' });
      if (fields.length === 5) return fields;
      text = '';
      raw = '';
      continue;
    }
    raw += char;
    if (char === '\\' && i + 1 < line.length) {
      i += 1;
      char = line[i] ?? '';
      raw += char;
    }
    text += char;
  }
  return [...fields, { text, isAny: false }];
}

/**
 * Finds the password in a password file's text: lines of `host:port:database:user:password`, the first that
 * matches counts, `*` matches anything, `\` escapes `:` and `\`, and an unescaped `:` ends the password
 * (PostgreSQL, "The Password File"; fe-connect.c, passwordFromFile).
 *
 * @returns null where no line matches.
 */
export function findPassword(text: string, key: PassfileKey): string | null {
  const host = usualSocketDirectories.includes(key.host) ? 'localhost' : key.host;
  const wanted = [host, String(key.port), key.database, key.user];
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = splitLine(line);
    const password = fields[4];
    if (!password) continue;
    if (wanted.every((want, i) => fields[i]?.isAny || fields[i]?.text === want)) return password.text;
  }
  return null;
}

/** The password for one host: the one given for all, else what the password file has for this host and port. */
export function passwordFor(conn: ConnInfo, { host, port, serverName }: Host): string | null {
  if (conn.password !== null) return conn.password;
  if (conn.passfile?.kind !== 'read') return null;
  const { database, user } = conn;
  return findPassword(conn.passfile.text, { host: serverName ?? host, port, database, user });
}
