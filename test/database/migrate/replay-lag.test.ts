import { eventually } from '../../support/activity.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { newSecret } from '../../support/secrets.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';
import { makeStandby } from '../../support/standby.ts';

jest.setTimeout(120_000);

const word = newSecret();
let primary: Instance;
let standby: Instance;
let project: Project;
beforeAll(async () => {
  primary = await makeInstance();
  await primary.start();
  await primary.query(`CREATE ROLE owner LOGIN CREATEDB PASSWORD '${word}'`);
  standby = await makeStandby(primary);
  project = makeProject({
    'migrations/20250101000000_table.sql':
      'CREATE TABLE public.items (id int, filled text);\nINSERT INTO public.items SELECT generate_series(1, 300);',
    'migrations/20250102000000_fill.sql': `-- slipway: repeat 100 pause 0
UPDATE public.items SET filled = 'x'
 WHERE id = ANY (ARRAY(SELECT id FROM public.items WHERE filled IS NULL ORDER BY id LIMIT current_setting('slipway.batch')::int));`,
  });
});
afterAll(async () => {
  await Promise.all([primary.destroy(), standby.destroy()]);
  project.destroy();
});

/** An empty database of the role, with the environment to reach it. */
async function database(name: string, owner = 'owner') {
  await primary.query(`CREATE DATABASE ${name} OWNER ${owner}`);
  const role = owner === 'owner' ? { PGUSER: 'owner', PGPASSWORD: word } : {};
  return {
    cwd: project.directory,
    env: { ...primary.env(name), ...role, SLIPWAY_MAX_LAG: '300ms' },
  };
}

const left = async (name: string): Promise<number> =>
  (await primary.query<{ n: number }>('SELECT count(*)::int AS n FROM items WHERE filled IS NULL', name))[0]
    ?.n ?? 0;

test('a repeated file waits while a replica lags, says so, and goes on when it has caught up', async () => {
  const at = await database('lagging', 'postgres');
  await standby.query('SELECT pg_wal_replay_pause()');
  await eventually(async () => {
    await primary.query('SELECT pg_logical_emit_message(false, $$lag$$, $$x$$)');
    const [row] = await primary.query<{ lags: boolean | null }>(
      "SELECT replay_lag > '1s' AS lags FROM pg_stat_replication",
    );
    return row?.lags === true;
  }, 'a lag');
  const running = startSlipway(['up'], at);
  const said = await running.waitForLog(({ event }) => event === 'lag');
  expect(said).toMatchObject({
    mostMs: 300,
    replica: 'replica',
    msg: expect.stringMatching(
      /the replica "replica" lags by [\d.]+ s, more than SLIPWAY_MAX_LAG allows \(0\.3 s\)/,
    ),
  });
  expect(await left('lagging')).toBe(300);
  await standby.query('SELECT pg_wal_replay_resume()');
  expect((await running.done).code).toBe(0);
  expect(await left('lagging')).toBe(0);
});

test('a role that may not see the lag: 77 that names pg_read_all_stats, and with it 0', async () => {
  const at = await database('denied');
  const refused = await slipway(['up'], at);
  expect(refused.code).toBe(77);
  expect(refused.logs.find(({ event }) => event === 'failed')).toMatchObject({
    msg: expect.stringContaining('role "owner" may not see in pg_stat_replication how far the replicas lag'),
    remedy: expect.stringContaining('GRANT pg_read_all_stats TO "owner";'),
  });
  expect(await left('denied')).toBe(300);
  await primary.query('GRANT pg_read_all_stats TO owner');
  expect((await slipway(['up'], at)).code).toBe(0);
  expect(await left('denied')).toBe(0);
});

test('without a replica there is nothing to wait for, whoever asks', async () => {
  await standby.stop('SIGINT');
  await eventually(
    async () => (await primary.query('SELECT FROM pg_stat_replication')).length === 0,
    'the end of the replication',
  );
  const at = await database('alone', 'postgres');
  expect((await slipway(['up'], at)).code).toBe(0);
  expect(await left('alone')).toBe(0);
});
