import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createDatabase, named, sweptMajors, type TestDatabase } from '../../support/database.ts';
import { shadowOf } from '../../support/locked.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectSuccess } from '../../support/scene.ts';
import { newSecret } from '../../support/secrets.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';

jest.setTimeout(300_000);

const emptyLock = (privileges: boolean): string =>
  JSON.stringify({
    format: 1,
    snapshotFormat: 2,
    app: 'default',
    options: { ignore: [], privileges },
    baseline: { version: null, checksum: null, objects: {} },
    migrations: {},
    superseded: [],
  });

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let project: Project;
  const roles: string[] = [];

  const run = (args: string[], env: Record<string, string> = {}): Promise<SlipwayResult> =>
    slipway(args, {
      cwd: project.directory,
      env: { ...database.env, ...shadowOf({ database }), SLIPWAY_WAIT_TIMEOUT: '5s', ...env },
    });
  const given = async (baseline: string, privileges = false): Promise<void> => {
    project = makeProject({
      'sql/baseline.sql': `-- slipway: version 20250101000000\n${baseline}`,
      'sql/schema.lock.json': emptyLock(privileges),
    });
    expectSuccess(await run(['check', '--write']));
  };
  const read = (path: string): string => readFileSync(project.path(path), 'utf8');
  const locked = (): string[] => Object.keys(JSON.parse(read('sql/schema.lock.json')).baseline.objects);
  const role = async (password: string | null): Promise<string> => {
    const name = `beside_${randomBytes(4).toString('hex')}`;
    await database.query(`CREATE ROLE ${name}${password === null ? '' : ` LOGIN PASSWORD '${password}'`}`);
    roles.push(name);
    return name;
  };

  beforeEach(async () => {
    database = await createDatabase(major);
  });
  afterEach(async () => {
    const subscriptions = await database.query<{ subname: string }>(
      'SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()',
    );
    for (const { subname } of subscriptions)
      await database.query(
        `ALTER SUBSCRIPTION ${subname} SET (slot_name = NONE); DROP SUBSCRIPTION ${subname}`,
      );
    for (const name of roles) await database.query(`DROP OWNED BY ${name}`);
    await database.drop();
    const other = await createDatabase(major);
    for (const name of roles.splice(0).reverse()) await other.query(`DROP ROLE ${name}`);
    await other.drop();
    project?.destroy();
  });

  test("the ledger's own schema is in no lock: whatever role migrates may own it", async () => {
    const owner = await role(null);
    const password = newSecret();
    const mover = await role(password);
    await database.query(
      `GRANT ${owner} TO ${mover}; GRANT CREATE ON DATABASE ${database.name} TO ${mover}, ${owner}`,
    );
    await given(
      `CREATE SCHEMA own AUTHORIZATION ${owner}; CREATE TABLE own.t (id integer); ALTER TABLE own.t OWNER TO ${owner};`,
      true,
    );
    expect(locked().filter((object) => object.includes('slipway'))).toEqual([]);
    const env = { PGUSER: mover, PGPASSWORD: password };
    expectSuccess(await run(['up'], env));
    const [found] = await database.query(
      `SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'slipway'`,
    );
    expect(found?.owner).toBe(mover);
    const { code, stdout } = await run(['status', '--drift', '--exit-code'], env);
    expect({ code, stdout }).toMatchObject({ code: 0 });
  });

  test('what a file says of a database by its name is said of the shadow while it is tried, and compared without the name', async () => {
    await given(
      `CREATE TABLE public.t (id integer);
       ALTER DATABASE ${database.name} SET work_mem = '9MB';
       ALTER ROLE postgres IN DATABASE "${database.name}" SET work_mem = '8MB';
       COMMENT ON DATABASE ${database.name} IS 'all of it';
       GRANT CREATE ON DATABASE ${database.name} TO pg_monitor;`,
      true,
    );
    const settings = `SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()`;
    expect(await database.query(settings)).toEqual([]);
    expect(locked().filter((object) => object.startsWith('database '))).toEqual([
      'database comment',
      'database privileges',
      'database setting work_mem',
      'database setting work_mem of postgres',
    ]);
    expectSuccess(await run(['up']));
    expect(await database.query(settings)).toHaveLength(2);
    const same = await run(['status', '--drift', '--exit-code']);
    expect(same.code).toBe(0);
    await database.query(`ALTER DATABASE ${database.name} SET work_mem = '7MB'`);
    const { stdout, code } = await run(['status', '--drift']);
    expect(stdout).toMatch(/~ database setting work_mem: changed \(reported only\)/);
    expect(code).toBe(0);
    expectSuccess(await run(['up']));
  });

  test('a database without the settings of the lock is adopted: they are of no version', async () => {
    await given(`CREATE TABLE public.t (id integer); ALTER DATABASE ${database.name} SET work_mem = '9MB';`);
    await database.query('CREATE TABLE public.t (id integer)');
    const { code, stderr } = await run(['up']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/adopted/);
  });

  test('a role that may read neither options nor connections is no worse off', async () => {
    const password = newSecret();
    const reader = await role(password);
    const secret = newSecret();
    await given(
      `CREATE EXTENSION postgres_fdw; CREATE TABLE public.t (id integer);
       CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
       CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'x', password 'not a secret');`,
    );
    expectSuccess(await run(['up'], { SLIPWAY_READERS: reader }));
    await database.query(
      `ALTER USER MAPPING FOR PUBLIC SERVER far OPTIONS (SET password '${secret}');
       CREATE SUBSCRIPTION sub_${reader} CONNECTION 'host=nowhere.example password=${secret}' PUBLICATION p WITH (connect = false)`,
    );
    const asReader = { PGUSER: reader, PGPASSWORD: password };
    const seen = await run(['status', '--drift'], asReader);
    expect(seen.code).toBe(0);
    expect(seen.stdout).toMatch(/user mapping public on far: options, where they may be read/);
    const owner = await run(['status', '--drift', '--json']);
    expect(JSON.stringify(JSON.parse(owner.stdout))).not.toContain(secret);
    expect(read('sql/schema.snapshot.json')).not.toContain('not a secret');
  });
});
