import { fsError, load, type Machine, refusal, textOf } from '../../support/config-input.ts';

describe('secrets from files', () => {
  test.each<[string, string, string]>([
    ['LF', 'secret\n', 'secret'],
    ['CRLF', 'secret\r\n', 'secret'],
    ['one newline of two', 'secret\n\n', 'secret\n'],
    ['spaces', ' secret ', ' secret '],
  ])('%s at the end', (_, text, password) => {
    const { config } = load({ env: { PGPASSWORD_FILE: '/s' }, files: { '/s': text } });
    expect(config.connection.password).toBe(password);
  });

  test('each URL and each variable may come from one', () => {
    const { config } = load({
      env: {
        DATABASE_URL_FILE: '/a',
        SLIPWAY_DIRECT_URL_FILE: '/b',
        SLIPWAY_SHADOW_URL_FILE: '/c',
        SLIPWAY_VAR_key_FILE: '/d',
        SLIPWAY_VAR_FILE: 'plain',
      },
      files: { '/a': 'postgres://a\n', '/b': 'postgres://b\n', '/c': 'postgres://c\n', '/d': 'v\n' },
    });
    const hosts = [config.connection, config.direct, config.shadow].map((c) => c?.hosts[0]?.host);
    expect(hosts).toEqual(['a', 'b', 'c']);
    expect(config.variables).toEqual({ FILE: 'plain', key: 'v' });
    expect(config.secrets).toEqual(['v']);
  });

  test.each(['PGPASSWORD', 'DATABASE_URL', 'SLIPWAY_DIRECT_URL', 'SLIPWAY_SHADOW_URL', 'SLIPWAY_VAR_x'])(
    '%s in both forms in one layer is refused',
    (variable) => {
      const files = { '/s': 'postgres://db' };
      const error = refusal({ env: { [variable]: 'postgres://db', [`${variable}_FILE`]: '/s' }, files });
      expect(textOf(error)).toBe(
        `${variable}: ${variable} and ${variable}_FILE are both set. Keep one of the two.`,
      );
    },
  );

  test('in two layers the stronger wins, and the file beneath is not opened', () => {
    const beneath = 'PGPASSWORD_FILE=/absent\nDATABASE_URL_FILE=/absent\nSLIPWAY_VAR_x_FILE=/absent';
    const env = { PGPASSWORD: 'p', DATABASE_URL: 'postgres://db', SLIPWAY_VAR_x: 'v' };
    const { config } = load({ env, files: { '.env': beneath } });
    expect(config).toMatchObject({ connection: { password: 'p' }, variables: { x: 'v' } });
  });

  test.each<[string, string | NodeJS.ErrnoException, string]>([
    ['forbidden', fsError('EACCES'), 'the file /s cannot be read by os (uid 1000): its mode and owner'],
    ['forbidden', fsError('EACCES'), 'Give it mode 0444, or make this user its owner.'],
    ['a directory', fsError('EISDIR'), '/s is a directory, not a file'],
    ['broken', fsError('EIO'), 'the file /s cannot be read (EIO)'],
    ['binary', 'a\0b', 'the file /s holds a NUL byte'],
  ])('a file that is %s', (_, file, message) => {
    for (const variable of ['PGPASSWORD_FILE', 'DATABASE_URL_FILE']) {
      const error = refusal({ env: { [variable]: '/s' }, files: { '/s': file } });
      expect(error.problems.map(({ name }) => name)).toEqual([variable]);
      expect(textOf(error)).toContain(message);
    }
  });

  test('a Secret that the user of a pod may not read: as Kubernetes puts it right', () => {
    const files = { '/s': fsError('EACCES') };
    const error = refusal({ env: { PGPASSWORD_FILE: '/s' }, files, container: 'pod' });
    expect(textOf(error)).toMatch(/set fsGroup: 1000 in the securityContext of the pod/);
    expect(textOf(error)).not.toMatch(/0444/);
  });

  test.each<[string, NonNullable<Machine['files']>, string]>([
    ['missing', {}, 'the file /s does not exist'],
    ['on a path that does not exist yet', { '/s': fsError('ENOTDIR') }, 'the file /s does not exist'],
    ['empty', { '/s': '\n' }, 'the file /s is empty'],
  ])('a file that is %s can be waited for', (_, files, message) => {
    for (const variable of ['PGPASSWORD_FILE', 'DATABASE_URL_FILE']) {
      const { late } = load({ env: { [variable]: '/s' }, files }).config.connection;
      expect(late).toMatchObject({ name: variable, message });
    }
    const both = load({ env: { DATABASE_URL_FILE: '/s', SLIPWAY_DIRECT_URL: 'postgres://db' }, files });
    expect(both.config.direct?.late).toMatchObject({ name: 'DATABASE_URL_FILE' });
  });

  test('what is missing for want of a URL that is still to come is no problem of its own', () => {
    const user = { name: null, home: null };
    const env = { DATABASE_URL_FILE: '/s' };
    expect(load({ user, env }).config.connection.late?.name).toBe('DATABASE_URL_FILE');
    const { connection } = load({ user, env, files: { '/s': 'postgres://db' } }).config;
    expect(connection.lacking?.message).toMatch(/^no user is named/);
  });

  test('each is read again when it is asked for', () => {
    const files: Record<string, string> = { '/p': 'one', '/shadow': 'postgres://a:b@first/x' };
    const env = { PGPASSWORD_FILE: '/p', SLIPWAY_SHADOW_URL_FILE: '/shadow' };
    const { connection, shadow } = load({ env, files }).config;
    Object.assign(files, { '/p': 'two', '/shadow': 'postgres://a:c@second/x' });
    expect(connection.renewed?.().password).toBe('two');
    expect(shadow?.renewed?.()).toMatchObject({ password: 'c', hosts: [{ host: 'second', port: 5432 }] });
    files['/shadow'] = 'postgres://a:c@second:x/';
    expect(() => shadow?.renewed?.()).toThrow('SLIPWAY_SHADOW_URL_FILE: the port at character');
  });

  test.each([
    ['PGPASSWORD_FILE', 'hunter2'],
    ['DATABASE_URL_FILE', 'postgresql://app:hunter2@db/app'],
    ['DATABASE_URL_FILE', 'app:hunter2@db/app'],
    ['SLIPWAY_SHADOW_URL_FILE', 'host=/tmp password=hunter2'],
    ['PGSSLROOTCERT', 'postgresql://app:hunter2@db/app?sslmode=verify-full'],
    ['ENVIRONMENT', 'app:hunter2@db'],
  ])('the secret itself in %s is not shown: %s', (variable, value) => {
    const error = refusal({ env: { [variable]: value, PGSSLMODE: 'verify-full' } });
    expect(textOf(error)).toContain(variable);
    expect(textOf(error)).not.toContain('hunter2');
  });

  test('an unreadable .env is refused, a missing one is not, and one that was named is missed', () => {
    const error = refusal({ files: { '.env': fsError('EACCES') } });
    expect(textOf(error)).toContain('.env: the file .env cannot be read by os');
    expect(load({ env: { ENVIRONMENT: 'absent' } }).notes).toEqual([
      'ENVIRONMENT is absent, and there is no file .env.absent: correct the word, or add the file',
    ]);
  });
});

