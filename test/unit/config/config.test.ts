import { ownSettings } from '../../../src/config/own-settings.ts';
import { settings } from '../../../src/config/settings.ts';
import { load, refusal, textOf } from '../../support/config-input.ts';

test('with nothing set, everything has its default', () => {
  const { config, notes } = load({});
  expect(config).toEqual({
    connection: {
      hosts: [{ host: 'localhost', port: 5432 }],
      user: 'os',
      password: null,
      passfile: null,
      database: 'os',
      sslmode: 'prefer',
      ca: null,
      systemCa: false,
      cert: null,
      key: null,
      keyPassphrase: null,
      channelBinding: 'prefer',
      targetSessionAttrs: 'any',
      connectTimeoutMs: null,
      options: null,
      applicationName: null,
      isDefaulted: true,
      renewed: expect.any(Function),
    },
    direct: null,
    shadow: null,
    isShadowSame: false,
    migrations: 'migrations',
    baseline: 'sql/baseline.sql',
    lockfile: 'sql/schema.lock.json',
    maxLagMs: null,
    app: null,
    schema: 'slipway',
    secrets: [],
    waitTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
    maxLock: null,
    runTimeoutMs: null,
    ddlLockTimeoutMs: 3_000,
    statementTimeoutMs: null,
    onDrift: 'fail',
    fingerprint: 'renew',
    onAhead: 'warn',
    adopt: 'match',
    allowOutOfOrder: false,
    role: null,
    readers: [],
    createDatabase: false,
    variables: {},
    logLevel: 'info',
    logFormat: 'json',
  });
  expect(notes).toEqual([]);
});

test.each(
  Object.values(ownSettings)
    .filter(({ fallback }) => fallback !== '' && !fallback.includes('`'))
    .map((setting) => [setting.variable, setting] as const),
)('the default of %s is what its text says', (_, setting) => {
  expect(setting.parse(setting.fallback)).toEqual({ ok: true, value: setting.initial });
});

test('every variable and every flag is listed once, and no secret has a flag', () => {
  const variables = settings.map(({ variable }) => variable);
  const flags = settings.flatMap(({ flag }) => flag ?? []);
  expect(new Set(variables).size).toBe(variables.length);
  expect(new Set(flags).size).toBe(flags.length);
  expect(settings.filter(({ isSecret, flag }) => isSecret && flag !== null)).toEqual([]);
});

