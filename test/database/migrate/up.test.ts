import pg from 'pg';
import { advisoryKey } from '../../../src/ledger/table.ts';
import type { Embedded } from '../../../src/shadow/embedded.ts';
import { majors, named, newestServer } from '../../support/database.ts';
import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { startServer } from '../../support/servers.ts';
import { copyProgram, slipway } from '../../support/slipway.ts';
import { tapWire } from '../../support/wire-tap.ts';

const scene = useScenes();
const versions = exampleVersions();

describe.each(named(majors))('on PostgreSQL $version', ({ major }) => {
  test('an empty database gets the baseline and the later migrations, and then nothing', async () => {
    const { database, run, ledger, fingerprint } = await scene(exampleFiles(), { major });
    const first = expectSuccess(await run('up --json'));
    expect(JSON.parse(first.stdout)).toMatchObject({
      result: 'upToDate',
      from: null,
      version: versions.at(-1),
      steps: versions.map((version) => ({ version, status: 'applied', ms: expect.any(Number) })),
    });
    const [tables] = await database.query(
      `SELECT count(*)::int AS count FROM pg_class WHERE relnamespace = 'trading'::regnamespace AND relkind = 'r'`,
    );
    expect(tables).toEqual({ count: 14 });
    const [index] = await database.query(
      `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'trading.idx_order_account_created'::regclass`,
    );
    expect(index).toEqual({ valid: true });
    expect((await ledger()).map(({ version, origin, state }) => [version, origin, state])).toEqual(
      versions.map((version) => [version, 'applied', 'done']),
    );

    const before = await fingerprint();
    const second = expectSuccess(await run('up --json'));
    expect(JSON.parse(second.stdout)).toMatchObject({ version: versions.at(-1), steps: [] });
    expect(second.logs.at(-1)?.msg).toMatch(
      /^the database \w+ \(127\.0\.0\.1:\d+, role \w+\) is at \d{14}: nothing to do, \d+ ms; drift is not checked: there is no lock file$/,
    );
    expect(await fingerprint()).toEqual(before);
    expectSuccess(await run('wait --timeout 0'));
  });

  test('a database that is behind gets what it lacks', async () => {
    const { project, run, ledger, database } = await scene(
      { 'migrations/20250101000000_a.sql': 'CREATE TABLE a (x int);' },
      { major },
    );
    expectSuccess(await run('up'));
    project.write('migrations/20250102000000_b.sql', 'INSERT INTO a VALUES (1);');
    project.write('migrations/20250103000000_c.sql', 'INSERT INTO a VALUES (2);');
    const [first] = await ledger();
    const plan = expectSuccess(await run('plan'));
    expect(plan.stdout).toMatch(
      /is at 20250101000000; up would apply 2:\n {2}20250102000000 {2}b\n {2}20250103000000 {2}c/,
    );
    expectSuccess(await run('up'));
    expect(await database.query('SELECT x FROM a ORDER BY x')).toEqual([{ x: 1 }, { x: 2 }]);
    expect(await ledger()).toEqual([
      first,
      expect.objectContaining({ version: '20250102000000', name: 'b', kind: 'migration' }),
      expect.objectContaining({ version: '20250103000000', name: 'c', kind: 'migration' }),
    ]);
  });

  test('a migration that fails leaves nothing; those before it stay', async () => {
    const { project, run, ledger, database, fingerprint } = await scene(
      {
        'migrations/20250101000000_a.sql': 'CREATE TABLE a (x int UNIQUE);',
        'migrations/20250102000000_b.sql': 'CREATE TABLE b ();\nINSERT INTO a VALUES (1), (1);',
        'migrations/20250103000000_c.sql': 'CREATE TABLE c ();',
      },
      { major },
    );
    const failed = await run('up --json');
    const { detail } = expectFailure(failed, {
      code: 65,
      names: /^migrations\/20250102000000_b\.sql:2:1: .*a_x_key/,
      remedy: /Correct the statement and start again/,
      place: 'migrations/20250102000000_b.sql:2:1',
    });
    expect(detail).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^applied: 20250101000000_a \(\d+ ms\)$/),
        'failed, rolled back: 20250102000000_b',
        'not executed: 20250103000000_c',
      ]),
    );
    expect(JSON.parse(failed.stdout)).toMatchObject({
      result: 'failed',
      steps: [{ status: 'applied' }, { status: 'failed' }, { status: 'notExecuted' }],
      error: {
        exitCode: 65,
        exit: 'migration',
        place: 'migrations/20250102000000_b.sql:2:1',
        sqlstate: '23505',
      },
    });
    expect(await ledger()).toHaveLength(1);
    expect(await database.query(`SELECT to_regclass('b') AS b, to_regclass('c') AS c`)).toEqual([
      { b: null, c: null },
    ]);

    const before = await fingerprint();
    expect((await run('up')).code).toBe(65);
    expect(await fingerprint()).toEqual(before);
    project.write('migrations/20250102000000_b.sql', 'CREATE TABLE b ();\nINSERT INTO a VALUES (1), (2);');
    expectSuccess(await run('up'));
    expect(await ledger()).toHaveLength(3);
  });

  test('SQL that cannot be read: its place, and not a word of the server about our own ROLLBACK', async () => {
    const { run, ledger } = await scene(
      {
        'migrations/20250101000000_a.sql': 'CREATE TABLE a ();',
        'migrations/20250102000000_b.sql': 'CREATE TABLE b ();',
        'migrations/20250103000000_c.sql': 'CREATE TABLE c ();\nCREAT TABLE d ();',
      },
      { major },
    );
    const failed = await run('up');
    expectFailure(failed, {
      code: 65,
      names: /^migrations\/20250103000000_c\.sql:2:1: syntax error/,
      remedy: /Correct the statement and start again/,
    });
    expect(failed.logs.filter(({ event }) => event === 'notice')).toEqual([]);
    expect(await ledger()).toHaveLength(2);
  });
});

