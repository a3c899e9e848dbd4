import { eventually } from '../../support/activity.ts';
import { administer, newestMajor, type TestDatabase } from '../../support/database.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a.sql';
const files = {
  [a]: 'CREATE TABLE public.a (n int);',
  'migrations/20250102000000_b.sql': 'SELECT pg_catalog.pg_sleep(0.2);\nCREATE TABLE public.b (n int);',
  'migrations/20250103000000_c.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY b_n ON public.b (n);',
};

/** A scene with a role that owns the database, and has these settings of its own. */
async function withSettings(
  ...settings: readonly string[]
): Promise<Scene & { env: Record<string, string> }> {
  const made = await scene(files);
  const { name, env } = await made.role();
  await made.database.query(
    `GRANT CREATE ON DATABASE ${made.database.name} TO ${name}; GRANT CREATE ON SCHEMA public TO ${name}`,
  );
  for (const setting of settings) await administer(newestMajor, `ALTER ROLE ${name} SET ${setting}`);
  return { ...made, env };
}

const limits = [
  "statement_timeout = '50ms'",
  "lock_timeout = '10ms'",
  "idle_in_transaction_session_timeout = '50ms'",
  "idle_session_timeout = '200ms'",
  ...(newestMajor < 17 ? [] : ["transaction_timeout = '50ms'"]),
];

test.each([
  ['limits of every kind', limits],
  [
    'serializable transactions, and no schema in the search path',
    [
      "default_transaction_isolation = 'serializable'",
      'default_transaction_deferrable = on',
      "search_path = ''",
    ],
  ],
])('a role with %s asks, and brings the database to head', async (_, settings) => {
  const { run, env, ledger } = await withSettings(...settings);
  expectSuccess(await run('plan', env));
  const up = expectSuccess(await run('up', env));
  expect(up.logs.filter(({ event }) => event === 'connectionLost')).toEqual([]);
  for (const line of ['plan', 'status --exit-code', 'wait --timeout 0']) expectSuccess(await run(line, env));
  expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
});

test('an inspection that takes longer than the limits of the role is not ended by them', async () => {
  const { run, env, database } = await withSettings(
    ...limits.filter((limit) => !limit.startsWith('idle_session')),
  );
  expectSuccess(await run('up', env));
  const holder = await database.connect();
  await holder.query('BEGIN; LOCK TABLE slipway.ledger');
  const asked = ['plan', 'status', 'wait --timeout 0', 'up'].map((line) => run(line, env));
  const patient = new Set<number>();
  await eventually(async () => {
    const waiting = await database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'slipway %' AND datname = current_database()
         AND wait_event_type = 'Lock' AND clock_timestamp() - xact_start > '150ms'`,
    );
    for (const { pid } of waiting) patient.add(pid);
    return patient.size === asked.length;
  }, 'four inspections that take longer than 150 ms');
  await holder.query('COMMIT');
  for (const result of await Promise.all(asked)) expectSuccess(result);
});

test('a role that may only read: 78 for who writes and for plan, and an answer for who asks', async () => {
  const { run, env, fingerprint } = await withSettings('default_transaction_read_only = on');
  const before = await fingerprint();
  const writers = ['up', 'plan', 'down', 'adopt --as 20250101000000'].map((line) => run(line, env));
  const asked = run('status', env);
  for (const result of await Promise.all(writers)) {
    expectFailure(result, {
      code: 78,
      names: new RegExp(
        `role "${env.PGUSER}" is read-only in database "test_\\w+" \\(default_transaction_read_only\\)`,
      ),
      remedy: new RegExp(`ALTER ROLE "${env.PGUSER}" RESET default_transaction_read_only`),
    });
  }
  expectSuccess(await asked);
  expectFailure(await run('wait --timeout 0', env), {
    code: 75,
    names: /not at 20250103000000: the database is empty/,
    remedy: /Has `slipway up` run/,
  });
  expect(await fingerprint()).toEqual(before);
});

describe('idle_session_timeout, which ends sessions that wait', () => {
  const idle = "idle_session_timeout = '100ms'";

  /** Waits until a session has been asked nothing for longer than the limit, and is there. */
  const bears = (database: TestDatabase, command: string): Promise<unknown> =>
    eventually(async () => {
      const idle = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'slipway % ${command} %'
            AND state = 'idle' AND clock_timestamp() - state_change > '150ms'`,
      );
      return idle.length > 0;
    }, 'a session that outlives the limit');

  test('wait outlives it, says once what it waits for, and ends with the version', async () => {
    const made = await withSettings(idle);
    const { run, env, database, project } = made;
    const waiting = startSlipway(['wait', '--timeout', '30s'], {
      cwd: project.directory,
      env: { ...database.env, ...env },
    });
    await waiting.waitForLog(({ event }) => event === 'waiting');
    await bears(database, 'wait');
    expectSuccess(await run('up', env));
    const { logs } = expectSuccess(await waiting.done);
    const said = logs.filter(({ event }) => event === 'waiting').map(({ msg }) => msg);
    expect(said.filter((msg) => /the database is empty/.test(msg))).toHaveLength(1);
    expect(said.filter((msg) => /lost/.test(msg))).toEqual([]);
  });

  test('a run that waits for the lock outlives it', async () => {
    const made = await withSettings(idle);
    const { run, env, database, project, ledger } = made;
    expectSuccess(await run('up', env));
    project.write('migrations/20250104000000_d.sql', 'LOCK TABLE public.a;');
    const holder = await database.connect();
    await holder.query('BEGIN; LOCK TABLE public.a');
    const options = {
      cwd: project.directory,
      env: { ...database.env, ...env, SLIPWAY_DDL_LOCK_TIMEOUT: '1h' },
    };
    const first = startSlipway(['up'], options);
    await first.waitForLog(({ event }) => event === 'applying');
    const second = startSlipway(['up'], options);
    await second.waitForLog(({ event }) => event === 'lock');
    await bears(database, 'up');
    await holder.query('COMMIT');
    for (const result of await Promise.all([first.done, second.done])) expectSuccess(result);
    expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
  });
});
