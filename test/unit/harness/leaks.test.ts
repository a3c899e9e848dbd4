import { SecretLeak, takeLeaks } from '../../support/leaks.ts';
import { makeProject } from '../../support/project.ts';
import { canary, findSecret, newSecret } from '../../support/secrets.ts';
import { startSlipway } from '../../support/slipway.ts';
import { searchStatements } from '../../support/statement-log.ts';

// What is planted here does not count as found.
delete process.env.SLIPWAY_TEST_LEAKS;

const secret = newSecret();

describe('a secret is found', () => {
  test.each([
    ['as it is', 'plain', secret],
    ['in a URL', 'plain', `postgresql://u:${encodeURIComponent(secret)}@db`],
    ['in JSON', 'plain', JSON.stringify({ password: `"\n${secret}` })],
    ['as the name of a host, in small letters', 'plain', secret.toUpperCase()],
    ['up to its first odd character', 'plain', secret.slice(0, secret.indexOf('@'))],
    ['from its last odd character on', 'plain', secret.slice(secret.lastIndexOf('+'))],
    ['as a bytea', 'hex', `\\x${Buffer.from(`x${secret}`).toString('hex').toUpperCase()}`],
    ...['', 'u', 'u:'].map((before) => [
      'in base64',
      'base64',
      Buffer.from(`${before}${secret}`).toString('base64'),
    ]),
    ['in base64 for URLs', 'base64', Buffer.from(`u:${secret}`).toString('base64url')],
  ])('%s: %s', (_, form, text) => {
    expect(findSecret(`before ${text} after`)).toBe(form);
  });

  test('and not where there is none', () => {
    const text = canary.slice(1);
    for (const form of [
      text,
      Buffer.from(text).toString('hex').slice(2),
      Buffer.from(text).toString('base64'),
    ])
      expect(findSecret(form)).toBeNull();
  });
});

describe('a run that gives a secret away', () => {
  const project = makeProject();
  afterAll(() => project.destroy());

  const start = (code: string, args: string[] = []) => {
    project.write('leaky.mjs', code);
    return startSlipway(args, { bundle: project.path('leaky.mjs'), env: { PGPASSWORD: secret } });
  };

  test.each([
    ['on stdout', 'console.log(process.env.PGPASSWORD)'],
    ['on stderr, escaped', 'console.error(encodeURIComponent(process.env.PGPASSWORD)); process.exit(1)'],
    ['on stderr, in base64', 'console.error(btoa(process.env.PGPASSWORD))'],
  ])('%s is noted, and rejects', async (_, code) => {
    await expect(start(code).done).rejects.toThrow(SecretLeak);
    expect(takeLeaks()).toHaveLength(1);
  });

  test('in its arguments is noted', async () => {
    await start('', [`--password=${secret}`]).done;
    expect(takeLeaks()[0]?.message).toMatch(/^a secret, plain, in a command line/);
  });

  test('in the arguments of what it starts is noted', async () => {
    const idle = "process.stdin.resume(); console.log('idle')";
    const running = start(`import { spawn } from 'node:child_process';
      const args = ['-e', ${JSON.stringify(idle)}, process.env.PGPASSWORD];
      spawn(process.execPath, args).stdout.once('data', () => console.log('started'));`);
    await running.waitForOutput('started');
    running.kill('SIGKILL');
    await running.done;
    expect(takeLeaks()[0]?.message).toMatch(/^a secret, plain, in a command line/);
  });
});

test('a secret in a statement is found where the session is one of Slipway, on its further lines as well', () => {
  const log = searchStatements('a server');
  const lines = [
    `<> LOG:  statement: CREATE ROLE a PASSWORD '${secret}'`,
    `\t${secret}`,
    '<slipway 1 up> LOG:  statement: SELECT',
  ];
  for (const line of lines) log.read(line);
  expect(takeLeaks()).toEqual([]);
  log.read(`\t'${secret}'`);
  expect(takeLeaks()).toHaveLength(1);
  expect(log.records).toBe(1);
});
