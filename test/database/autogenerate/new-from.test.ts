import { existsSync } from 'node:fs';
import { createDatabase } from '../../support/database.ts';
import { exampleFiles } from '../../support/example.ts';
import { generate, generated, problemsIn, shop } from '../../support/generated.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { withoutPhases } from '../../support/phases.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { canary, findSecret } from '../../support/secrets.ts';
import { shadowOwner } from '../../support/shadow-owner.ts';
import type { SlipwayResult } from '../../support/slipway.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const now = shop['sql/baseline.sql'];
/** As somebody gives a database whose password stands in no file. */
const withSecret = { hasSecretArgument: true };

async function wished(
  wish: string,
  words: readonly string[] = [],
): Promise<{ made: Scene; result: SlipwayResult }> {
  const made = await scene({ ...shop, 'sql/desired.sql': wish });
  const result = await generate(made, ['change', '--from', 'sql/desired.sql', ...words]);
  return { made, result };
}
describe('the bundled example', () => {
  const example = exampleFiles();
  const migrations = Object.entries(example)
    .filter(([path]) => path.startsWith('migrations/') && !path.includes('.down.'))
    .sort()
    .map(([, text]) => text.replace('INDEX CONCURRENTLY', 'INDEX'));
  const head = [example['sql/baseline.sql'], ...migrations].join('\n');

  test('a column with a DEFAULT becomes what a person would have written; it applies, and is undone', async () => {
    const wish = head.replace(
      '  is_paper_trading boolean',
      "  referral_code varchar(20) NOT NULL DEFAULT 'none',\n  is_paper_trading boolean",
    );
    const made = await scene({ ...example, 'sql/desired.sql': wish });
    const result = expectSuccess(
      await generate(made, ['add', 'referral code', '--from', 'sql/desired.sql', '--json']),
    );
    expect(JSON.parse(result.stdout)).toEqual({
      files: [
        expect.stringMatching(/^migrations\/\d{14}_add_referral_code\.sql$/),
        expect.stringMatching(/^migrations\/\d{14}_add_referral_code\.down\.sql$/),
      ],
      statements: 1,
      leftAlone: [],
      problems: [],
    });
    expect(withoutPhases(result.stderr)).toBe('');
    expect(generated(made)).toEqual({
      'add_referral_code.sql': `-- add referral code

ALTER TABLE trading.accounts ADD COLUMN referral_code varchar(20) NOT NULL DEFAULT 'none';
`,
      'add_referral_code.down.sql': `-- undoes: add referral code

-- Loses what the column trading.accounts.referral_code holds.
ALTER TABLE trading.accounts DROP COLUMN referral_code;
`,
    });
    await writeLock(made);
    for (const line of ['up', 'down', 'up', 'drift --strict']) expectSuccess(await made.run(line));
    const again = expectSuccess(await generate(made, ['again', '--from', 'sql/desired.sql']));
    expect(again.stdout).toBe('nothing differs: head already matches sql/desired.sql\n');
    expect(Object.keys(generated(made))).toHaveLength(2);
  });

  test('several columns of a table come in the order in which they are wished for', async () => {
    const wish = head.replace(
      '  is_paper_trading boolean',
      '  zone text,\n  "Kept until" date,\n  area text,\n  is_paper_trading boolean',
    );
    const made = await scene({ ...example, 'sql/desired.sql': wish });
    expectSuccess(await generate(made, ['places', '--from', 'sql/desired.sql']));
    expect(generated(made)['places.sql']).toContain(`ALTER TABLE trading.accounts
  ADD COLUMN zone text,
  ADD COLUMN "Kept until" date,
  ADD COLUMN area text;
`);
  });

  test('a database in which defaults got lost: each is set, and nothing else', async () => {
    const without = (text: string): string =>
      text
        .replace(
          "order_preference varchar(50) NOT NULL DEFAULT 'any'",
          'order_preference varchar(50) NOT NULL',
        )
        .replace('total_liquidations integer NOT NULL DEFAULT 0', 'total_liquidations integer NOT NULL');
    const made = await scene({
      ...example,
      'sql/baseline.sql': without(example['sql/baseline.sql'] ?? ''),
      'sql/desired.sql': head,
    });
    expectSuccess(await generate(made, ['set defaults', '--from', 'sql/desired.sql', '--no-down']));
    expect(generated(made)).toEqual({
      'set_defaults.sql': `-- set defaults

ALTER TABLE trading.strategies ALTER COLUMN order_preference SET DEFAULT 'any';

ALTER TABLE trading.strategy_performances ALTER COLUMN total_liquidations SET DEFAULT 0;
`,
    });
  });
});

