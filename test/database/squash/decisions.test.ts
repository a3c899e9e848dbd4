import { newestMajor } from '../../support/database.ts';
import { writeLock } from '../../support/locked.ts';
import { withoutPhases } from '../../support/phases.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(120_000);

async function locked(files: Readonly<Record<string, string>>): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  return made;
}

async function expectFresh(files: Readonly<Record<string, string>>, major: number): Promise<Scene> {
  const fresh = await scene(files, { major });
  expectSuccess(await fresh.run('up'));
  return fresh;
}

const shop = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE SCHEMA shop;
CREATE TABLE shop.sizes (id serial PRIMARY KEY, label text NOT NULL, at timestamptz DEFAULT now(), day date, twin int);
CREATE TABLE shop.colors (id int PRIMARY KEY, label text);
CREATE FUNCTION shop.fill() RETURNS void LANGUAGE sql AS 'INSERT INTO shop.colors VALUES (9, ''nine'')';
CREATE PROCEDURE shop.tidy() LANGUAGE sql AS 'DELETE FROM shop.colors WHERE id > 5';
`,
};
const migration = 'migrations/20250102000000_rows.sql';

interface Case {
  readonly title: string;
  readonly sql: string;
  /** What stops it, a line each. */
  readonly stops: readonly RegExp[];
  /** What gets it through, and what then stands in the baseline. */
  readonly options: string;
  readonly holds: RegExp;
}

const cases: readonly Case[] = [
  {
    title: 'now() in an INSERT',
    sql: "INSERT INTO shop.colors VALUES (1, 'red');\nINSERT INTO shop.colors\n  VALUES (2, now()::text);\n",
    stops: [
      /^migrations\/20250102000000_rows\.sql:2: what it writes into shop\.colors\.label is another value each time$/,
    ],
    options: '--freeze shop.colors.label',
    holds: /\(1, 'red'\),\n {2}\(2, '20\d\d-/,
  },
  {
    title: 'random() in an UPDATE',
    sql: "INSERT INTO shop.colors VALUES (1, 'red');\nUPDATE shop.colors SET label = random() || label;\n",
    stops: [/^migrations\/20250102000000_rows\.sql:2: what it writes into shop\.colors\.label /],
    options: '--freeze shop.colors.*',
    holds: /\(1, '0\.\d+red'\)/,
  },
  {
    title: 'the day',
    sql: "INSERT INTO shop.sizes (id, label, at, day) VALUES (7, 'l', NULL, current_date);\n",
    stops: [/^migrations\/20250102000000_rows\.sql:1: what it writes into shop\.sizes\.day /],
    options: '--freeze shop.sizes.day',
    holds: /\(7, 'l', NULL, '20\d\d-\d\d-\d\d', NULL\)/,
  },
  {
    title: 'a default that is another value each time',
    sql: "SELECT 1;\nINSERT INTO shop.sizes (id, label) VALUES (7, 'l');\n",
    stops: [/^migrations\/20250102000000_rows\.sql:2: what it writes into shop\.sizes\.at /],
    options: '--from-default shop.sizes.at',
    holds:
      /^-- slipway: from-default shop\.sizes\.at\n[\s\S]*\(id, label, day, twin\) VALUES\n {2}\(7, 'l', NULL, NULL\)/m,
  },
  {
    title: 'numbers from a sequence',
    sql: "INSERT INTO shop.sizes (label, at) VALUES ('s', NULL), ('l', NULL);\n",
    stops: [
      /^migrations\/20250102000000_rows\.sql:1: the sequence shop\.sizes_id_seq does not start at its beginning: it is at 2$/,
    ],
    options: '--set-sequence shop.sizes_id_seq',
    holds:
      /\(1, 's', NULL, NULL, NULL\),\n[\s\S]*^SELECT pg_catalog\.setval\('shop\.sizes_id_seq', 2, true\);$/m,
  },
  {
    title: 'numbers from a sequence, given again',
    sql: "INSERT INTO shop.sizes (label, at) VALUES ('s', NULL), ('l', NULL);\n",
    stops: [/--from-default shop\.sizes\.id$/],
    options: '--from-default shop.sizes.id',
    holds: /\(label, at, day, twin\) VALUES\n {2}\('s', NULL, NULL, NULL\),\n {2}\('l', /,
  },
  {
    title: 'a sequence that was set',
    sql: "SELECT setval('shop.sizes_id_seq', 41);\n",
    stops: [
      /^migrations\/20250102000000_rows\.sql:1: the sequence shop\.sizes_id_seq does not start at its beginning: it is at 41$/,
    ],
    options: '--set-sequence shop.*',
    holds: /setval\('shop\.sizes_id_seq', 41, true\)/,
  },
  {
    title: 'rows that are put together by chance',
    sql: 'INSERT INTO shop.colors SELECT row_number() OVER (ORDER BY random()), x::text FROM generate_series(1, 50) x;\n',
    stops: [/^migrations\/20250102000000_rows\.sql:1: the rows of shop\.colors differ each time$/],
    options: '--freeze shop.colors.*',
    holds: /\(50, '\d+'\);/,
  },
  {
    title: 'a table that was renamed after its rows came',
    sql: 'CREATE TABLE shop.old (x text);\nINSERT INTO shop.old VALUES (now()::text);\nALTER TABLE shop.old RENAME TO new;\n',
    stops: [/^migrations\/20250102000000_rows\.sql:2: what it writes into shop\.new\.x /],
    options: '--freeze shop.new.x',
    holds: /INSERT INTO shop\.new \(x\) VALUES/,
  },
  {
    title: 'a DO block, taken over with its comment',
    sql: 'SELECT 1;\n\n-- Why it is there.\nDO $$ BEGIN\n  PERFORM 1;\nEND $$;\n',
    stops: [/^migrations\/20250102000000_rows\.sql:4: DO: schema and rows may not show all that it does/],
    options: `--carry ${migration}:4`,
    holds:
      /^-- slipway: keep\n-- Why it is there\.\nDO \$\$ BEGIN\n {2}PERFORM 1;\nEND \$\$;\n-- slipway: end\n$/m,
  },
  {
    title: 'a CALL, whose rows are there',
    sql: 'CALL shop.tidy();\n',
    stops: [/^migrations\/20250102000000_rows\.sql:1: CALL: /],
    options: `--leave ${migration}:1`,
    holds: /CREATE PROCEDURE shop\.tidy/,
  },
  {
    title: 'a function of its own, whose rows are there',
    sql: 'SELECT shop.fill();\n',
    stops: [/^migrations\/20250102000000_rows\.sql:1: shop\.fill\(\): /],
    options: `--leave ${migration}:1`,
    holds: /\(9, 'nine'\)/,
  },
  {
    title: 'DO blocks of one file, with one answer for all of them',
    sql: "DO 'BEGIN END';\nCREATE TABLE shop.more ();\nCALL shop.tidy();\nDO 'BEGIN NULL; END';\n",
    stops: [
      /:1: DO: /,
      /:3: CALL: /,
      /:4: DO: /,
      /--leave migrations\/20250102000000_rows\.sql:4\. One answer for all 3 of this file: --carry migrations\/20250102000000_rows\.sql or --leave migrations\/20250102000000_rows\.sql$/,
    ],
    options: `--carry ${migration} --leave ${migration}:3`,
    holds:
      /\nCREATE TABLE shop\.more \(\);[\s\S]*\n\n-- slipway: keep\nDO 'BEGIN END';\n-- slipway: end\n\n-- slipway: keep\nDO 'BEGIN NULL; END';\n-- slipway: end\n$/,
  },
  {
    title: 'DO blocks, with one answer for whatever is asked',
    sql: "DO 'BEGIN END';\nCREATE TABLE shop.more ();\nCALL shop.tidy();\nDO 'BEGIN NULL; END';\n",
    stops: [/:1: DO: /, /:3: CALL: /, /:4: DO: /],
    options: `--carry * --leave ${migration}:3`,
    holds:
      /\nCREATE TABLE shop\.more \(\);[\s\S]*\n\n-- slipway: keep\nDO 'BEGIN END';\n-- slipway: end\n\n-- slipway: keep\nDO 'BEGIN NULL; END';\n-- slipway: end\n$/,
  },
  {
    title: 'several at once',
    sql: "DO 'BEGIN END';\nINSERT INTO shop.sizes (label) VALUES ('s');\n",
    stops: [/:1: DO: /, /:2: what it writes into shop\.sizes\.at /, /:2: the sequence shop\.sizes_id_seq /],
    options: `--leave ${migration}:1 --from-default shop.sizes.at,shop.sizes.id`,
    holds: /\(label, day, twin\) VALUES/,
  },
];

test('what is asked of several files has one answer, which the last one names', async () => {
  const second = 'migrations/20250103000000_more.sql';
  const made = await locked({
    ...shop,
    [migration]: "DO 'BEGIN END';\n",
    [second]: "DO 'BEGIN NULL; END';\n",
  });
  const { code, stdout } = await squash(made);
  expect(code).toBe(1);
  expect(stdout.match(/One answer .*$/gm)).toEqual([
    "One answer for all of these 2 files: --carry '*' or --leave '*'",
  ]);
  expectSuccess(await squash(made, '--leave *'));
  expect(filesOf(made)['sql/baseline.sql']).not.toContain('DO ');
});

test.each(cases)(
  '$title: stops with 1, file and line; goes on once it is said what is meant',
  async ({ title, sql, stops, options, holds }) => {
    const made = await locked({ ...shop, [migration]: sql });
    const before = filesOf(made);
    const stopped = await squash(made);
    expect({ code: stopped.code, stderr: withoutPhases(stopped.stderr) }).toEqual({ code: 1, stderr: '' });
    const lines = stopped.stdout.trimEnd().split('\n');
    const questions = lines.filter((line) => !line.startsWith('    '));
    if (stops.length > 1) expect(questions).toHaveLength(title.includes('one answer') ? 3 : stops.length);
    for (const words of stops) expect(lines).toContainEqual(expect.stringMatching(words));
    expect(filesOf(made)).toEqual(before);
    expectSuccess(await squash(made, options));
    const after = filesOf(made);
    expect(after['sql/baseline.sql']).toMatch(holds);
    if (title === 'several at once') {
      expect(JSON.parse((await squash(made, '--dry-run --json')).stdout)).toMatchObject({
        ok: true,
        baseline: after['sql/baseline.sql'],
      });
    }
    await expectFresh(after, newestMajor);
  },
);

test('rows that point to each other, within a table and between two, come with triggers, rules and row security as they were', async () => {
  const made = await locked({
    'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.a (id int PRIMARY KEY, other int);
CREATE TABLE public.b (id int PRIMARY KEY, other int REFERENCES public.a, up int REFERENCES public.b);
ALTER TABLE public.a ADD CONSTRAINT a_b FOREIGN KEY (other) REFERENCES public.b;
CREATE TABLE public.c (id int PRIMARY KEY, label text, up int REFERENCES public.c DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.label := NEW.label || ''!''; RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT ON public.c FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER always BEFORE INSERT ON public.c FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.c ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER off BEFORE INSERT ON public.c FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.c DISABLE TRIGGER off;
`,
    [migration]: `INSERT INTO public.a VALUES (1, NULL);
INSERT INTO public.b VALUES (1, 1, 1), (2, 1, 1);
UPDATE public.a SET other = 1;
INSERT INTO public.c VALUES (2, 'two', 3), (3, 'three', NULL);
`,
  });
  const upgraded = await made.run('up');
  expectSuccess(upgraded);
  expectSuccess(await squash(made));
  const fresh = await expectFresh(filesOf(made), newestMajor);
  for (const table of ['a', 'b', 'c']) {
    const rows = `SELECT * FROM public.${table} ORDER BY id`;
    expect(await fresh.database.query(rows)).toEqual(await made.database.query(rows));
    expect((await fresh.database.query(rows)).length).toBeGreaterThan(0);
  }
});

