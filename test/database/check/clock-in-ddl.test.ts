import { readFileSync } from 'node:fs';
import { check, shadowOf } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const files = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.a (
  id int,
  at timestamptz NOT NULL DEFAULT 'now'::timestamptz,
  day date DEFAULT ' Today',
  said text DEFAULT 'now'
);
COMMENT ON TABLE public.a IS 'now';
CREATE VIEW public.recent AS
  SELECT id FROM public.a WHERE at > 'yesterday'::timestamptz;
`,
  'migrations/20250102000000_check.sql': `ALTER TABLE public.a ADD still int;

ALTER TABLE public.a ADD CONSTRAINT in_time CHECK (at <
  'tomorrow');
`,
  'migrations/20250102000000_check.down.sql': 'ALTER TABLE public.a DROP CONSTRAINT in_time, DROP still;\n',
  'migrations/20250103000000_part.sql': `CREATE TABLE public.b ();
DO $$ BEGIN EXECUTE format('CREATE TABLE public.b_%s ()', to_char(now(), 'YYYYMMDD')); END $$;
`,
};

const migrations = ['migrations/20250102000000_check.sql', 'migrations/20250103000000_part.sql'] as const;

const changing = [
  ['column public.a.at', 'literals', 'sql/baseline.sql:4'],
  ['column public.a.day', 'literals', 'sql/baseline.sql:5'],
  ['view public.recent', expect.stringMatching(/^definition, PostgreSQL /), 'sql/baseline.sql:10'],
  ['constraint public.a.in_time', 'literals', 'migrations/20250102000000_check.sql:4'],
  [expect.stringMatching(/^table public\.b_\d{8}$/), 'name', 'migrations/20250103000000_part.sql:2'],
] as const;

describe('DDL that keeps the moment at which it runs', () => {
  const scene = useScenes();
  jest.setTimeout(120_000);

  async function locked(): Promise<Scene> {
    const made = await scene(files);
    expectSuccess(await check(made, '--write'));
    return made;
  }

  const unverified = [
    'column public.a.at: literals',
    'column public.a.day: literals',
    'constraint public.a.in_time: literals',
    expect.stringMatching(/^view public\.recent: definition, PostgreSQL /),
  ];

  test('check --write says it with file and line, and ends with 0', async () => {
    const made = await scene(files);
    const { logs, stdout } = expectSuccess(await check(made, '--write --json'));
    const said = JSON.parse(stdout).changing as { object: string; part: string; place: string }[];
    expect(said.map(({ object, part, place }) => [object, part, place])).toEqual(changing);
    const warnings = logs.filter(({ event }) => event === 'changing');
    expect(warnings).toHaveLength(changing.length);
    expect(warnings[0]).toMatchObject({ level: 'warn', file: 'sql/baseline.sql', line: 4 });
    expect(warnings[0]?.msg).toMatch(
      /^sql\/baseline\.sql:4: column public\.a\.at differs each time that this runs \(literals\), so the lock does not verify it\. Write now\(\) or CURRENT_DATE if you mean the moment of use, else a fixed value$/,
    );
  });

  test('check agrees and names what it cannot verify; to write again changes no byte', async () => {
    const made = await locked();
    const checked = JSON.parse(expectSuccess(await check(made, '--json')).stdout);
    expect(checked).toMatchObject({ ok: true, unverified, reported: [] });
    const lock = readFileSync(made.project.path('sql/schema.lock.json'), 'utf8');
    expectSuccess(await check(made, '--write'));
    expect(readFileSync(made.project.path('sql/schema.lock.json'), 'utf8')).toBe(lock);
  });

  test('up makes it at another moment: no drift, and what is not the moment is still verified', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    const told = JSON.parse(expectSuccess(await made.run('status --drift --exit-code --json')).stdout).drift;
    expect(told.unverified).toEqual(unverified);
    expectSuccess(await made.run('up'));
    await made.database.query('ALTER TABLE public.a ALTER at DROP NOT NULL');
    const failure = expectFailure(await made.run('up'), { code: 85, names: /does not match/, remedy: /./ });
    expect(failure.detail).toContain('  ~ column public.a.at: changed');
    await made.database.query('ALTER TABLE public.a ALTER at SET NOT NULL, ALTER said DROP DEFAULT');
    expectFailure(await made.run('up'), { code: 85, names: /does not match/, remedy: /./ });
  });

  test('a fix leaves it alone, and so does new --from', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    await made.database.query('ALTER TABLE public.a DROP COLUMN still');
    expectSuccess(await check(made));
    const fixed = await made.run('repair --write-fix fix.sql', shadowOf(made));
    expectSuccess(fixed);
    const statements = readFileSync(made.project.path('fix.sql'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('--'));
    expect(statements).toEqual(['ALTER TABLE public.a ADD COLUMN still integer;']);
    const texts = [files['sql/baseline.sql'], ...migrations.map((path) => files[path])];
    made.project.write('desired.sql', texts.join('').replace(/^-- slipway.*$/m, ''));
    const generated = expectSuccess(await made.run('new again --from desired.sql', shadowOf(made)));
    expect(generated.stdout).toMatch(/nothing differs/);
  });

  test('a squash writes the moment of its shadow, and serves databases with another', async () => {
    const made = await locked();
    made.project.remove('migrations/20250103000000_part.sql');
    expectSuccess(await check(made, '--write'));
    expectSuccess(await made.run('up'));
    expectSuccess(await squash(made));
    for (const line of ['', '--write', '']) expectSuccess(await check(made, line));
    expectSuccess(await made.run('up'));
    const drifted = JSON.parse(expectSuccess(await made.run('status --drift --exit-code --json')).stdout);
    expect(drifted.drift.differences).toEqual([]);
    const fresh = await scene(filesOf(made));
    expectSuccess(await fresh.run('up'));
    expectSuccess(await fresh.run('status --drift --exit-code'));
  });
});

describe('objects that are named by the day', () => {
  const scene = useScenes();
  const files = {
    'migrations/20250101000000_days.sql': `CREATE TABLE public.sold (on_day date NOT NULL) PARTITION BY RANGE (on_day);
