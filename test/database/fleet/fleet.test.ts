import { chmodSync, readFileSync } from 'node:fs';
import { backendRunning, eventually, nobodyLeft, slipwayBackends } from '../../support/activity.ts';
import {
  administer,
  createDatabase,
  newestMajor,
  serverOf,
  type TestDatabase,
} from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, slipway, startSlipway } from '../../support/slipway.ts';
import { freePort } from '../../support/tcp-port.ts';
import { onTerminal } from '../../support/terminal.ts';
import { terminationLogOrSay } from '../../support/termination-log.ts';

const first = '20250101000000';
const files = { [`migrations/${first}_items.sql`]: 'CREATE TABLE public.items (n int);' };

/** Three empty databases beside that of the scene, which lists them. */
const others: TestDatabase[] = [];
afterEach(async () => {
  for (const database of others.splice(0)) await database.drop();
});

// After that: its roles own what is in these databases.
const scene = useScenes();

async function siteOf(
  migrations: Readonly<Record<string, string>> = files,
): Promise<{ site: Scene; names: string[] }> {
  const site = await scene(migrations);
  for (let made = 0; made < 3; made += 1) others.push(await createDatabase(newestMajor));
  const names = others.map(({ name }) => name);
  site.project.write('list.txt', names.join('\n'));
  return { site, names };
}

const { host, port } = serverOf(newestMajor);

const run = ({ project, database }: Scene, args: readonly string[], input = ''): Promise<SlipwayResult> =>
  startSlipway(args, { cwd: project.directory, env: database.env, input }).done;

interface Listed {
  readonly database: string;
  readonly exitCode: number | null;
  readonly state: string;
}

const statesIn = ({ stdout }: SlipwayResult): [string, string][] =>
  (JSON.parse(stdout).databases as Listed[]).map(({ database, state }) => [database, state]);

test('a list on the standard input; the configured database is not among them', async () => {
  const { site, names } = await siteOf();
  const result = await run(site, ['up', '--each', '-', '--json'], `${names[1]}\n${names[0]}\n`);
  expectSuccess(result);
  expect(statesIn(result)).toEqual([
    [names[1], 'atHead'],
    [names[0], 'atHead'],
  ]);
  expect(await statesOf(others[0] as TestDatabase)).toEqual([`${first}:done`]);
  const [row] = await site.database.query("SELECT to_regnamespace('slipway') AS ledger");
  expect(row?.ledger).toBeNull();
});

test('a query of the configured database lists them, in a transaction that cannot write', async () => {
  const { site, names } = await siteOf();
  await site.database.query('CREATE TABLE public.tenants (name text, at int)');
  await site.database.query(
    'INSERT INTO public.tenants SELECT n, i FROM unnest($1::text[]) WITH ORDINALITY t(n, i)',
    [names],
  );
  const query = 'SELECT name FROM tenants ORDER BY at DESC;';
  const result = await run(site, ['up', '--each-query', query, '--json', '--report', 'report.md']);
  expectSuccess(result);
  const report = readFileSync(site.project.path('report.md'), 'utf8');
  for (const name of names) expect(report).toContain(`${name}: at ${first}: 1 applied`);
  expect(statesIn(result)).toEqual([...names].reverse().map((name) => [name, 'atHead']));
  const writing = await run(site, ['up', '--each-query', 'DELETE FROM tenants RETURNING name']);
  expectFailure(writing, { code: 78, names: /the server refused the query of --each-query/, remedy: /psql/ });
  const none = await run(site, ['up', '--each-query', 'SELECT name FROM tenants WHERE false']);
  expectSuccess(none);
  expect(none.logs.map(({ event }) => event)).toContain('emptyList');
});

test('the shares of a query have every database once, whatever the order of its rows', async () => {
  const { site, names } = await siteOf();
  const shares: string[] = [];
  for (const index of [0, 1]) {
    const query = `SELECT unnest(array[${names.map((name) => `'${name}'`)}]) ORDER BY random()`;
    const result = await run(site, ['up', '--each-query', query, '--share', `${index}/2`, '--json']);
    expectSuccess(result);
    shares.push(...statesIn(result).map(([database]) => database));
  }
  expect(shares.sort()).toEqual([...names].sort());
});