describe('layers', () => {
  const env = { PGPASSWORD: 'p' };
  const files = {
    '.env': 'DATABASE_URL=postgresql+asyncpg://u:x@postgres:6543/app\nSLIPWAY_APP=a\nSLIPWAY_SCHEMA=s',
    '.env.testing': 'PGHOST=localhost\nSLIPWAY_SCHEMA=t',
  };

  test('ENVIRONMENT switches just the host', () => {
    const { connection } = load({ files }).config;
    const testing = load({ files, env: { ENVIRONMENT: 'testing' } }).config;
    expect(connection.hosts).toEqual([{ host: 'postgres', port: 6543 }]);
    expect(testing.connection).toEqual({
      ...connection,
      hosts: [{ host: 'localhost', port: 6543 }],
      hostFrom: '.env.testing: PGHOST',
      renewed: expect.any(Function),
    });
    expect(testing).toMatchObject({ app: 'a', schema: 't' });
  });

  test.each(['\n', '\r\n', ' \n'])('%j, 100,000 times over, is skipped in no time', (blank) => {
    const before = performance.now();
    const text = `SLIPWAY_APP=a\n${blank.repeat(100_000)}SLIPWAY_SCHEMA=s\n`;
    expect(load({ files: { '.env': text } }).config).toMatchObject({ app: 'a', schema: 's' });
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  test('ENVIRONMENT may stand in .env', () => {
    const { config } = load({ files: { ...files, '.env': `${files['.env']}\nENVIRONMENT=testing` } });
    expect(config.connection.hosts[0]?.host).toBe('localhost');
  });

  test('the environment stands above the files, and flags above it', () => {
    const machine = { files, env: { ...env, ENVIRONMENT: 'testing', SLIPWAY_SCHEMA: 'e', PGUSER: 'e' } };
    expect(load(machine).config).toMatchObject({ schema: 'e', connection: { user: 'e', password: 'p' } });
    const flags = { schema: 'f', username: 'f', host: 'h', port: '1', dbname: 'd', 'create-database': true };
    expect(load({ ...machine, flags }).config).toMatchObject({
      schema: 'f',
      createDatabase: true,
      connection: { user: 'f', hosts: [{ host: 'h', port: 1 }], database: 'd', password: 'p' },
    });
  });

  test('an empty variable counts as not set', () => {
    const set = load({ files, env: { SLIPWAY_APP: '', PGHOST: '', DATABASE_URL: '' } });
    expect(set.config).toMatchObject({ app: 'a', connection: { hosts: [{ host: 'postgres' }] } });
  });

  test('a flag can switch off what the environment switched on', () => {
    const machine = { env: { SLIPWAY_CREATE_DATABASE: 'yes' }, flags: { 'create-database': false } };
    expect(load(machine).config.createDatabase).toBe(false);
  });

  test('in one layer the URL wins, and a note names what it overrides', () => {
    const { config, notes } = load({
      env: {
        DATABASE_URL: 'postgres://u@a/app',
        PGHOST: 'b',
        PGUSER: 'u',
        PGPORT: '1',
        PGPASSWORD_FILE: '/x',
      },
      files: { '/x': 'from file' },
    });
    expect(config.connection).toMatchObject({ hosts: [{ host: 'a', port: 1 }], password: 'from file' });
    expect(notes).toEqual(['DATABASE_URL wins over PGHOST']);
  });

  test('across layers the stronger one wins, whichever form it has', () => {
    const { config, notes } = load({
      env: { PGHOST: 'b' },
      files: { '.env': 'DATABASE_URL=postgres://u:p@a:2/app' },
    });
    expect(config.connection).toMatchObject({ hosts: [{ host: 'b', port: 2 }], user: 'u', password: 'p' });
    expect(notes).toEqual([]);
  });

  test("a stronger host is not reached under a weaker layer's address", () => {
    const { config } = load({ env: { PGHOST: 'b' }, files: { '.env': 'PGHOST=a\nPGHOSTADDR=10.0.0.1' } });
    expect(config.connection.hosts).toEqual([{ host: 'b', port: 5432 }]);
  });
});

describe('Hostile and odd: a # in a value of .env', () => {
  const notes = (line: string, path = '.env') =>
    load({ files: { [path]: `A=b\n${line}\nPGHOST=h` }, env: { ENVIRONMENT: path.slice(5) } }).notes;

  test.each(['PGPASSWORD=p#w', 'PGPASSWORD=#pw', 'export PGPASSWORD = p#w # x', 'PGPASSWORD=p#w\r'])(
    '%j: a note that the value ends before it, which does not show it',
    (line) => {
      for (const path of ['.env', '.env.testing'])
        expect(notes(line, path)).toEqual([
          `${path}: PGPASSWORD ends before the # in its line, which begins a comment: if it belongs to the value, put the whole value in single quotes`,
        ]);
    },
  );

  test.each([
    "PGPASSWORD='p#w'",
    'PGPASSWORD="p#w"',
    'PGPASSWORD=pw # comment',
    'PGPASSWORD= # comment',
    'SECRET_KEY=p#w',
    '# PGPASSWORD=p#w',
    'PGPASSWORD=p#w\nPGPASSWORD=other',
  ])('%j: none', (line) => {
    expect(notes(line)).toEqual([]);
  });
});

describe('values', () => {
  test.each<[string, string, object]>([
    ['SLIPWAY_WAIT_TIMEOUT', '0', { waitTimeoutMs: 0 }],
    ['SLIPWAY_WAIT_TIMEOUT', '90', { waitTimeoutMs: 90_000 }],
    ['SLIPWAY_RUN_TIMEOUT', 'none', { runTimeoutMs: null }],
    ['SLIPWAY_RUN_TIMEOUT', '2h', { runTimeoutMs: 7_200_000 }],
    ['SLIPWAY_STATEMENT_TIMEOUT', 'off', { statementTimeoutMs: null }],
    ['SLIPWAY_ALLOW_OUT_OF_ORDER', 'YES', { allowOutOfOrder: true }],
    ['SLIPWAY_ALLOW_OUT_OF_ORDER', '0', { allowOutOfOrder: false }],
    ['SLIPWAY_ON_DRIFT', 'Ignore', { onDrift: 'ignore' }],
    ['SLIPWAY_READERS', ' app, web ,,app', { readers: ['app', 'web'] }],
    ['SLIPWAY_ROLE', 'Owner Role', { role: 'Owner Role' }],
    ['SLIPWAY_SCHEMA', 'é'.repeat(31), { schema: 'é'.repeat(31) }],
    ['SLIPWAY_APP', 'é'.repeat(63), { app: 'é'.repeat(63) }],
    ['SLIPWAY_LOG_FORMAT', 'pretty', { logFormat: 'pretty' }],
    ['SLIPWAY_VAR_tenant', 'x y', { variables: { tenant: 'x y' } }],
  ])('%s=%s', (variable, value, config) => {
    expect(load({ env: { [variable]: value } }).config).toMatchObject(config);
  });

  test('a terminal gets pretty logs', () => {
    expect(load({ isTerminal: true }).config.logFormat).toBe('pretty');
  });

  test.each<[string, string, string]>([
    ['SLIPWAY_WAIT_TIMEOUT', 'soon', '"soon" is not a duration. Write 500ms, 3s, 2m, 1h'],
    ['SLIPWAY_WAIT_TIMEOUT', 'none', '"none" is not a duration'],
    ['SLIPWAY_RUN_TIMEOUT', '1d', 'or none.'],
    ['SLIPWAY_RUN_TIMEOUT', '0', '0 is not accepted'],
    ['SLIPWAY_DDL_LOCK_TIMEOUT', '0', '0 is not accepted'],
    ['SLIPWAY_ALLOW_OUT_OF_ORDER', 'maybe', '"maybe" is neither yes nor no'],
    ['SLIPWAY_ON_AHEAD', 'ignore', '"ignore" is not known. Write one of: fail, warn.'],
    ['SLIPWAY_SCHEMA', 'x'.repeat(64), 'the name is 64 bytes long'],
    ['SLIPWAY_SCHEMA', ' ', '" " is not a name'],
    ['SLIPWAY_SCHEMA', 'pg_ledger', 'reserved for PostgreSQL'],
    ['SLIPWAY_APP', 'a\tb', "is not an app's name"],
    ['SLIPWAY_APP', 'x'.repeat(64), "is not an app's name"],
    ['SLIPWAY_READERS', `a,${'x'.repeat(64)}`, '64 bytes'],
    ['SLIPWAY_MIGRATIONS', ' ', 'is not a path'],
    ['SLIPWAY_VAR_a-b', 'x', '"a-b" cannot be part'],
    ['SLIPWAY_VAR_1', 'x', '"1" cannot be part'],
    ['PGPORT', '0', '"0" is not a port. Write a number from 1 to 65535.'],
    ['PGPORT', '65536', '"65536" is not a port'],
    ['PGPORT', '5432x', '"5432x" is not a port'],
    ['PGCONNECT_TIMEOUT', '3s', 'not a number of seconds'],
    ['PGSSLMODE', 'on', '"on" is not known. Write one of: disable'],
    ['ENVIRONMENT', '../x', 'cannot hold a slash'],
  ])('%s=%s is refused', (variable, value, message) => {
    const error = refusal({ env: { [variable]: value } });
    expect(error.code).toBe(78);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]?.name).toBe(variable);
    expect(textOf(error)).toContain(message);
  });

  test('an empty flag is refused', () => {
    expect(textOf(refusal({ flags: { schema: '' } }))).toContain('--schema: the value is empty');
  });

  test('variables that differ in case alone are refused', () => {
    const error = refusal({ env: { SLIPWAY_VAR_x: '1', SLIPWAY_VAR_X: '2' } });
    expect(textOf(error)).toContain('SLIPWAY_VAR_x: it is the same setting as SLIPWAY_VAR_X');
  });
});

