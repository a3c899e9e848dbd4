import type { Findings } from '../environment.ts';
import type { ConfigInput } from '../input.ts';
import { choice } from '../setting-types.ts';
import { type ChannelBinding, type ConnInfo, channelBindings, type SslMode, sslmodes } from './conninfo.ts';
import { complain, type Fields, readField } from './fields.ts';
import { octal, type Pem, readPem, usualPath } from './pem.ts';

type Tls = Pick<
  ConnInfo,
  | 'sslmode'
  | 'ca'
  | 'crls'
  | 'systemCa'
  | 'cert'
  | 'key'
  | 'certFile'
  | 'keyFile'
  | 'keyPassphrase'
  | 'tlsMinVersion'
  | 'tlsMaxVersion'
  | 'channelBinding'
>;

function readMode(fields: Fields, isSystem: boolean, findings: Findings): SslMode {
  // libpq's deprecated PGREQUIRESSL still means sslmode=require where no sslmode is given.
  const isRequired = fields.get('requiressl')?.value.startsWith('1') ?? false;
  const usual = isSystem ? 'verify-full' : isRequired ? 'require' : 'prefer';
  const mode = readField(fields, 'sslmode', [choice(sslmodes), usual], findings);
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
  const usual = usualPath('sslrootcert', input);
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

type ClientCertificate = Pick<Tls, 'cert' | 'key' | 'certFile' | 'keyFile' | 'keyPassphrase'>;

function readClientCertificate(fields: Fields, input: ConfigInput, findings: Findings): ClientCertificate {
  const none = { cert: null, key: null, keyPassphrase: null };
  const use = readField(fields, 'sslcertmode', [choice(['disable', 'allow', 'require']), 'allow'], findings);
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
  const key = readKey(cert, fields, input, findings);
  if (key === null) return none;
  return {
    cert: cert.text,
    certFile: cert.file,
    key: key.text,
    keyFile: key.file,
    keyPassphrase: fields.get('sslpassword')?.value ?? null,
  };
}

/** A certificate without a key is an error in libpq, too, also where both are the usual files. */
function readKey(cert: Pem, fields: Fields, input: ConfigInput, findings: Findings): Pem | null {
  const key = readPem(fields, 'sslkey', input, findings);
  if (key !== null) {
    refuseOpenKey(key, fields, input, findings);
    return key;
  }
  if (fields.has('sslkey')) return null;
  const usual = usualPath('sslkey', input);
  const missing = usual === null ? '' : `, and ${usual} cannot be read`;
  const message = `the certificate has no private key${missing}`;
  const remedy = 'Set PGSSLKEY to the file of its key.';
  const named = fields.get('sslcert');
  if (named) complain(findings, named, message, remedy);
  else findings.problems.push({ name: cert.file, message, remedy });
  return null;
}

/** libpq refuses a private key that others may read (fe-secure-openssl.c, initialize_SSL); one of root, its group may. */
function refuseOpenKey(key: Pem, fields: Fields, input: ConfigInput, findings: Findings): void {
  const mode = input.modeOf(key.path);
  if (mode === null) return;
  const isOpen = (mode.mode & (mode.uid === 0 ? 0o037 : 0o077)) !== 0;
  if (!isOpen) return;
  const message = `the private key in ${key.file} may be read by others (mode ${octal(mode.mode)}), which libpq does not take either`;
  const remedy =
    'Give it mode 0600, or 0640 where root owns it; in Kubernetes set defaultMode: 0400 on the volume (0440 with fsGroup).';
  const field = fields.get('sslkey');
  if (field) complain(findings, field, message, remedy);
  else findings.problems.push({ name: key.file, message, remedy });
}

/**
 * The revocation lists, one PEM text each. libpq reads the usual `root.crl` where it is there and where root
 * certificates are (fe-secure-openssl.c, initialize_SSL).
 */
function readCrls(fields: Fields, input: ConfigInput, findings: Findings): Pick<Tls, 'crls'> {
  const pem = readPem(fields, 'sslcrl', input, findings);
  if (pem === null) return {};
  const crls = pem.text.match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g);
  if (crls !== null) return { crls };
  const message = `${pem.file} holds no revocation list in PEM form`;
  const remedy = 'Convert it with openssl crl -inform DER -out FILE, or remove it.';
  const field = fields.get('sslcrl');
  if (field) complain(findings, field, message, remedy);
  else findings.problems.push({ name: pem.file, message, remedy });
  return {};
}

type Versions = Pick<Tls, 'tlsMinVersion' | 'tlsMaxVersion'>;

/** TLS 1.2 is the oldest version that is spoken, whatever else is allowed. */
function readVersions(fields: Fields, findings: Findings): Versions {
  const known = choice(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
  const oldest = readField(fields, 'ssl_min_protocol_version', [known, 'TLSv1.2'], findings);
  const newest = readField(fields, 'ssl_max_protocol_version', [known, 'TLSv1.3'], findings);
  const field = fields.get('ssl_max_protocol_version');
  if (field && (newest < 'TLSv1.2' || newest < oldest)) {
    complain(
      findings,
      field,
      newest < oldest
        ? 'it is older than ssl_min_protocol_version'
        : 'TLS before version 1.2 is not spoken, because it is broken',
      'Write TLSv1.2 or TLSv1.3, or leave it out.',
    );
  }
  return {
    ...(oldest === 'TLSv1.3' ? { tlsMinVersion: oldest } : {}),
    ...(newest === 'TLSv1.2' ? { tlsMaxVersion: newest } : {}),
  };
}

/**
 * Resolves what concerns TLS as libpq does (PostgreSQL, "SSL Support"), reading the files named. Root certificates,
 * named or usual, are held against the server in every mode: `require` with them becomes `verify-ca`, which is what
 * libpq makes of it. A file that is named and missing is waited for, where libpq may go on without.
 */
export function resolveTls(fields: Fields, input: ConfigInput, findings: Findings): Tls {
  const rootField = fields.get('sslrootcert');
  const systemCa = rootField?.value === 'system';
  const mode = readMode(fields, systemCa, findings);
  const channelBinding = readField(fields, 'channel_binding', [choice(channelBindings), 'prefer'], findings);
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
  const tls = { channelBinding, systemCa, ...readVersions(fields, findings) };
  if (mode === 'disable')
    return { ...tls, sslmode: mode, ca: null, cert: null, key: null, keyPassphrase: null };
  const client = readClientCertificate(fields, input, findings);
  if (systemCa) return { ...tls, ...client, ...readCrls(fields, input, findings), sslmode: mode, ca: null };
  const isOptional = mode === 'allow' || mode === 'prefer';
  if (isOptional && rootField) {
    findings.notes.push(
      `${rootField.name}: root certificates do not protect with sslmode=${mode}; set sslmode=verify-full`,
    );
  }
  const ca = readPem(fields, 'sslrootcert', input, findings)?.text ?? null;
  if (ca === null && !rootField && mode.startsWith('verify-')) {
    refuseWithoutRoot(mode, fields, input, findings);
  }
  const crls = ca === null && !fields.has('sslcrl') ? {} : readCrls(fields, input, findings);
  return { ...tls, ...client, ...crls, sslmode: mode === 'require' && ca !== null ? 'verify-ca' : mode, ca };
}
