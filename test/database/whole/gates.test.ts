import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, writeLock } from '../../support/locked.ts';
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
  const begin = (made: Scene, seconds: number) => {
    const child = spawn(python, [join(gates, 'gate.py')], {
      cwd: made.project.directory,
      env: { ...process.env, ...made.database.env, GATE_SECONDS: String(seconds) },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    return new Promise<{ readonly code: number | null; readonly said: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, said }));
    });
  };

  (isThere ? test : test.skip)('waits for the head of the lock file, and gives up in time', async () => {
    const made = await locked();
    const { code, said } = await begin(made, 0);
    expect([code, said]).toEqual([1, expect.stringMatching(/gate: gave up: .*slipway\.ledger/)]);
    const waiting = begin(made, 30);
    expectSuccess(await made.run('up'));
    expect(await waiting).toEqual({ code: 0, said: '' });
    made.project.write('migrations/20250103000000_c.sql', 'CREATE TABLE public.c ();\n');
    expectSuccess(await check(made, '--write'));
    expect(await begin(made, 0)).toEqual({
      code: 1,
      said: expect.stringMatching(/20250103000000 is not in the ledger yet/),
    });
  });
});
