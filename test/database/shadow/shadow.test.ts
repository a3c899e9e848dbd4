import { administer, serverOf } from '../../support/database.ts';
import { check, shadowOf, writeLock } from '../../support/locked.ts';
import { pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { shadowOwner } from '../../support/shadow-owner.ts';
import { startSlipway } from '../../support/slipway.ts';

const scene = useScenes();
const baseline = '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n';
const files = { 'sql/baseline.sql': baseline };

/** A scene whose shadows belong to a role of their own, so that those of other tests are not counted. */
async function withOwner(more: Readonly<Record<string, string>> = {}) {
  const made = await scene({ ...files, ...more });
  const { name, env, shadows } = await shadowOwner(made);
  return { made, env, shadows, owner: name };
}

test('the database is gone after success and after failure, and the configured one is not touched', async () => {
  const { made, env, shadows } = await withOwner();
  const before = await made.fingerprint();
  expectSuccess(await made.run('check --write', env));
  expect(await shadows()).toEqual([]);
  made.project.write('migrations/20250102000000_b.sql', 'SELECT 1/0;\n');
  expect((await made.run('check', env)).code).toBe(65);
  expect(await shadows()).toEqual([]);
  expect(await made.fingerprint()).toEqual(before);
});

test('nothing of the configuration leads a migration anywhere else than to the shadow', async () => {
  const { made, env } = await withOwner({
    'migrations/20250102000000_index.sql':
      '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON public.a (x);\n',
  });
  const before = await made.fingerprint();
  const { url } = made.database;
  expectSuccess(
    await made.run('check --write', {
      ...env,
      DATABASE_URL: url,
      SLIPWAY_DIRECT_URL: url,
      SLIPWAY_ROLE: 'nobody_has_this_role',
      SLIPWAY_CREATE_DATABASE: 'on',
    }),
  );
  expect(await made.fingerprint()).toEqual(before);
});

if (pgbouncer !== null) {
  test('not behind a pooler either, where SLIPWAY_DIRECT_URL names a way around', async () => {
    const made = await scene({
      ...files,
      'migrations/20250102000000_index.sql':
        '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON public.a (x);\n',
    });
    await made.database.query('CREATE TABLE public.a (x int)');
    const before = await made.fingerprint();
    const pooler = await startPooler(serverOf(made.database.major), 'session', 5);
    try {
      const url = new URL(made.database.url);
      url.port = String(pooler.port);
      url.hostname = '127.0.0.1';
      url.search = '?sslmode=disable';
      const env = { SLIPWAY_SHADOW_URL: url.href, SLIPWAY_DIRECT_URL: made.database.url };
      expectSuccess(await made.run('check --write', env));
    } finally {
      await pooler.stop();
    }
    expect(await made.fingerprint()).toEqual(before);
  });
}

/** A migration that stands still until somebody ends it. */
const still = { 'migrations/20250102000000_still.sql': 'SELECT pg_sleep(300);\n' };

test('after SIGTERM in the middle of a migration the database is gone: 143', async () => {
  const { made, env, shadows } = await withOwner(still);
  const run = startSlipway(['check', '--write'], { cwd: made.project.directory, env });
  await sleepsIn(made, shadows);
  run.kill('SIGTERM');
  expect((await run.done).code).toBe(143);
  expect(await shadows()).toEqual([]);
});

test('what a killed run left is removed by a later one, once it is old and nobody is in it', async () => {
  const { made, env, shadows, owner } = await withOwner(still);
  const run = startSlipway(['check', '--write'], { cwd: made.project.directory, env });
  const left = await sleepsIn(made, shadows);
  run.kill('SIGKILL');
  expect((await run.done).signal).toBe('SIGKILL');
  await administer(
    made.database.major,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${left}'`,
  );
  made.project.remove('migrations/20250102000000_still.sql');
  expectSuccess(await made.run('check --write', env));
  expect(await shadows()).toEqual([left]);

  // Its name says when it was made: an hour ago.
  const old = `slipway_shadow_${Date.now() - 3_600_000}_0a0b0c0d`;
  await administer(made.database.major, `ALTER DATABASE ${left} RENAME TO ${old}`);
  const busy = `slipway_shadow_${Date.now() - 3_600_000}_0e0f0a0b`;
  await administer(made.database.major, `CREATE DATABASE ${busy} OWNER ${owner}`);
  const guest = await made.database.connect({ database: busy });
  // What is left where a server was stopped while it dropped one (PostgreSQL source, pg_database.h).
  const invalid = `slipway_shadow_${Date.now() - 3_600_000}_0a0a0a0a`;
  await administer(made.database.major, `CREATE DATABASE ${invalid} OWNER ${owner}`);
  await administer(
    made.database.major,
    `UPDATE pg_database SET datconnlimit = -2 WHERE datname = '${invalid}'`,
  );
  expectSuccess(await made.run('check', env));
  expect(await shadows()).toEqual([busy]);
  await guest.end();
  await administer(made.database.major, `DROP DATABASE ${busy} WITH (FORCE)`);
});

/** Waits until a migration sleeps in the only shadow database; returns its name. */
async function sleepsIn({ database }: Scene, shadows: () => Promise<string[]>): Promise<string> {
  for (;;) {
    const [name] = await shadows();
    const { rows } = await administer(
      database.major,
      `SELECT FROM pg_stat_activity WHERE datname = '${name ?? ''}' AND wait_event = 'PgSleep'`,
    );
    if (name !== undefined && rows.length > 0) return name;
  }
}

test("another role's old shadow database stands in nobody's way", async () => {
  const { made, env } = await withOwner();
  const foreign = `slipway_shadow_${Date.now() - 3_600_000}_0f0f0f0f`;
  await administer(made.database.major, `CREATE DATABASE ${foreign}`);
  try {
    expectSuccess(await made.run('check --write', env));
  } finally {
    await administer(made.database.major, `DROP DATABASE IF EXISTS ${foreign}`);
  }
});

test('a role without CREATEDB: 77', async () => {
  const made = await scene(files);
  const role = await made.role();
  const url = new URL(made.database.url);
  url.username = role.name;
  url.password = encodeURIComponent(role.env.PGPASSWORD ?? '');
  url.search = '?sslmode=disable';
  expectFailure(await made.run('check --write', { SLIPWAY_SHADOW_URL: url.href }), {
    code: 77,
    names:
      /the shadow database on the server of SLIPWAY_SHADOW_URL cannot be created: role "\w+" may not create databases/,
    remedy: /CREATEDB/,
  });
});

test('a server that is not there: 75', async () => {
  const made = await scene(files);
  const url = 'postgresql://nobody@127.0.0.1:1/none?sslmode=disable';
  expectFailure(await made.run('check --write', { SLIPWAY_SHADOW_URL: url, SLIPWAY_WAIT_TIMEOUT: '0' }), {
    code: 75,
    names: /127\.0\.0\.1:1 refuses connections/,
    remedy: /Is the server running/,
  });
});

describe('a role that the files name and the server does not have', () => {
  const granting = {
    'sql/baseline.sql': `${baseline}GRANT SELECT ON public.a TO "the app"; ALTER TABLE public.a OWNER TO the_owner;\n`,
  };

  test('is made on an embedded server', async () => {
    const made = await scene(granting);
    expectSuccess(await made.run('check --write'));
    expectSuccess(await made.run('check'));
  });

  test('is an error on a server of yours', async () => {
    const made = await scene(granting);
    expectFailure(await check(made, '--write'), {
      code: 65,
      names: /role "the app" does not exist/,
      remedy: /CREATE ROLE "the app"/,
      place: 'sql/baseline.sql:3:1',
    });
  });
});

test('several checks at once do not meet', async () => {
  const made = await scene(files);
  await writeLock(made);
  const results = await Promise.all([1, 2, 3].map(() => made.run('check', shadowOf(made))));
  for (const result of results) expectSuccess(result);
});
