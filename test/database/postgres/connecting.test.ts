import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signItself } from '../../support/certificates.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { encrypted, makeSite, type Site } from '../../support/libpq-site.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(60_000);

type Env = Record<string, string>;

/** A URL of a server, with a role and its password. */
const urlOf = (instance: Instance, login: string, query = ''): string =>
  `postgresql://${login}@localhost:${instance.port}/postgres?hostaddr=127.0.0.1${query}`;

const escaped = (word: string): string => encodeURIComponent(word);

interface Case {
  readonly title: string;
  readonly env: (site: Site) => Env;
  readonly code: number;
  readonly names: RegExp;
  readonly remedy: RegExp;
}

const cases: readonly Case[] = [
  {
    title: 'a client certificate of an authority that the server does not know: 77, and it is the client',
    env: ({ as, file }) => {
      const { certificate, key } = signItself('certonly');
      return as('certonly', {
        PGSSLMODE: 'require',
        PGSSLCERT: file('c', certificate),
        PGSSLKEY: file('k', key),
      });
    },
    code: 77,
    names: /refuses the client certificate in the file \S+c \(.*unknown ca/i,
    remedy: /ssl_ca_file on the server must hold the authority that signed it/,
  },
  {
    title: 'no client certificate where one is demanded: 77, and it names PGSSLCERT',
    env: ({ as, word }) => as('certscram', { PGSSLMODE: 'require', PGPASSWORD: word }),
    code: 77,
    names: /connection requires a valid client certificate/,
    remedy: /^Give one: PGSSLCERT and PGSSLKEY/,
  },
  {
    title: "another role's client certificate: 77, and it names the role",
    env: ({ as, authority, file }) => {
      const { certificate, key } = authority.sign('/CN=other', null);
      return as('certonly', {
        PGSSLMODE: 'require',
        PGSSLCERT: file('c', certificate),
        PGSSLKEY: file('k', key),
      });
    },
    code: 77,
    names: /certificate authentication failed for user "certonly"/,
    remedy: /common name of the client certificate \(PGSSLCERT\) must be "certonly"/,
  },
  {
    title: 'a key that is encrypted, without sslpassword: 78, and it names both',
    env: ({ as, authority, file, wrong }) => {
      const { certificate, key } = authority.sign('/CN=certonly', null);
      return as('certonly', {
        PGSSLCERT: file('c', certificate),
        PGSSLKEY: file('k', encrypted(key, wrong)),
      });
    },
    code: 78,
    names: /the private key in the file \S+k is encrypted, and no sslpassword is given/,
    remedy: /Give sslpassword in DATABASE_URL .* or name a key that is not encrypted in PGSSLKEY/,
  },
  {
    title: 'a key that sslpassword does not open: 78',
    env: ({ as, authority, file, secure, word, wrong }) => {
      const { certificate, key } = authority.sign('/CN=certonly', null);
      const url = urlOf(secure, 'certonly', `&sslmode=require&sslpassword=${escaped(word)}`);
      return {
        ...as('certonly'),
        DATABASE_URL_FILE: file('url', url),
        PGSSLCERT: file('c', certificate),
        PGSSLKEY: file('k', encrypted(key, wrong)),
      };
    },
    code: 78,
    names: /sslpassword does not open the private key in the file \S+k/,
    remedy: /sslpassword/,
  },
  {
    title: 'the key of another certificate: 78, and it names both files',
    env: ({ as, authority, file }) => {
      const [one, other] = [authority.sign('/CN=certonly', null), authority.sign('/CN=other', null)];
      return as('certonly', { PGSSLCERT: file('c', one.certificate), PGSSLKEY: file('k', other.key) });
    },
    code: 78,
    names: /the private key in the file \S+k is not that of the client certificate in the file \S+c/,
    remedy: /PGSSLCERT, PGSSLKEY/,
  },
  {
    title:
      'prefer where the server takes TLS alone, and a wrong root certificate: 78, and it is the certificate',
    env: ({ as, file, word }) =>
      as('onlytls', {
        PGPASSWORD: word,
        PGSSLMODE: 'prefer',
        PGSSLROOTCERT: file('wrong', signItself('root').certificate),
      }),
    code: 78,
    names: /the certificate of 127.0.0.1:\d+ is not signed by an authority that is trusted here/,
    remedy: /sslmode is prefer: set PGSSLROOTCERT/,
  },
  {
    title: "a server's certificate that is revoked: 78",
    env: ({ as, authority, secure, file, word }) =>
      as('scram', {
        PGPASSWORD: word,
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: authority.rootFile,
        PGSSLCRL: file('crl', authority.revoke([{ certificate: secure.readFile('server.crt'), key: '' }])),
      }),
    code: 78,
    names: /the certificate of 127.0.0.1:\d+ is revoked/,
    remedy: /have a new certificate issued/,
  },
  {
    title: 'an empty password in a password file: 77',
    env: ({ as, file }) => as('scram', { PGPASSFILE: file('pass', '*:*:*:scram:\n') }),
    code: 77,
    names: /the one that the file \S+pass has for 127.0.0.1:\d+ is empty/,
    remedy: /^Its line is localhost:\d+:postgres:scram:PASSWORD; or set PGPASSWORD/,
  },
  {
    title: 'a PGPASSWORD_FILE that stays empty: 77',
    env: ({ as, file }) => as('scram', { PGPASSWORD_FILE: file('empty', '\n') }),
    code: 77,
    names: /PGPASSWORD_FILE: the file \S+empty is empty/,
    remedy: /Write the password into it/,
  },
  {
    title: 'a password file without a line for this host: 77, and nothing of another host is sent',
    env: ({ as, file, line }) =>
      as('clear', { PGSSLMODE: 'require', PGPASSFILE: file('pass', `other:*:*:*:${line}\n`) }),
    code: 77,
    names: /the file \S+pass has none for 127.0.0.1:\d+/,
    remedy: /^Its line is localhost:\d+:postgres:clear:PASSWORD/,
  },
  {
    title: 'a password file that others may read: 77, and it says why it is not used',
    env: ({ as, file, word }) => as('scram', { PGPASSFILE: file('pass', `*:*:*:*:${word}\n`, 0o644) }),
    code: 77,
    names: /the file \S+pass may be read by others \(mode 0644\)/,
    remedy: /mode 0600; in Kubernetes use PGPASSWORD_FILE/,
  },
];

let site: Site;
let project: Project;
beforeAll(async () => {
  project = makeProject({ 'migrations/20250101000000_first.sql': 'CREATE TABLE public.first (id int);' });
  site = await makeSite();
});
afterAll(async () => {
  await site?.destroy();
  project?.destroy();
});

const run = (args: string, env: Env): Promise<SlipwayResult> =>
  slipway(args.split(' '), { cwd: project.directory, env: { SLIPWAY_WAIT_TIMEOUT: '0', ...env } });

describe('Hostile and odd: certificates, keys and passwords', () => {
  const results = new Map<string, Promise<SlipwayResult>>();
  beforeAll(() => {
    for (const { title, env } of cases) results.set(title, run('status', env(site)));
  });

  test.each(cases)('$title', async ({ title, code, names, remedy }) => {
    const result = (await results.get(title)) as SlipwayResult;
    expectFailure(result, { code, names, remedy });
    expect(result.stderr).not.toContain('Create the role');
  });
});

describe('Hostile and odd: TLS for every connection', () => {
  const strict = (more: Env = {}): Env => ({
    ...site.as('postgres', { PGPASSWORD: site.secure.password }),
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: site.authority.rootFile,
    ...more,
  });
  const login = (instance: Instance): string => `${instance.user}:${escaped(instance.password)}`;

  test('a shadow server without TLS, where PGSSLMODE=verify-full: 78', async () => {
    expectFailure(
      await run('check --write', strict({ SLIPWAY_SHADOW_URL: urlOf(site.plain, login(site.plain)) })),
      {
        code: 78,
        names: /does not support SSL/,
        remedy: /for this server alone, write \?sslmode=prefer into its URL/,
      },
    );
  });

  test('a shadow server of an unknown authority, where PGSSLMODE=verify-full: 78', async () => {
    const wrong = site.file('wrong', signItself('root').certificate);
    const env = strict({ PGSSLROOTCERT: wrong, SLIPWAY_SHADOW_URL: urlOf(site.secure, login(site.secure)) });
    expectFailure(await run('check --write', env), {
      code: 78,
      names: /not signed by an authority/,
      remedy: /PGSSLROOTCERT/,
    });
  });

  test('a shadow server whose own URL says that TLS is not needed: 0', async () => {
    const url = urlOf(site.plain, login(site.plain), '&sslmode=disable');
    const { code, stderr } = await run('check --write', strict({ SLIPWAY_SHADOW_URL: url }));
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  test('new --from the URL of a server without TLS, where PGSSLMODE=verify-full: 78', async () => {
    const env = strict({ SLIPWAY_SHADOW_URL: urlOf(site.secure, login(site.secure)) });
    const result = await slipway(['new', 'wished', '--from', urlOf(site.plain, login(site.plain))], {
      cwd: project.directory,
      env: { SLIPWAY_WAIT_TIMEOUT: '0', ...env },
      hasSecretArgument: true,
    });
    expectFailure(result, { code: 78, names: /does not support SSL/, remedy: /sslmode is verify-full/ });
  });
});

interface Late {
  readonly title: string;
  readonly variable: string;
  /** What it is before; null: not there. */
  readonly before: (site: Site) => string | null;
  readonly after: (site: Site) => string;
  readonly waits: RegExp;
}

const password = ({ word }: Site): string => `${word}\n`;
const url = ({ secure, word }: Site): string => `${urlOf(secure, `scram:${escaped(word)}`)}\n`;

const late: readonly Late[] = [
  {
    title: 'PGPASSWORD_FILE that is not there yet',
    variable: 'PGPASSWORD_FILE',
    before: () => null,
    after: password,
    waits: /waiting: PGPASSWORD_FILE: the file \S+ does not exist; \d\.\d s of 30\.0 s/,
  },
  {
    title: 'PGPASSWORD_FILE that is still empty',
    variable: 'PGPASSWORD_FILE',
    before: () => '',
    after: password,
    waits: /waiting: PGPASSWORD_FILE: the file \S+ is empty; \d\.\d s of 30\.0 s/,
  },
  {
    title: 'PGPASSWORD_FILE with a password that is renewed',
    variable: 'PGPASSWORD_FILE',
    before: ({ wrong }) => wrong,
    after: password,
    waits: /waiting: \S+ rejects the password of role "scram".*; \d\.\d s of 10\.0 s/,
  },
  {
    title: 'DATABASE_URL_FILE that is not there yet',
    variable: 'DATABASE_URL_FILE',
    before: () => null,
    after: url,
    waits: /waiting: DATABASE_URL_FILE: the file \S+ does not exist; \d\.\d s of 30\.0 s/,
  },
  {
    title: 'DATABASE_URL_FILE that names another server at first',
    variable: 'DATABASE_URL_FILE',
    before: ({ deadPort, word }) => `postgresql://scram:${escaped(word)}@127.0.0.1:${deadPort}/postgres`,
    after: url,
    waits: /waiting: 127\.0\.0\.1:\d+ refuses connections/,
  },
  {
    title: 'PGPASSFILE that is not there yet',
    variable: 'PGPASSFILE',
    before: () => null,
    after: ({ line }) => `localhost:*:postgres:scram:${line}\n`,
    waits: /waiting: .*the file \S+ does not exist; \d\.\d s of 30\.0 s/,
  },
  {
    title: 'PGPASSFILE that lacks the line at first',
    variable: 'PGPASSFILE',
    before: () => '# nobody yet\n',
    after: ({ line }) => `localhost:*:postgres:scram:${line}\n`,
    waits: /waiting: .*has none for \S+; \d\.\d s of 10\.0 s/,
  },
  {
    title: 'PGSSLROOTCERT that is not there yet',
    variable: 'PGSSLROOTCERT',
    before: () => null,
    after: ({ authority }) => authority.root,
    waits: /waiting: PGSSLROOTCERT: the file \S+ does not exist; \d\.\d s of 30\.0 s/,
  },
];

describe('Hostile and odd: secrets that come late', () => {
  test.each(late)(
    '$title: waited for with a line in the log, then 0',
    async ({ variable, before, after, waits }) => {
      const folder = site.homeWith({});
      const path = join(folder, 'secret');
      const first = before(site);
      const write = (text: string): void => writeFileSync(path, text, { mode: 0o600 });
      if (first !== null) write(first);
      const isCertificate = variable === 'PGSSLROOTCERT';
      const running = startSlipway(['status'], {
        cwd: project.directory,
        env: site.as('scram', {
          ...(isCertificate ? { PGSSLMODE: 'verify-full', PGPASSWORD: site.word } : {}),
          [variable]: path,
          SLIPWAY_WAIT_TIMEOUT: '30s',
        }),
      });
      await running.waitForLog(waits);
      write(after(site));
      expectSuccess(await running.done);
    },
  );

  test('a secret that never comes: 78 at the deadline, naming variable and file', async () => {
    const env = site.as('scram', { PGPASSWORD_FILE: '/absent/password', SLIPWAY_WAIT_TIMEOUT: '1s' });
    expectFailure(await run('status', env), {
      code: 78,
      names: /PGPASSWORD_FILE: the file \/absent\/password does not exist \(gave up after 1\.\d s\)/,
      remedy: /Mount it or correct the path/,
    });
  });

  test('a directory where the secret should be: 78 at once', async () => {
    const env = site.as('scram', { PGPASSWORD_FILE: site.home, SLIPWAY_WAIT_TIMEOUT: '30s' });
    const result = await run('status', env);
    expectFailure(result, { code: 78, names: /is a directory, not a file/, remedy: /Name the file/ });
    expect(result.logs.filter(({ event }) => event === 'waiting')).toEqual([]);
  });
});

describe('Hostile and odd: sockets', () => {
  const odd = 'a b=?@\u00e9&%';
  let instance: Instance;
  let folder: string;
  beforeAll(async () => {
    instance = await makeInstance();
    folder = join(site.homeWith({}), odd);
    mkdirSync(folder);
    for (const path of [folder, join(folder, '..'), join(folder, '../..')]) chmodSync(path, 0o777);
    instance.writeHba(
      'local all nobodys_peer peer',
      'local all all scram-sha-256',
      'host all all all scram-sha-256',
    );
    const name = `@slipway-${instance.port}`;
    await instance.start({ unix_socket_directories: `"${folder}", "${name}"` });
    await instance.query('CREATE ROLE nobodys_peer LOGIN');
  });
  afterAll(() => instance?.destroy());

  const statusOver = (place: string): Promise<SlipwayResult[]> => {
    const url = `postgresql://${instance.user}:${escaped(instance.password)}@${escaped(place)}:${instance.port}/postgres`;
    return Promise.all([
      run('status', {
        ...instance.env(),
        PGHOST: place,
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: site.authority.rootFile,
      }),
      run('status', { DATABASE_URL: url }),
    ]);
  };

  test('a directory with blanks and odd characters, as PGHOST and in a URL: 0', async () => {
    for (const result of await statusOver(folder)) expectSuccess(result);
  });

  test('an abstract socket, as PGHOST and in a URL: 0, and 78 on a Node that cannot reach it', async () => {
    const isReached = Number.parseInt(process.versions.node, 10) >= 22;
    for (const result of await statusOver(`@slipway-${instance.port}`)) {
      if (isReached) expectSuccess(result);
      else expectFailure(result, { code: 78, names: /cannot reach abstract sockets/, remedy: /Node 24/ });
    }
  });

  test('a role that is not the user of the system, over the socket: 77, and it says what peer means', async () => {
    const result = await run('status', { ...instance.env(), PGHOST: folder, PGUSER: 'nobodys_peer' });
    expectFailure(result, {
      code: 77,
      names: /Peer authentication failed for user "nobodys_peer"/,
      remedy:
        /takes the operating system's user for the role: run as the user "nobodys_peer", map it in pg_ident\.conf/,
    });
    expect(result.stderr).not.toContain('Create the role');
  });
});
