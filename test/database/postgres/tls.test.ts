import { type Authority, makeAuthority } from '../../support/certificates.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { newSecret } from '../../support/secrets.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';

jest.setTimeout(60_000);

const word = newSecret();

let authority: Authority;
let stranger: Authority;
/** Speaks TLS as `localhost`. */
let secure: Instance;
/** Does not speak TLS. */
let plain: Instance;
let project: Project;
beforeAll(async () => {
  project = makeProject({ 'migrations/20250101000000_first.sql': 'CREATE TABLE public.first (id int);' });
  authority = makeAuthority();
  stranger = makeAuthority();
  [secure, plain] = await Promise.all([makeInstance(), makeInstance()]);
  const { certificate, key } = authority.issue('localhost');
  secure.writeFile('server.crt', certificate);
  secure.writeFile('server.key', key);
  secure.writeHba(
    'hostssl all onlytls 127.0.0.1/32 scram-sha-256',
    'hostnossl all onlyplain 127.0.0.1/32 scram-sha-256',
    'host all clear 127.0.0.1/32 password',
    'host all old 127.0.0.1/32 md5',
    'host all postgres 127.0.0.1/32 scram-sha-256',
  );
  await Promise.all([secure.start({ ssl: 'on' }), plain.start()]);
  await secure.query(`
    CREATE ROLE onlytls LOGIN SUPERUSER PASSWORD '${word}';
    CREATE ROLE onlyplain LOGIN SUPERUSER PASSWORD '${word}';
    CREATE ROLE clear LOGIN SUPERUSER PASSWORD '${word}';
    SET password_encryption = md5;
    CREATE ROLE old LOGIN SUPERUSER PASSWORD '${word}';
  `);
});
afterAll(async () => {
  await Promise.all([secure.destroy(), plain.destroy()]);
  authority.destroy();
  stranger.destroy();
  project.destroy();
});

const failure = ({ logs }: SlipwayResult) => logs.find(({ event }) => event === 'failed');

/** Asks for the status, which needs a session; with --debug the log says whether it is over TLS. */
async function connect(
  instance: Instance,
  more: Record<string, string>,
): Promise<{ result: SlipwayResult; tls: unknown }> {
  const result = await slipway(['status', '--debug'], {
    cwd: project.directory,
    env: { ...instance.env(), SLIPWAY_WAIT_TIMEOUT: '1s', ...more },
  });
  return { result, tls: result.logs.find(({ event }) => event === 'connected')?.tls };
}

const root = (): Record<string, string> => ({ PGSSLROOTCERT: authority.rootFile });
const as = (user: string): Record<string, string> => ({ PGUSER: user, PGPASSWORD: word });

describe('accepted', () => {
  test.each<[string, () => Instance, () => Record<string, string>, boolean]>([
    ['prefer where the server speaks TLS', () => secure, () => ({ PGSSLMODE: 'prefer' }), true],
    ['prefer where it does not: falls back', () => plain, () => ({ PGSSLMODE: 'prefer' }), false],
    ['no mode where it does not: falls back', () => plain, () => ({}), false],
    ['prefer where pg_hba.conf wants no TLS', () => secure, () => ({ ...as('onlyplain') }), false],
    [
      'allow where pg_hba.conf wants TLS',
      () => secure,
      () => ({ ...as('onlytls'), PGSSLMODE: 'allow' }),
      true,
    ],
    ['allow where it need not be', () => secure, () => ({ PGSSLMODE: 'allow' }), false],
    ['disable', () => secure, () => ({ PGSSLMODE: 'disable' }), false],
    ['require', () => secure, () => ({ PGSSLMODE: 'require' }), true],
    ['verify-ca, whatever the name', () => secure, () => ({ ...root(), PGSSLMODE: 'verify-ca' }), true],
    [
      'verify-full with the name in the certificate',
      () => secure,
      () => ({ ...root(), PGSSLMODE: 'verify-full', PGHOST: 'localhost', PGHOSTADDR: '127.0.0.1' }),
      true,
    ],
    [
      'channel_binding=require over TLS',
      () => secure,
      () => ({ PGSSLMODE: 'require', PGCHANNELBINDING: 'require' }),
      true,
    ],
    [
      'a password in clear text over TLS',
      () => secure,
      () => ({ ...as('clear'), PGSSLMODE: 'require' }),
      true,
    ],
  ])('%s', async (_, instance, env, expected) => {
    const { result, tls } = await connect(instance(), env());
    expect(result.code).toBe(0);
    expect(tls).toBe(expected);
  });
});

describe('refused with 78, at once', () => {
  test.each<[string, () => Instance, () => Record<string, string>, string, string]>([
    [
      'require where the server does not speak TLS',
      () => plain,
      () => ({ PGSSLMODE: 'require' }),
      'does not support SSL',
      'sslmode is require',
    ],
    [
      'verify-full with another name',
      () => secure,
      () => ({ ...root(), PGSSLMODE: 'verify-full' }),
      'asked for "127.0.0.1", and it names localhost',
      'sslmode is verify-full',
    ],
    [
      'verify-full with a certificate of another authority',
      () => secure,
      () => ({
        PGSSLROOTCERT: stranger.rootFile,
        PGSSLMODE: 'verify-full',
        PGHOST: 'localhost',
        PGHOSTADDR: '127.0.0.1',
      }),
      'certificate',
      'PGSSLROOTCERT',
    ],
    [
      'channel_binding=require without TLS',
      () => plain,
      () => ({ PGCHANNELBINDING: 'require' }),
      'channel_binding=require, but the server does not offer SCRAM-SHA-256-PLUS',
      'It needs TLS',
    ],
    [
      'channel_binding=require where the password is kept as md5',
      () => secure,
      () => ({ ...as('old'), PGSSLMODE: 'require', PGCHANNELBINDING: 'require' }),
      'channel_binding=require',
      'scram-sha-256',
    ],
    [
      'a password in clear text without TLS',
      () => secure,
      () => ({ ...as('clear'), PGSSLMODE: 'disable' }),
      'in clear text',
      'PGSSLMODE=verify-full',
    ],
  ])('%s', async (_, instance, env, message, remedy) => {
    const { result } = await connect(instance(), { SLIPWAY_WAIT_TIMEOUT: '20s', ...env() });
    expect(failure(result)?.msg).toContain(message);
    expect(failure(result)?.remedy).toContain(remedy);
    expect(result.code).toBe(78);
    expect(result.ms).toBeLessThan(3000);
  });
});

test('a whole run over TLS, cancelled in the middle: the server takes the cancel request', async () => {
  const long = makeProject({ 'migrations/20250101000000_long.sql': 'SELECT pg_sleep(60);' });
  const result = await slipway(['up'], {
    cwd: long.directory,
    env: { ...secure.env(), PGSSLMODE: 'require', SLIPWAY_RUN_TIMEOUT: '1s' },
  });
  long.destroy();
  expect(result.code).toBe(75);
  expect(result.ms).toBeLessThan(3000);
});
