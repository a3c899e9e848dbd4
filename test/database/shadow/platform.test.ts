import { existsSync, readFileSync } from 'node:fs';
import { administer } from '../../support/database.ts';
import { generate, generated } from '../../support/generated.ts';
import { check, shadowOf, writeLock } from '../../support/locked.ts';
import { platformFiles, platformRoles, richPlatform } from '../../support/platform.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { shadowOwner } from '../../support/shadow-owner.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const scene = useScenes();
const made: { readonly major: number; readonly roles: readonly string[] }[] = [];
let count = 0;

/** The example, with roles of its own, which are gone after the tests. */
async function example(more: Readonly<Record<string, string>> = {}): Promise<Scene & { prefix: string }> {
  const prefix = `p${process.pid}_${++count}_`;
  const one = await scene({ ...platformFiles(prefix), ...more });
  made.push({ major: one.database.major, roles: platformRoles(prefix) });
  return Object.assign(one, { prefix });
}

/** The same, whose database is one that the platform made. */
async function onPlatform(more: Readonly<Record<string, string>> = {}) {
  const one = await example(more);
  await administer(
    one.database.major,
    platformRoles(one.prefix)
      .map((role) => `CREATE ROLE ${role}`)
      .join('; '),
  );
  await one.database.query(richPlatform(one.prefix));
  return one;
}

afterAll(async () => {
  for (const { major, roles } of made) await administer(major, `DROP ROLE IF EXISTS ${roles.join(', ')}`);
});

const read = ({ project }: Scene, path: string): string => readFileSync(project.path(path), 'utf8');
const lockedObjects = (one: Scene): string[] =>
  Object.keys(JSON.parse(read(one, 'sql/schema.lock.json')).baseline.objects);
/** What differs and is not an extra that decides nothing. */
const driftIn = (stdout: string): string[] =>
  JSON.parse(stdout)
    .drift.differences.filter(({ severity }: { severity: string }) => severity === 'drift')
    .map(({ object }: { object: string }) => object);
const ofPlatform = /\b(?:auth|extensions)\b/;
const version = '20260212100000';

describe('sql/shadow.sql', () => {
  test('makes on each shadow what the baseline depends on; nothing of it is in the lock or the snapshot', async () => {
    const one = await example();
    const shadowSql = read(one, 'sql/shadow.sql');
    one.project.remove('sql/shadow.sql');
    expectFailure(await check(one, '--write'), {
      code: 65,
      names: /schema "extensions" does not exist/,
      remedy: /image or cloud provides it .* make it in sql\/shadow\.sql, which runs on shadows alone/,
      place: 'sql/baseline.sql:5:38',
    });
    one.project.write('sql/shadow.sql', shadowSql);
    expectSuccess(await check(one, '--write'));
    expect(lockedObjects(one).filter((object) => ofPlatform.test(object))).toEqual([
      'trigger auth.users.make_profile',
    ]);
    const texts = JSON.parse(read(one, 'sql/schema.snapshot.json'));
    expect(Object.keys(texts.objects).filter((object) => ofPlatform.test(object))).toEqual([
      'trigger auth.users.make_profile',
    ]);
    expectSuccess(await check(one));
  });

  test('is never run on a database of a user', async () => {
    const one = await example();
    await writeLock(one);
    expect((await one.run('up')).code).toBe(65);
    expect(await one.database.query(`SELECT to_regnamespace('auth') AS auth`)).toEqual([{ auth: null }]);
  });

  test('serves a database that has more of the platform than it says: up, drift, down', async () => {
    const one = await onPlatform();
    await writeLock(one);
    expectSuccess(await one.run('up'));
    const drift = await one.run('status --drift --exit-code --json');
    expect({ code: drift.code, differences: driftIn(drift.stdout) }).toEqual({
      code: 0,
      differences: [],
    });
    expectSuccess(await one.run('down'));
    await one.database.query(`DROP TRIGGER make_profile ON auth.users`);
    const without = await one.run('up');
    expect(without.code).toBe(85);
    expect(without.stderr).toContain('trigger auth.users.make_profile');
  });
});

