import { type BadText, badText, type NameValuePair, type PairList } from './text.ts';

/** Beside libpq's: what GeoDjango, Rails and dj-database-url call the same server. */
const schemes = /^(?:postgres|postgresql|postgis|pgsql|timescale|timescalegis)(?:\+[a-z0-9_.-]+)?:\/\//i;
const escapeAt =
  'Write %40 for @, %3A for :, %2F for /, %3F for ? and %25 for % in a user, password or name.';

/** A part of the URL and where it begins, counted from 0. */
interface Part {
  readonly text: string;
  readonly at: number;
}

/** Thrown and caught in this file alone: a part of the URL that cannot be read. */
class Unreadable extends Error {
  readonly bad: BadText;

  constructor(bad: BadText) {
    super(bad.message);
    this.bad = bad;
  }
}

function decode({ text, at }: Part): string {
  const broken = /%(?![0-9a-f]{2})|%00/i.exec(text);
  if (broken) {
    throw new Unreadable(
      badText(
        broken[0] === '%'
          ? `the % at character ${at + broken.index + 1} is not followed by two hexadecimal digits`
          : `the %00 at character ${at + broken.index + 1} is a NUL byte, which no part can hold`,
        broken[0] === '%' ? 'Write a literal % as %25.' : 'Remove it.',
      ),
    );
  }
  try {
    return decodeURIComponent(text);
  } catch {
    const first = at + text.indexOf('%') + 1;
    throw new Unreadable(
      badText(
        `the escapes from character ${first} on do not make UTF-8 text`,
        'Escape the bytes of its UTF-8 form.',
      ),
    );
  }
}

/** Splits at each `separator`, keeping each piece's place. */
function split(part: Part, separator: string): Part[] {
  let at = part.at;
  return part.text.split(separator).map((text) => {
    const piece = { text, at };
    at += text.length + separator.length;
    return piece;
  });
}

/** Two colons and more, where a host and its port have one; a password may be written there, so it is not shown. */
const isBareIpv6 = (text: string): boolean => /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(?:%\w+)?$/i.test(text);

function readHost(part: Part): { readonly host: string; readonly port: string } {
  if (isBareIpv6(part.text)) {
    throw new Unreadable(
      badText(
        `the IPv6 address at character ${part.at + 1} has no brackets, so where its port begins is not known`,
        'Put it into brackets: [::1], with a port [::1]:5432.',
      ),
    );
  }
  const parts = /^(\[([^\]]*)\]|[^:[\]]*)(?::(.*))?$/.exec(part.text);
  if (!parts) {
    throw new Unreadable(
      badText(
        `the host at character ${part.at + 1} is malformed`,
        'Write host, host:port or [IPv6 address]:port.',
      ),
    );
  }
  const [, whole = '', address, port = ''] = parts;
  if (address === '') {
    throw new Unreadable(
      badText(`the brackets at character ${part.at + 1} are empty`, 'Write an IPv6 address in them.'),
    );
  }
  const portAt = part.at + whole.length + 1;
  const digits = decode({ text: port, at: portAt });
  if (!/^\d*$/.test(digits)) {
    throw new Unreadable(badText(`the port at character ${portAt + 1} is not a number`, escapeAt));
  }
  const host = address === undefined ? { text: whole, at: part.at } : { text: address, at: part.at + 1 };
  return { host: decode(host), port: digits };
}

function readAuthority(part: Part): NameValuePair[] {
  const hosts = split(part, ',').map(readHost);
  const pairs: NameValuePair[] = [];
  if (hosts.some(({ host }) => host !== '')) {
    pairs.push({ name: 'host', value: hosts.map(({ host }) => host).join(','), at: part.at + 1 });
  }
  if (hosts.some(({ port }) => port !== '')) {
    pairs.push({ name: 'port', value: hosts.map(({ port }) => port).join(','), at: part.at + 1 });
  }
  return pairs;
}

function readUser(part: Part): NameValuePair[] {
  const colon = part.text.indexOf(':');
  const user = { text: colon < 0 ? part.text : part.text.slice(0, colon), at: part.at };
  const pairs = [{ name: 'user', value: decode(user), at: part.at + 1 }];
  if (colon < 0) return pairs;
  const password = { text: part.text.slice(colon + 1), at: part.at + colon + 1 };
  return [...pairs, { name: 'password', value: decode(password), at: password.at + 1 }];
}

function readQuery(part: Part): NameValuePair[] {
  return split(part, '&')
    .filter(({ text }) => text !== '')
    .map((piece) => {
      const [name, value, ...more] = split(piece, '=');
      if (!name || !value || more.length > 0) {
        throw new Unreadable(
          badText(
            `the parameter at character ${piece.at + 1} is not name=value`,
            'Write %26 for & and %3D for = in a value.',
          ),
        );
      }
      return { name: decode(name), value: decode(value), at: piece.at + 1 };
    });
}

function readParts(url: string, start: number): NameValuePair[] {
  const rest = url.slice(start);
  const stop = rest.search(/[@/]/);
  const hasUser = rest[stop] === '@';
  const hostsAt = hasUser ? start + stop + 1 : start;
  const stray = url.indexOf('@', hostsAt);
  // libpq would take what stands before it for a host, a port or a database, and name that in its messages.
  if (stray >= 0) {
    throw new Unreadable(badText(`the @ at character ${stray + 1} comes after the host has begun`, escapeAt));
  }
  const hostsLength = url.slice(hostsAt).search(/[/?]/);
  const hostsEnd = hostsLength < 0 ? url.length : hostsAt + hostsLength;
  const mark = url.indexOf('?', hostsEnd);
  const pathEnd = mark < 0 ? url.length : mark;
  const path = { text: url.slice(hostsEnd + 1, pathEnd), at: hostsEnd + 1 };
  return [
    ...(hasUser ? readUser({ text: rest.slice(0, stop), at: start }) : []),
    ...readAuthority({ text: url.slice(hostsAt, hostsEnd), at: hostsAt }),
    { name: 'dbname', value: url[hostsEnd] === '/' ? decode(path) : '', at: path.at + 1 },
    ...readQuery({ text: url.slice(pathEnd + 1), at: pathEnd + 1 }),
  ];
}

/** Whether a connection string is meant as a URL. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.:_-]*:\/\//i.test(text);
}

/**
 * Reads a URL as libpq does (PostgreSQL, "Connection URIs"): `postgres://` or `postgresql://`, or what a framework
 * calls the same, a driver's suffix such as `+asyncpg` dropped, several hosts, IPv6 in brackets, every part percent-decoded. Unlike libpq it refuses
 * an unescaped `@` after the host. Positions in messages count characters from 1.
 */
export function readUrl(url: string): PairList | BadText {
  const scheme = schemes.exec(url)?.[0];
  if (scheme === undefined && /^jdbc:postgres/i.test(url)) {
    return badText(
      'it is a JDBC URL',
      'Leave out jdbc:, and write the user and the password before the host.',
    );
  }
  if (scheme === undefined) {
    return badText(
      'the URL does not begin with postgresql:// or postgres://',
      'Write postgresql://user:password@host:port/database.',
    );
  }
  try {
    return { kind: 'pairs', pairs: readParts(url, scheme.length) };
  } catch (error) {
    if (error instanceof Unreadable) return error.bad;
    throw error;
  }
}
