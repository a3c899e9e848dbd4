import { connectionReader } from '../../../../src/config/config.ts';
import type { ConnInfo, Host } from '../../../../src/config/conninfo/conninfo.ts';
import { passwordFor } from '../../../../src/config/conninfo/passfile.ts';
import type { FileMode } from '../../../../src/config/input.ts';
import { fsError, input, load, type Machine, refusal, textOf } from '../../../support/config-input.ts';

const pem = '-----BEGIN CERTIFICATE-----\n';
const crl = '-----BEGIN X509 CRL-----\nx\n-----END X509 CRL-----\n';
const usualRoot = '/home/os/.postgresql/root.crt';

const connectionOf = (machine: Machine) => load(machine).config.connection;

describe('hosts', () => {
  test.each<[string, Record<string, string>, object]>([
    [
      'a list with one port',
      { PGHOST: 'a,b', PGPORT: '1' },
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 1 },
      ],
    ],
    [
      'a port each',
      { PGHOST: 'a,b', PGPORT: '1,' },
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 5432 },
      ],
    ],
    ['a socket directory', { PGHOST: '/run/pg' }, [{ host: '/run/pg', port: 5432 }]],
    ['an address alone', { PGHOSTADDR: '10.0.0.1' }, [{ host: '10.0.0.1', port: 5432 }]],
    [
      'an address beside a name',
      { PGHOST: 'db', PGHOSTADDR: '10.0.0.1' },
      [{ host: '10.0.0.1', port: 5432, serverName: 'db' }],
    ],
    ['a port alone', { PGPORT: '1' }, [{ host: 'localhost', port: 1 }]],
    [
      'an empty host in a list',
      { PGHOST: 'a,' },
      [
        { host: 'a', port: 5432 },
        { host: 'localhost', port: 5432 },
      ],
    ],
    ['an IPv6 address', { PGHOST: '::1' }, [{ host: '::1', port: 5432 }]],
    [
      'a URL with several',
      { DATABASE_URL: 'postgres://a:1,[::1]/' },
      [
        { host: 'a', port: 1 },
        { host: '::1', port: 5432 },
      ],
    ],
  ])('%s', (_, env, hosts) => {
    expect(connectionOf({ env }).hosts).toEqual(hosts);
  });

  test.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ PGPORT: '1', PGUSER: 'u' }, true],
    [{ PGHOST: 'localhost' }, false],
    [{ PGHOSTADDR: '127.0.0.1' }, false],
    [{ DATABASE_URL: 'postgres:///app' }, false],
  ])('%j: the host is a guess: %s', (env, isDefaulted) => {
    expect(connectionOf({ env }).isDefaulted).toBe(isDefaulted);
  });

  test.each<[Record<string, string>, string]>([
    [{ PGHOST: 'a,b', PGPORT: '1,2,3' }, 'PGPORT: 3 ports are given for 2 hosts'],
    [{ PGHOST: 'a,b', PGHOSTADDR: '10.0.0.1' }, 'PGHOSTADDR: 1 addresses are given for 2 hosts'],
    [{ PGHOST: 'db:5432' }, 'PGHOST: the host holds a port'],
    [{ PGHOST: 'my db' }, 'PGHOST: it is not a host name'],
    [{ DATABASE_URL: 'postgres://db:70000/' }, 'DATABASE_URL: parameter port: it is out of range'],
  ])('%j is refused', (env, message) => {
    expect(textOf(refusal({ env }))).toContain(message);
  });
});

describe('user, database and session', () => {
  test.each<[Record<string, string>, object]>([
    [{ PGUSER: 'u' }, { user: 'u', database: 'u' }],
    [
      { PGUSER: 'u', PGDATABASE: 'd' },
      { user: 'u', database: 'd' },
    ],
    [{ PGCONNECT_TIMEOUT: '0' }, { connectTimeoutMs: null }],
    [{ PGCONNECT_TIMEOUT: '5' }, { connectTimeoutMs: 5_000 }],
    [
      { PGOPTIONS: '-c a=b', PGAPPNAME: 'n' },
      { options: '-c a=b', applicationName: 'n' },
    ],
    [{ DATABASE_URL: 'postgres://db?fallback_application_name=f' }, { applicationName: 'f' }],
    [{ PGTARGETSESSIONATTRS: 'read-write' }, { targetSessionAttrs: 'read-write' }],
    [{ DATABASE_URL: 'postgres://db?channel_binding=require' }, { channelBinding: 'require' }],
  ])('%j', (env, expected) => {
    expect(connectionOf({ env })).toMatchObject(expected);
  });

  test('a uid without a name needs PGUSER once it connects, which is told with all other problems', () => {
    const user = { name: null, home: null };
    expect(connectionOf({ user }).lacking).toMatchObject({ name: 'PGUSER' });
    expect(textOf(refusal({ user, env: { PGPORT: 'x' } }))).toMatch(/PGPORT: .*\nPGUSER: no user is named/);
    const connection = connectionOf({ user, env: { PGUSER: 'u' } });
    expect([connection.user, connection.lacking]).toEqual(['u', undefined]);
  });
});