describe('where a statement of it fails', () => {
  test.each([
    [
      'a table that is not there',
      'CREATE TABLE a (x int);\n\n  SELECT b FROM c;\n',
      65,
      /relation "c" does not exist/,
      'sql/shadow.sql:3:17',
    ],
    [
      'a transaction of its own',
      'CREATE SCHEMA a;\nCOMMIT;\n',
      65,
      /COMMIT in a file that runs in a transaction/,
      'sql/shadow.sql:2:1',
    ],
    [
      'no-transaction',
      '-- slipway: no-transaction\nCREATE SCHEMA a;\n',
      65,
      /the file for shadows asks for no-transaction/,
      'sql/shadow.sql:1:1',
    ],
    ['a command of psql', 'CREATE SCHEMA a;\n\\connect b\n', 65, /connect/, 'sql/shadow.sql:2:1'],
    [
      'an extension that nobody has',
      'CREATE EXTENSION no_such_extension;\n',
      78,
      /no_such_extension/,
      'sql/shadow.sql:1:1',
    ],
  ])('%s: its place, and a code that fits', async (_, text, code, names, place) => {
    const one = await scene({
      'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.t (x int);\n',
      'sql/shadow.sql': text,
    });
    expectFailure(await check(one, '--write'), { code, names, remedy: /./, place });
  });

  test('a role may not be made: 77, and what to grant to whom', async () => {
    const one = await example();
    const { env } = await shadowOwner(one);
    expectFailure(await one.run('check --write', env), {
      code: 77,
      names: /permission denied to create role/,
      remedy: /role of SLIPWAY_SHADOW_URL .*CREATEROLE/,
      place: 'sql/shadow.sql:3:1',
    });
  });

  test('a file with comments alone is none', async () => {
    const one = await scene({
      'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.t (x int);\n',
      'sql/shadow.sql': '-- later\n',
    });
    expectSuccess(await check(one, '--write'));
  });
});

