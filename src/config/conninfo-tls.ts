import type { ConfigInput } from '../config.ts';
import { type ChannelBinding, type ConnInfo, channelBindings, type SslMode, sslmodes } from './conninfo.ts';
import { complain, type Fields, readField } from './conninfo-fields.ts';
import { type Findings, readNamed, shownFile } from './environment.ts';
import { choice } from './setting-types.ts';

type Tls = Pick<
  ConnInfo,
  'sslmode' | 'ca' | 'systemCa' | 'cert' | 'key' | 'keyPassphrase' | 'tlsMinVersion' | 'channelBinding'
>;

type PemParameter = 'sslrootcert' | 'sslcert' | 'sslkey';

const usualFiles: Readonly<Record<PemParameter, string>> = {
  sslrootcert: 'root.crt',
  sslcert: 'postgresql.crt',
  sslkey: 'postgresql.key',
};

/** A file in `~/.postgresql`, which counts only where it is there and can be read; null otherwise. */
function readUsual(parameter: PemParameter, input: ConfigInput): string | null {
  if (input.user.home === null) return null;
  try {
    return input.readFile(`${input.user.home}/.postgresql/${usualFiles[parameter]}`);
  } catch {
    return null;
  }
}

/** The PEM text that a parameter names, else that of the usual file. */
function readPem(
  fields: Fields,
  parameter: PemParameter,
  input: ConfigInput,
  findings: Findings,
): string | null {
  const field = fields.get(parameter);
  if (!field) return readUsual(parameter, input);
  const text = readNamed(field, input, findings);
  if (text !== null && !text.includes('-----BEGIN ')) {
    complain(findings, field, `${shownFile(field.value)} holds nothing in PEM form`, 'Convert it to PEM.');
  }
  return text;
}

function readMode(fields: Fields, isSystem: boolean, findings: Findings): SslMode {
  // libpq's deprecated PGREQUIRESSL still means sslmode=require where no sslmode is given.
  const isRequired = fields.get('requiressl')?.value.startsWith('1') ?? false;
  const usual = isSystem ? 'verify-full' : isRequired ? 'require' : 'prefer';
  const mode = readField(fields, 'sslmode', choice(sslmodes), usual, findings);
  const field = fields.get('sslmode');
  if (isSystem && mode !== 'verify-full' && field) {
    complain(
      findings,
      field,
      `sslmode=${mode} is too weak for sslrootcert=system`,
      'Set sslmode=verify-full: anyone can get a certificate from a public authority.',
    );
  }
  return mode;
}

function refuseWithoutRoot(mode: SslMode, fields: Fields, input: ConfigInput, findings: Findings): void {
  const field = fields.get('sslmode');
  if (!field) return;
  const usual = input.user.home === null ? null : `${input.user.home}/.postgresql/root.crt`;
  complain(
    findings,
    field,
    `sslmode=${mode} needs root certificates, and ${usual === null ? 'none are named' : `${usual} cannot be read`}`,
    "Set PGSSLROOTCERT to the file of the server's authority, or to system for a public one.",
  );
}

/** Refuses `require_auth`, unless channel binding already allows nothing but SCRAM. */
function refuseAuth(fields: Fields, binding: ChannelBinding, findings: Findings): void {
  const field = fields.get('require_auth');
  if (!field) return;
  const methods = field.value.split(',').map((method) => method.trim());
  const allowsScram = methods.every((method) => method.startsWith('!'))
    ? !methods.includes('!scram-sha-256')
    : methods.includes('scram-sha-256');
  if (binding === 'require' && allowsScram) return;
  complain(
    findings,
    field,
    'require_auth cannot be honoured',
    'Set channel_binding=require, which accepts SCRAM over TLS only, or leave it out.',
  );
}

function readClientCertificate(
  fields: Fields,
  input: ConfigInput,
  findings: Findings,
): Pick<Tls, 'cert' | 'key' | 'keyPassphrase'> {
  const none = { cert: null, key: null, keyPassphrase: null };
  const use = readField(fields, 'sslcertmode', choice(['disable', 'allow', 'require']), 'allow', findings);
  const field = fields.get('sslcertmode');
  if (use === 'require' && field) {
    complain(
      findings,
      field,
      'sslcertmode=require cannot be honoured',
      'Leave it out; have the server demand the certificate (clientcert=verify-full in pg_hba.conf).',
    );
  }
  if (use === 'disable') return none;
  const cert = readPem(fields, 'sslcert', input, findings);
  if (cert === null) return none;
  const key = readPem(fields, 'sslkey', input, findings);
  const named = fields.get('sslcert');
  if (key === null && named && !fields.has('sslkey')) {
    complain(findings, named, 'the certificate has no private key', 'Set PGSSLKEY to the file of its key.');
  }
  if (key === null) return none;
  return { cert, key, keyPassphrase: fields.get('sslpassword')?.value ?? null };
}

/**
 * Resolves what concerns TLS as libpq does (PostgreSQL, "SSL Support"), reading the files named. `require` with root
 * certificates becomes `verify-ca`, which is what libpq makes of it; a file that is named and missing is a problem,
 * where libpq may go on without.
 */
export function resolveTls(fields: Fields, input: ConfigInput, findings: Findings): Tls {
  const rootField = fields.get('sslrootcert');
  const systemCa = rootField?.value === 'system';
  const mode = readMode(fields, systemCa, findings);
  const channelBinding = readField(fields, 'channel_binding', choice(channelBindings), 'prefer', findings);
  refuseAuth(fields, channelBinding, findings);
  const bindingField = fields.get('channel_binding');
  if (channelBinding === 'require' && mode === 'disable' && bindingField) {
    complain(
      findings,
      bindingField,
      'channel_binding=require is impossible with sslmode=disable',
      'Set sslmode=require or stronger.',
    );
  }
  const oldest = choice(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
  const version = readField(fields, 'ssl_min_protocol_version', oldest, 'TLSv1.2', findings);
  const tls = {
    channelBinding,
    systemCa,
    ...(version === 'TLSv1.3' ? { tlsMinVersion: version } : {}),
  };
  if (mode === 'disable')
    return { ...tls, sslmode: mode, ca: null, cert: null, key: null, keyPassphrase: null };
  const client = readClientCertificate(fields, input, findings);
  if (systemCa) return { ...tls, ...client, sslmode: mode, ca: null };
  const isOptional = mode === 'allow' || mode === 'prefer';
  if (isOptional && rootField) {
    findings.notes.push(
      `${rootField.name}: root certificates do not protect with sslmode=${mode}; set sslmode=verify-full`,
    );
  }
  const ca = isOptional && !rootField ? null : readPem(fields, 'sslrootcert', input, findings);
  if (ca === null && !rootField && mode.startsWith('verify-')) {
    refuseWithoutRoot(mode, fields, input, findings);
  }
  return { ...tls, ...client, sslmode: mode === 'require' && ca !== null ? 'verify-ca' : mode, ca };
}
