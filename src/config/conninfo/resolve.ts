import type { ConfigProblem } from '../../core/index.ts';
import { type Findings, homeOf, isAbsent, noteLate, shownFile, unreadable } from '../environment.ts';
import type { ConfigInput } from '../input.ts';
import { openSecret } from '../secret.ts';
import { choice, type Parse } from '../setting-types.ts';
import { type ConnInfo, type Host, type Passfile, sessionAttrs } from './conninfo.ts';
import { complain, type Fields, readField } from './fields.ts';
import { resolveHosts } from './hosts.ts';
import { parameterNames, parameters } from './parameters.ts';
import { octal } from './pem.ts';
import { resolveTls } from './tls.ts';

/** Seconds as libpq reads `connect_timeout`, in ms; null: zero or less, no limit. */
const connectTimeout: Parse<number | null> = (text) => {
  const seconds = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  // Node's timers are 32-bit.
  return Number.isNaN(seconds) || seconds * 1_000 > 2_147_483_647
    ? { ok: false, message: 'it is not a number of seconds', remedy: 'Write whole seconds; 0 is no limit.' }
    : { ok: true, value: seconds > 0 ? seconds * 1_000 : null };
};

function checkParameters(fields: Fields, findings: Findings): void {
  for (const name of parameterNames) {
    const parameter = parameters[name];
    const field = fields.get(name);
    if (!field || parameter.kind === 'used') continue;
    if (parameter.harmless.some((value) => value.toLowerCase() === field.value.toLowerCase())) continue;
    if (parameter.kind === 'refused') {
      complain(findings, field, `${name} cannot be honoured as it is set`, parameter.remedy);
    } else findings.notes.push(`${field.name}: ${name} has no effect here`);
  }
}

/** Where the host is from, where that is an .env file. */
function hostFrom(fields: Fields): Pick<ConnInfo, 'hostFrom'> {
  const { name } = fields.get('hostaddr') ?? fields.get('host') ?? {};
  return name?.startsWith('.env') ? { hostFrom: name } : {};
}

const noUser: ConfigProblem = {
  name: 'PGUSER',
  message: 'no user is named, and this uid has no name in the operating system to fall back on',
  remedy: 'Set PGUSER, or name the user in DATABASE_URL.',
};

function resolveDatabase(fields: Fields, user: string, findings: Findings): string {
  const field = fields.get('dbname');
  if (!field) return user;
  if (field.part === null && /:\/\/|^\s*\w+\s*=/.test(field.value)) {
    complain(
      findings,
      field,
      "it is a connection string, not a database's name",
      'Put it into DATABASE_URL, and keep passwords out of the command line.',
    );
  }
  return field.value;
}

/** The password file; null where there is none. Why one is not used is noted where that may surprise. */
function readPassfile(fields: Fields, input: ConfigInput, findings: Findings): Passfile | null {
  const field = fields.get('passfile');
  const home = homeOf(input);
  const path = field?.value ?? (home === null ? null : `${home}/.pgpass`);
  if (path === null) return null;
  const name = shownFile(path);
  const unused = (message: string, remedy: string, isLate = false): Passfile => {
    findings.notes.push(`${field?.name ?? '~/.pgpass'}: ${message}`);
    return { kind: 'unused', name, isLate, message, remedy };
  };
  try {
    const text = input.readFile(path);
    if (text !== null) return unsafe(path, name, input, unused) ?? { kind: 'read', name, text };
    if (!field) return null;
    const { message, remedy } = unreadable(null, path, input);
    return unused(message, remedy, true);
  } catch (error) {
    if (!field) return null;
    const { message, remedy } = unreadable(error, path, input);
    return unused(message, remedy, isAbsent(error));
  }
}

/** libpq ignores a password file that others may read (fe-connect.c, passwordFromFile). */
function unsafe(
  path: string,
  name: string,
  input: ConfigInput,
  unused: (message: string, remedy: string) => Passfile,
): Passfile | null {
  const mode = input.modeOf(path);
  if (mode === null || (mode.mode & 0o077) === 0) return null;
  return unused(
    `${name} may be read by others (mode ${octal(mode.mode)}), and libpq would not use it either`,
    'Give it mode 0600; in Kubernetes use PGPASSWORD_FILE, which may have any mode.',
  );
}

function resolvePassword(
  fields: Fields,
  input: ConfigInput,
  findings: Findings,
): Pick<ConnInfo, 'password' | 'passfile'> {
  const field = fields.get('password');
  if (!field) return { password: null, passfile: readPassfile(fields, input, findings) };
  const password = openSecret(field, input, findings)?.value ?? null;
  if (password !== '') return { password, passfile: null };
  const message = `${shownFile(field.value)} is empty`;
  noteLate({ name: field.name, message, remedy: 'Write the password into it.', exit: 'denied' }, findings);
  return { password: null, passfile: null };
}

/** verify-full holds the certificate against a name, which an address alone is not (libpq refuses that, too). */
function refuseNameless(
  { sslmode }: Pick<ConnInfo, 'sslmode'>,
  hosts: readonly Host[],
  fields: Fields,
  findings: Findings,
): void {
  const field = fields.get('hostaddr');
  if (!field || sslmode !== 'verify-full') return;
  const names = fields.get('host')?.value.split(',') ?? [];
  if (hosts.every((_, i) => (names[i] ?? '').trim() !== '')) return;
  complain(
    findings,
    field,
    'sslmode=verify-full needs a host name, and an address alone is given',
    'Give the name that the certificate has as PGHOST, beside PGHOSTADDR; or the address itself as PGHOST.',
  );
}

/**
 * Makes a ConnInfo of a connection's fields, with libpq's defaults except for the host (`localhost` by TCP). What is
 * wrong goes into `findings`; the result is then of no use.
 */
export function resolveConnInfo(
  fields: Fields,
  hasUrl: boolean,
  input: ConfigInput,
  findings: Findings,
): ConnInfo {
  checkParameters(fields, findings);
  const hosts = resolveHosts(fields, findings);
  const named = fields.get('user')?.value ?? input.user.name;
  const user = named ?? '';
  const database = resolveDatabase(fields, user, findings);
  const name = fields.get('application_name') ?? fields.get('fallback_application_name');
  const tls = resolveTls(fields, input, findings);
  refuseNameless(tls, hosts, fields, findings);
  return {
    hosts,
    user,
    ...resolvePassword(fields, input, findings),
    database,
    ...tls,
    targetSessionAttrs: readField(fields, 'target_session_attrs', [choice(sessionAttrs), 'any'], findings),
    connectTimeoutMs: readField(fields, 'connect_timeout', [connectTimeout, null], findings),
    options: fields.get('options')?.value ?? null,
    applicationName: name?.value ?? null,
    ...hostFrom(fields),
    ...(named === null && { lacking: noUser }),
    isDefaulted: !hasUrl && !fields.has('host') && !fields.has('hostaddr'),
  };
}
