/**
 * Measures a start at head, which is what every restart of a deployment pays: wall time, memory, round trips. Beside
 * it, run in turn so that a busy machine slows all of them alike: Node that does nothing, and Node that asks
 * `select 1` with the bare driver.
 *
 *   npm run bench [-- RUNS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { median, print } from './figures.mjs';

const runs = Number(process.argv[2] ?? 25);
const manyVersions = 200;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'slipway-bench-'));

const bundle = join(scratch, 'slipway.js');
copyFileSync(join(root, 'dist', 'slipway.js'), bundle);

const bare = join(scratch, 'select-1.cjs');
writeFileSync(
  bare,
  `const pg = require(${JSON.stringify(createRequire(import.meta.url).resolve('pg'))});
const client = new pg.Client();
client.connect().then(() => client.query('select 1')).then(() => client.end());
`,
);

/** Says at the end how much memory it had at most: KiB, on the file descriptor 3. */
const preload = join(scratch, 'memory.cjs');
writeFileSync(
  preload,
  "process.on('exit', () => require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS)));\n",
);

const example = join(scratch, 'example');
for (const folder of ['sql', 'migrations'])
  cpSync(join(root, folder), join(example, folder), { recursive: true });

const many = join(scratch, 'many');
mkdirSync(join(many, 'migrations'), { recursive: true });
for (let n = 1; n <= manyVersions; n += 1) {
  const version = `20250101${String(n).padStart(6, '0')}`;
  writeFileSync(
    join(many, 'migrations', `${version}_step_${n}.sql`),
    `CREATE TABLE public.step_${n} (n int);\n`,
  );
}

/** Runs Node to its end; milliseconds and, where asked for, KiB. */
async function run(args, { cwd = scratch, env = {}, memory = false } = {}) {
  const start = performance.now();
  const child = spawn(process.execPath, [...(memory ? ['--require', preload] : []), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: scratch, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let said = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdio[3].on('data', (chunk) => {
    said += chunk;
  });
  const exited = once(child, 'exit').then(() => performance.now() - start);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}\n${errors}`);
  return { ms: await exited, kib: Number(said) };
}

/** Counts, between a client and the server, how often the client waits for an answer, and for how many queries. */
async function countRoundTrips(port, work) {
  const counted = { turns: 0, queries: 0 };
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    let isClientsTurn = true;
    client.on('data', (chunk) => {
      const type = String.fromCharCode(chunk[0]);
      if (type === 'X') return;
      if (type === 'Q') counted.queries += 1;
      if (isClientsTurn) counted.turns += 1;
      isClientsTurn = false;
    });
    server.on('data', () => {
      isClientsTurn = true;
    });
    for (const socket of [client, server]) socket.on('error', () => {});
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  await work(String(proxy.address().port));
  proxy.close();
  return counted;
}

const embedded = join(scratch, 'embedded.cjs');
await build({
  entryPoints: [join(root, 'src', 'embedded.ts')],
  outfile: embedded,
  bundle: true,
  platform: 'node',
  format: 'cjs',
});
const { startEmbedded } = createRequire(import.meta.url)(embedded);
const server = await startEmbedded();
try {
  const env = (database, more = {}) => ({
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGPASSWORD: server.password,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
    ...more,
  });
  const subjects = [
    { title: 'node -e 0', args: ['-e', '0'], options: { env: {} } },
    { title: 'node, pg, select 1', args: [bare], options: { env: env('postgres') } },
    {
      title: 'slipway up, at head (example, 4 versions)',
      args: [bundle, 'up'],
      options: { cwd: example, env: env('postgres') },
    },
    {
      title: `slipway up, at head (${manyVersions} versions)`,
      args: [bundle, 'up'],
      options: { cwd: many, env: env('postgres', { SLIPWAY_APP: 'many' }) },
    },
  ];
  for (const { args, options } of subjects) await run(args, options);
  const times = subjects.map(() => []);
  for (let n = 0; n < runs; n += 1) {
    for (const [index, { args, options }] of subjects.entries())
      times[index].push((await run(args, options)).ms);
  }
  const table = [['', 'median ms', 'min ms', 'ratio', 'RSS MiB', 'round trips', 'queries']];
  for (const [index, { title, args, options }] of subjects.entries()) {
    const memory = [];
    for (let n = 0; n < 5; n += 1) memory.push((await run(args, { ...options, memory: true })).kib / 1024);
    const trips =
      options.env.PGPORT === undefined
        ? { turns: 0, queries: 0 }
        : await countRoundTrips(server.port, (PGPORT) =>
            run(args, { ...options, env: { ...options.env, PGPORT } }),
          );
    table.push([
      title,
      median(times[index]).toFixed(0),
      Math.min(...times[index]).toFixed(0),
      (median(times[index]) / median(times[0])).toFixed(2),
      median(memory).toFixed(0),
      String(trips.turns),
      String(trips.queries),
    ]);
  }
  process.stdout.write(
    `Node ${process.version}, PostgreSQL ${server.version}, ${cpus().length} CPUs, ${runs} runs each, in turn\n\n`,
  );
  print(table);
} finally {
  await server.stop('immediate');
  rmSync(scratch, { recursive: true, force: true });
}
