import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, writeLock } from '../../support/locked.ts';
import { psql } from '../../support/psql.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const gates = join(process.cwd(), 'examples/gates');
const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (n int);\n',
  'migrations/20250102000000_b.sql': 'CREATE TABLE public.b (n int);\n',
};
const statement = readFileSync(join(gates, 'gate.sql'), 'utf8');

/** A project with its lock, on a database that is empty. */
async function locked(some: Readonly<Record<string, string>> = files): Promise<Scene> {
  const made = await scene(some);
  await writeLock(made);
  return made;
}

/** Connection strings that nobody can read; each holds a password. */
const unreadable = [
  'postgresql://m:S3cr3t-p%w@localhost/d',
  'postgresql://m:S3c@r3t@localhost/d',
  'postgresql://m:S3c/r3t@localhost/d',
  'postgresql:/m:S3cr3t@localhost/d',
  'S3cr3t',
];

/** Runs a program in a project with the settings of its database; resolves when it has ended. */
function ended(
  [program = '', ...args]: readonly string[],
  { project, database }: Scene,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(program, args, {
    cwd: project.directory,
    env: { ...process.env, ...database.env, ...env },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, said }));
  });
}

const lockOf = ({ project }: Scene): string => readFileSync(project.path('sql/schema.lock.json'), 'utf8');

describe('one SQL statement that any driver can run', () => {
  const ask = async (made: Scene, lock = lockOf(made)): Promise<unknown> =>
    (await made.database.query(statement, [lock]))[0]?.reached;

  test.each([
    ['with migrations', files],
    ['with a baseline alone', { 'sql/baseline.sql': files['sql/baseline.sql'] }],
  ])(
    '%s it tells whether the schema is there, and never takes the head of before for it',
    async (_, some) => {
      const made = await locked(some);
      expectSuccess(await made.run('up'));
      expect(await ask(made)).toBe(true);
      const before = lockOf(made);
      made.project.write('migrations/20250103000000_c.sql', 'CREATE TABLE public.c ();\n');
      expectSuccess(await check(made, '--write'));
      expect(await ask(made)).toBe(false);
      expectSuccess(await made.run('up'));
      expect(await ask(made)).toBe(true);
      expect(await ask(made, before)).toBe(true);
    },
  );
});

describe('gate.py', () => {
  const python = '/usr/bin/python3';
  const isThere = spawnSync(python, ['-c', 'import psycopg']).status === 0;
  if (!isThere) {
    const lacking =
      'psycopg is not installed (Debian: apt-get install python3-psycopg): gate.py is not tried';
    if (process.env.CI) throw new Error(lacking);
    process.stderr.write(`${lacking}\n`);
  }
  const begin = (made: Scene, env: Readonly<Record<string, string>>) =>
    ended([python, join(gates, 'gate.py')], made, { GATE_SECONDS: '0', ...env });

  (isThere ? test : test.skip)('waits for the head of the lock file, and gives up in time', async () => {
    const made = await locked();
    const { code, said } = await begin(made, {});
    expect([code, said]).toEqual([75, expect.stringMatching(/gate: gave up: .*slipway\.ledger/)]);
    const waiting = begin(made, { GATE_SECONDS: '30' });
    expectSuccess(await made.run('up'));
    expect(await waiting).toEqual({ code: 0, said: '' });
    made.project.write('password', `${made.database.env.PGPASSWORD}\n`);
    for (const env of [
      { DATABASE_URL: made.database.url.replace(/^\w+:/, 'postgresql+asyncpg:') },
      { PGPASSWORD: '', PGPASSWORD_FILE: 'password' },
    ]) {
      expect(await begin(made, env)).toEqual({ code: 0, said: '' });
    }
    expect(await begin(made, { SLIPWAY_SCHEMA: 'else"where' })).toEqual({
      code: 75,
      said: expect.stringMatching(/else""where/),
    });
    made.project.write('migrations/20250103000000_c.sql', 'CREATE TABLE public.c ();\n');
    expectSuccess(await check(made, '--write'));
    expect(await begin(made, {})).toEqual({
      code: 75,
      said: expect.stringMatching(/20250103000000 is not in the ledger yet/),
    });
  });

  (isThere ? test : test.skip)(
    'at once refuses a URL that cannot be read, and shows nothing of it',
    async () => {
      const made = await locked();
      for (const url of unreadable) {
        const { code, said } = await begin(made, { DATABASE_URL: url, GATE_SECONDS: '30' });
        expect([url, code, said.includes('S3')]).toEqual([url, 78, false]);
      }
    },
  );
});