test('what one database is reached by gets to no other: role, password, name of the session, its settings', async () => {
  const { site, names } = await siteOf({
    [`migrations/${first}_seen.sql`]: `CREATE TABLE public.seen AS
      SELECT current_user::text AS who, current_setting('application_name') AS name, current_setting('work_mem') AS memory;`,
  });
  const role = await site.role();
  await others[1]?.query(
    `GRANT CREATE ON DATABASE ${names[1]} TO ${role.name}; GRANT CREATE ON SCHEMA public TO ${role.name}`,
  );
  const at = `${host}:${port}`;
  const own = `application_name=own&options=-cwork_mem%3D7MB&sslmode=disable`;
  site.project.write(
    'list.txt',
    [
      names[0],
      `postgresql://${role.name}:${encodeURIComponent(String(role.env.PGPASSWORD))}@${at}/${names[1]}?${own}`,
      names[2],
    ].join('\n'),
  );
  for (const parallel of ['1', '3']) {
    const result = await run(site, ['up', '--each', 'list.txt', '--parallel', parallel, '--debug']);
    expectSuccess(result);
    expect(result.stdout + result.stderr).not.toContain(role.env.PGPASSWORD);
  }
  const seen = await Promise.all(others.map((one) => one.query('SELECT * FROM public.seen')));
  const usual = { who: site.database.env.PGUSER, name: expect.stringMatching(/^slipway /), memory: '4MB' };
  expect(seen.flat()).toEqual([usual, { who: role.name, name: 'own', memory: '7MB' }, usual]);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  '%s: what runs is rolled back, nothing new begins, and the summary says so',
  async (signal, code) => {
    const { site, names } = await siteOf({
      ...files,
      'migrations/20250102000000_long.sql': 'SELECT pg_sleep(60);',
    });
    const running = startSlipway(['up', '--each', 'list.txt', '--parallel', '2', '--json'], {
      cwd: site.project.directory,
      env: site.database.env,
    });
    await Promise.all(others.slice(0, 2).map((one) => backendRunning(one, /pg_sleep/)));
    running.kill(signal);
    const result = await running.done;
    expectFailure(result, {
      code,
      names: new RegExp(`^ended by ${signal}: 0 of 3 databases at head, 2 interrupted, 1 not begun, in `),
      remedy: /^Start again: /,
    });
    expect(statesIn(result)).toEqual([
      [names[0], 'interrupted'],
      [names[1], 'interrupted'],
      [names[2], 'notBegun'],
    ]);
    for (const one of others.slice(0, 2)) {
      await nobodyLeft(one);
      expect(await statesOf(one)).toEqual([`${first}:done`]);
    }
  },
);

test('the deadline of the whole run ends it as a failure that may be tried again', async () => {
  const { site } = await siteOf({ [`migrations/${first}_long.sql`]: 'SELECT pg_sleep(60);' });
  const args = ['up', '--each', 'list.txt', '--parallel', '1', '--run-timeout', '2s', '--json'];
  const result = await run(site, args);
  expectFailure(result, {
    code: 75,
    names: /SLIPWAY_RUN_TIMEOUT.*1 failed, 2 not begun/,
    remedy: /^Start again/,
  });
});

test('a server that is not there is waited for once, not once a database', async () => {
  const { site, names } = await siteOf();
  const closed = await freePort();
  const away = [1, 2, 3].map((n) => `postgresql://u@127.0.0.1:${closed}/away_${n}`);
  site.project.write('list.txt', [...away, names[0]].join('\n'));
  const result = await run(site, [
    'up',
    '--each',
    'list.txt',
    '--parallel',
    '1',
    '--wait-timeout',
    '3s',
    '--json',
  ]);
  expectFailure(result, { code: 75, names: /1 of 4 databases at head .*3 failed/, remedy: /^Start again/ });
  const waited = result.logs.filter(({ event }) => event === 'waiting').map(({ database }) => database);
  expect([...new Set(waited)]).toEqual([1, 2].map((n) => `127.0.0.1:${closed}/away_${n}`));
  const { databases } = JSON.parse(result.stdout) as { databases: { failure: { message: string } | null }[] };
  expect(databases[2]?.failure?.message).toMatch(
    new RegExp(
      `^not tried: 127\\.0\\.0\\.1:${closed} was waited for twice, for other databases of the list: `,
    ),
  );
});

test('a list of URLs needs no login beside theirs, and a query tells names by their blanks', async () => {
  const { site } = await siteOf();
  const { project, database } = site;
  const name = `${database.name} `;
  const { PGUSER, PGPASSWORD } = database.env;
  const url = `postgresql://${PGUSER}:${encodeURIComponent(String(PGPASSWORD))}@${host}:${port}/${encodeURIComponent(name)}`;
  await administer(newestMajor, `CREATE DATABASE "${name}"`);
  try {
    const queried = await run(site, ['up', '--each-query', `SELECT '${name}'`, '--json']);
    expectSuccess(queried);
    expect(statesIn(queried)).toEqual([[name, 'atHead']]);
    chmodSync(project.directory, 0o755);
    const nobody = { PGHOST: host, PGPORT: String(port) };
    const options = {
      cwd: project.directory,
      env: nobody,
      beneath: ['setpriv', '--reuid=54321', '--clear-groups'],
    };
    project.write('list.txt', `${url}\n`);
    expectSuccess(await slipway(['up', '--each', 'list.txt'], options));
    project.write('list.txt', `${url}\nother\n`);
    const refused = await slipway(['up', '--each', 'list.txt'], options);
    expectFailure(refused, {
      code: 78,
      names: /^PGUSER: no user is named, .*list.txt:2/,
      remedy: /Set PGUSER/,
    });
  } finally {
    await administer(newestMajor, `DROP DATABASE "${name}" WITH (FORCE)`);
  }
});

describe('a module of one database', () => {
  const module = (body: string): Record<string, string> => ({
    [`migrations/${first}_items.mjs`]: `export async function up({ client }) {
      const { rows: [{ name }] } = await client.query('SELECT current_database() AS name');
      const third = name === NAME; ${body} }`,
  });
  const failing = async (
    body: string,
    args: readonly string[],
  ): Promise<{ result: Promise<SlipwayResult>; names: string[]; kill: (signal: NodeJS.Signals) => void }> => {
    const { site, names } = await siteOf({});
    for (const [file, text] of Object.entries(module(body)))
      site.project.write(file, text.replace('NAME', JSON.stringify(names[2])));
    const running = startSlipway(['up', '--each', 'list.txt', '--json', ...args], {
      cwd: site.project.directory,
      env: site.database.env,
    });
    return { result: running.done, names, kill: running.kill };
  };
  const outcomes = ({ stdout }: SlipwayResult): unknown[] =>
    (JSON.parse(stdout).databases as Listed[]).map(({ state, exitCode }) => [state, exitCode]);

  test('lets an error happen that nobody waits for: those in work fail with it, and the summary is written', async () => {
    const { result } = await failing(
      "if (third) { setTimeout(() => { throw new Error('nobody waits'); }); await client.query('SELECT pg_sleep(60)'); }",
      ['--parallel', '1'],
    );
    const ended = await result;
    expectFailure(ended, {
      code: 65,
      names:
        /items\.mjs:\d+:\d+: nothing in the module waits for this error: nobody waits: 2 of 3 databases at head .*1 failed/,
      remedy: /start again/,
    });
    expect(outcomes(ended)).toEqual([
      ['atHead', 0],
      ['atHead', 0],
      ['failed', 65],
    ]);
  });

  test('calls process.exit(): it fails alone', async () => {
    const { result } = await failing('if (third) process.exit(0);', ['--parallel', '3']);
    const ended = await result;
    expectFailure(ended, { code: 65, names: /^2 of 3 databases at head .*1 failed/, remedy: /./ });
    expect(outcomes(ended)).toEqual([
      ['atHead', 0],
      ['atHead', 0],
      ['failed', 65],
    ]);
  });

  test('never ends after SIGTERM: the summary names it', async () => {
    const { result, names, kill } = await failing(
      "if (third) { await client.query('SELECT pg_sleep(0) AS never'); await new Promise(() => {}); }",
      ['--parallel', '1'],
    );
    const isIdle = async (): Promise<boolean> =>
      (await slipwayBackends(others[2] as TestDatabase)).some(
        ({ query, waits }) => query.includes('AS never') && waits === 'ClientRead',
      );
    await eventually(isIdle, 'a module that waits for nothing');
    kill('SIGTERM');
    const ended = await result;
    const failure = expectFailure(ended, {
      code: 143,
      names: /^ended by SIGTERM: 2 of 3 databases at head .*1 interrupted/,
      remedy: /^Start again/,
    });
    expect(failure.detail).toEqual([
      `${names[2]} (143): ended by SIGTERM; what was done here had not ended 3.5 s later`,
    ]);
    expect(outcomes(ended)[2]).toEqual(['interrupted', 143]);
  });
});

test('status tells what lacks something, with 1 where that is asked for', async () => {
  const { site, names } = await siteOf();
  site.project.write('one.txt', names[0] as string);
  expectSuccess(await run(site, ['up', '--each', 'one.txt']));
  site.project.write('migrations/20250102000000_more.sql', 'CREATE TABLE public.more (n int);');
  const result = await run(site, ['status', '--each', 'list.txt']);
  expectSuccess(result);
  expect(
    result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(1).join(' ')),
  ).toEqual([
    'state version',
    `managed ${first} 1 behind`,
    'empty none 2 to apply',
    'empty none 2 to apply',
    '',
    '',
  ]);
  const asked = await run(site, ['status', '--each', 'list.txt', '--exit-code', '--json']);
  expect(asked.code).toBe(1);
  const { result: word, summary, databases } = JSON.parse(asked.stdout);
  expect({ word, summary }).toMatchObject({
    word: 'behind',
    summary: { total: 3, atHead: 0, behind: 3, failed: 0 },
  });
  expect(databases[0]).toMatchObject({
    exitCode: 1,
    state: 'managed',
    version: first,
    behind: 1,
    failure: null,
  });
});

