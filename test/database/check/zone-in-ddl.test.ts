import { readFileSync } from 'node:fs';
import { check } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const files = {
  'migrations/20250101000000_moments.sql': `CREATE TABLE public.d (
  at timestamptz DEFAULT '2020-01-01',
  secret text,
  CONSTRAINT since CHECK (at >= '2019-01-01')
);
CREATE VIEW public.dv AS
  SELECT at FROM public.d WHERE at > '2021-01-01'::timestamptz;
CREATE POLICY p ON public.d
  USING (at > '2021-01-01');
CREATE TABLE public.e (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE public.e1 PARTITION OF public.e
  FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE public.n (at timestamptz DEFAULT 'now'::timestamptz);
`,
} as const;

const changes = {
  'column public.d.at': `ALTER TABLE public.d ALTER at SET DEFAULT '1970-01-01 00:00+00'`,
  'view public.dv': 'CREATE OR REPLACE VIEW public.dv AS SELECT at FROM public.d WHERE true',
  'policy public.d.p': 'ALTER POLICY p ON public.d USING (true)',
  'table public.e1': `ALTER TABLE public.e DETACH PARTITION public.e1;
    ALTER TABLE public.e ATTACH PARTITION public.e1 FOR VALUES FROM ('1999-01-01') TO ('2030-01-01')`,
} as const;

const lockPath = 'sql/schema.lock.json';

describe('DDL that follows the time zone of the session', () => {
  const scene = useScenes();
  jest.setTimeout(180_000);

  async function locked(): Promise<Scene> {
    const made = await scene(files);
    expectSuccess(await check(made, '--write'));
    return made;
  }

  const elsewhere = { PGOPTIONS: '-c TimeZone=Asia/Kathmandu' };

  const driftOf = async (
    made: Scene,
    code: number,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ unverified: string[]; changed: string[] }> => {
    const result = await made.run('drift --strict --json', env);
    expect(result.code).toBe(code);
    const { unverified, differences } = JSON.parse(result.stdout).drift;
    return {
      unverified,
      changed: differences.map(({ kind, object }: Record<string, string>) => `${kind} ${object}`),
    };
  };

  test('check --write names file and line, and to write the offset', async () => {
    const made = await scene(files);
    const { logs, stdout } = expectSuccess(await check(made, '--write --json'));
    const said = JSON.parse(stdout).changing as Record<string, string>[];
    const zone = said[0]?.zone;
    const file = 'migrations/20250101000000_moments.sql';
    expect(said.map(({ object, place, zone: of }) => [object, place, of === zone])).toEqual([
      ['column public.d.at', `${file}:2`, true],
      ['column public.n.at', `${file}:13`, false],
      ['constraint public.d.since', `${file}:4`, true],
      ['policy public.d.p', `${file}:9`, true],
      ['table public.e1', `${file}:12`, true],
      ['view public.dv', `${file}:7`, true],
    ]);
    const warned = logs.find(({ object }) => object === 'table public.e1');
    expect(warned?.msg).toBe(
      `${file}:12: table public.e1 is another moment in each time zone (literals): the lock verifies it only if TimeZone is ${zone}, as here. Write the offset: '2025-01-01 00:00+00'`,
    );
    const lock = readFileSync(made.project.path(lockPath), 'utf8');
    for (const line of ['', '--write', '']) expectSuccess(await check(made, line));
    expect(readFileSync(made.project.path(lockPath), 'utf8')).toBe(lock);
  });

  test('on a server of the same zone each change made by hand is drift', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    expect(await driftOf(made, 0)).toEqual({ unverified: ['column public.n.at: literals'], changed: [] });
    for (const change of Object.values(changes)) await made.database.query(change);
    const { changed } = await driftOf(made, 1);
    expect(changed.sort()).toEqual(
      Object.keys(changes)
        .map((object) => `changed ${object}`)
        .sort(),
    );
    expectFailure(await made.run('up'), { code: 85, names: /does not match/, remedy: /./ });
  });

  test('in another zone what follows it is not verified, and the rest is', async () => {
    const made = await locked();
    expectSuccess(await made.run('up', elsewhere));
    const { unverified, changed } = await driftOf(made, 0, elsewhere);
    expect(changed).toEqual([]);
    expect(unverified.map((part) => part.replace(/:.*?(?= \(|$)/, ''))).toEqual(
      [
        'column public.d.at',
        'constraint public.d.since',
        'policy public.d.p',
        'table public.e1',
        'view public.dv',
      ]
        .map((object) =>
          expect.stringMatching(new RegExp(`^${object} \\(the lock was made where TimeZone is `)),
        )
        .toSpliced(1, 0, 'column public.n.at'),
    );
    await made.database.query('ALTER TABLE public.d ALTER at SET NOT NULL');
    expect((await driftOf(made, 1, elsewhere)).changed).toEqual(['changed column public.d.at']);
  });

  test('a run that inspects again under its lock, since transactions went on meanwhile, makes it in the zone of its session', async () => {
    const made = await locked();
    const busy = await made.database.connect();
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await busy.query('SELECT pg_current_xact_id()');
    })();
    const result = await made.run('up', elsewhere);
    isOver = true;
    await writing;
    expectSuccess(result);
    const [found] = await made.database.query(`SELECT pg_get_viewdef('public.dv'::regclass) AS view`);
    expect(found?.view).toContain("'2020-12-31 18:15:00+00'");
  });

  test('what was made in the zone of the lock is verified in any', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    expect(await driftOf(made, 0, elsewhere)).toEqual({
      unverified: ['column public.n.at: literals'],
      changed: [],
    });
  });

  test('a squash keeps it: databases of before and new ones are verified', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    expectSuccess(await squash(made));
    for (const line of ['', '--write', '']) expectSuccess(await check(made, line));
    expectSuccess(await made.run('up'));
    const fresh = await scene(filesOf(made));
    expectSuccess(await fresh.run('up'));
    for (const one of [made, fresh]) {
      expect((await driftOf(one, 0)).changed).toEqual([]);
      await one.database.query(changes['table public.e1']);
      expect((await driftOf(one, 1)).changed).toEqual(['changed table public.e1']);
    }
  });
});