describe('no secret gets into a message', () => {
  const canary = 'c4n4ry';
  test.each<[string, Readonly<Record<string, string>>]>([
    ['a bad escape', { DATABASE_URL: `postgres://u:${canary}%@db/` }],
    ['a stray @', { DATABASE_URL: `postgres://u:p@${canary}@db/` }],
    ['a stray /', { DATABASE_URL: `postgres://u:p/${canary}@db/` }],
    ['no @', { DATABASE_URL: `postgres://u:${canary}` }],
    ['a stray &', { DATABASE_URL: `postgres://db?password=p&${canary}` }],
    ['a stray & and =', { DATABASE_URL: `postgres://db?password=p&${canary}=1` }],
    ['a bad port', { DATABASE_URL: `postgres://u:${canary}@db:99999/` }],
    ['a bad value', { DATABASE_URL: `postgres://db?sslmode=${canary}` }],
    ['a bad scheme', { DATABASE_URL: `mysql://u:${canary}@db/` }],
    ['not even a URL', { DATABASE_URL: canary }],
    ['a space in a DSN', { DATABASE_URL: `password=p ${canary} host=db` }],
    ['a space and = in a DSN', { DATABASE_URL: `password=p ${canary}=x` }],
    ['an open quote', { DATABASE_URL: `password='${canary}` }],
    ['a URL as host', { PGHOST: `postgres://u:${canary}@db/` }],
    ['a URL as database', { PGDATABASE: `postgres://u:${canary}@db/` }],
    ['a DSN as database', { PGDATABASE: `password=${canary}` }],
    ['a URL as port', { PGPORT: `postgres://u:${canary}@db/` }],
    ['a URL elsewhere', { SLIPWAY_WAIT_TIMEOUT: `postgres://u:${canary}@db/` }],
    ['a bad direct URL', { SLIPWAY_DIRECT_URL: `postgres://u:${canary}%x@db/` }],
    ['a bad shadow URL', { SLIPWAY_SHADOW_URL: `postgres://u:${canary}%x@db/` }],
    ['a good password beside an error', { PGPASSWORD: canary, PGPORT: '0' }],
  ])('%s', (_, env) => {
    const error = refusal({ env });
    const all = [error.message, error.stack, JSON.stringify(error), JSON.stringify(error.failure)].join('\n');
    expect(all).not.toContain(canary);
    expect(textOf(error)).not.toContain(canary);
  });

  test('nor into a note', () => {
    const { notes } = load({
      env: { DATABASE_URL: `postgres://u:${canary}@db/app?schema=${canary}`, PGPASSWORD: `other${canary}` },
    });
    expect(notes).toHaveLength(2);
    expect(notes.join()).not.toContain(canary);
  });
});