test('on a terminal a line counts them, and what was done is listed', async () => {
  const { site, names } = await siteOf();
  const env = { ...site.database.env, NO_COLOR: '1' };
  const options = { cwd: site.project.directory, env, columns: 200 };
  const once = await onTerminal('up --each list.txt --parallel 1', options);
  expect(once.seen).toContainEqual(expect.stringMatching(/^up, [0-3] of 3, \d+\.\d s/));
  expect(once.lines.filter((line) => line.includes(': at '))).toHaveLength(3);
  expect(once.lines.join('\n')).toMatch(/3 of 3 databases at head \(3 brought there now\), in \d/);
  const again = await onTerminal('up --each list.txt', options);
  expect(again.lines.join('\n')).not.toContain(names[0]);
  expect(again.lines.join('\n')).toMatch(/3 of 3 databases at head, in \d/);
});

test('the termination message has the counts and the first failures', async () => {
  const log = terminationLogOrSay();
  if (log === null) return;
  const { site, names } = await siteOf();
  await others[0]?.query('CREATE TABLE public.items (n int)');
  try {
    const { code } = await startSlipway(['up', '--each', 'list.txt'], {
      cwd: site.project.directory,
      env: site.database.env,
      beneath: log.beneath,
    }).done;
    expect(code).toBe(80);
    expect(log.read()).toMatch(
      new RegExp(`^2 of 3 databases at head .*1 failed, in .*\\n {2}${names[0]} \\(80\\): `),
    );
  } finally {
    log.destroy();
  }
});

