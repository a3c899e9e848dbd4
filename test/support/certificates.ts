import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of a test's own, made with openssl. */
export interface Authority {
  /** The path of its root certificate, PEM. */
  readonly rootFile: string;
  /**
   * Certificate and key for a server of this name, PEM; valid from now for two days.
   *
   * @param valid first and last day instead, as `20250131`.
   */
  issue(name: string, valid?: readonly [from: string, until: string]): Issued;
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
  return {
    rootFile: path('root.crt'),
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
