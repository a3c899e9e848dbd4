import { readFileSync } from 'node:fs';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';
import { freePort } from '../../support/tcp-port.ts';
import { terminationLogOrSay } from '../../support/termination-log.ts';

const a = '20250101000000';
const b = '20250102000000';
const files = {
  [`migrations/${a}_a.sql`]: 'CREATE TABLE a (x int);\n',
  [`migrations/${b}_b.sql`]: 'CREATE TABLE b (x int);\n',
  [`migrations/${b}_b.down.sql`]: 'DROP TABLE b;\n',
};
const partitions = `CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2025_01 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE events_2025_02 PARTITION OF events FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');`;
const isPretty = ({ stderr }: SlipwayResult): boolean =>
  /^(?:\[[\d:. ]+\] )?✗ /m.test(stderr) && !stderr.includes('{"level"');
const isJson = ({ stderr }: SlipwayResult): boolean =>
  stderr
    .trimEnd()
    .split('\n')
    .every((line) => JSON.parse(line).level);

describe('Hostile and odd: what a new user meets', () => {
  const scene = useScenes(afterAll);
  let shared: Promise<Scene> | null = null;
  const site = (): Promise<Scene> => {
    shared ??= scene(files);
    return shared;
  };

  test.each<
    [
      title: string,
      line: string,
      env: Record<string, string>,
      dotenv: string,
      code: number,
      looks: typeof isJson,
    ]
  >([
    ['a usage error, format in the environment', 'upp', { SLIPWAY_LOG_FORMAT: 'pretty' }, '', 64, isPretty],
    ['a usage error, format in .env', 'upp', {}, 'SLIPWAY_LOG_FORMAT=pretty', 64, isPretty],
    ['a usage error, format as an option', 'up --log-format pretty --nonsense', {}, '', 64, isPretty],
    ['a usage error, format as an option with =', 'up --log-format=pretty --nonsense', {}, '', 64, isPretty],
    ['a usage error, no format', 'upp', {}, '', 64, isJson],
    [
      'a usage error, the environment wins over .env',
      'upp',
      { SLIPWAY_LOG_FORMAT: 'json' },
      'SLIPWAY_LOG_FORMAT=pretty',
      64,
      isJson,
    ],
    [
      'a wrong setting, format in the environment',
      'up',
      { SLIPWAY_LOG_FORMAT: 'pretty', PGPORT: 'x' },
      '',
      78,
      isPretty,
    ],
    ['a wrong setting, format in .env', 'up', { PGPORT: 'x' }, 'SLIPWAY_LOG_FORMAT=pretty', 78, isPretty],
    ['a wrong format', 'up', { SLIPWAY_LOG_FORMAT: 'yaml' }, '', 78, isJson],
  ])('%s: it is obeyed', async (_, line, env, dotenv, code, looks) => {
    const { database, project } = await site();
    project.write('.env', dotenv);
    const result = await slipway(line.split(' '), {
      cwd: project.directory,
      env: { ...database.env, ...env },
    });
    project.remove('.env');
    expect({ code: result.code, isAsAsked: looks(result) }).toEqual({ code, isAsAsked: true });
  });

  test.each([
    ['slipway up', /"slipway" is no command/, /starts slipway already.*docker run IMAGE up/],
    ['/usr/bin/slipway up', /slipway" is no command/, /starts slipway already/],
    ['node slipway.js up', /"node" is no command/, /starts slipway already/],
    ['sh -c slipway', /"sh" is no command/, /starts slipway already, and has no shell/],
    ['/bin/bash', /bash" is no command/, /has no shell/],
  ])('slipway %s: 64, and the image starts slipway already', async (line, names, remedy) => {
    expectFailure(await (await site()).run(line), { code: 64, names, remedy });
  });

  test.each([
    ['postgresql://u@::1:5432/d', /IPv6 address at character \d+ has no brackets/, /\[::1\]:5432/],
    ['postgresql://u@2001:db8::7/d', /IPv6 address at character \d+ has no brackets/, /\[::1\]/],
    ['postgresql://u@a,fe80::1/d', /IPv6 address at character \d+ has no brackets/, /\[::1\]/],
    ['host=[::1] dbname=d', /in brackets, which are for a URL/, /such as ::1/],
  ])('DATABASE_URL=%s: 78, and how an IPv6 address is written', async (url, names, remedy) => {
    expectFailure(await (await site()).run('plan', { DATABASE_URL: url }), { code: 78, names, remedy });
  });

  test('PGHOST=[::1]: 78, and how an IPv6 address is written', async () => {
    const result = await (await site()).run('plan', { PGHOST: '[::1]' });
    expectFailure(result, { code: 78, names: /PGHOST: .*brackets/, remedy: /such as ::1/ });
  });

  test.each([
    [
      'localhost',
      { container: 'podman' },
      /Inside a container localhost is the container itself.*host\.docker\.internal/,
    ],
    ['127.0.0.1', { container: 'docker' }, /Inside a container localhost is the container itself/],
    [
      'localhost',
      { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      /Inside a pod localhost is the pod itself.*Service/,
    ],
    ['localhost', {}, /Is the server running|Inside a container/],
  ])('PGHOST=%s refused with %j: 75, and what localhost is there', async (host, env, remedy) => {
    const port = String(await freePort());
    const result = await (await site()).run('up', {
      PGHOST: host,
      PGPORT: port,
      SLIPWAY_WAIT_TIMEOUT: '0',
      ...env,
    });
    expectFailure(result, { code: 75, names: /refuses connections/, remedy });
  });

  test('ENVIRONMENT=stagign without its file: a warning that names it', async () => {
    const { logs } = await (await site()).run('plan', { ENVIRONMENT: 'stagign' });
    expect(logs).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringMatching(/no file \.env\.stagign: correct the word/),
      }),
    );
  });

  test('SLIPWAY_MIGRATIONS=migs that is not there, and no lock: 66, not the baseline alone', async () => {
    const { run, project, fingerprint } = await scene({
      'sql/baseline.sql': `-- slipway: version ${a}\nCREATE TABLE a (x int);`,
      [`migrations/${b}_b.sql`]: 'CREATE TABLE b (x int);',
    });
    const before = await fingerprint();
    for (const line of ['up', 'plan', 'status', 'wait --timeout 0'])
      expectFailure(await run(line, { SLIPWAY_MIGRATIONS: 'migs' }), {
        code: 66,
        names: /migs\/.* does not exist/,
        remedy: /Correct the name/,
      });
    expect(await fingerprint()).toEqual(before);
    expectSuccess(await run('new c', { SLIPWAY_MIGRATIONS: 'migs' }));
    project.remove(`migrations/${b}_b.sql`);
    expectSuccess(await run('up'));
  });

  test('a second application without a name of its own: 82, and SLIPWAY_APP is named', async () => {
    const { run, project } = await scene(files);
    expectSuccess(await run('up'));
    for (const file of Object.keys(files)) project.remove(file);
    for (const file of ['sql/baseline.sql', 'migrations/20250201000000_c.sql']) {
      project.write(file, '-- slipway: version 20250201000000\nCREATE TABLE c (x int);');
      for (const line of ['up', 'plan'])
        expectFailure(await run(line), {
          code: 82,
          names: /older than the baseline|not in this image|disagree about 2/,
          remedy: /another application.*SLIPWAY_APP/,
        });
      project.remove(file);
    }
    project.write('migrations/20250201000000_c.sql', 'CREATE TABLE c (x int);');
    expectSuccess(await run('up', { SLIPWAY_APP: 'c' }));
  });

  test('every command says which database it was', async () => {
    const { run, database } = await scene(files);
    const { PGHOST, PGPORT, PGUSER } = database.env;
    const where = `${database.name} (${PGHOST}:${PGPORT}, role ${PGUSER})`;
    const fields = { name: database.name, host: PGHOST, port: Number(PGPORT), role: PGUSER };
    const said: string[] = [];
    for (const line of ['status', 'plan', 'up', 'up', 'plan', 'wait --timeout 0', 'down', 'status']) {
      const { stdout, logs } = expectSuccess(await run(line));
      const last = logs.at(-1);
      said.push(
        stdout.includes(where) ||
          (last?.msg.includes(where) && JSON.stringify(last.database) === JSON.stringify(fields))
          ? line
          : `not ${line}`,
      );
    }
    expect(said).toEqual(['status', 'plan', 'up', 'up', 'plan', 'wait --timeout 0', 'down', 'status']);
    for (const line of [
      'status --json',
      'plan --json',
      'up --json',
      'wait --timeout 0 --json',
      'down --json',
    ])
      expect([line, JSON.parse(expectSuccess(await run(line)).stdout).database]).toEqual([line, fields]);
    await database.query('DROP SCHEMA slipway CASCADE');
    const adopted = expectSuccess(await run(`adopt --as ${a} --unverified`));
    expect(adopted.logs.at(-1)?.msg).toContain(where);
    const owner = `${database.name}_owner`;
    await database.query(
      `CREATE ROLE ${owner}; GRANT ALL ON SCHEMA slipway TO ${owner}; GRANT ALL ON ALL TABLES IN SCHEMA slipway TO ${owner}`,
    );
    try {
      expect((await run('status', { SLIPWAY_ROLE: owner })).stdout).toContain(`role ${owner})`);
    } finally {
      await database.query(`DROP OWNED BY ${owner}; DROP ROLE ${owner}`);
    }
  });

  test('a schema that drifted: status --drift prints the difference once, and the count is that of the list', async () => {
    const { run, database } = await scene(files);
    expectSuccess(await run('check --write', { SLIPWAY_SHADOW_URL: database.url }));
    expectSuccess(await run('up'));
    await database.query("ALTER TABLE a DROP x; COMMENT ON TABLE b IS 'x'; CREATE INDEX i ON b (x)");
    const { stdout } = await run('status --drift');
    expect(stdout.match(/column public\.a\.x: missing/g)).toHaveLength(1);
    expect((await run('status')).stdout).toMatch(/column public\.a\.x: missing/);
    const failure = expectFailure(await run('up'), {
      code: 85,
      names: /: \d objects differ, of which \d (?:is|are) only reported$/,
      remedy: /Somebody changed the schema by hand/,
    });
    const listed = (failure.detail as string[]).filter((line) => /^ *[-~+] /.test(line));
    expect(failure.msg).toContain(`: ${listed.length} objects differ`);
  });

  test('partitions that came and went: 85 names the pattern for options.ignore, which lets it pass', async () => {
    const { run, database, project } = await scene({ [`migrations/${a}_a.sql`]: partitions });
    expectSuccess(await run('check --write', { SLIPWAY_SHADOW_URL: database.url }));
    expectSuccess(await run('up'));
    await database.query(
      "DROP TABLE events_2025_01; CREATE TABLE events_2025_03 PARTITION OF events FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')",
    );
    expectFailure(await run('up'), {
      code: 85,
      names: /does not match/,
      remedy: /add "\* public\.events_20\*" to options\.ignore in the lock file/,
    });
    const path = project.path('sql/schema.lock.json');
    const text = readFileSync(path, 'utf8');
    project.write(
      'sql/schema.lock.json',
      JSON.stringify({
        ...JSON.parse(text),
        options: { ...JSON.parse(text).options, ignore: ['* public.events_20*'] },
      }),
    );
    expectSuccess(await run('up'));
  });

  test.each([
    ['up', 80, /not made by Slipway/],
    ['adopt', 64, /there is no lock file to compare the schema with/],
    [`adopt --as ${a}`, 66, /there is no lock file to compare/],
  ])(
    '%s on a database of others without a lock file: %i, and the lock file is the first way',
    async (line, code, names) => {
      const { run, database } = await site();
      await database.query('CREATE TABLE IF NOT EXISTS orders ()');
      expectFailure(await run(line), { code, names, remedy: /slipway check --write.*--unverified/ });
    },
  );

  test('the termination log: what was applied in which database, and the details of a failure', async () => {
    const log = terminationLogOrSay();
    if (log === null) return;
    const { database, project } = await scene(files);
    const run = (line: string) =>
      slipway(line.split(' '), { cwd: project.directory, env: database.env, beneath: log.beneath });
    try {
      expectSuccess(await run('up'));
      expect(log.read()).toMatch(
        new RegExp(
          `^the database ${database.name} \\(\\S+, role \\w+\\) is at ${b}: 2 applied in \\d+ ms.*\\n {2}applied: ${a}_a \\(\\d+ ms\\)\\n {2}applied: ${b}_b \\(\\d+ ms\\)\\n$`,
        ),
      );
      expectSuccess(await run('down'));
      expect(log.read()).toMatch(/^undone 20250102000000_b in \d+ ms/);
      project.write(`migrations/${b}_b.sql`, 'CREATE TABLE b ();\nSELEKT 1;\n');
      expect((await run('up')).code).toBe(65);
      expect(log.read()).toMatch(
        /SELEKT[\s\S]*\n {2}.*2 [|│].*SELEKT 1;[\s\S]*failed, rolled back: 20250102000000_b/,
      );
      expect((await run('upp')).code).toBe(64);
      expect(log.read()).toMatch(/^unknown command "upp"/);
    } finally {
      log.destroy();
    }
  });
});