test('grants, owners and default privileges come along, whether the lock counts them or not', async () => {
  const made = await scene(shop);
  const { name: owner } = await made.role();
  const { name: reader } = await made.role();
  made.project.write(
    migration,
    `GRANT SELECT ON shop.colors TO ${reader};
ALTER TABLE shop.sizes OWNER TO ${owner};
REVOKE EXECUTE ON FUNCTION shop.fill() FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO ${reader};
`,
  );
  await writeLock(made);
  expectSuccess(await squash(made));
  const fresh = await expectFresh(filesOf(made), newestMajor);
  await fresh.database.query('CREATE TABLE shop.later ()');
  expect(
    await fresh.database.query(`SELECT has_table_privilege('${reader}', 'shop.colors', 'SELECT') AS reads,
      has_table_privilege('${reader}', 'shop.later', 'SELECT') AS later, has_function_privilege('${reader}', 'shop.fill()', 'EXECUTE') AS calls,
      (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'shop.sizes'::regclass) AS owner`),
  ).toEqual([{ reads: true, later: true, calls: false, owner }]);
  await fresh.database.query(`DROP OWNED BY ${owner}, ${reader}`);
});

test('what files say of their database comes along without asking, at the next squash too', async () => {
  const here = (statement: string, value: string): string =>
    `DO $$ BEGIN EXECUTE format('${statement}', current_database(), '${value}'); END $$;\n`;
  const made = await locked({
    ...shop,
    [migration]:
      here('ALTER DATABASE %I SET work_mem TO %L', '64MB') +
      here('ALTER DATABASE %I SET search_path TO %s', 'shop, public') +
      here('COMMENT ON DATABASE %I IS %L', 'of the shop'),
  });
  expectSuccess(await squash(made));
  const once = filesOf(made)['sql/baseline.sql'];
  expect(once?.match(/^DO /gm)).toHaveLength(3);
  made.project.write('migrations/20250103000000_more.sql', 'CREATE TABLE shop.more (id int);\n');
  await writeLock(made);
  expectSuccess(await squash(made));
  const { database } = await expectFresh(filesOf(made), newestMajor);
  expect(
    await database.query(`SELECT (SELECT array_agg(x ORDER BY x) FROM pg_db_role_setting s, unnest(s.setconfig) x WHERE s.setdatabase = d.oid) AS settings,
      shobj_description(d.oid, 'pg_database') AS comment FROM pg_database d WHERE d.datname = current_database()`),
  ).toEqual([{ settings: ['search_path=shop, public', 'work_mem=64MB'], comment: 'of the shop' }]);
});