describe('a database as SOURCE', () => {
  test('is only read; version tables and what it does not mention are left as they are', async () => {
    const made = await scene(shop);
    const source = await createDatabase(made.database.major);
    try {
      await source.query(
        `CREATE SCHEMA shop;
         CREATE TABLE shop.items (id serial PRIMARY KEY, name text NOT NULL, price numeric(10,2) NOT NULL DEFAULT 0, note text);
         CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL);
         ALTER DATABASE ${source.name} SET default_transaction_read_only = on`,
      );
      const url = source.url.replace('postgresql://', 'postgresql+asyncpg://');
      const words = ['price', '--from', `${url}?sslmode=disable`, '--keep', 'view *'];
      expectSuccess(await generate(made, words, {}, withSecret));
      expect(generated(made)['price.sql']).toBe(
        '-- price\n\nALTER TABLE shop.items ALTER COLUMN price SET DEFAULT 0;\n',
      );
      expect(findSecret(Object.values(generated(made)).join())).toBeNull();
      const [schemas] = await source.query("SELECT to_regnamespace('slipway') IS NULL AS untouched");
      expect(schemas).toEqual({ untouched: true });
    } finally {
      await source.drop();
    }
  });

  test('that is not there: 75 or 78, without its password', async () => {
    const made = await scene(shop);
    const url = made.database.url.replace(/:\d+\//, ':1/');
    const result = await generate(made, ['x', '--from', url], { SLIPWAY_WAIT_TIMEOUT: '0' }, withSecret);
    expectFailure(result, { code: 75, names: /refuses connections/, remedy: /./ });
    const wrong = await generate(made, ['x', '--from', `postgresql://u:${canary}@h/%zz`], {}, withSecret);
    expectFailure(wrong, { code: 78, names: /^--from: the % at character/, remedy: /%25/ });
    expect(generated(made)).toEqual({});
  });
});

describe('a command as SOURCE', () => {
  test('its output is the desired schema; BEGIN and COMMIT around it do not matter', async () => {
    const made = await scene({ ...shop, 'desired.sql': `BEGIN;\n${now}\nCOMMIT;\n` });
    const command = "sed 's/note text/note text, stock integer NOT NULL DEFAULT 0/' desired.sql";
    expectSuccess(await generate(made, ['stock', '--from-command', command]));
    expect(generated(made)['stock.sql']).toBe(
      '-- stock\n\nALTER TABLE shop.items ADD COLUMN stock integer NOT NULL DEFAULT 0;\n',
    );
  });

  test('that fails: 66 with what it said; SQL that is wrong: 65 with its place', async () => {
    const made = await scene(shop);
    const failed = await generate(made, ['x', '--from-command', 'echo no such model >&2; exit 3']);
    const failure = expectFailure(failed, {
      code: 66,
      names: /--from-command ended with 3/,
      remedy: /stdout/,
    });
    expect(failure.detail).toEqual(['no such model']);
    expectFailure(
      await generate(made, ['x', '--from-command', "printf 'CREATE SCHEMA y;\\nCREATE TABL y.t;'"]),
      {
        code: 65,
        names: /syntax error/,
        place: '--from-command:2:8',
        remedy: /./,
      },
    );
    expect(generated(made)).toEqual({});
  });
});

describe('what the file says in its first lines', () => {
  test('that a column is lost', async () => {
    const { made, result } = await wished(now.replace(',\n  note text', ''));
    expectSuccess(result);
    expect(generated(made)).toEqual({
      'change.sql': `-- change
--
-- Before you use it:
-- - it loses what the column shop.items.note holds

-- Loses what the column shop.items.note holds.
ALTER TABLE shop.items DROP COLUMN note;
`,
      'change.down.sql': '-- undoes: change\n\nALTER TABLE shop.items ADD COLUMN note text;\n',
    });
    expect(problemsIn(result)).toEqual(['it loses what the column shop.items.note holds']);
  });

  test('that it fails where there are rows, and what else is wrong with it', async () => {
    const { made, result } = await wished(now.replace('note text', 'note text NOT NULL'));
    expectSuccess(result);
    expect(generated(made)['change.sql']).toMatch(
      /^-- change\n--\n-- Before you use it:\n-- - it fails where the tables hold rows: column "note" of relation "items" contains null values\n/,
    );
  });

  test('that values become others', async () => {
    const { made, result } = await wished(now.replace('numeric(10,2)', 'numeric(10,0)'));
    expectSuccess(result);
    expect(generated(made)['change.sql']).toMatch(
      /^-- change\n--\n-- Before you use it:\n(?:-- - .*\n)*-- - the values of shop\.items\.price are not what they were\n/,
    );
  });

  test('that a schema is left alone, where another one comes', async () => {
    const { made, result } = await wished(now.replaceAll('audit', 'audits'));
    expectSuccess(result);
    expect(generated(made)['change.sql']).toMatch(
      /^-- change\n--\n-- Before you use it:\n-- - it leaves the schema audit as it is, of which SOURCE has nothing\n\nCREATE SCHEMA/,
    );
    expect(generated(made)['change.sql']).not.toContain('DROP');
  });

  test('that nothing undoes it: it is irreversible and has no down file, and check and down know it', async () => {
    const made = await scene({
      'sql/baseline.sql': "-- slipway: version 20250101000000\nCREATE TYPE public.mood AS ENUM ('ok');\n",
      'sql/desired.sql': "CREATE TYPE public.mood AS ENUM ('sad', 'ok');\n",
    });
    const result = expectSuccess(await generate(made, ['change', '--from', 'sql/desired.sql', '--json']));
    const reason =
      'nothing undoes it, so it has no down file: type public.mood: a label cannot be taken away from an enum';
    expect(JSON.parse(result.stdout)).toEqual({
      files: [expect.stringMatching(/_change\.sql$/)],
      statements: 1,
      leftAlone: [],
      problems: [expect.stringContaining(reason)],
    });
    expect(Object.keys(generated(made))).toEqual(['change.sql']);
    expect(generated(made)['change.sql']?.split('\n').slice(0, 5)).toEqual([
      '-- slipway: irreversible',
      '-- change',
      '--',
      '-- Before you use it:',
      expect.stringContaining(`-- - ${reason}`),
    ]);
    await writeLock(made);
    expectSuccess(await made.run('up'));
    expectFailure(await made.run('down'), { code: 64, names: /marked irreversible/, remedy: /./ });
  });

  test('what cannot be generated, with the difference; a file of comments alone is refused by up', async () => {
    const made = await scene({
      'sql/baseline.sql':
        "-- slipway: version 20250101000000\nCREATE TYPE public.mood AS ENUM ('sad', 'ok');\n",
      'sql/desired.sql': "CREATE TYPE public.mood AS ENUM ('ok');\n",
    });
    const result = expectSuccess(await generate(made, ['change', '--from', 'sql/desired.sql', '--json']));
    expect(JSON.parse(result.stdout)).toMatchObject({
      statements: 0,
      problems: [expect.stringMatching(/^type public\.mood is left for you: /)],
    });
    expect(generated(made)['change.sql']).toMatch(
      /^-- Left for you, 1:\n-- - type public\.mood: .*\n-- {5}is: enum .*\n-- {5}should be: enum /m,
    );
    expectFailure(await made.run('up'), {
      code: 65,
      names: /comments but no statement/,
      remedy: /Write its SQL/,
    });
  });
});

test.each<[string[], RegExp]>([
  [['x', '--from', 'sql/desired.sql', '--from-command', 'true'], /--from and --from-command both say/],
  [['x', '--from', 'sql/desired.sql', '--restamp', 'y'], /--from and --restamp do not go together/],
  [['x', '--from', 'sql/desired.sql', '--no-transaction'], /--from and --no-transaction do not go together/],
  [['x', '--rename', 'a.b=c'], /--rename goes only with --from/],
  [['x', '--keep', 'view *'], /--keep goes only with --from/],
  [['--from', 'sql/desired.sql'], /the migration has no name/],
  [
    ['x', '--from', 'sql/desired.sql', '--rename', 'shop.items.nothing=note'],
    /head has no shop\.items\.nothing/,
  ],
])('slipway new %j is wrong usage', async (words, names) => {
  const made = await scene({ ...shop, 'sql/desired.sql': now });
  expectFailure(await generate(made, words), { code: 64, names, remedy: /./ });
  expect(existsSync(made.project.path('migrations')) ? generated(made) : {}).toEqual({});
});

test('a project without a file yet gets its first migration', async () => {
  const made = await scene({ 'sql/desired.sql': now });
  expectSuccess(await generate(made, ['first', '--from', 'sql/desired.sql']));
  const { 'first.sql': up = '' } = generated(made);
  expect(up).toMatch(/^-- first\n\nCREATE SCHEMA IF NOT EXISTS audit;\n/);
  expectSuccess(await made.run('up'));
  const again = expectSuccess(
    await generate(made, ['again', '--from', `${made.database.url}?sslmode=disable`], {}, withSecret),
  );
  expect(again.stdout).toMatch(/^nothing differs/);
});

test("a table of the project's own that resembles a version table is a table as others are", async () => {
  const own = `${now}CREATE TABLE public.schema_migrations (version text PRIMARY KEY);\n`;
  const made = await scene({
    'sql/baseline.sql': own,
    'sql/desired.sql': own.replace('version text PRIMARY KEY', 'version text PRIMARY KEY, note text'),
  });
  const words = ['note', '--from', 'sql/desired.sql', '--no-down'];
  expectSuccess(await generate(made, words));
  expect(generated(made)['note.sql']).toBe(
    '-- note\n\nALTER TABLE public.schema_migrations ADD COLUMN note text;\n',
  );
  await writeLock(made);
  expectSuccess(await made.run('up'));
  const { stdout } = expectSuccess(await made.run('status --json'));
  expect(JSON.parse(stdout)).toMatchObject({ state: 'managed', evidence: [] });
});

test('a version table that SQL names is made, and it is said how to leave it out', async () => {
  const made = await scene({
    ...shop,
    'sql/desired.sql': `${now}CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL);\n`,
  });
  const result = expectSuccess(await generate(made, ['x', '--from', 'sql/desired.sql']));
  expect(generated(made)['x.sql']).toMatch(/CREATE TABLE public\.alembic_version/);
  expect(result.logs.filter(({ event }) => event === 'versionTable').map(({ msg }) => msg)).toEqual([
    "public.alembic_version appears to be the version table of another migration tool; to leave it out: --keep 'table public.alembic_version'",
  ]);
});

test('the version is newer than head, also where head lies in the future', async () => {
  const made = await scene({
    'sql/baseline.sql': now.replace('20250101000000', '20990101000000'),
    'sql/desired.sql': now.replace('note text', 'note text, stock integer'),
  });
  const { stdout } = expectSuccess(await generate(made, ['stock', '--from', 'sql/desired.sql', '--no-down']));
  expect(stdout).toBe('migrations/20990101000001_stock.sql\n');
});

test('a file that is not there: 66', async () => {
  const made = await scene(shop);
  expectFailure(await generate(made, ['x', '--from', 'sql/desired.sql']), {
    code: 66,
    names: /^sql\/desired\.sql: there is no such file$/,
    remedy: /./,
  });
});

test('no shadow database remains', async () => {
  const made = await scene({ ...shop, 'sql/desired.sql': `${now}SELECT 1/0;` });
  const { env, shadows } = await shadowOwner(made);
  expectFailure(await generate(made, ['x', '--from', 'sql/desired.sql'], env), {
    code: 65,
    names: /division by zero/,
    remedy: /./,
  });
  expect(await shadows()).toEqual([]);
});

test('what the migration leaves is not undone: its down file runs, and says nothing of it', async () => {
  const start = "CREATE SCHEMA s;\nCREATE TYPE s.mood AS ENUM ('good', 'bad');\nCREATE TABLE s.t (a int);\n";
  const made = await scene({
    'sql/baseline.sql': `-- slipway: version 20250101000000\n${start}`,
    'sql/desired.sql': start.replace(", 'bad'", '').replace('a int', 'a int, b int'),
  });
  const result = await generate(made, ['change', '--from', 'sql/desired.sql']);
  expectSuccess(result);
  expect(problemsIn(result).filter((problem) => problem.startsWith('undoing'))).toEqual([]);
  expect(generated(made)['change.down.sql']).toMatch(/DROP COLUMN b;\n$/);
  expect(generated(made)['change.down.sql']).not.toContain('ADD VALUE');
});

test('a schema of which SOURCE has nothing is told where nothing else differs, and in --json', async () => {
  const made = await scene({
    'sql/baseline.sql':
      '-- slipway: version 20250101000000\nCREATE TABLE a (x int);\nCREATE SCHEMA old;\nCREATE TABLE old.t (x int);\n',
    'w.sql': 'CREATE TABLE a (x int);\n',
  });
  await writeLock(made);
  const told = await made.run('new x --from w.sql', shadowOf(made));
  expect(told).toMatchObject({
    code: 0,
    stdout:
      'nothing differs: head already matches w.sql, apart from the schema old, of which it has nothing: left as it is. To drop something there, write a migration by hand\n',
    stderr: expect.stringContaining('w.sql has nothing in the schema old: left as it is'),
  });
  const { stdout } = await made.run('new x --from w.sql --json', shadowOf(made));
  expect(JSON.parse(stdout)).toEqual({ files: [], statements: 0, problems: [], leftAlone: ['old'] });
});
