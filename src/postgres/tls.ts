import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import type { ConnInfo, Host } from '../config/index.ts';
import { checkName } from './server-name.ts';
import { Withheld } from './withheld.ts';

/**
 * What the driver hands to node:tls for one host.
 *
 * @throws Withheld for a certificate, a key or a revocation list that cannot be used.
 */
export function tlsOptions(conn: ConnInfo, host: Host): ConnectionOptions {
  const verifiesChain = conn.sslmode === 'verify-ca' || conn.sslmode === 'verify-full' || conn.ca !== null;
  const verifiesName = conn.sslmode === 'verify-full';
  const { serverName } = host;
  return {
    rejectUnauthorized: verifiesChain,
    secureContext: contextOf(conn, verifiesChain),
    // The driver sets it where the host itself is a name.
    ...(serverName !== undefined && isIP(serverName) === 0 ? { servername: serverName } : {}),
    checkServerIdentity: (_, { raw }) =>
      verifiesName ? nameObjection(serverName ?? host.host, raw) : undefined,
  };
}

function nameObjection(name: string, raw: Buffer): Error | undefined {
  const check = checkName(name, raw);
  if (check.kind === 'match') return undefined;
  const why =
    check.kind === 'malformed'
      ? check.why
      : check.names.length === 0
        ? 'it names no server'
        : `it names ${check.names.slice(0, mostNames).join(', ')}`;
  return Object.assign(new Error(`asked for "${name}", and ${why}`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
}

/** Names of a certificate that a message lists. */
const mostNames = 10;

/** @param verifiesChain else no root certificate is needed, and those that Node brings are not read. */
function contextOf(conn: ConnInfo, verifiesChain: boolean): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext({
      ...(conn.ca !== null ? { ca: conn.ca } : verifiesChain ? {} : { ca: [] }),
      ...(conn.crls === undefined ? {} : { crl: [...conn.crls] }),
      ...(conn.cert === null ? {} : { cert: conn.cert }),
      ...(conn.key === null ? {} : { key: conn.key }),
      ...(conn.keyPassphrase === null ? {} : { passphrase: conn.keyPassphrase }),
      ...(conn.tlsMinVersion === undefined ? {} : { minVersion: conn.tlsMinVersion }),
      ...(conn.tlsMaxVersion === undefined ? {} : { maxVersion: conn.tlsMaxVersion }),
    });
  } catch (error) {
    throw new Withheld(
      { exit: 'config', ...unusable(conn, error instanceof Error ? error.message : String(error)) },
      // Who renews a certificate and its key writes one after the other.
      'grace',
    );
  }
}

/** Which of the files it is that OpenSSL does not take, and what to do about it. */
function unusable(conn: ConnInfo, why: string): { readonly message: string; readonly remedy: string } {
  const key = conn.keyFile ?? 'the file of PGSSLKEY';
  const cert = conn.certFile ?? 'the file of PGSSLCERT';
  if (conn.ca !== null && !isCertificate(conn.ca)) {
    return {
      message: `the root certificates cannot be read (${why})`,
      remedy: 'Name a PEM file of certificates in PGSSLROOTCERT.',
    };
  }
  if (conn.cert === null || conn.key === null) {
    return { message: `TLS cannot be set up (${why})`, remedy: 'Check PGSSLROOTCERT and PGSSLCRL.' };
  }
  if (!isCertificate(conn.cert)) {
    return {
      message: `the client certificate in ${cert} cannot be read (${why})`,
      remedy: 'Name a PEM file of a certificate in PGSSLCERT.',
    };
  }
  const isEncrypted = /ENCRYPTED/.test(conn.key);
  const opened = open(conn.key, conn.keyPassphrase);
  if (opened === null) {
    return {
      message: !isEncrypted
        ? `the private key in ${key} cannot be read (${why})`
        : conn.keyPassphrase === null
          ? `the private key in ${key} is encrypted, and no sslpassword is given`
          : `sslpassword does not open the private key in ${key}`,
      remedy: isEncrypted
        ? 'Give sslpassword in DATABASE_URL (DATABASE_URL_FILE keeps it out of sight), or name a key that is not encrypted in PGSSLKEY.'
        : 'Name a PEM file of a private key in PGSSLKEY.',
    };
  }
  if (!new X509Certificate(conn.cert).checkPrivateKey(opened)) {
    return {
      message: `the private key in ${key} is not that of the client certificate in ${cert}`,
      remedy: 'Name a certificate and its own key: PGSSLCERT, PGSSLKEY.',
    };
  }
  return { message: `TLS cannot be set up (${why})`, remedy: 'Check PGSSLROOTCERT, PGSSLCRL and PGSSLCERT.' };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function open(key: string, passphrase: string | null): ReturnType<typeof createPrivateKey> | null {
  try {
    return createPrivateKey({ key, ...(passphrase === null ? {} : { passphrase }) });
  } catch {
    return null;
  }
}