test('a baseline that pg_dump wrote, and a module after it', async () => {
  const made = await locked({
    'sql/baseline.sql': `-- slipway: version 20250101000000
--
-- PostgreSQL database dump
--
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.a (id integer NOT NULL, x text);
CREATE SEQUENCE public.a_id_seq AS integer;
ALTER SEQUENCE public.a_id_seq OWNED BY public.a.id;
ALTER TABLE ONLY public.a ALTER COLUMN id SET DEFAULT nextval('public.a_id_seq'::regclass);
COPY public.a (id, x) FROM stdin;
1\tone
2\t\\N
\\.
SELECT pg_catalog.setval('public.a_id_seq', 2, true);
ALTER TABLE ONLY public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);
`,
    'migrations/20250102000000_module.mjs':
      "export const up = ({ client }) => client.query('INSERT INTO public.a VALUES ($1, $2)', [7, 'made']);\n",
  });
  const stopped = await squash(made);
  expect(stopped.stdout).toMatch(
    /^migrations\/20250102000000_module\.mjs:1: a module: .*\n {4}→ Read it\. .*--leave/,
  );
  expectSuccess(await squash(made, '--leave migrations/20250102000000_module.mjs:1'));
  expect(filesOf(made)['sql/baseline.sql']).toBe(`-- slipway: version 20250102000000
-- The whole schema as of this version.

CREATE TABLE public.a (
  id serial PRIMARY KEY,
  x text
);

-- Reference rows.
INSERT INTO public.a (id, x) VALUES
  (1, 'one'),
  (2, NULL),
  (7, 'made');

SELECT pg_catalog.setval('public.a_id_seq', 2, true);
`);
});

