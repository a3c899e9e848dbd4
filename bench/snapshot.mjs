/**
 * Measures the snapshot of 1,000 tables of 10 columns and 2 indexes each beside `pg_dump --schema-only` of the same,
 * what it takes to verify one migration there, and what the bundled example's snapshot adds to a start at head. All are
 * run in turn, so that a busy machine slows them alike. Each snapshot is the first thing a new session does, as in a
 * start of Slipway; connecting is not counted, while pg_dump connects by itself.
 *
 *   node bench/snapshot.mjs [RUNS]
 *
 * It needs a pg_dump (PG_DUMP names it), and takes a server of the same major from the same folder or from npm.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import pg from 'pg';
import { median, print } from './figures.mjs';

const runs = Number(process.argv[2] ?? 25);
const tables = 1000;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'slipway-bench-'));

const createTables = `
  CREATE SCHEMA app;
  DO $$ BEGIN FOR n IN 1..${tables} LOOP
    EXECUTE format('CREATE TABLE app.table_%s (id bigint NOT NULL, account_id bigint NOT NULL, name text NOT NULL,
      code character varying(40), amount numeric(12,2) DEFAULT 0, is_active boolean NOT NULL DEFAULT true, note text,
      payload jsonb, created_at timestamp with time zone NOT NULL DEFAULT now(), day date)', n);
    EXECUTE format('CREATE INDEX table_%1$s_account ON app.table_%1$s (account_id, created_at)', n);
    EXECUTE format('CREATE UNIQUE INDEX table_%1$s_code ON app.table_%1$s (code)', n);
  END LOOP; END $$`;

/** What a migration that adds a column and an index to one table has to be held against. */
const oneMigration = {
  relations: ['app.table_500'],
  kinds: new Set(['column', 'column order', 'index']),
};

/** Not /usr/bin/pg_dump, which is a script in Perl where Debian has one. */
function findPgDump() {
  const debian = '/usr/lib/postgresql';
  const majors = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = [
    process.env.PG_DUMP,
    ...majors.map((major) => join(debian, major, 'bin', 'pg_dump')),
    '/usr/bin/pg_dump',
  ].find((path) => path !== undefined && existsSync(path));
  if (found === undefined)
    throw new Error('there is no pg_dump here (Debian: apt-get install postgresql-client)');
  return found;
}

async function load() {
  const outfile = join(scratch, 'snapshot.cjs');
  await build({
    stdin: {
      contents: `export { takeSnapshot } from './src/snapshot/snapshot.ts';
        export { startEmbedded } from './src/embedded.ts';
        export { startServer } from './test/support/servers.ts';`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': JSON.stringify(join(root, 'test', 'support')) },
    alias: { 'pg-native': './src/absent.ts' },
  });
  return createRequire(import.meta.url)(outfile);
}

async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function run(program, args, options) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}\n${errors}`);
}

const pgDump = findPgDump();
const [, major] = /\b(\d+)\.\d+/.exec(execFileSync(pgDump, ['--version'], { encoding: 'utf8' }));
const { takeSnapshot, startEmbedded, startServer } = await load();
const beside = join(dirname(pgDump), '..');
const server = await (existsSync(join(beside, 'bin', 'postgres'))
  ? startEmbedded({ binaries: beside, settings: { autovacuum: 'off' } })
  : startServer(Number(major)));

const env = (database) => ({
  PATH: process.env.PATH,
  HOME: scratch,
  PGHOST: server.host,
  PGPORT: String(server.port),
  PGUSER: server.user,
  PGPASSWORD: server.password,
  PGDATABASE: database,
  PGSSLMODE: 'disable',
});

async function connect(database) {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  return client;
}

/** How long a snapshot takes as the first question of a session. */
async function snapshot(part) {
  const client = await connect('many');
  const session = { run: (sql) => client.query(sql).then((result) => [result].flat()) };
  const options = { ledger: { schema: 'slipway', app: 'default' }, withPrivileges: false };
  let objects = 0;
  const ms = await time(async () => {
    objects = (await takeSnapshot(session, options, part)).size;
  });
  await client.end();
  return { ms, objects };
}

async function prepare() {
  const admin = await connect('postgres');
  for (const database of ['many', 'example']) await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const many = await connect('many');
  await many.query(createTables);
  await many.query('VACUUM ANALYZE');
  await many.end();
  for (const folder of ['dist', 'sql', 'migrations'])
    cpSync(join(root, folder), join(scratch, folder), { recursive: true });
}

const up = (onDrift) => () =>
  run(process.execPath, [join(scratch, 'dist', 'slipway.js'), 'up'], {
    cwd: scratch,
    env: { ...env('example'), SLIPWAY_ON_DRIFT: onDrift },
  });

try {
  await prepare();
  const subjects = {
    dump: () => time(() => run(pgDump, ['--schema-only'], { env: env('many') })),
    snapshot: async () => (await snapshot(null)).ms,
    migration: async () => (await snapshot(oneMigration)).ms,
    withDrift: () => time(up('fail')),
    withoutDrift: () => time(up('ignore')),
  };
  const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (const subject of Object.values(subjects)) await subject();
  for (let n = 0; n < runs; n += 1)
    for (const [name, subject] of Object.entries(subjects)) times[name].push(await subject());
  const { objects } = await snapshot(null);
  const of = (name) => [median(times[name]), Math.min(...times[name])];
  const row = (title, values, limit, digits = 0, unit = ' ms') => [
    title,
    ...values.map((value) => `${value.toFixed(digits)}${unit}`),
    limit,
  ];
  const dump = of('dump');
  process.stdout.write(
    `Node ${process.version}, PostgreSQL and pg_dump ${server.version}, ${cpus().length} CPUs, ${runs} runs each, in turn\n\n`,
  );
  print([
    [`${tables} tables, ${objects} objects`, 'median', 'min', 'limit'],
    row('pg_dump --schema-only', dump, ''),
    row('snapshot', of('snapshot'), ''),
    row(
      'snapshot : pg_dump',
      of('snapshot').map((ms, n) => ms / dump[n]),
      '0.50',
      2,
      '',
    ),
    row('verifying one migration', of('migration'), '50 ms'),
    row(
      "example: the snapshot's part of a start at head",
      of('withDrift').map((ms, n) => ms - of('withoutDrift')[n]),
      '40 ms',
    ),
  ]);
} finally {
  await server.stop('immediate');
  rmSync(scratch, { recursive: true, force: true });
}
