import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFiles, exampleVersions } from '../../support/example.ts';
import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const root = join(import.meta.dirname, '..', '..', '..');
const example = {
  ...exampleFiles(),
  'sql/schema.lock.json': readFileSync(join(root, 'sql', 'schema.lock.json')),
  'sql/schema.snapshot.json': readFileSync(join(root, 'sql', 'schema.snapshot.json')),
};
const versions = exampleVersions();
const [oldest = ''] = versions;
const baseline = exampleFiles()['sql/baseline.sql'] ?? '';
const user = `INSERT INTO trading.users (address) VALUES ('0x1')`;

/** The application's objects as they are stored: what an adoption must not touch. */
const stored = ({ database }: Scene) =>
  database.query(`SELECT c.oid, c.xmin, c.relname, c.relfilenode FROM pg_class c
    WHERE relnamespace = 'trading'::regnamespace ORDER BY c.oid`);

const rowsOf = ({ database }: Scene) => database.query('SELECT xmin, u.* FROM trading.users u');

/** A database that was made from the baseline by plain SQL. */
async function byHand(more = ''): Promise<Scene> {
  const made = await scene(example);
  await made.database.query(`${baseline};\n${user};\n${more}`);
  return made;
}

test('a database made from the baseline by plain SQL is adopted by up, and keeps every row', async () => {
  const made = await byHand();
  const before = { stored: await stored(made), rows: await rowsOf(made) };
  const plan = JSON.parse(expectSuccess(await made.run('plan --json')).stdout);
  expect(plan).toMatchObject({ plan: 'adopt', version: oldest, steps: [{}, {}, {}] });
  expect((await made.run('status')).stdout).toContain(`\nschema   matches ${oldest}\n`);
  expectSuccess(await made.run('adopt'));
  expect({ stored: await stored(made), rows: await rowsOf(made) }).toEqual(before);
  expect(await made.ledger()).toMatchObject([
    { version: oldest, origin: 'adopted', state: 'done', accepted: { verified: true, objects: {} } },
  ]);
});

test('up adopts it and applies what is pending; it then equals a fresh one and an upgraded one', async () => {
  const adopted = await byHand();
  const { logs } = expectSuccess(await adopted.run('up'));
  expect(logs).toMatchObject([
    { event: 'adopted', version: oldest, recorded: 1 },
    { event: 'plan', from: oldest, pending: 3 },
    ...versions.slice(1).flatMap(() => [{ event: 'applying' }, { event: 'applied' }]),
    { event: 'done', version: versions.at(-1) },
  ]);
  expect(await rowsOf(adopted)).toHaveLength(1);
  expect((await adopted.ledger()).map(({ origin }) => origin).sort()).toEqual([
    'adopted',
    'applied',
    'applied',
    'applied',
  ]);

  const fresh = await scene(example);
  expectSuccess(await fresh.run('up --log-level warn'));
  const upgraded = await scene({ 'sql/baseline.sql': baseline });
  expectSuccess(await upgraded.run('up --log-level warn'));
  for (const [file, text] of Object.entries(example)) upgraded.project.write(file, text);
  expectSuccess(await upgraded.run('up --log-level warn'));
  for (const made of [adopted, fresh, upgraded]) {
    const strict = expectSuccess(await made.run('drift --strict --json'));
    expect(JSON.parse(strict.stdout)).toMatchObject({
      version: versions.at(-1),
      schema: { kind: 'compared', drifted: 0, reported: 0, extra: 0, unverified: [] },
      drift: { differences: [], unverified: [] },
    });
  }
});

test('one with a single dropped default is refused, and exactly that is named', async () => {
  const made = await byHand('ALTER TABLE trading.orders ALTER status DROP DEFAULT');
  const before = await made.fingerprint();
  for (const line of ['up', 'plan', 'adopt']) {
    const failure = expectFailure(await made.run(line), {
      code: 80,
      names: new RegExp(`its schema matches no known version; the closest is ${oldest}$`),
      remedy: new RegExp(`adopt --as ${oldest} --unverified`),
    });
    expect((failure.detail as string[]).slice(0, 4)).toEqual([
      'trading.orders:',
      '  ~ column trading.orders.status: changed',
      "      expected character varying(50) not null default 'pending'::character varying",
      '      found    character varying(50) not null',
    ]);
    expect((failure.detail as string[]).filter((text) => /^ *[-~+] /.test(text))).toHaveLength(1);
  }
  const report = JSON.parse((await made.run('plan --json')).stdout);
  expect(report).toMatchObject({ plan: 'refused', reason: 'unmanaged', matches: [], closest: oldest });
  expect(report.differences).toHaveLength(1);
  expect((await made.run('status')).stdout).toContain(
    `schema   matches no known version; the closest is ${oldest}\n`,
  );
  expect(await made.fingerprint()).toEqual(before);
});

