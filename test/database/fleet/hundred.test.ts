import pg from 'pg';
import { administer, newestMajor, serverOf } from '../../support/database.ts';
import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Role, type Scene, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, startSlipway } from '../../support/slipway.ts';

const scene = useScenes(afterAll);

const first = '20250101000000';
const second = '20250102000000';
const total = 100;

/** What one database of the list has that the others have not. */
const broken = {
  drifted: {
    at: 3,
    exitCode: 85,
    sql: 'ALTER TABLE public.items ALTER n DROP DEFAULT',
    says: /does not match/,
  },
  foreign: {
    at: 20,
    exitCode: 81,
    sql: 'GRANT INSERT ON slipway.ledger TO PUBLIC',
    says: /ledger cannot be trusted/,
  },
  denied: { at: 41, exitCode: 77, sql: '', says: /permission|privilege|may not/ },
  failing: { at: 62, exitCode: 65, sql: 'INSERT INTO public.items VALUES (1, -1)', says: /positive/ },
  missing: { at: 99, exitCode: 78, sql: null, says: /does not exist/ },
} as const;

let site: Scene;
let stranger: Role;
/** The names in the order of the list. */
let names: string[];
const brokenAt = new Map<number, (typeof broken)[keyof typeof broken]>(
  Object.values(broken).map((one) => [one.at, one]),
);

const clientOf = async (database: string): Promise<pg.Client> => {
  const { host, port, user, password } = serverOf(newestMajor);
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  return client;
};

async function on<T extends pg.QueryResultRow>(database: string, sql: string): Promise<T[]> {
  const client = await clientOf(database);
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  site = await scene({
    [`migrations/${first}_items.sql`]: 'CREATE TABLE public.items (id int PRIMARY KEY, n int DEFAULT 1);',
  });
  expectSuccess(await site.run('up'));
  names = Array.from({ length: total }, (_, at) => `${site.database.name}_${at}`);
  // Where nothing is synced, half the work of the other way, which is all that there was up to 14.
  const strategy = newestMajor >= 15 ? 'STRATEGY file_copy' : '';
  for (const [at, name] of names.entries())
    if (brokenAt.get(at)?.sql !== null)
      await administer(newestMajor, `CREATE DATABASE ${name} TEMPLATE ${site.database.name} ${strategy}`);
  for (const [at, { sql }] of brokenAt) if (sql) await on(names[at] as string, sql);
  site.project.write(
    `migrations/${second}_positive.sql`,
    'ALTER TABLE public.items ADD CONSTRAINT positive CHECK (n > 0);',
  );
  await writeLock(site);
  stranger = await site.role();
  const { host, port } = serverOf(newestMajor);
  const lines = names.map((name, at) =>
    at === broken.denied.at
      ? `postgresql://${stranger.name}:${encodeURIComponent(String(stranger.env.PGPASSWORD))}@${host}:${port}/${name}?sslmode=disable`
      : name,
  );
  site.project.write('tenants.txt', `# all of them\n\n${lines.join('\n')}\n`);
}, 120_000);

afterAll(async () => {
  for (const name of names ?? [])
    await administer(newestMajor, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
});

interface Listed {
  readonly database: string;
  readonly exitCode: number;
  readonly state: string;
  readonly version: string | null;
  readonly head: string;
  readonly applied: number;
  readonly failure: { readonly message: string; readonly detail: string[] } | null;
}

const listed = ({ stdout }: SlipwayResult): Listed[] => JSON.parse(stdout).databases;

/** What each database that works has in its ledger, with the transaction that wrote it. */
async function ledgers(): Promise<ReadonlyMap<string, unknown>> {
  const well = names.filter((_, at) => !brokenAt.has(at));
  const sql = 'SELECT version, state, xmin::text FROM slipway.ledger ORDER BY version';
  return new Map(await Promise.all(well.map(async (name) => [name, await on(name, sql)] as const)));
}

/** More at a time than Node lets listen to one signal without a word. */
const up = () =>
  startSlipway('up --each tenants.txt --parallel 12 --json --wait-timeout 5s'.split(' '), {
    cwd: site.project.directory,
    env: site.database.env,
  }).done;

test('of 100 databases the 95 that can be are brought to head, and 5 are named with their reasons', async () => {
  const result = await up();
  const failure = expectFailure(result, {
    code: 65,
    names: /^95 of 100 databases at head \(95 brought there now\), 5 failed, in /,
    remedy: /Correct what is said of each and start again/,
  });
  expect(failure.detail).toHaveLength(5);
  const { result: word, summary, error } = JSON.parse(result.stdout);
  expect({ word, summary, error }).toMatchObject({
    word: 'failed',
    summary: { total: 100, atHead: 95, brought: 95, failed: 5, interrupted: 0, notBegun: 0 },
    error: { exitCode: 65, detail: expect.any(Array) },
  });
  const databases = listed(result);
  const { host, port } = serverOf(newestMajor);
  expect(databases.map(({ database }) => database)).toEqual(
    names.map((name, at) => (at === broken.denied.at ? `${host}:${port}/${name}` : name)),
  );
  for (const [at, one] of databases.entries()) {
    const { exitCode = 0, says = null } = brokenAt.get(at) ?? {};
    expect({ at, ...one }).toMatchObject({ at, exitCode, head: second });
    if (says) expect([one.failure?.message, ...(one.failure?.detail ?? [])].join('\n')).toMatch(says);
    else expect(one).toMatchObject({ state: 'atHead', version: second, applied: 1, failure: null });
  }
  const said = result.logs.filter(({ event }) => event === 'databaseDone' || event === 'databaseFailed');
  expect(said.map(({ database }) => database).sort()).toEqual(
    databases.map(({ database }) => database).sort(),
  );
  expect(result.stdout + result.stderr).not.toContain(stranger.env.PGPASSWORD);
  expect(result.stderr).not.toContain('Warning');
  // Nothing of a database goes on when its turn is over.
  const over = new Set<unknown>();
  for (const { event, database } of result.logs) {
    expect({ event, database, isOver: over.has(database) }).toMatchObject({ isOver: false });
    if (event === 'databaseDone' || event === 'databaseFailed') over.add(database);
  }
}, 60_000);

test('a second run takes up what is left, and touches nothing of the 95', async () => {
  const before = await ledgers();
  await on(names[broken.failing.at] as string, 'DELETE FROM public.items WHERE n < 0');
  const result = await up();
  expect(result.code).toBe(77);
  expect(JSON.parse(result.stdout).summary).toMatchObject({ atHead: 96, brought: 1, failed: 4 });
  const mended = listed(result).filter(({ applied }) => applied > 0);
  expect(mended.map(({ database }) => database)).toEqual([names[broken.failing.at]]);
  expect(await ledgers()).toEqual(before);
}, 60_000);

test('status shows of each how far it is, and changes nothing', async () => {
  const before = await ledgers();
  const result = await site.run('status --each tenants.txt --wait-timeout 5s');
  expect(result.code).toBe(77);
  const lines = result.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(total + 3);
  expect(lines[1]).toMatch(new RegExp(`^${names[0]} +managed +${second} +at head$`));
  expect(lines[broken.drifted.at + 1]).toMatch(/ managed +\d+ +refused: .*does not match/);
  expect(lines.at(-1)).toMatch(
    /^96 of 100 databases at head, 2 that up would refuse, 2 that could not be inspected;/,
  );
  expect(await ledgers()).toEqual(before);
}, 60_000);
