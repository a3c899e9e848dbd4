import fc from 'fast-check';
import { connectionReader } from '../../../src/config/config.ts';
import { type ConnInfo, sslmodes } from '../../../src/config/conninfo/conninfo.ts';
import { parameterNames } from '../../../src/config/conninfo/parameters.ts';
import { load } from '../../support/config-input.ts';
import { canary } from '../canary.ts';
import { type Family, observe } from '../family.ts';
import { anyText, mutated, sometimesLong } from '../texts.ts';

/** What a connection string says, before it is written down. */
interface Parts {
  readonly user: string;
  readonly password: string;
  readonly hosts: readonly { readonly host: string; readonly port: number | null }[];
  readonly database: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Input {
  readonly variable: string;
  readonly isFile: boolean;
  readonly text: string;
  /** What must come out; null where the text was tampered with. */
  readonly parts: Parts | null;
}

/** What no part of a URL can hold is left out. */
const value = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .map((text) => `v${text.replaceAll('\0', '')}`);
const password = fc.tuple(value, value).map(([before, after]) => before + canary + after);
const host = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5}){0,2}$/),
  fc.ipV4(),
  fc.ipV6().filter((address) => !address.includes('.')),
  fc.constantFrom('/var/run/postgresql', '/tmp', '::1', 'localhost'),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { freq: 2 });
const parts: fc.Arbitrary<Parts> = fc.record({
  user: value,
  password,
  hosts: fc.array(fc.record({ host, port }), { minLength: 1, maxLength: 4 }),
  database: value,
  parameters: fc.record(
    {
      sslmode: fc.constantFrom('disable', 'allow', 'prefer', 'require'),
      application_name: value,
      options: value,
      connect_timeout: fc.integer({ min: 1, max: 2_000_000 }).map(String),
      target_session_attrs: fc.constantFrom('any', 'primary', 'prefer-standby'),
      channel_binding: fc.constantFrom('prefer', 'require', 'disable').filter((word) => word !== 'require'),
    },
    { requiredKeys: [] },
  ),
});

const escaped = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27');

function toUrl({ user, password, hosts, database, parameters }: Parts, scheme: string): string {
  const places = hosts.map(({ host, port }) => {
    const name = host.startsWith('/') ? escaped(host) : host.includes(':') ? `[${host}]` : host;
    return port === null ? name : `${name}:${port}`;
  });
  const query = Object.entries(parameters).map(([name, text]) => `${name}=${escaped(text)}`);
  return `${scheme}://${escaped(user)}:${escaped(password)}@${places.join(',')}/${escaped(database)}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function toDsn({ user, password, hosts, database, parameters }: Parts, space: string): string {
  const ports = hosts.some(({ port }) => port !== null)
    ? { port: hosts.map(({ port }) => port ?? '').join(',') }
    : {};
  const all = {
    host: hosts.map(({ host }) => host).join(','),
    ...ports,
    user,
    password,
    dbname: database,
    ...parameters,
  };
  return Object.entries(all)
    .map(([name, text]) => `${name}${space}=${space}${quoted(text)}`)
    .join(' ');
}

const written: fc.Arbitrary<{ text: string; parts: Parts }> = fc
  .record({
    parts,
    scheme: fc.constantFrom(
      'postgres',
      'postgresql',
      'POSTGRESQL',
      'postgresql+asyncpg',
      'postgres+psycopg2',
    ),
    space: fc.constantFrom('', ' ', '  '),
    isUrl: fc.boolean(),
  })
  .map(({ parts, scheme, space, isUrl }) => ({
    parts,
    text: isUrl ? toUrl(parts, scheme) : toDsn(parts, space),
  }));

const pieces = fc.oneof(
  fc.constantFrom(
    '@',
    ':',
    '/',
    '//',
    '://',
    '?',
    '&',
    '=',
    '%',
    '%0',
    '%00',
    '%ff',
    '%25',
    ',',
    '[',
    ']',
    '[::1',
    "'",
    '\\',
    ' ',
    '\n',
    '\0',
    '#',
  ),
  fc.constantFrom(
    'sslmode=',
    'ssl=true',
    'sslmode=verify-full',
    'sslrootcert=system',
    'hostaddr=1.2.3.4',
    'port=0',
    'port=99999',
    'service=x',
    '&a=b',
  ),
  fc.constantFrom(...parameterNames).map((name) => `&${name}=x`),
  fc.constantFrom(...sslmodes).map((mode) => `&sslmode=${mode}`),
  fc.constantFrom(
    'mysql://',
    'jdbc:postgresql://',
    'postgresql:',
    'postgresql+://',
    '__proto__=x',
    'constructor=x',
  ),
  anyText,
);

const tampered = sometimesLong(
  fc.oneof(
    mutated(
      written.map(({ text }) => text),
      pieces,
    ),
    fc.array(pieces, { maxLength: 8 }).map((words) => `postgres://${words.join('')}`),
  ),
  fc.oneof(pieces, fc.constant(`postgres://u:${canary}@h/d?`)),
);