test.each(versions.map((version, index) => ({ version, index })))(
  'at $version it is found by its schema, and adopted there',
  async ({ version, index }) => {
    const made = await scene(example);
    const texts = Object.entries(exampleFiles())
      .filter(([path]) => path.startsWith('migrations/') && !path.includes('.down.'))
      .sort()
      .slice(0, index);
    await made.database.query(baseline);
    for (const [, text] of texts) await made.database.query(text);
    expect(JSON.parse(expectSuccess(await made.run('adopt --json')).stdout)).toMatchObject({
      adopted: version,
      recorded: index + 1,
      accepted: 0,
      verified: true,
    });
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('drift --strict'));
  },
);

const small = {
  'sql/baseline.sql':
    '-- slipway: version 20250101000000\nCREATE TABLE public.a (id int PRIMARY KEY, x int DEFAULT 1);\nCREATE TABLE public.z (y int);\n',
  'migrations/20250102000000_fill.sql': 'INSERT INTO public.a VALUES (1, 2);\n',
  'migrations/20250103000000_b.sql': 'CREATE TABLE public.b (x int);\n',
};
const smallBaseline = small['sql/baseline.sql'];

async function smallScene(sql: string, more: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const made = await scene({ ...small, ...more });
  await writeLock(made);
  await made.database.query(sql);
  return made;
}

test('several versions match where only data lies between: 80 with the candidates, and --as decides', async () => {
  const made = await smallScene(smallBaseline);
  for (const line of ['up', 'adopt']) {
    expectFailure(await made.run(line), {
      code: 80,
      names: /its schema matches 20250101000000 and 20250102000000, which differ only in data/,
      remedy: /slipway adopt --as 20250101000000 \(or 20250102000000\)/,
    });
  }
  expect(JSON.parse((await made.run('plan --json')).stdout)).toMatchObject({
    matches: ['20250101000000', '20250102000000'],
  });
  const { stdout } = expectSuccess(await made.run('adopt --as 20250102000000 --json'));
  expect(JSON.parse(stdout)).toMatchObject({ adopted: '20250102000000', verified: true });
  expectSuccess(await made.run('up'));
  expect(await made.database.query('SELECT * FROM a')).toEqual([]);
});

test('where all of it differs, the refusal stays short, and status --drift shows the rest', async () => {
  const made = await scene(example);
  await made.database.query('CREATE SCHEMA trading; CREATE TABLE trading.users (id text)');
  const { detail } = expectFailure(await made.run('up'), { code: 80, names: /closest is/, remedy: /./ });
  expect(detail).toHaveLength(41);
  const [, more] =
    /^and (\d+) lines more: slipway status --drift$/.exec((detail as string[])[40] ?? '') ?? [];
  const { stdout } = expectSuccess(await made.run('status --drift'));
  const listed = stdout.split('\n\n')[1]?.trimEnd().split('\n') ?? [];
  expect(listed).toHaveLength(40 + Number(more));
});

test('SLIPWAY_ADOPT=never: what matches is refused, and adopted when asked for', async () => {
  const made = await smallScene(`${smallBaseline} CREATE TABLE public.b (x int)`);
  const never = { SLIPWAY_ADOPT: 'never' };
  expectFailure(await made.run('up', never), {
    code: 80,
    names: /its schema matches 20250103000000/,
    remedy: /SLIPWAY_ADOPT=never\. To adopt it: slipway adopt/,
  });
  expectSuccess(await made.run('adopt', never));
  expectSuccess(await made.run('up', never));
});

test('adopt --as compares with that version, and names what differs', async () => {
  const made = await smallScene(`${smallBaseline} CREATE TABLE public.b (x bigint)`);
  const failure = expectFailure(await made.run('adopt --as 20250103000000'), {
    code: 80,
    names: /^the schema does not match 20250103000000$/,
    remedy: /adopt --as 20250103000000 --unverified/,
  });
  expect(failure.detail).toContain('  ~ column public.b.x: changed');
  expect(await made.ledger()).toEqual([]);
});

test('objects of another version stand against a match; objects that no version knows do not', async () => {
  const made = await smallScene(
    `${smallBaseline} CREATE TABLE public.other (x int); CREATE TABLE public.b ()`,
  );
  const failure = expectFailure(await made.run('adopt --as 20250102000000'), {
    code: 80,
    names: /not match 20250102000000/,
    remedy: /./,
  });
  expect(failure.detail).toEqual([
    'public.b:',
    '  + table public.b: extra',
    'public.other:',
    '  + table public.other: extra (reported only)',
  ]);
});