describe('roles that it makes', () => {
  test('stay on a server that is not ours, which is said once; later runs leave them as they are', async () => {
    const one = await example();
    const first = expectSuccess(await check(one, '--write'));
    expect(first.logs.filter(({ event }) => event === 'roleMade').map(({ role }) => role)).toEqual(
      platformRoles(one.prefix),
    );
    const { rows } = await administer(
      one.database.major,
      `SELECT rolname FROM pg_roles WHERE rolname LIKE '${one.prefix}%' ORDER BY 1`,
    );
    expect(rows.map(({ rolname }: { rolname: string }) => rolname)).toEqual(platformRoles(one.prefix));
    await administer(one.database.major, `ALTER ROLE ${one.prefix}anon CONNECTION LIMIT 7`);
    const second = expectSuccess(await check(one));
    expect(second.logs.filter(({ event }) => event === 'roleMade')).toEqual([]);
    const kept = await administer(
      one.database.major,
      `SELECT rolconnlimit FROM pg_roles WHERE rolname = '${one.prefix}anon'`,
    );
    expect(kept.rows).toEqual([{ rolconnlimit: 7 }]);
  });

  test('three runs at once make them once, and all end well', async () => {
    const one = await example();
    const checks = await Promise.all([1, 2, 3].map(() => check(one, '--write')));
    expect(checks.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
  });
});

describe('squash', () => {
  test("writes what is the project's, its trigger on a table of the platform included", async () => {
    const one = await onPlatform();
    await writeLock(one);
    const before = filesOf(one)['sql/shadow.sql'];
    expectSuccess(await squash(one));
    const baseline = read(one, 'sql/baseline.sql');
    expect(baseline).not.toMatch(/CREATE (?:SCHEMA|EXTENSION|ROLE|TABLE auth)/);
    expect(baseline).toContain('CREATE TRIGGER make_profile AFTER INSERT ON auth.users');
    expect(filesOf(one)['sql/shadow.sql']).toBe(before);
    expectSuccess(await check(one));
    expectSuccess(await one.run('up'));
    expectSuccess(await one.run('status --drift --exit-code'));
  });

  test('keeps the rows that a migration writes into a table of the platform, and none that the platform brings', async () => {
    const rows = {
      'migrations/20260301000000_rows.sql':
        "INSERT INTO auth.users (id, email) VALUES ('00000000-0000-0000-0000-000000000002', 'ours');\n",
    };
    const one = await example(rows);
    one.project.write(
      'sql/shadow.sql',
      `${read(one, 'sql/shadow.sql')}INSERT INTO auth.users (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'theirs');\n`,
    );
    await writeLock(one);
    expectSuccess(await squash(one, '--freeze public.profiles.token'));
    const baseline = read(one, 'sql/baseline.sql');
    expect(baseline).toContain("'ours'");
    expect(baseline).not.toContain("'theirs'");
  });

  test('stops where a migration changes a row that the platform brings', async () => {
    const one = await example({
      'migrations/20260301000000_rows.sql': "UPDATE auth.users SET email = 'ours';\n",
    });
    one.project.write(
      'sql/shadow.sql',
      `${read(one, 'sql/shadow.sql')}INSERT INTO auth.users (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'theirs');\n`,
    );
    await writeLock(one);
    expectFailure(await squash(one), {
      code: 65,
      names: /new baseline does not load \(nothing was written\): .*users_pkey/,
      remedy: /rows that sql\/shadow\.sql writes: write them there/,
    });
  });

  const changing = {
    'migrations/20260301000000_change.sql':
      'ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;\nALTER TABLE auth.users ADD COLUMN plan text;\n',
  };

  test('stops where a migration changes what the platform owns, and keeps the statement', async () => {
    const one = await example(changing);
    const checked = expectSuccess(await check(one, '--write'));
    expect(
      checked.logs.filter(({ event }) => event === 'platform').map(({ file, objects }) => [file, objects]),
    ).toEqual([['migrations/20260301000000_change.sql', ['table auth.users']]]);
    const stopped = await squash(one);
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toContain(
      'it changes what sql/shadow.sql makes, which a new baseline does not include',
    );
    expect(stopped.stdout).toContain('    table auth.users');
    expectSuccess(await squash(one, '--carry migrations/20260301000000_change.sql:1'));
    const baseline = read(one, 'sql/baseline.sql');
    expect(baseline).toContain('ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;');
    expect(baseline).toContain('ALTER TABLE auth.users ADD COLUMN plan text;');
    expectSuccess(await check(one));
  });
});

describe('what is generated', () => {
  test('new --from a file of SQL has nothing of the platform', async () => {
    const one = await example();
    await writeLock(one);
    one.project.write(
      'desired.sql',
      `${read(one, 'sql/baseline.sql')}${read(one, `migrations/${version}_add_notes.sql`)}CREATE TABLE public.tags (name text PRIMARY KEY, owner uuid REFERENCES auth.users (id));\n`,
    );
    const run = expectSuccess(await one.run('new tags --from desired.sql --json', shadowOf(one)));
    const { files, problems } = JSON.parse(run.stdout);
    expect(problems).toEqual([]);
    expect(
      read(one, files[0])
        .replaceAll(/^--.*\n/gm, '')
        .trim(),
    ).toBe(
      'CREATE TABLE public.tags (\n  name text PRIMARY KEY,\n  owner uuid\n);\n\nALTER TABLE public.tags ADD CONSTRAINT tags_owner_fkey FOREIGN KEY (owner) REFERENCES auth.users (id);',
    );
    expect(
      read(one, files[1])
        .replaceAll(/^--.*\n/gm, '')
        .trim(),
    ).toBe('DROP TABLE public.tags;');
  });

  test("new --from a database of the platform takes what is in its schemas for the platform's", async () => {
    const one = await onPlatform();
    await writeLock(one);
    expectSuccess(await one.run('up'));
    await one.database.query(
      'ALTER TABLE public.notes ADD COLUMN pinned boolean; DROP SCHEMA storage CASCADE',
    );
    const url = `${one.database.url}?sslmode=disable`;
    expectSuccess(await generate(one, ['pinned', '--from', url], {}, { hasSecretArgument: true }));
    expect(
      generated(one)
        ['pinned.sql']?.replaceAll(/^--.*\n/gm, '')
        .trim(),
    ).toBe('ALTER TABLE public.notes ADD COLUMN pinned boolean;');
  });

  test('repair --write-fix leaves the platform alone', async () => {
    const one = await onPlatform();
    await writeLock(one);
    expectSuccess(await one.run('up'));
    await one.database.query(
      'DROP INDEX public.notes_profile_id_idx; DROP TRIGGER make_profile ON auth.users',
    );
    expectSuccess(await one.run('repair --write-fix fix.sql', shadowOf(one)));
    const fix = read(one, 'fix.sql');
    expect(fix.match(/^[A-Z].*auth\..*$/gm)).toEqual([
      'CREATE TRIGGER make_profile AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.make_profile();',
    ]);
    expectSuccess(await one.run('repair --fix fix.sql'));
    expectSuccess(await one.run('status --drift --exit-code'));
  });
});

test('the example of the docs holds on the embedded server, roles and all', async () => {
  const one = await scene(platformFiles(''));
  const env = { SLIPWAY_SHADOW_URL: undefined };
  expectSuccess(await one.run('check --write', env));
  const squashed = expectSuccess(await one.run('squash --carried-by 1.0', env));
  expect(squashed.logs.filter(({ event }) => event === 'roleMade')).toEqual([]);
  expect(existsSync(one.project.path(`migrations/superseded/${version}_add_notes.sql`))).toBe(true);
});