const usage: readonly (readonly [options: string, names: RegExp, remedy: RegExp])[] = [
  [
    '--from-default shop.sizes.label',
    /--from-default: shop\.sizes\.label is no column with a default/,
    /Known are shop\.sizes\.id, shop\.sizes\.at/,
  ],
  ['--freeze shop.none', /--freeze: shop\.none is no column/, /Known are .*shop\.sizes\.label/],
  ['--set-sequence none', /--set-sequence: none is no sequence/, /Known are shop\.sizes_id_seq/],
  [
    '--carry sql/baseline.sql:77',
    /--carry: sql\/baseline\.sql:77 is no such file or statement/,
    /Leave the option out/,
  ],
];

test.each(usage)('%s that names nothing: 64', async (options, names, remedy) => {
  const made = await locked({
    ...shop,
    [migration]: "INSERT INTO shop.sizes VALUES (1, 'a', NULL, NULL);\n",
  });
  expectFailure(await squash(made, options), { code: 64, names, remedy });
});

test('what is kept must leave alone what is there already: 65, at its place, and nothing is written', async () => {
  const made = await locked({
    ...shop,
    [migration]: '-- slipway: keep\nCREATE TABLE shop.extra (x int);\n-- slipway: end\n',
  });
  const before = filesOf(made);
  const failure = expectFailure(await squash(made), {
    code: 65,
    names: /the new baseline does not load \(nothing was written\): relation "extra" already exists/,
    remedy: /must work when everything else is there already/,
  });
  expect(failure.detail).toContainEqual(expect.stringMatching(/CREATE TABLE shop\.extra/));
  expect(filesOf(made)).toEqual(before);
});

test('what was kept and adds its rows once more: 1', async () => {
  const made = await locked({
    ...shop,
    [migration]:
      "-- slipway: keep\nDO $$ BEGIN INSERT INTO shop.sizes (id, label, at) VALUES ((SELECT coalesce(max(id), 0) + 1 FROM shop.sizes), 'x', NULL); END $$;\n-- slipway: end\n",
  });
  const stopped = await squash(made);
  expect(stopped.code).toBe(1);
  expect(stopped.stdout).toMatch(
    /^sql\/baseline\.sql: the new baseline would not make the same database as the files; nothing was written\n {4}shop\.sizes: 2 rows, the files make 1\n {4}→ The keep sections run at the end/,
  );
});
