import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of a test's own, made with openssl. */
export interface Authority {
  /** The path of its root certificate, PEM. */
  readonly rootFile: string;
  /** Certificate and key for a server of this name, PEM. */
  issue(name: string): { certificate: string; key: string };
  destroy(): void;
}

export function makeAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-authority-'));
  const path = (file: string): string => join(directory, file);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
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
    issue(name) {
      const [key, request, certificate] = [path(`${name}.key`), path(`${name}.csr`), path(`${name}.crt`)];
      writeFileSync(path('extensions'), `subjectAltName=DNS:${name}\n`);
      openssl('req', '-new', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', path('root.crt'), '-CAkey', path('root.key')],
        ...['-CAcreateserial', '-days', '2', '-extfile', path('extensions'), '-out', certificate],
      );
      return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    },
    destroy: () => rmSync(directory, { recursive: true, force: true }),
  };
}