describe('--unverified', () => {
  const differing = smallBaseline
    .replace(' DEFAULT 1', '')
    .replace('CREATE TABLE public.z (y int);', '')
    .replace('id int PRIMARY KEY', 'id int');

  async function accepted(more: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const made = await smallScene(differing, more);
    const { stdout, logs } = expectSuccess(await made.run('adopt --as 20250102000000 --unverified --json'));
    expect(JSON.parse(stdout)).toMatchObject({ adopted: '20250102000000', verified: false });
    expect(logs.at(-1)?.msg).toMatch(
      /^adopted at 20250102000000, unverified: 2 versions recorded, \d differences accepted, in \S+ \(\S+, role \w+\)$/,
    );
    return made;
  }

  test('records what was accepted; neither the next up nor drift stumbles over it', async () => {
    const made = await accepted();
    const [row] = await made.ledger();
    expect(row?.accepted).toMatchObject({
      verified: false,
      objects: {
        'column public.a.x': expect.stringMatching(/^[\w-]{22}$/),
        'constraint public.a.a_pkey': null,
        'table public.z': null,
        'column public.z.y': null,
      },
    });
    expectSuccess(await made.run('up'));
    expect((await made.ledger()).at(-1)).toMatchObject({ version: '20250103000000', origin: 'applied' });
    expectSuccess(await made.run('drift --strict'));
    expectSuccess(await made.run('status --exit-code'));
  });

  test('what was accepted may be put right, and may not become something else again', async () => {
    const made = await accepted();
    expectSuccess(await made.run('up'));
    await made.database.query('ALTER TABLE a ALTER x SET DEFAULT 1; CREATE TABLE z (y int)');
    expectSuccess(await made.run('up'));
    await made.database.query('ALTER TABLE a ALTER x SET DEFAULT 2');
    const failure = expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /./ });
    expect(failure.detail).toContain('  ~ column public.a.x: changed');
  });

  test('a later migration that changes the accepted object goes through, and what it made is accepted', async () => {
    const made = await accepted({
      'migrations/20250104000000_wider.sql': 'ALTER TABLE public.a ALTER x TYPE bigint;\n',
      'migrations/20250105000000_more.sql': 'ALTER TABLE public.a ADD w int;\n',
    });
    const { logs } = expectSuccess(await made.run('up'));
    const [warning] = logs.filter(({ event }) => event === 'acceptedAgain');
    expect(warning).toMatchObject({ level: 'warn', version: '20250104000000' });
    expect(warning?.detail).toContain('  ~ column public.a.x: changed');
    expect((await made.ledger()).find(({ version }) => version === '20250104000000')?.accepted).toMatchObject(
      {
        objects: { 'column public.a.x': expect.stringMatching(/^[\w-]{22}$/) },
      },
    );
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('drift --strict'));
    await made.database.query('ALTER TABLE a ALTER x SET NOT NULL');
    expectFailure(await made.run('up'), { code: 85, names: /1 object differs/, remedy: /./ });
  });

  test('a later migration that makes the accepted object as the lock has it needs no acceptance', async () => {
    const made = await accepted({
      'migrations/20250104000000_default.sql': 'ALTER TABLE public.a ALTER x SET DEFAULT 5;\n',
    });
    const { logs } = expectSuccess(await made.run('up'));
    expect(logs.filter(({ event }) => event === 'acceptedAgain')).toEqual([]);
    expectSuccess(await made.run('drift --strict'));
  });

  test('what was not accepted still counts against a later migration', async () => {
    const made = await accepted({
      'migrations/20250104000000_c.sql': 'CREATE TABLE IF NOT EXISTS public.c (x int);\n',
    });
    await made.database.query('CREATE TABLE c (x text)');
    expectFailure(await made.run('up'), {
      code: 65,
      names: /is not what the lock expects/,
      remedy: /rolled back/,
    });
  });
});

test('two that adopt at once: one records it, both end well', async () => {
  const made = await byHand();
  const results = await Promise.all([1, 2, 3].map(() => made.run('up --log-level warn')));
  for (const result of results) expectSuccess(result);
  expect(await made.ledger()).toHaveLength(versions.length);
});

test('an empty database with only the schema and a comment is not taken for one to adopt', async () => {
  const made = await scene(example);
  await made.database.query(`CREATE SCHEMA trading; COMMENT ON SCHEMA trading IS 'x'`);
  expect((await made.run('status')).stdout).toMatch(/^state {4}empty/m);
});
