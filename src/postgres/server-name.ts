import { isIPv6, SocketAddress } from 'node:net';

/** Whether a certificate is for a server of this name; where it is not, `names` are those that it is for, printable. */
export type NameCheck =
  | { readonly kind: 'match' }
  | { readonly kind: 'other'; readonly names: readonly string[] }
  | { readonly kind: 'malformed'; readonly why: string };

/** A piece of DER: its tag, and what is in it. */
interface Piece {
  readonly tag: number;
  readonly content: Buffer;
}

class Malformed extends Error {}

/** The pieces that stand one after the other in DER (X.690, 8.1); lengths are definite. */
function piecesOf(der: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < der.length; ) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0x80;
    const more = first & 0x80 ? first & 0x7f : 0;
    if ((tag & 0x1f) === 0x1f || first === 0x80 || more > 4 || at + 2 + more > der.length)
      throw new Malformed();
    const length = more === 0 ? first : der.readUIntBE(at + 2, more);
    const start = at + 2 + more;
    if (start + length > der.length) throw new Malformed();
    pieces.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return pieces;
}

const isCommonName = (oid: Buffer | undefined): boolean => oid?.toString('hex') === '550403';
const isSubjectAltName = (oid: Buffer | undefined): boolean => oid?.toString('hex') === '551d11';

/** What of a certificate names its server: the first common name, and the alternative names where there are any. */
function namesIn(certificate: Buffer): {
  readonly common: Buffer | null;
  readonly alternative: Piece[] | null;
} {
  const toBeSigned = piecesOf(piecesOf(certificate)[0]?.content ?? Buffer.alloc(0))[0];
  const fields = piecesOf(toBeSigned?.content ?? Buffer.alloc(0)).filter(({ tag }) => tag !== 0xa0);
  // serial number, signature, issuer, validity, subject (RFC 5280, 4.1)
  const subject = fields[4];
  if (!subject) throw new Malformed();
  const common = piecesOf(subject.content)
    .flatMap(({ content }) => piecesOf(content))
    .map(({ content }) => piecesOf(content))
    .find(([oid]) => isCommonName(oid?.content));
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  const alternative = (
    extensions ? piecesOf(piecesOf(extensions.content)[0]?.content ?? Buffer.alloc(0)) : []
  )
    .map(({ content }) => piecesOf(content))
    .filter(([oid]) => isSubjectAltName(oid?.content));
  // OpenSSL takes none of several, and libpq would go on to the common name.
  if (alternative.length > 1) throw new Malformed();
  const names = alternative[0]?.at(-1)?.content;
  return {
    common: common?.[1]?.content ?? null,
    alternative: names ? piecesOf(piecesOf(names)[0]?.content ?? Buffer.alloc(0)) : null,
  };
}

const dnsName = 0x82;
const ipAddress = 0x87;

/** The four numbers of an IPv4 address in any form that inet_aton reads: `127.1`, `0x7f.0.0.1`; null: it is none. */
function inetAton(text: string): Buffer | null {
  const parts = text.split('.');
  if (parts.length > 4) return null;
  const numbers = parts.map((part) =>
    /^0x[0-9a-f]+$/i.test(part)
      ? Number(part)
      : /^0[0-7]*$/.test(part)
        ? Number.parseInt(part, 8)
        : /^[1-9]\d*$/.test(part)
          ? Number(part)
          : Number.NaN,
  );
  const last = numbers.pop() ?? Number.NaN;
  const most = 256 ** (4 - numbers.length);
  if (!(last < most) || !numbers.every((number) => number < 256)) return null;
  const address = Buffer.alloc(4);
  address.writeUInt32BE(numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last));
  return address;
}

const inet6 = (text: string): string => new SocketAddress({ address: text, family: 'ipv6' }).address;

const groupsOf = (address: Buffer): string => (address.toString('hex').match(/.{4}/g) ?? []).join(':');

/** As libpq has it (fe-secure-common.c, is_ip_address). */
const isAddress = (host: string): boolean => inetAton(host) !== null || isPlainIpv6(host);
const isPlainIpv6 = (host: string): boolean => isIPv6(host) && !host.includes('%');

function isAddressOf(host: string, address: Buffer): boolean {
  if (address.length === 4) return inetAton(host)?.equals(address) ?? false;
  if (address.length !== 16) throw new Malformed('an address in it is of no known length');
  return isPlainIpv6(host) && inet6(host) === inet6(groupsOf(address));
}

/** ASCII alone has a case here, as in pg_strcasecmp. */
const folded = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** `*.` stands for one whole label at the left, and nothing else is a wildcard (wildcard_certificate_match). */
function isNameOf(host: string, bytes: Buffer): boolean {
  if (bytes.includes(0)) throw new Malformed('a name in it holds a NUL byte');
  const name = folded(bytes.toString('latin1'));
  const wanted = folded(Buffer.from(host).toString('latin1'));
  if (name === wanted) return true;
  if (name.length < 3 || !name.startsWith('*.') || name.length > wanted.length) return false;
  return wanted.endsWith(name.slice(1)) && wanted.indexOf('.') >= wanted.length - name.length;
}

/**
 * Holds a certificate against a server's name as libpq does (PostgreSQL, "SSL Support"; fe-secure-openssl.c,
 * pgtls_verify_peer_name_matches_certificate_guts): alternative names of the host's kind, a name or an address, keep
 * the common name from being inspected, of which the first alone counts.
 *
 * @param certificate DER.
 */
export function checkName(host: string, certificate: Buffer): NameCheck {
  try {
    const { common, alternative } = namesIn(certificate);
    const kind = isAddress(host) ? ipAddress : dnsName;
    for (const { tag, content } of alternative ?? []) {
      if (tag === dnsName && isNameOf(host, content)) return { kind: 'match' };
      if (tag === ipAddress && isAddressOf(host, content)) return { kind: 'match' };
    }
    const hasOfKind = alternative?.some(({ tag }) => tag === kind) ?? false;
    if (!hasOfKind && common && isNameOf(host, common)) return { kind: 'match' };
    return { kind: 'other', names: shown(hasOfKind ? null : common, alternative ?? []) };
  } catch (error) {
    return { kind: 'malformed', why: (error as Error).message || 'its names cannot be read' };
  }
}

function shown(common: Buffer | null, alternative: readonly Piece[]): string[] {
  const others = alternative.flatMap(({ tag, content }) =>
    tag === dnsName
      ? [printable(content)]
      : tag !== ipAddress
        ? []
        : [content.length === 4 ? content.join('.') : inet6(groupsOf(content))],
  );
  return [...new Set([...(common ? [printable(common)] : []), ...others])];
}

const printable = (bytes: Buffer): string => bytes.toString('latin1').replaceAll(/[^ -~]/g, '?');