describe('schema.sh', () => {
  const lacking = 'psql is not installed (Debian: apt-get install postgresql-client): schema.sh is not tried';
  if (psql === null && process.env.CI) throw new Error(lacking);
  if (psql === null) process.stderr.write(`${lacking}\n`);
  const script = join(process.cwd(), 'healthcheck/schema.sh');

  /** Runs it with psql, whose arguments are kept; resolves to them too. */
  const probe = async (made: Scene, env: Readonly<Record<string, string>>, lock = 'sql/schema.lock.json') => {
    const { project } = made;
    const kept = 'kept';
    project.write(kept, '');
    project.write('bin/psql', `#!/bin/sh\nprintf '%s\\n' "$@" >${project.path(kept)}\nexec ${psql} "$@"\n`);
    chmodSync(project.path('bin/psql'), 0o755);
    const PATH = `${project.path('bin')}:${process.env.PATH}`;
    const ran = await ended(['sh', script, lock], made, { ...env, PATH });
    return { ...ran, given: readFileSync(project.path(kept), 'utf8') };
  };

  (psql === null ? test.skip : test)(
    'gives psql every form of DATABASE_URL, and no password as an argument',
    async () => {
      const made = await locked();
      expectSuccess(await made.run('up'));
      const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: name } = made.database.env;
      const password = String(made.database.env.PGPASSWORD);
      const inUrl = [...password].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
      made.project.write('url', `postgres://${user}:${inUrl}@${host}:${port}/${name}\n`);
      for (const env of [
        { DATABASE_URL: `postgresql+asyncpg://${user}:${inUrl}@${host}:${port}/${name}` },
        {
          DATABASE_URL: `postgis://${host}:${port}/${name}?user=${user}&p%61ssword=${inUrl}&connect_timeout=5`,
        },
        {
          DATABASE_URL: `host=${host} port=${port} user=${user} dbname = '${name}' password = '${password}'`,
        },
        { DATABASE_URL: `host=${host} port=${port} password=\\${password}\nuser=${user} dbname=${name}` },
        { DATABASE_URL_FILE: 'url' },
      ]) {
        const { code, said, given } = await probe(made, { ...env, PGPASSWORD: 'none', PGDATABASE: 'none' });
        expect([env, code, said]).toEqual([env, 0, '']);
        expect(given).toMatch(/^--dbname=/);
        expect(given).not.toContain(password);
        expect(given).not.toContain(inUrl);
      }
    },
  );

  (psql === null ? test.skip : test)(
    'takes the app from the lock, unless SLIPWAY_APP names one',
    async () => {
      const made = await locked();
      expectSuccess(await made.run('up'));
      made.project.write('other.json', lockOf(made).replace('"app": "default"', '"app": "other"'));
      expect(await probe(made, {}, 'other.json')).toMatchObject({
        code: 75,
        said: expect.stringMatching(/other/),
      });
      expect(await probe(made, { SLIPWAY_APP: 'default' }, 'other.json')).toMatchObject({ code: 0 });
    },
  );

  (psql === null ? test.skip : test)(
    'at once refuses settings that cannot be read, and shows no secret',
    async () => {
      const made = await locked();
      for (const env of [
        ...[...unreadable, 'postgresql://h/d?sslpassword=S3', "password='S3", "password='S3'x"].map(
          (DATABASE_URL) => ({
            DATABASE_URL,
          }),
        ),
        { DATABASE_URL: 'postgresql://u:S3cr3t@localhost/d?no_such=1' },
        ...['soon', '99999999999999999999', '597h', '-1', '0x10'].map((SLIPWAY_WAIT_TIMEOUT) => ({
          SLIPWAY_WAIT_TIMEOUT,
        })),
      ]) {
        const { code, said } = await probe(made, env);
        expect([env, code, said.includes('S3')]).toEqual([env, 78, false]);
      }
      for (const SLIPWAY_WAIT_TIMEOUT of ['08', '010', '500ms', '1.5m', '0', '596h']) {
        const { code } = await probe(made, { SLIPWAY_WAIT_TIMEOUT });
        expect([SLIPWAY_WAIT_TIMEOUT, code]).toEqual([SLIPWAY_WAIT_TIMEOUT, 75]);
      }
    },
  );
});
