import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { startSlipway } from '../../support/slipway.ts';

jest.setTimeout(60_000);

const first = '20250101000000';

describe('Hostile and odd: a synchronous standby is missing', () => {
  let instance: Instance;
  let project: Project;
  let name: string;
  let databases = 0;
  beforeAll(async () => {
    project = makeProject({
      [`migrations/${first}_first.sql`]: 'CREATE TABLE public.first (id int);',
      'migrations/20250102000000_second.sql':
        "DO $$ BEGIN RAISE WARNING 'mind this' USING DETAIL = 'the whole of it', HINT = 'look there'; END $$;",
    });
    instance = await makeInstance();
    await instance.start({ synchronous_standby_names: 'nobody' });
    // The others commit without waiting: synchronous_commit is off for all but this role.
    await instance.query(
      `CREATE ROLE patient LOGIN SUPERUSER PASSWORD '${instance.password}'; ALTER ROLE patient SET synchronous_commit = on`,
    );
  });
  afterAll(async () => {
    await instance.destroy();
    project.destroy();
  });
  beforeEach(async () => {
    databases += 1;
    name = `patient_${databases}`;
    await instance.query(`CREATE DATABASE ${name}`);
  });

  const up = (user: string) =>
    startSlipway(['up'], { cwd: project.directory, env: { ...instance.env(name), PGUSER: user } });
  const versions = async (): Promise<unknown[]> =>
    (await instance.query('SELECT version, state FROM slipway.ledger ORDER BY version', name)).map(
      Object.values,
    );

  test('COMMIT waits, and the log says what for; SIGTERM: 143, the version is committed, and both are said', async () => {
    const running = up('patient');
    await running.waitForLog(/committed here, waits for a synchronous standby \(synchronous_standby_names\)/);
    running.kill('SIGTERM');
    const { code, logs } = await running.done;
    expect(code).toBe(143);
    expect(logs.find(({ event }) => event === 'notice')).toMatchObject({
      level: 'warn',
      severity: 'WARNING',
      msg: expect.stringMatching(/committed here, but no synchronous standby has confirmed it/),
      detail: [expect.stringMatching(/^detail: The transaction has already committed locally/)],
    });
    expect(logs.filter(({ event }) => event === 'applied').map(({ version }) => version)).toEqual([first]);
    expect(await versions()).toEqual([[first, 'done']]);
  });

  test('somebody cancels the wait: the version is committed, and up goes on to the next: 0', async () => {
    const running = up('patient');
    const cancelling = setInterval(() => {
      void instance
        .query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        .catch(() => undefined);
    }, 200);
    const { code, logs } = await running.done;
    clearInterval(cancelling);
    expect(code).toBe(0);
    expect(logs.filter(({ msg }) => /committed here, but/.test(msg))).toHaveLength(2);
    expect((await versions()).map((row) => (row as string[])[1])).toEqual(['done', 'done']);
  });

  test('the server is shut down in the wait: the version is committed, and the next run goes on: 0', async () => {
    const running = up('patient');
    await running.waitForLog(/waits for a synchronous standby/);
    await instance.stop('SIGINT');
    await instance.start();
    const { code, logs } = await running.done;
    expect(code).toBe(0);
    expect(logs.filter(({ event }) => event === 'connectionLost')).toHaveLength(1);
    expect((await versions()).map((row) => (row as string[])[1])).toEqual(['done', 'done']);
    await instance.stop('SIGINT');
    await instance.start({ synchronous_standby_names: 'nobody' });
  });

  test('a WARNING of a migration comes with its DETAIL and its HINT', async () => {
    const { code, logs } = await up('postgres').done;
    expect(code).toBe(0);
    expect(logs.find(({ event }) => event === 'notice')).toMatchObject({
      level: 'warn',
      msg: 'the server says: mind this',
      detail: ['detail: the whole of it', 'hint: look there'],
    });
  });
});