describe('what is wrong with the list is said before any database is connected to', () => {
  test.each([
    ['--each list.txt --each-query x', 64, /both list the databases/],
    ['--parallel 2', 64, /there is none/],
    ['--share 0/2', 64, /there is none/],
    ['--each list.txt --parallel 0', 64, /not a number from 1 to 100/],
    ['--each list.txt --share 2/2', 64, /--share: "2\/2"/],
    ['--each no-such.txt', 66, /no-such.txt: /],
    ['--each empty.txt', 78, /empty.txt: the list names no database/],
    ['--each twice.txt', 78, /twice.txt:3: a is listed already: twice.txt:1/],
    ['--each bad.txt', 78, /bad.txt:2: /],
  ])('%s', async (line, code, names) => {
    const site = await scene(files);
    site.project.write('list.txt', 'a\n');
    site.project.write('empty.txt', '# nobody\n\n');
    site.project.write('twice.txt', 'a\nb\na\n');
    site.project.write('bad.txt', 'a\npostgresql://u@h:port/x\n');
    const result = await slipway(['up', ...line.split(' ')], {
      cwd: site.project.directory,
      env: site.database.env,
    });
    expectFailure(result, { code, names, remedy: /./ });
    expect(result.logs.map(({ event }) => event)).toEqual(['failed']);
  });

  test.each(['all', 'drift', 'strict'])('status --each --%s', async (option) => {
    const site = await scene(files);
    const result = await site.run(`status --each list.txt --${option}`);
    expectFailure(result, {
      code: 64,
      names: new RegExp(`--${option} shows one database`),
      remedy: /--dbname/,
    });
  });
});
