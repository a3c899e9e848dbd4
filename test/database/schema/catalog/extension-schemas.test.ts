import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, makeInstance } from '../../../support/instance.ts';
import { makeProject, type Project } from '../../../support/project.ts';
import { expectSuccess } from '../../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../../support/slipway.ts';

jest.setTimeout(120_000);

/**
 * Extensions that come with a schema: `named_space` names one in its control file, which CREATE EXTENSION makes before
 * the extension, so that it is no member; the script of `made_space` makes one, which is.
 */
const extensions = {
  'named_space.control':
    "comment = 'names its schema'\ndefault_version = '1'\nrelocatable = false\nschema = named\n",
  'named_space--1.sql': 'CREATE TABLE @extschema@.kept (id int);\n',
  'made_space.control': "comment = 'makes its schema'\ndefault_version = '1'\nrelocatable = false\n",
  'made_space--1.sql': 'CREATE SCHEMA made; CREATE TABLE made.kept (id int, n int);\n',
};

const baseline = `-- slipway: version 20260101000000
CREATE EXTENSION named_space;
CREATE EXTENSION made_space;
CREATE TABLE named.mine (id int PRIMARY KEY);
CREATE TABLE made.mine (id int PRIMARY KEY, n int);
CREATE TYPE made.mood AS ENUM ('ok');
CREATE FUNCTION made.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE STATISTICS made.of_mine ON id, n FROM made.mine;
COMMENT ON SCHEMA named IS 'of the project';
INSERT INTO made.mine VALUES (1, 2);
`;
/** What is the extension's, and what is said of it: pg_dump leaves it out, or the extension brings it. */
const ofTheExtension = `
COMMENT ON SCHEMA made IS 'of the extension';
GRANT USAGE ON SCHEMA made TO PUBLIC;
CREATE STATISTICS made.of_kept ON id, n FROM made.kept;
COMMENT ON STATISTICS made.of_kept IS 'of the extension';
CREATE INDEX kept_id ON made.kept (id);
COMMENT ON INDEX made.kept_id IS 'of the extension';
`;

let server: Instance;
let project: Project;

beforeAll(async () => {
  server = await makeInstance();
  const folder = join(server.data, 'offered');
  for (const path of [folder, join(folder, 'extension')]) {
    mkdirSync(path);
    chmodSync(path, 0o755);
  }
  for (const [name, text] of Object.entries(extensions)) writeFileSync(join(folder, 'extension', name), text);
  await server.start({ extension_control_path: `${folder}:$system` });
  await server.query('CREATE DATABASE app');
  project = makeProject({ 'sql/baseline.sql': baseline + ofTheExtension });
});
afterAll(async () => {
  project?.destroy();
  await server?.destroy();
});

const run = (line: string, { directory } = project, database = 'app'): Promise<SlipwayResult> =>
  slipway(line.split(' '), {
    cwd: directory,
    env: {
      ...server.env(database),
      SLIPWAY_SHADOW_URL: `postgresql://${server.user}:${encodeURIComponent(server.password)}@${server.host}:${server.port}/postgres?sslmode=disable`,
      SLIPWAY_WAIT_TIMEOUT: '5s',
    },
  });
const read = (path: string): string => readFileSync(project.path(path), 'utf8');

const objects = [
  'column made.mine.id',
  'column made.mine.n',
  'column named.mine.id',
  'column order made.mine',
  'column order named.mine',
  'comment schema named',
  'constraint made.mine.mine_pkey',
  'constraint named.mine.mine_pkey',
  'extension made_space',
  'extension named_space',
  'extension version made_space',
  'extension version named_space',
  'function made.one()',
  'schema named',
  'statistics made.of_mine',
  'table made.mine',
  'table named.mine',
  'type made.mood',
];

test('what users make in the schema of an extension is described; the schema that its script made is the extension’s', async () => {
  expectSuccess(await run('check --write'));
  expect(Object.keys(JSON.parse(read('sql/schema.lock.json')).baseline.objects).sort()).toEqual(objects);
  expectSuccess(await run('check'));
});

