import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { named, sweptMajors } from '../../support/database.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { check, shadowOf, writeLock } from '../../support/locked.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const creations = (baseline: string | undefined): readonly string[] =>
  baseline?.match(/^CREATE EXTENSION .*$/gm) ?? [];

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  const scene = useScenes();

  test('squash and new --from write the version of an extension where the server would give it another one', async () => {
    const made = await scene(
      {
        'sql/baseline.sql':
          "-- slipway: version 20250101000000\nCREATE EXTENSION hstore VERSION '1.6';\nCREATE EXTENSION pg_trgm VERSION '1.4';\nCREATE EXTENSION citext;\n",
        'migrations/20250102000000_newer.sql': "ALTER EXTENSION pg_trgm UPDATE TO '1.5';\n",
        'desired.sql':
          "CREATE EXTENSION hstore VERSION '1.6';\nCREATE EXTENSION pg_trgm VERSION '1.5';\nCREATE EXTENSION citext;\nCREATE EXTENSION ltree VERSION '1.1';\n",
      },
      { major },
    );
    await writeLock(made);
    const { stdout } = expectSuccess(await made.run('new tree --from desired.sql --json', shadowOf(made)));
    const { files } = JSON.parse(stdout) as { files: string[] };
    expect(creations(filesOf(made)[files[0] ?? ''])).toEqual([
      "CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public VERSION '1.1';",
    ]);
    for (const file of files) made.project.remove(file);
    expectSuccess(await squash(made));
    expect(creations(filesOf(made)['sql/baseline.sql'])).toEqual([
      'CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;',
      "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public VERSION '1.6';",
      "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public VERSION '1.5';",
    ]);
    expectSuccess(await check(made));
    expectSuccess(await made.run('up'));
    expect(
      await made.database.query(
        "SELECT extname, extversion FROM pg_extension WHERE extname IN ('hstore', 'pg_trgm') ORDER BY 1",
      ),
    ).toEqual([
      { extname: 'hstore', extversion: '1.6' },
      { extname: 'pg_trgm', extversion: '1.5' },
    ]);
  });
});

describe('a server that gives an extension another version by itself', () => {
  let server: Instance;
  let project: Project;
  let folder: string;

  const give = (version: string): void =>
    writeFileSync(join(folder, 'extension', 'given.control'), `default_version = '${version}'\n`);

  beforeAll(async () => {
    server = await makeInstance();
    folder = join(server.data, 'offered');
    for (const path of [folder, join(folder, 'extension')]) {
      mkdirSync(path);
      chmodSync(path, 0o755);
    }
    for (const version of ['1', '2'])
      writeFileSync(join(folder, 'extension', `given--${version}.sql`), 'CREATE TABLE kept (id int);\n');
    await server.start({ extension_control_path: `${folder}:$system` });
    project = makeProject({
      'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE EXTENSION given;\n',
      'migrations/20250102000000_t.sql': 'CREATE TABLE public.t (id int PRIMARY KEY);\n',
    });
  });
  afterAll(async () => {
    project?.destroy();
    await server?.destroy();
  });

  const run = (line: string): Promise<SlipwayResult> =>
    slipway(line.split(' '), {
      cwd: project.directory,
      env: {
        ...server.env(),
        SLIPWAY_SHADOW_URL: `postgresql://${server.user}:${encodeURIComponent(server.password)}@${server.host}:${server.port}/postgres?sslmode=disable`,
        SLIPWAY_WAIT_TIMEOUT: '5s',
      },
    });

  test('squash agrees with a lock of another server where check does', async () => {
    give('1');
    expectSuccess(await run('check --write'));
    give('2');
    expectSuccess(await run('check'));
    expectSuccess(await run('squash --carried-by 1.0'));
    expect(creations(readFileSync(project.path('sql/baseline.sql'), 'utf8'))).toEqual([
      'CREATE EXTENSION IF NOT EXISTS given SCHEMA public;',
    ]);
    expectSuccess(await run('check'));
  });
});