describe('password files', () => {
  const env = { PGHOST: 'db', PGUSER: 'u', PGDATABASE: 'app' };
  const usual = '/home/os/.pgpass';

  test.each<[string, Machine, string | null]>([
    ['the usual one', { env, files: { [usual]: 'db:*:app:u:p' } }, 'p'],
    [
      'PGPASSFILE',
      { env: { ...env, PGPASSFILE: '/p' }, files: { '/p': '*:*:*:*:q', [usual]: '*:*:*:*:p' } },
      'q',
    ],
    [
      'a given password comes first',
      { env: { ...env, PGPASSWORD: 'g' }, files: { [usual]: '*:*:*:*:p' } },
      'g',
    ],
    ['the usual one, unreadable', { env, files: { [usual]: fsError('EACCES') } }, null],
    [
      'the name, not its address',
      { env: { ...env, PGHOSTADDR: '10.0.0.1' }, files: { [usual]: 'db:*:*:*:p' } },
      'p',
    ],
  ])('%s', (_, machine, password) => {
    const { config, notes } = load(machine);
    expect(passwordFor(config.connection, config.connection.hosts[0] as Host)).toBe(password);
    expect(notes).toEqual([]);
  });

  test('a named one that is missing is noted', () => {
    expect(load({ env: { PGPASSFILE: '/p' } }).notes).toEqual(['PGPASSFILE: the file /p does not exist']);
  });

  test('each host has its own, or none', () => {
    const files = { [usual]: 'a:*:*:*:one\nb:5433:*:*:two' };
    const { connection } = load({ env: { ...env, PGHOST: 'a,b,c' }, files }).config;
    expect(connection.hosts.map((host) => passwordFor(connection, host))).toEqual(['one', null, null]);
  });

  test.each<[string, FileMode, RegExp | null]>([
    ['others may read', { mode: 0o100604, uid: 1000 }, /may be read by others \(mode 0604\)/],
    ['the group may read', { mode: 0o100640, uid: 0 }, /may be read by others \(mode 0640\)/],
    ['is for its owner alone', { mode: 0o100600, uid: 1000 }, null],
  ])('one that %s', (_, mode, note) => {
    const files = { [usual]: '*:*:*:*:p' };
    const { config, notes } = load({ env, files, modes: { [usual]: mode } });
    expect(passwordFor(config.connection, { host: 'db', port: 5432 })).toBe(note === null ? 'p' : null);
    expect(notes).toEqual(note === null ? [] : [expect.stringMatching(note)]);
  });

  test('$HOME says where it is, and not the system', () => {
    const files = { [usual]: '*:*:*:*:p', '/other/.pgpass': '*:*:*:*:q' };
    const { connection } = load({ env: { ...env, HOME: '/other' }, files }).config;
    expect(passwordFor(connection, { host: 'db', port: 5432 })).toBe('q');
  });
});

