import type { ConfigInput } from '../config.ts';
import { type ConnInfo, type Host, sessionAttrs } from './conninfo.ts';
import { complain, type Fields, readField } from './conninfo-fields.ts';
import { resolveHosts } from './conninfo-hosts.ts';
import { parameterNames, parameters } from './conninfo-parameters.ts';
import { resolveTls } from './conninfo-tls.ts';
import { type Findings, shownFile, unreadable } from './environment.ts';
import { findPassword } from './passfile.ts';
import { openSecret } from './secret.ts';
import { choice, type Parse } from './setting-types.ts';

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

function resolveUser(fields: Fields, input: ConfigInput, findings: Findings): string {
  const user = fields.get('user')?.value ?? input.user.name;
  if (user !== null) return user;
  findings.problems.push({
    name: 'PGUSER',
    message: 'no user is named, and this uid has no name in the operating system to fall back on',
    remedy: 'Set PGUSER, or name the user in DATABASE_URL.',
  });
  return '';
}

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

/** The password file's text; null where there is none, which is noted where somebody named it. */
function readPassfile(fields: Fields, input: ConfigInput, findings: Findings): string | null {
  const field = fields.get('passfile');
  const path = field?.value ?? (input.user.home === null ? null : `${input.user.home}/.pgpass`);
  if (path === null) return null;
  let failure: unknown = null;
  try {
    const text = input.readFile(path);
    if (text !== null) return text;
  } catch (error) {
    failure = error;
  }
  if (field) findings.notes.push(`${field.name}: ${unreadable(failure, path, input.user).message}`);
  return null;
}

function resolvePassword(
  fields: Fields,
  hosts: readonly Host[],
  session: { readonly user: string; readonly database: string },
  input: ConfigInput,
  findings: Findings,
): string | null {
  const field = fields.get('password');
  if (field) {
    const opened = openSecret(field, input, findings);
    if (opened?.value === '') {
      complain(findings, field, `${shownFile(field.value)} is empty`, 'Write the password into it.');
    }
    return opened?.value ?? null;
  }
  const text = readPassfile(fields, input, findings);
  if (text === null) return null;
  const found = hosts.map(({ host, port, serverName }) =>
    findPassword(text, { host: serverName ?? host, port, ...session }),
  );
  const passwords = [...new Set(found.filter((password) => password !== null))];
  if (passwords.length > 1) {
    findings.problems.push({
      name: fields.get('passfile')?.name ?? '~/.pgpass',
      message: 'it has different passwords for the hosts of one connection',
      remedy: 'Use one password for all of them, or name one host.',
    });
  }
  return passwords[0] ?? null;
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
  const user = resolveUser(fields, input, findings);
  const database = resolveDatabase(fields, user, findings);
  const name = fields.get('application_name') ?? fields.get('fallback_application_name');
  return {
    hosts,
    user,
    password: resolvePassword(fields, hosts, { user, database }, input, findings),
    database,
    ...resolveTls(fields, input, findings),
    targetSessionAttrs: readField(fields, 'target_session_attrs', choice(sessionAttrs), 'any', findings),
    connectTimeoutMs: readField(fields, 'connect_timeout', connectTimeout, null, findings),
    options: fields.get('options')?.value ?? null,
    applicationName: name?.value ?? null,
    isDefaulted: !hasUrl && !fields.has('host') && !fields.has('hostaddr'),
  };
}