DO $$
BEGIN
  FOR ahead IN -2 .. 2 LOOP
    EXECUTE format('CREATE TABLE public.sold_%s PARTITION OF public.sold FOR VALUES FROM (%L) TO (%L)',
      to_char(CURRENT_DATE + ahead, 'YYYYMMDD'), CURRENT_DATE + ahead, CURRENT_DATE + ahead + 1);
  END LOOP;
END $$;
`,
    'migrations/20250102000000_more.sql': 'ALTER TABLE public.sold ADD amount int;\n',
    'migrations/20250103000000_plain.sql': 'CREATE TABLE public.sold_in_2024 (x int);\n',
  };

  test('none of them is in the lock, also not the days that both replays share', async () => {
    const made = await scene(files);
    const { logs } = expectSuccess(await check(made, '--write'));
    const lock = readFileSync(made.project.path('sql/schema.lock.json'), 'utf8');
    expect(lock.match(/"[^"]*sold_\d{8}[^"]*"/g)).toBeNull();
    expect(lock).toContain('"table public.sold_in_2024"');
    const warned = logs.filter(({ event, object }) => event === 'changing' && /^table /.test(String(object)));
    expect(warned.map(({ part }) => part)).toEqual(['name', 'name', 'name', 'name', 'name']);
    for (const line of ['', '--write', '']) expectSuccess(await check(made, line));
    expect(readFileSync(made.project.path('sql/schema.lock.json'), 'utf8')).toBe(lock);
  });

  test('a database that has them differs in nothing, also strictly, and so does one of another day', async () => {
    const made = await scene(files);
    expectSuccess(await check(made, '--write'));
    expectSuccess(await made.run('up'));
    const told = async (line: string): Promise<unknown> =>
      JSON.parse(expectSuccess(await made.run(`${line} --json`)).stdout).drift;
    const nothing = { differences: [], unverified: [] };
    expect(await told('drift --strict')).toEqual(nothing);
    await made.database.query(`DO $$ BEGIN
      EXECUTE format('DROP TABLE public.sold_%s', to_char(CURRENT_DATE, 'YYYYMMDD'));
      EXECUTE format('ALTER TABLE public.sold_%s RENAME TO sold_20310101', to_char(CURRENT_DATE + 1, 'YYYYMMDD'));
    END $$`);
    expect(await told('drift --strict')).toEqual(nothing);
    await made.database.query('DROP SCHEMA slipway CASCADE');
    expectSuccess(await made.run('adopt'));
    expect(await told('drift --strict')).toEqual(nothing);
  });
});

describe('a kind that is only reported', () => {
  const scene = useScenes();
  const plain = {
    'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.a (x int);
COMMENT ON TABLE public.a IS 'as made';
CREATE INDEX a_x ON public.a (x);
`,
    'migrations/20250102000000_b.sql': `CREATE INDEX a_y ON public.a ((x + 1));
ALTER TABLE public.a SET (fillfactor = 70);
DROP INDEX public.a_x;
`,
  };
  const differing = ['comment table public.a', 'index public.a.a_y', 'options public.a'];

  test('no migration is refused for it; the log and status tell it', async () => {
    const made = await scene(plain);
    expectSuccess(await check(made, '--write'));
    const lock = JSON.parse(readFileSync(made.project.path('sql/schema.lock.json'), 'utf8'));
    const other = (objects: Record<string, string>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(objects).map(([name, hash]) => [
          name,
          /^(?:comment|index|options) /.test(name) ? 'A'.repeat(22) : hash,
        ]),
      );
    lock.baseline.objects = other(lock.baseline.objects);
    const { delta } = lock.migrations['20250102000000'];
    delta.added = other(delta.added);
    made.project.write('sql/schema.lock.json', JSON.stringify(lock));
    const { logs } = expectSuccess(await made.run('up'));
    const [told] = logs.filter(({ event }) => event === 'differences');
    expect(told?.level).toBe('warn');
    const status = JSON.parse(expectSuccess(await made.run('status --drift --exit-code --json')).stdout);
    expect(status.drift.differences.map(({ object }: { object: string }) => object).sort()).toEqual(
      differing,
    );
    expect((await check(made)).code).toBe(1);
    // What an application depends on is refused as before.
    lock.baseline.objects['column public.a.x'] = 'A'.repeat(22);
    made.project.write('sql/schema.lock.json', JSON.stringify(lock));
    const fresh = await scene(filesOf(made));
    expectFailure(await fresh.run('up'), { code: 65, names: /what the lock expects/, remedy: /./ });
  });
});