describe('TLS', () => {
  const named = { PGSSLROOTCERT: '/ca' };
  const files = { '/ca': pem, '/crt': pem, '/key': pem };

  test.each<[string, Machine, object]>([
    ['require', { env: { PGSSLMODE: 'require' } }, { sslmode: 'require', ca: null }],
    [
      'require with a root certificate verifies it',
      { env: { PGSSLMODE: 'require', ...named }, files },
      { sslmode: 'verify-ca', ca: pem },
    ],
    [
      'require with the usual root certificate verifies it',
      { env: { PGSSLMODE: 'require' }, files: { [usualRoot]: pem } },
      { sslmode: 'verify-ca', ca: pem },
    ],
    [
      'verify-full with the usual root certificate',
      { env: { PGSSLMODE: 'verify-full' }, files: { [usualRoot]: pem } },
      { sslmode: 'verify-full', ca: pem },
    ],
    [
      'prefer holds the usual root certificate against the server, too',
      { files: { [usualRoot]: pem } },
      { sslmode: 'prefer', ca: pem },
    ],
    [
      'a home that may not be entered has no usual files',
      { files: { [usualRoot]: fsError('EACCES') } },
      { sslmode: 'prefer', ca: null },
    ],
    [
      'the usual revocation lists, beside root certificates',
      { env: named, files: { ...files, '/home/os/.postgresql/root.crl': `${crl}${crl}` } },
      { crls: [crl.trim(), crl.trim()] },
    ],
    [
      'the usual revocation lists without root certificates',
      { files: { '/home/os/.postgresql/root.crl': crl } },
      { ca: null },
    ],
    [
      'a key of root that its group may read',
      {
        env: { PGSSLCERT: '/crt', PGSSLKEY: '/key' },
        files,
        modes: { '/key': { mode: 0o100640, uid: 0 } },
      },
      { key: pem },
    ],
    [
      'system means verify-full',
      { env: { PGSSLROOTCERT: 'system' } },
      { sslmode: 'verify-full', systemCa: true },
    ],
    ['disable opens no file', { env: { PGSSLMODE: 'disable', PGSSLROOTCERT: '/absent' } }, { ca: null }],
    ['PGREQUIRESSL', { env: { PGREQUIRESSL: '1' } }, { sslmode: 'require' }],
    ['sslmode above PGREQUIRESSL', { env: { PGREQUIRESSL: '1', PGSSLMODE: 'allow' } }, { sslmode: 'allow' }],
    [
      'a client certificate',
      { env: { PGSSLCERT: '/crt', PGSSLKEY: '/key' }, files },
      { cert: pem, key: pem },
    ],
    [
      "a key's passphrase",
      { env: { DATABASE_URL: 'postgres://db?sslcert=/crt&sslkey=/key&sslpassword=x' }, files },
      { cert: pem, key: pem, keyPassphrase: 'x' },
    ],
    [
      'the usual client certificate',
      { files: { '/home/os/.postgresql/postgresql.crt': pem, '/home/os/.postgresql/postgresql.key': pem } },
      { cert: pem, key: pem },
    ],
    [
      'sslcertmode=disable leaves it',
      { env: { PGSSLCERTMODE: 'disable', PGSSLCERT: '/crt', PGSSLKEY: '/key' }, files },
      { cert: null, key: null },
    ],
    ['TLS 1.3', { env: { PGSSLMINPROTOCOLVERSION: 'TLSv1.3' } }, { tlsMinVersion: 'TLSv1.3' }],
    ['TLS 1.2', { env: { PGSSLMAXPROTOCOLVERSION: 'TLSv1.2' } }, { tlsMaxVersion: 'TLSv1.2' }],
    [
      'an empty PGSSLMODE above one that is not',
      { env: { PGSSLMODE: '' }, files: { '.env': 'PGSSLMODE=require' } },
      { sslmode: 'require' },
    ],
    [
      'require_auth that channel binding fulfils',
      { env: { PGREQUIREAUTH: 'scram-sha-256', PGCHANNELBINDING: 'require' } },
      { channelBinding: 'require' },
    ],
  ])('%s', (_, machine, expected) => {
    expect(connectionOf(machine)).toMatchObject(expected);
  });

  test('a root certificate without verification is noted', () => {
    expect(load({ env: named, files }).notes).toEqual([expect.stringContaining('set sslmode=verify-full')]);
  });

  test.each<[Record<string, string>, string]>([
    [
      { PGSSLMODE: 'verify-full' },
      `PGSSLMODE: sslmode=verify-full needs root certificates, and ${usualRoot}`,
    ],
    [{ PGSSLMODE: 'verify-ca' }, 'PGSSLMODE: sslmode=verify-ca needs root certificates'],
    [
      { PGSSLMODE: 'verify-ca', PGSSLROOTCERT: '/not-pem' },
      'PGSSLROOTCERT: the file /not-pem holds nothing in PEM',
    ],
    [{ PGSSLMODE: 'require', PGSSLROOTCERT: 'system' }, 'PGSSLMODE: sslmode=require is too weak'],
    [{ PGSSLCERT: '/crt' }, 'PGSSLCERT: the certificate has no private key'],
    [{ PGSSLCRL: '/ca' }, 'PGSSLCRL: the file /ca holds no revocation list in PEM form'],
    [{ PGSSLMODE: '' }, 'PGSSLMODE: it is set but empty, which libpq refuses'],
    [{ PGCHANNELBINDING: '' }, 'PGCHANNELBINDING: it is set but empty'],
    [{ PGTARGETSESSIONATTRS: '' }, 'PGTARGETSESSIONATTRS: it is set but empty'],
    [{ DATABASE_URL: 'postgres://db?sslmode=' }, 'DATABASE_URL: the parameter sslmode is empty'],
    [{ DATABASE_URL: 'host=db channel_binding=' }, 'DATABASE_URL: the parameter channel_binding is empty'],
    [
      { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca', PGHOSTADDR: '10.0.0.1' },
      'PGHOSTADDR: sslmode=verify-full needs a host name, and an address alone is given',
    ],
    [{ PGSSLMAXPROTOCOLVERSION: 'TLSv1.1' }, 'PGSSLMAXPROTOCOLVERSION: it is older than ssl_min'],
    [
      { PGSSLMINPROTOCOLVERSION: 'TLSv1.3', PGSSLMAXPROTOCOLVERSION: 'TLSv1.2' },
      'PGSSLMAXPROTOCOLVERSION: it is older than ssl_min_protocol_version',
    ],
    [
      { PGCHANNELBINDING: 'require', PGSSLMODE: 'disable' },
      'PGCHANNELBINDING: channel_binding=require is impossible',
    ],
  ])('%j is refused', (env, message) => {
    const error = refusal({ env, files: { ...files, '/not-pem': 'x' } });
    expect(error.problems).toHaveLength(1);
    expect(textOf(error)).toContain(message);
  });
});

describe('files of TLS', () => {
  const client = { PGSSLCERT: '/crt', PGSSLKEY: '/key' };
  const files = { '/ca': pem, '/crt': pem, '/key': pem };

  test.each<[string, Record<string, string>, string]>([
    ['the root certificates', { PGSSLROOTCERT: '/absent' }, 'PGSSLROOTCERT'],
    ['the certificate', { ...client, PGSSLCERT: '/absent' }, 'PGSSLCERT'],
    ['the key', { ...client, PGSSLKEY: '/absent' }, 'PGSSLKEY'],
    ['the revocation lists', { PGSSLROOTCERT: '/ca', PGSSLCRL: '/absent' }, 'PGSSLCRL'],
    ['an empty file', { PGSSLROOTCERT: '/empty' }, 'PGSSLROOTCERT'],
  ])('%s can be waited for', (_, env, name) => {
    expect(load({ env, files: { ...files, '/empty': '' } }).config.connection.late?.name).toBe(name);
  });

  test.each<[string, FileMode]>([
    ['0604', { mode: 0o100604, uid: 1000 }],
    ['0640', { mode: 0o100640, uid: 1000 }],
    ['0644', { mode: 0o100644, uid: 0 }],
    ['0660', { mode: 0o100660, uid: 0 }],
  ])('a private key of mode %s is refused', (mode, found) => {
    const error = refusal({ env: client, files, modes: { '/key': found } });
    expect(textOf(error)).toMatch(
      new RegExp(`^PGSSLKEY: the private key in the file /key may be read by others \\(mode ${mode}\\)`),
    );
    expect(textOf(error)).toContain('0600');
  });

  test('the usual key is refused by its path, and so is one that is missing', () => {
    const [cert, key] = ['crt', 'key'].map((end) => `/home/os/.postgresql/postgresql.${end}`) as [
      string,
      string,
    ];
    const modes = { [key]: { mode: 0o100644, uid: 1000 } };
    expect(textOf(refusal({ files: { [cert]: pem, [key]: pem }, modes }))).toContain(
      `the private key in the file ${key}`,
    );
    expect(textOf(refusal({ files: { [cert]: pem } }))).toContain(`and ${key} cannot be read`);
  });
});

describe('parameters that cannot be honoured', () => {
  test.each<[string, string, string]>([
    ['PGSERVICE', 'main', 'give its settings as PGHOST'],
    ['PGGSSENCMODE', 'require', 'GSSAPI is not supported'],
    ['PGKRBSRVNAME', 'postgres', 'GSSAPI is not supported'],
    ['PGREQUIREAUTH', 'scram-sha-256', 'Set channel_binding=require'],
    ['PGSSLCRLDIR', '/crl', 'revocation lists'],
    ['PGREQUIREPEER', 'postgres', 'verify-full'],
    ['PGSSLNEGOTIATION', 'direct', 'Leave it out'],
    ['PGSSLCERTMODE', 'require', 'Leave it out'],
  ])('%s=%s is refused', (variable, value, remedy) => {
    const error = refusal({ env: { [variable]: value } });
    expect(error.problems.map(({ name }) => name)).toEqual([variable]);
    expect(error.problems[0]?.message).toContain('cannot be honoured');
    expect(error.problems[0]?.remedy).toContain(remedy);
  });

  test('in a URL, the message names the parameter', () => {
    const error = refusal({ env: { DATABASE_URL: 'postgres://db?gssencmode=require' } });
    expect(error.message).toBe(
      'DATABASE_URL: parameter gssencmode: gssencmode cannot be honoured as it is set',
    );
  });

  test.each([
    { PGGSSENCMODE: 'prefer' },
    { PGSSLNEGOTIATION: 'postgres' },
    { PGCLIENTENCODING: 'UTF8' },
    { PGSSLSNI: '1' },
  ])('%j is harmless', (env) => {
    expect(load({ env }).notes).toEqual([]);
  });

  test('what has no effect is noted', () => {
    const { notes } = load({ env: { DATABASE_URL: 'postgres://db?keepalives_idle=5' } });
    expect(notes).toEqual(['DATABASE_URL: keepalives_idle has no effect here']);
  });
});

describe('the other connections', () => {
  const env = { DATABASE_URL: 'postgres://u:p@pool:6432/app?sslmode=require' };

  test.each<[string, object]>([
    ['postgres://db', { hosts: [{ host: 'db', port: 5432 }], user: 'u', password: 'p', database: 'app' }],
    ['postgres://:5433', { hosts: [{ host: 'pool', port: 5433 }], sslmode: 'require' }],
    ['postgres://v:q@db/other', { user: 'v', password: 'q', database: 'other', sslmode: 'require' }],
  ])('the direct one %s takes what it lacks from the first', (url, expected) => {
    expect(load({ env: { ...env, SLIPWAY_DIRECT_URL: url } }).config.direct).toMatchObject(expected);
  });

  test('the shadow takes no login', () => {
    const { shadow } = load({ env: { ...env, SLIPWAY_SHADOW_URL: 'postgres://shadow/' } }).config;
    expect(shadow).toMatchObject({
      hosts: [{ host: 'shadow', port: 5432 }],
      user: 'os',
      password: null,
      database: 'os',
      sslmode: 'prefer',
    });
  });

  const tls = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca', PGCHANNELBINDING: 'require' };
  const strict = { sslmode: 'verify-full', ca: pem, channelBinding: 'require' };

  test.each<[string, (url: string) => ConnInfo | null | undefined]>([
    [
      'the shadow',
      (url) => load({ env: { ...tls, SLIPWAY_SHADOW_URL: url }, files: { '/ca': pem } }).config.shadow,
    ],
    [
      'the direct one',
      (url) => load({ env: { ...tls, SLIPWAY_DIRECT_URL: url }, files: { '/ca': pem } }).config.direct,
    ],
    [
      'one that is named',
      (url) => connectionReader(input({ env: tls, files: { '/ca': pem } }))('--from', url),
    ],
    [
      'one that is named, of .env',
      (url) =>
        connectionReader(
          input({
            files: {
              '/ca': pem,
              '.env': 'PGSSLMODE=verify-full\nPGSSLROOTCERT=/ca\nPGCHANNELBINDING=require',
            },
          }),
        )('--from', url),
    ],
  ])('what the environment says of TLS holds for %s, and its own URL stands above that', (_, read) => {
    expect(read('postgres://other/x')).toMatchObject(strict);
    expect(read('postgres://other/x?sslmode=disable&channel_binding=prefer')).toMatchObject({
      sslmode: 'disable',
      channelBinding: 'prefer',
    });
  });

  test('a password file holds for every connection, and a password does not', () => {
    const env = { PGPASSFILE: '/p', SLIPWAY_SHADOW_URL: 'postgres://u@other/x' };
    const { shadow } = load({ env, files: { '/p': 'other:*:*:*:its own' } }).config;
    expect(passwordFor(shadow as ConnInfo, { host: 'other', port: 5432 })).toBe('its own');
    const given = load({ env: { ...env, PGPASSWORD: 'the first' } }).config.shadow;
    expect(passwordFor(given as ConnInfo, { host: 'other', port: 5432 })).toBeNull();
  });

  test('a problem that two connections share is listed once', () => {
    const error = refusal({ env: { PGSSLMODE: 'verify-ca', SLIPWAY_DIRECT_URL: 'postgres://db' } });
    expect(error.problems).toHaveLength(1);
  });
});