test('what is changed or dropped there is drift', async () => {
  expectSuccess(await run('up'));
  expectSuccess(await run('status --drift --exit-code'));
  await server.query('ALTER TABLE made.mine DROP COLUMN n; DROP FUNCTION made.one()', 'app');
  const { code, stdout } = await run('status --drift --json');
  expect({
    code,
    found: (JSON.parse(stdout).drift.differences as { kind: string; object: string; severity: string }[]).map(
      ({ kind, object, severity }) => `${kind} ${object}: ${severity}`,
    ),
  }).toEqual({
    code: 0,
    found: [
      'missing function made.one(): drift',
      'missing statistics made.of_mine: reported',
      'missing column made.mine.n: drift',
    ],
  });
  expectSuccess(await run('repair --write-fix fix.sql'));
  expectSuccess(await run('repair --fix fix.sql'));
  expectSuccess(await run('status --drift --exit-code'));
});

test('new --from changes what stands there, and brings what an extension makes before what stands in it', async () => {
  project.write('desired.sql', baseline.replace('n int)', 'n bigint, note text)').replace(/^INSERT.*$/m, ''));
  const { stdout } = expectSuccess(await run('new note --from desired.sql --json'));
  const { files, problems } = JSON.parse(stdout) as { files: string[]; problems: string[] };
  expect(problems).toEqual([]);
  expect(
    files.map((file) =>
      read(file)
        .replace(/^ *--.*\n/gm, '')
        .trim(),
    ),
  ).toEqual([
    'ALTER TABLE made.mine\n  ALTER COLUMN n TYPE bigint,\n  ADD COLUMN note text;',
    'ALTER TABLE made.mine\n  DROP COLUMN note,\n  ALTER COLUMN n TYPE integer;',
  ]);
  expectSuccess(await run('check --write'));
  expectSuccess(await run('up'));
});

test('new --from brings an extension before what stands in its schema, and its down file takes both away', async () => {
  const other = makeProject({
    'sql/baseline.sql': '-- slipway: version 20260101000000\nCREATE TABLE public.t (id int);\n',
    'desired.sql': `CREATE TABLE public.t (id int);\n${baseline.replace(/^INSERT.*$/m, '')}`,
  });
  try {
    await server.query('CREATE DATABASE other');
    const runOther = (line: string): Promise<SlipwayResult> => run(line, other, 'other');
    expectSuccess(await runOther('check --write'));
    expectSuccess(await runOther('up'));
    const { stdout } = expectSuccess(await runOther('new extensions --from desired.sql --json'));
    expect(JSON.parse(stdout).problems).toEqual([]);
    expectSuccess(await runOther('check --write'));
    expectSuccess(await runOther('up'));
    expect((await runOther('new again --from desired.sql')).stdout).toMatch(/^nothing differs/);
    expectSuccess(await runOther('down'));
    const left = await server.query(
      "SELECT nspname FROM pg_namespace WHERE nspname IN ('named', 'made') UNION ALL SELECT extname FROM pg_extension WHERE extname LIKE '%space'",
      'other',
    );
    expect(left).toEqual([]);
  } finally {
    other.destroy();
  }
});

test('squash writes it all, in an order that loads, and the database that came otherwise is of it', async () => {
  expectSuccess(await run('squash --carried-by 1.0'));
  const squashed = read('sql/baseline.sql');
  expect(squashed.match(/^(?:CREATE (?:SCHEMA|EXTENSION|TABLE|TYPE)|COMMENT|INSERT).*$/gm)).toEqual([
    'CREATE SCHEMA IF NOT EXISTS named;',
    "COMMENT ON SCHEMA named IS 'of the project';",
    'CREATE EXTENSION IF NOT EXISTS made_space SCHEMA public;',
    'CREATE EXTENSION IF NOT EXISTS named_space SCHEMA named;',
    "CREATE TYPE made.mood AS ENUM ('ok');",
    'CREATE TABLE made.mine (',
    'CREATE TABLE named.mine (',
    'INSERT INTO made.mine (id, n, note) VALUES',
  ]);
  expectSuccess(await run('check'));
  expectSuccess(await run('status --drift --exit-code'));
});
