import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';

jest.setTimeout(120_000);

const files = { 'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n' };

describe('Hostile and odd: a database or a shadow that cannot be made', () => {
  let server: Instance;
  let project: Project;
  const password = newSecret();
  beforeAll(async () => {
    project = makeProject(files);
    server = await makeInstance();
    await server.start();
    await server.query(`CREATE ROLE builder LOGIN CREATEDB PASSWORD '${password}';
      CREATE ROLE guest LOGIN PASSWORD '${password}'; CREATE ROLE owner NOLOGIN; CREATE ROLE stranger NOLOGIN;
      CREATE ROLE maker NOLOGIN CREATEDB; GRANT maker TO guest; GRANT owner TO builder`);
    await server.query('CREATE DATABASE other');
  });
  afterAll(async () => {
    project?.destroy();
    await server?.destroy();
  });

  let count = 0;
  /** Runs `up` on a database that is missing. */
  const up = (role: string, env: Record<string, string> = {}): Promise<SlipwayResult> => {
    count += 1;
    return slipway(['up'], {
      cwd: project.directory,
      env: {
        ...server.env(`made_${count}`),
        PGUSER: role,
        PGPASSWORD: role === server.user ? server.password : password,
        SLIPWAY_CREATE_DATABASE: 'on',
        SLIPWAY_WAIT_TIMEOUT: '5s',
        ...env,
      },
    });
  };
  /** Runs `check` with its shadow there. */
  const check = (role: string, env: Record<string, string> = {}): Promise<SlipwayResult> =>
    slipway(['check', '--write'], {
      cwd: project.directory,
      env: {
        SLIPWAY_SHADOW_URL: `postgresql://${role}:${encodeURIComponent(role === server.user ? server.password : password)}@${server.host}:${server.port}/other?sslmode=disable`,
        SLIPWAY_WAIT_TIMEOUT: '5s',
        ...env,
      },
    });
  /** Changes the server for as long as `work` takes. */
  const meanwhile = async <T>(change: string, undo: string, work: () => Promise<T>): Promise<T> => {
    await server.query(change, 'other');
    try {
      return await work();
    } finally {
      await server.query(undo, 'other');
    }
  };

  test('template1 is in use, and was made with another collation version: template0 is taken, 0', async () => {
    const guest = await server.connect('template1');
    await meanwhile(
      `UPDATE pg_database SET datcollversion = '0' WHERE datname = 'template1'`,
      `UPDATE pg_database SET datcollversion = NULL WHERE datname = 'template1'`,
      async () => void expectSuccess(await up('builder')),
    );
    await guest.end();
  });

  test('template0 is in use: 75 for the database and for a shadow', async () => {
    await server.query('ALTER DATABASE template0 ALLOW_CONNECTIONS true', 'other');
    const guest = await server.connect('template0');
    const [made, shadow] = await Promise.all([up('builder'), check('builder')]);
    for (const result of [made, shadow]) {
      const { remedy } = expectFailure(result, {
        code: 75,
        names: /cannot be created: its template is in use \(source database "template0" is being accessed/,
        remedy: /Somebody is connected to template0: end that session/,
      });
      expect(remedy).not.toMatch(/CREATEDB/);
    }
    await guest.end();
    await server.query('ALTER DATABASE template0 ALLOW_CONNECTIONS false', 'other');
  });

  test('template0 was made with another collation version: 78 for the database and for a shadow', () =>
    meanwhile(
      `UPDATE pg_database SET datcollversion = '0' WHERE datname = 'template0'`,
      `UPDATE pg_database SET datcollversion = NULL WHERE datname = 'template0'`,
      async () => {
        for (const result of await Promise.all([up('builder'), check('builder')])) {
          const { remedy } = expectFailure(result, {
            code: 78,
            names: /cannot be created: template database "template0" has a collation version/,
            remedy: /ALTER DATABASE template0 REFRESH COLLATION VERSION/,
          });
          expect(remedy).not.toMatch(/CREATEDB/);
        }
      },
    ));

  test('SLIPWAY_ROLE names a role that does not exist: 77', async () => {
    expectFailure(await up('builder', { SLIPWAY_ROLE: 'nobody_here' }), {
      code: 77,
      names: /SLIPWAY_ROLE names the role "nobody_here", which does not exist/,
      remedy: /CREATE ROLE "nobody_here"; GRANT "nobody_here" TO "builder"/,
    });
  });

  test('SLIPWAY_ROLE names a role that was not granted: 77', async () => {
    expectFailure(await up('builder', { SLIPWAY_ROLE: 'stranger' }), {
      code: 77,
      names: /SLIPWAY_ROLE names the role "stranger", which role "builder" cannot take/,
      remedy: /^GRANT "stranger" TO "builder"/,
    });
  });

  test('SLIPWAY_ROLE names a role that was granted: it owns the database, 0', async () => {
    expectSuccess(await up('builder', { SLIPWAY_ROLE: 'owner' }));
    const [row] = await server.query(
      `SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = 'made_${count}'`,
    );
    expect(row).toEqual({ owner: 'owner' });
  });

  test('a role without CREATEDB that SLIPWAY_ROLE gives it to: 0', async () => {
    expectSuccess(await up('guest', { SLIPWAY_ROLE: 'maker' }));
  });

  test('a role without CREATEDB: 77 for the database and for a shadow', async () => {
    for (const result of await Promise.all([up('guest'), check('guest')])) {
      expectFailure(result, {
        code: 77,
        names: /cannot be created: role "guest" may not create databases \(permission denied/,
        remedy: /ALTER ROLE "guest" CREATEDB/,
      });
    }
  });

  test('somebody else makes the database at the same time: 0', async () => {
    const database = `made_by_many`;
    const runs = Array.from({ length: 3 }, () => up(server.user, { PGDATABASE: database }));
    for (const result of await Promise.all(runs)) expectSuccess(result);
  });

  test('no database postgres on the server: template1 is connected to, 0', () =>
    meanwhile(
      'DROP DATABASE postgres',
      'CREATE DATABASE postgres',
      async () => void expectSuccess(await up('builder')),
    ));

  test('no database postgres, and a closed template1: 78', () =>
    meanwhile('DROP DATABASE postgres', 'CREATE DATABASE postgres', () =>
      meanwhile(
        'ALTER DATABASE template1 ALLOW_CONNECTIONS false',
        'ALTER DATABASE template1 ALLOW_CONNECTIONS true',
        async () => {
          const { detail } = expectFailure(await up('builder'), {
            code: 78,
            names: /the database "made_\d+" cannot be created: there is no other database to connect to/,
            remedy: /make one of them .* or make the database "made_\d+" by hand/,
          });
          expect(String(detail)).toMatch(
            /database "postgres" does not exist.*"template1" is not currently accepting/s,
          );
        },
      ),
    ));

  test('pg_hba.conf lets a role into neither postgres nor template1: 77', async () => {
    server.writeHba(
      'host postgres,template1 builder 127.0.0.1/32 reject',
      'host all all 127.0.0.1/32 scram-sha-256',
    );
    await server.waitForLog(/reload/);
    expectFailure(await up('builder'), {
      code: 77,
      names: /there is no other database to connect to/,
      remedy: /let role "builder" connect to it/,
    });
    server.writeHba('host all all 127.0.0.1/32 scram-sha-256');
    await server.waitForLog(/reload/);
  });

  test('a role that may connect to neither postgres nor template1: 77, and no wait', () =>
    meanwhile(
      'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC',
      'GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC',
      async () => {
        const result = await up('builder', { SLIPWAY_WAIT_TIMEOUT: '60s' });
        expectFailure(result, {
          code: 77,
          names: /there is no other database to connect to/,
          remedy: /let role "builder" connect to it/,
        });
        expect(result.ms).toBeLessThan(9_000);
      },
    ));
});

describe('Hostile and odd: a subscription in a migration, and what else keeps a shadow', () => {
  let server: Instance;
  beforeAll(async () => {
    server = await makeInstance();
    server.writeHba('host all trusted 127.0.0.1/32 trust', 'host all all 127.0.0.1/32 scram-sha-256');
    await server.start({ wal_level: 'logical', max_logical_replication_workers: '4' });
    await server.query('CREATE ROLE trusted LOGIN SUPERUSER');
    await server.query('CREATE DATABASE publisher');
    await server.query('CREATE TABLE public.a (x int); CREATE PUBLICATION p FOR TABLE public.a', 'publisher');
  });
  afterAll(async () => server?.destroy());

  const shadows = (): Promise<object[]> =>
    server.query(`SELECT datname FROM pg_database WHERE datname LIKE 'slipway\\_shadow\\_%'`);
  const connection = (): string => `host=127.0.0.1 port=${server.port} user=trusted dbname=publisher`;

  async function run(line: string, subscription: string): Promise<SlipwayResult> {
    const project = makeProject({ ...files, 'migrations/20250102000000_s.sql': `${subscription};\n` });
    try {
      return await slipway(line.split(' '), {
        cwd: project.directory,
        env: {
          SLIPWAY_SHADOW_URL: `postgresql://trusted@127.0.0.1:${server.port}/postgres?sslmode=disable`,
          SLIPWAY_WAIT_TIMEOUT: '5s',
        },
      });
    } finally {
      project.destroy();
    }
  }

  test('one that has not connected: its shadow is gone after check, 0', async () => {
    const { logs } = expectSuccess(
      await run(
        'check --write',
        `CREATE SUBSCRIPTION s CONNECTION 'host=nowhere dbname=x' PUBLICATION p WITH (connect = false, slot_name = 'of_production')`,
      ),
    );
    expect(logs.filter(({ event }) => event === 'shadowLeft' || event === 'subscription')).toEqual([]);
    expect(await shadows()).toEqual([]);
  });

  test('one that is running, with a slot that is another one: its shadow is gone, the slot stays, and both are said', async () => {
    await server.query(`SELECT pg_create_logical_replication_slot('of_production', 'pgoutput')`, 'publisher');
    const { logs } = expectSuccess(
      await run(
        'check --write',
        `CREATE SUBSCRIPTION "S 1" CONNECTION '${connection()}' PUBLICATION p WITH (create_slot = false, slot_name = 'of_production')`,
      ),
    );
    expect(await shadows()).toEqual([]);
    expect(await server.query('SELECT slot_name FROM pg_replication_slots')).toEqual([
      { slot_name: 'of_production' },
    ]);
    expect(logs.find(({ event }) => event === 'subscription')?.msg).toMatch(
      /the subscription "S 1" on a shadow as well: the slot "of_production"/,
    );
  });

  test.each([
    ['makes its database a template', 'IS_TEMPLATE true'],
    ['lets nobody into its database', 'ALLOW_CONNECTIONS false'],
    ['limits the connections to its database', 'CONNECTION LIMIT 0'],
  ])('a migration that %s: the shadow is gone', async (_, change) => {
    const alter = `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${change}', current_database()); END $$`;
    const { logs } = await run(
      'check --write',
      `${alter}; CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`,
    );
    expect(logs.filter(({ event }) => event === 'shadowLeft')).toEqual([]);
    expect(await shadows()).toEqual([]);
  });

  test('a migration after it fails: 65 for that, and its shadow is gone', async () => {
    const result = await run(
      'check --write',
      `CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false); SELECT 1 / 0`,
    );
    expectFailure(result, { code: 65, names: /division by zero/, remedy: /Correct/ });
    expect(await shadows()).toEqual([]);
  });

  test('one in a shadow that a killed run left: a later run removes it', async () => {
    const old = `slipway_shadow_${Date.now() - 3_600_000}_0a0b0c0d`;
    await server.query(`CREATE DATABASE ${old} OWNER trusted`);
    await server.query('CREATE TABLE public.a (x int)', old);
    await server.query(
      `CREATE SUBSCRIPTION s CONNECTION '${connection()}' PUBLICATION p WITH (create_slot = false, slot_name = 'of_production')`,
      old,
    );
    expectSuccess(await run('check --write', 'SELECT 1'));
    expect(await shadows()).toEqual([]);
  });
});