test('all problems are listed at once, each under the name that the person gave it', () => {
  const error = refusal({
    flags: { 'wait-timeout': 'x' },
    env: { PGPORT: '0', ENVIRONMENT: 'testing', PGSERVICE: 'main' },
    files: { '.env.testing': 'SLIPWAY_ON_DRIFT=x', '.env': 'SLIPWAY_LOG_LEVEL=loud' },
  });
  expect(error.problems.map(({ name }) => name).sort()).toEqual([
    '--wait-timeout',
    '.env.testing: SLIPWAY_ON_DRIFT',
    '.env: SLIPWAY_LOG_LEVEL',
    'PGPORT',
    'PGSERVICE',
  ]);
  expect(error.failure.detail).toHaveLength(5);
});

describe('unknown variables', () => {
  test('are noted, with what was probably meant', () => {
    const { notes } = load({
      env: { SLIPWAY_WAIT_TIMOUT: '1', SLIPWAY_ZZZZZZZZZ: '1', SLIPWAY_SCHEMA_FILE: '/x' },
    });
    expect(notes).toEqual([
      'SLIPWAY_WAIT_TIMOUT is not known and is ignored; did you mean SLIPWAY_WAIT_TIMEOUT?',
      'SLIPWAY_ZZZZZZZZZ is not known and is ignored',
      expect.stringContaining('SLIPWAY_SCHEMA_FILE is not known'),
    ]);
  });

  test('of a Kubernetes Service named slipway are not', () => {
    const names = [
      'SERVICE_HOST',
      'SERVICE_PORT',
      'SERVICE_PORT_HTTP',
      'PORT',
      'PORT_80_TCP',
      'PORT_80_TCP_ADDR',
    ];
    expect(load({ env: Object.fromEntries(names.map((n) => [`SLIPWAY_${n}`, 'x'])) }).notes).toEqual([]);
  });
});

test('the result is frozen throughout', () => {
  const { config } = load({ env: { SLIPWAY_READERS: 'a', SLIPWAY_VAR_a: 'b' } });
  const parts = [config, config.connection, config.connection.hosts, config.connection.hosts[0]];
  for (const part of [...parts, config.readers, config.variables]) expect(Object.isFrozen(part)).toBe(true);
});
