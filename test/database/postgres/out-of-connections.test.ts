import type pg from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';

const version = '20250101000000';

let project: Project;
let instance: Instance;
beforeAll(async () => {
  project = makeProject({ [`migrations/${version}_first.sql`]: 'CREATE TABLE public.first (n int);' });
  instance = await makeInstance();
  instance.writeHba('host all postgres 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust');
  await instance.start({ max_connections: '6', superuser_reserved_connections: '3' });
});
afterAll(async () => {
  await instance.destroy();
  project.destroy();
});

const options = (name: string, waitTimeout: string) => ({
  cwd: project.directory,
  env: { ...instance.env(name), PGUSER: name, SLIPWAY_WAIT_TIMEOUT: waitTimeout },
});

interface Limit {
  readonly title: string;
  readonly name: string;
  readonly limit: string;
  readonly lift: string;
  readonly names: string;
}

const limits: readonly Limit[] = [
  {
    title: "the role's",
    name: 'by_role',
    limit: 'ALTER ROLE by_role CONNECTION LIMIT 0',
    lift: 'ALTER ROLE by_role CONNECTION LIMIT -1',
    names: 'too many connections for role "by_role"',
  },
  {
    title: "the database's",
    name: 'by_database',
    limit: 'ALTER DATABASE by_database CONNECTION LIMIT 0',
    lift: 'ALTER DATABASE by_database CONNECTION LIMIT -1',
    names: 'too many connections for database "by_database"',
  },
  {
    title: "the server's",
    name: 'by_server',
    limit: '',
    lift: '',
    names: 'remaining connection slots are reserved for roles with the SUPERUSER attribute',
  },
];

/** Takes every connection that a role without privileges can have. */
async function takeAll(name: string): Promise<readonly pg.Client[]> {
  const clients: pg.Client[] = [];
  for (let n = 0; n < 3; n += 1) clients.push(await instance.connect('postgres', name));
  return clients;
}

test.each(limits)(
  '$title limit: 75 with what to raise; waited for, and gone on when there is room',
  async ({ name, limit, lift, names }) => {
    await instance.query(`CREATE ROLE ${name} LOGIN`);
    await instance.query(`CREATE DATABASE ${name} OWNER ${name}`);
    const taken = limit === '' ? await takeAll(name) : [];
    if (limit !== '') await instance.query(limit);
    const patient = startSlipway(['up'], options(name, '60s'));
    const said = await patient.waitForLog(({ reason }) => reason === 'slots');
    expect(said.msg).toContain(`127.0.0.1:${instance.port} has no connection left: ${names}`);
    expectFailure(await slipway(['up'], options(name, '0')), {
      code: 75,
      names: new RegExp(`127.0.0.1:${instance.port} has no connection left: ${names} \\(gave up after`),
      remedy: new RegExp(
        `max_connections, or what ALTER ROLE "${name}" or ALTER DATABASE "${name}" CONNECTION LIMIT has set`,
      ),
    });
    const database: Pick<TestDatabase, 'query'> = { query: (sql) => instance.query(sql, name) };
    expect(await statesOf(database)).toEqual([]);
    if (lift !== '') await instance.query(lift);
    await Promise.all(taken.map((client) => client.end()));
    expectSuccess(await patient.done);
    expect(await statesOf(database)).toEqual([`${version}:done`]);
  },
);
