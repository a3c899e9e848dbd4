import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance } from './instance.ts';

/** A certificate and its key, PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of a test's own, made with openssl. */
export interface Authority {
  /** The path of its root certificate, PEM. */
  readonly rootFile: string;
  /** Its root certificate, PEM. */
  readonly root: string;
  /**
   * Certificate and key for a server of this name, PEM; valid from now for two days.
   *
   * @param valid first and last day instead, as `20250131`.
   */
  issue(name: string, valid?: readonly [from: string, until: string]): Issued;
  /**
   * Certificate and key for any subject, e.g. `/CN=a/CN=b`.
   *
   * @param names its subjectAltName, e.g. `DNS:a,IP:127.0.0.1`; null: it has none.
   */
  sign(subject: string, names: string | null): Issued;
  /** A list, PEM, that revokes these certificates; valid for two days, or since long no more. */
  revoke(revoked: readonly Issued[], isExpired?: boolean): string;
  destroy(): void;
}

/** What `openssl ca` needs, which alone lets the first day be chosen. */
const caSettings = (index: string): string =>
  `[ca]\ndefault_ca = it\n[it]\ndatabase = ${index}\nrand_serial = yes\ndefault_md = sha256\nunique_subject = no\npolicy = any\n[any]\ncommonName = supplied\n`;

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** A certificate that nobody but itself has signed, for a server of this name. */
export function signItself(name: string): Issued {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-itself-'));
  const [key, certificate] = [join(directory, 'key'), join(directory, 'crt')];
  try {
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    execFileSync('openssl', ['req', '-x509', ...newKey, ...names, '-keyout', key, '-out', certificate], {
      stdio: 'pipe',
    });
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function makeAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-authority-'));
  const path = (file: string): string => join(directory, file);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=test root',
    '-keyout',
    path('root.key'),
    '-out',
    path('root.crt'),
  );
  let count = 0;
  return {
    rootFile: path('root.crt'),
    root: readFileSync(path('root.crt'), 'utf8'),
    sign(subject, names) {
      count += 1;
      const [key, request, certificate] = [path(`${count}.key`), path(`${count}.csr`), path(`${count}.crt`)];
      writeFileSync(
        path('extensions'),
        names === null ? 'keyUsage=digitalSignature\n' : `subjectAltName=${names}\n`,
      );
      openssl('req', '-new', ...newKey, '-subj', subject, '-keyout', key, '-out', request);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', path('root.crt'), '-CAkey', path('root.key')],
        ...['-CAcreateserial', '-days', '2', '-extfile', path('extensions'), '-out', certificate],
      );
      return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    },
    revoke(revoked, isExpired = false) {
      const [index, list, one] = [path('revoked'), path('crl'), path('one')];
      writeFileSync(index, '');
      writeFileSync(path('ca'), caSettings(index));
      const authority = ['-config', path('ca'), '-cert', path('root.crt'), '-keyfile', path('root.key')];
      for (const { certificate } of revoked) {
        writeFileSync(one, certificate);
        openssl('ca', ...authority, '-revoke', one);
      }
      const span = isExpired
        ? ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102000000Z']
        : ['-crldays', '2'];
      openssl('ca', ...authority, '-gencrl', ...span, '-out', list);
      return readFileSync(list, 'utf8');
    },
    issue(name, valid) {
      const [key, request, certificate] = [path(`${name}.key`), path(`${name}.csr`), path(`${name}.crt`)];
      writeFileSync(path('extensions'), `subjectAltName=DNS:${name}\n`);
      openssl('req', '-new', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
      if (valid) {
        writeFileSync(path('index'), '');
        writeFileSync(path('ca'), caSettings(path('index')));
        const [from, until] = valid.map((day) => `${day}000000Z`) as [string, string];
        openssl(
          ...['ca', '-batch', '-notext', '-config', path('ca'), '-in', request, '-out', certificate],
          ...['-cert', path('root.crt'), '-keyfile', path('root.key'), '-outdir', directory],
          ...['-extfile', path('extensions'), '-startdate', from, '-enddate', until],
        );
      } else {
        openssl(
          ...['x509', '-req', '-in', request, '-CA', path('root.crt'), '-CAkey', path('root.key')],
          ...['-CAcreateserial', '-days', '2', '-extfile', path('extensions'), '-out', certificate],
        );
      }
      return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    },
    destroy: () => rmSync(directory, { recursive: true, force: true }),
  };
}

let shown = 0;

/** Has a server that runs with `ssl = on` show another certificate from now on. */
export async function showCertificate(instance: Instance, { certificate, key }: Issued): Promise<void> {
  shown += 1;
  instance.writeFile(`shown_${shown}.crt`, certificate);
  instance.writeFile(`shown_${shown}.key`, key);
  await instance.query(`ALTER SYSTEM SET ssl_key_file = 'shown_${shown}.key'`);
  await instance.query(`ALTER SYSTEM SET ssl_cert_file = 'shown_${shown}.crt'`);
  const reloaded = instance.waitForLog(new RegExp(`"ssl_key_file" changed to "shown_${shown}.key"`));
  instance.signal('SIGHUP');
  await reloaded;
}