test('the program runs alone, copied to a folder with its files', async () => {
  const { project, run, database } = await scene(exampleFiles());
  const alone = {
    bundle: copyProgram(project.directory),
    cwd: project.directory,
    env: { DATABASE_URL: database.url, PGSSLMODE: 'disable' },
  };
  expectSuccess(await slipway(['up'], alone));
  expectSuccess(await run('status --exit-code'));
});

describe('at head, on a server where nobody else is', () => {
  let server: Embedded;
  let client: pg.Client;
  let project: Project;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await startServer(newestServer());
    const { host, port, user, password } = server;
    client = new pg.Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    env = {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: 'postgres',
      PGSSLMODE: 'disable',
    };
    project = makeProject(exampleFiles());
    expectSuccess(await slipway(['up'], { cwd: project.directory, env }));
  });
  afterAll(async () => {
    project.destroy();
    await client.end();
    await server.stop('immediate');
  });
  const rows = async (sql: string) => (await client.query(sql)).rows;
  /** The next transaction id that the server gives, and the ledger with each row's own. */
  const inspection = async () => ({
    next: await rows('SELECT pg_snapshot_xmax(pg_current_snapshot()) AS next'),
    ledger: await rows('SELECT xmin, * FROM slipway.ledger ORDER BY version'),
  });

  test.each(['up', 'plan', 'status --all', 'status --exit-code', 'wait --timeout 0', 'wait', 'up --json'])(
    '%s takes no transaction id and leaves every row of the ledger as it was',
    async (line) => {
      const before = await inspection();
      expect(before.ledger).toHaveLength(versions.length);
      expectSuccess(await slipway(line.split(' '), { cwd: project.directory, env }));
      expect(await inspection()).toEqual(before);
    },
  );

  test.each([
    ['up', 1],
    ['wait --timeout 0', 1],
    ['plan', 1],
    // The second searches for what other tools left.
    ['status', 2],
  ])('%s is one connection and its queries: %i', async (line, queries) => {
    const tap = await tapWire(server.port);
    try {
      const options = { cwd: project.directory, env: { ...env, PGPORT: String(tap.port) } };
      expectSuccess(await slipway(line.split(' '), options));
      const handshake = tap.sent.filter((type) => type === 'p');
      expect(tap.sent).toEqual([...handshake, ...Array(queries).fill('Q'), 'X']);
    } finally {
      await tap.close();
    }
  });

  test.each(['plan', 'status', 'wait --timeout 0', 'up'])(
    '%s needs no more than ACCESS SHARE of any relation, and not the lock of the app',
    async (line) => {
      await client.query('BEGIN');
      try {
        for (const { name } of await rows(
          `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND (relnamespace IN ('slipway'::regnamespace, 'trading'::regnamespace)
             OR oid IN ('pg_class'::regclass, 'pg_attribute'::regclass, 'pg_trigger'::regclass))`,
        )) {
          await client.query(`LOCK TABLE ${name} IN EXCLUSIVE MODE`);
        }
        await client.query(
          `SELECT pg_advisory_xact_lock(${advisoryKey({ schema: 'slipway', app: 'default' })})`,
        );
        expectSuccess(await slipway(line.split(' '), { cwd: project.directory, env }));
      } finally {
        await client.query('ROLLBACK');
      }
    },
  );

  test('nobody queues for long behind who holds the ledger: 75', async () => {
    await client.query('BEGIN; LOCK TABLE slipway.ledger IN ACCESS EXCLUSIVE MODE');
    try {
      const lines = ['plan', 'status', 'wait --timeout 0', 'up'];
      const runs = lines.map((line) => slipway(line.split(' '), { cwd: project.directory, env }));
      for (const [index, result] of (await Promise.all(runs)).entries()) {
        // Without time to wait, wait queues once.
        const names = lines[index]?.startsWith('wait')
          ? /the database is busy: .*lock timeout$/
          : /the database is busy: .*5 times/;
        expectFailure(result, { code: 75, names, remedy: /pg_locks/ });
      }
    } finally {
      await client.query('ROLLBACK');
    }
  });
});