/** What this family is given. */
export const urlInputs: fc.Arbitrary<Input> = fc
  .tuple(
    fc.oneof(
      written,
      tampered.map((text) => ({ text, parts: null })),
    ),
    fc.constantFrom('DATABASE_URL', 'SLIPWAY_DIRECT_URL', 'SLIPWAY_SHADOW_URL', '--from'),
    fc.boolean(),
  )
  .map(([{ text, parts }, variable, isFile]) => ({
    variable,
    isFile,
    text,
    // A file's last line end, and blanks around the whole, are no part of it: `written` has neither.
    parts: text.includes('\0') ? null : parts,
  }));

/** `DATABASE_URL` and its like, as URLs and as key=value pairs. */
export const urls = (): Family<Input> => ({
  name: 'urls',
  share: 0.18,
  isPure: true,
  inputs: urlInputs,
  run: ({ variable, isFile, text, parts }) =>
    observe((broken) => {
      const { info, notes } = read(variable, isFile, text);
      if (parts) broken.push(...differences(parts, info));
      if (!Object.isFrozen(info.hosts) && variable !== '--from') broken.push('the connection is not frozen');
      return notes;
    }),
});

function read(
  variable: string,
  isFile: boolean,
  text: string,
): { readonly info: ConnInfo; readonly notes: readonly string[] } {
  if (variable === '--from') {
    const user = { name: 'os', home: '/home/os', uid: 1000 };
    const info = connectionReader({
      flags: {},
      env: {},
      readFile: () => null,
      modeOf: () => null,
      user,
      isTerminal: false,
    })('--from', text);
    return { info, notes: [] };
  }
  const { config, notes } = load(
    isFile
      ? { env: { [`${variable}_FILE`]: '/secret' }, files: { '/secret': `${text}\n` } }
      : { env: { [variable]: text } },
  );
  const { connection, direct, shadow } = config;
  const info =
    variable === 'SLIPWAY_DIRECT_URL' ? direct : variable === 'SLIPWAY_SHADOW_URL' ? shadow : connection;
  return { info: info ?? connection, notes };
}

/** What came out otherwise than it was written down. */
function differences({ user, password, hosts, database, parameters }: Parts, info: ConnInfo): string[] {
  const seconds = parameters.connect_timeout;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['user', user, info.user],
    ['password', password, info.password],
    ['database', database, info.database],
    [
      'hosts',
      JSON.stringify(hosts.map(({ host, port }) => ({ host, port: port ?? 5432 }))),
      JSON.stringify(info.hosts),
    ],
    ['sslmode', parameters.sslmode ?? 'prefer', info.sslmode],
    ['application_name', parameters.application_name ?? null, info.applicationName],
    ['options', parameters.options ?? null, info.options],
    ['connect_timeout', seconds === undefined ? null : Number(seconds) * 1000, info.connectTimeoutMs],
  ];
  // What was read is a secret in part: its name is enough.
  return pairs.flatMap(([name, was, is]) => (was === is ? [] : [`the ${name} is not what was written`]));
}
