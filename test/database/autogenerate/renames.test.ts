import { createDatabase, majors, named } from '../../support/database.ts';
import { generate, generated, problemsIn, shop } from '../../support/generated.ts';
import { shadowOf } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';
import { type Typed, talkOnTerminal } from '../../support/terminal.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const now = shop['sql/baseline.sql'];

async function wished(
  wish: string,
  words: readonly string[] = [],
): Promise<{ made: Scene; result: SlipwayResult }> {
  const made = await scene({ ...shop, 'sql/desired.sql': wish });
  const result = await generate(made, ['change', '--from', 'sql/desired.sql', ...words]);
  return { made, result };
}

describe('renames', () => {
  const wish = now.replaceAll('note text', 'remark text').replaceAll('shop.items', 'shop.goods');

  test('that are given keep what is in the columns, both ways', async () => {
    const given = ['--rename', 'shop.items=goods', '--rename', 'shop.items.note=remark'];
    const { made, result } = await wished(wish, given);
    expectSuccess(result);
    const { 'change.sql': up = '', 'change.down.sql': down = '' } = generated(made);
    expect(up).toMatch(/^-- change\n\nALTER TABLE shop\.items RENAME COLUMN note TO remark;\n/);
    expect(up).toContain('ALTER TABLE shop.items RENAME TO goods;\n');
    expect(down).toContain('ALTER TABLE shop.goods RENAME COLUMN remark TO note;\n');
    expect(up + down).not.toMatch(/DROP (?:TABLE|COLUMN)/);
    expect(problemsIn(result)).toEqual([]);
  });

  test.each(named(majors))(
    'of columns that are NOT NULL, as the embedded server names them, run on $version forth and back',
    async ({ major }) => {
      const made = await scene(
        {
          ...shop,
          'sql/desired.sql': now.replace('name text', 'title text').replace('id, name', 'id, title AS name'),
        },
        { major },
      );
      const words = ['change', '--from', 'sql/desired.sql', '--rename', 'shop.items.name=title'];
      const result = await generate(made, words, { SLIPWAY_SHADOW_URL: '' });
      expectSuccess(result);
      expect(problemsIn(result)).toEqual([]);
      expectSuccess(await made.run('up'));
      expectSuccess(await made.run('down'));
    },
  );

  test('are never guessed: without a terminal the option is named', async () => {
    const { made, result } = await wished(now.replace('note text', 'remark text'));
    expectSuccess(result);
    expect(result.logs.find(({ event }) => event === 'possibleRename')).toMatchObject({
      level: 'warn',
      msg: expect.stringMatching(/--rename shop\.items\.note=remark$/),
    });
    expect(generated(made)['change.sql']).toContain('DROP COLUMN note');
  });

  test.each([
    ['where --rename names them', ['--rename', 'shop.items.note=remark'], {}, ''],
    ['in CI', [], { CI: 'true' }, '--rename shop.items.note=remark'],
    ['with --json', ['--json'], {}, '"problems"'],
  ])('on a terminal they are not asked for %s', async (_where, words, env, said) => {
    const made = await scene({ ...shop, 'sql/desired.sql': now.replace('note text', 'remark text') });
    const { code, written } = await asked(made, [...fromFile, ...words], [], env);
    expect(code).toBe(0);
    expect(written).toContain(said);
    expect(written).not.toContain('[y/N]');
  });

  test.each([
    ['y', 'ALTER TABLE shop.items RENAME COLUMN note TO remark;'],
    ['n', '  DROP COLUMN note,\n  ADD COLUMN remark text;'],
    ['', '  DROP COLUMN note,\n  ADD COLUMN remark text;'],
  ])('on a terminal they are asked for, and the answer "%s" counts', async (answer, statement) => {
    const made = await scene({ ...shop, 'sql/desired.sql': now.replace('note text', 'remark text') });
    const { code } = await asked(made, fromFile, [{ after: `${question} [y/N] `, keys: `${answer}\n` }]);
    expect(code).toBe(0);
    expect(generated(made)['change.sql']).toContain(statement);
  });

  test('Ctrl-C at the question ends it with 130, and writes nothing', async () => {
    const made = await scene({ ...shop, 'sql/desired.sql': now.replace('note text', 'remark text') });
    const { code } = await asked(made, fromFile, [{ after: '[y/N] ', keys: '\u0003' }]);
    expect(code).toBe(130);
    expect(generated(made)).toEqual({});
  });

  test.each(['maybe', '1'])('an answer such as "%s" is asked for again', async (answer) => {
    const made = await scene({ ...shop, 'sql/desired.sql': now.replace('note text', 'remark text') });
    const { code, written } = await asked(made, fromFile, [
      { after: '[y/N] ', keys: `${answer}\n` },
      { after: '[y/N] ', keys: 'yes\n' },
    ]);
    expect(code).toBe(0);
    expect(written.match(/\[y\/N\]/g)).toHaveLength(2);
    expect(generated(made)['change.sql']).toContain('RENAME COLUMN note TO remark');
  });

  test('Ctrl-D at the question ends it with 64, and writes nothing', async () => {
    const made = await scene({ ...shop, 'sql/desired.sql': now.replace('note text', 'remark text') });
    const { code, written } = await asked(made, fromFile, [{ after: '[y/N] ', keys: '\u0004' }]);
    expect(code).toBe(64);
    expect(written).toContain('the input ended before the question was answered');
    expect(generated(made)).toEqual({});
  });

  test('where several are possible, each of those that more speaks for than the type', async () => {
    const wish = now.replace('note text', 'remark text').replace('name text', 'title text');
    const made = await scene({
      ...shop,
      'sql/desired.sql': wish.replace('SELECT id, name', 'SELECT id, title AS name'),
    });
    const { code, written } = await asked(made, fromFile, [
      { after: 'name renamed to title? [y/N] ', keys: 'y\n' },
      { after: 'note renamed to remark? [y/N] ', keys: 'y\n' },
    ]);
    expect(code).toBe(0);
    expect(written.match(/\[y\/N\]/g)).toHaveLength(2);
    expect(generated(made)['change.sql']).not.toMatch(/DROP/);
  });
});

const question = 'Was column shop.items.note renamed to remark?';
const fromFile = ['new', 'change', '--from', 'sql/desired.sql'];

const asked = (made: Scene, words: readonly string[], typing: readonly Typed[], env = {}) =>
  talkOnTerminal(
    words,
    { cwd: made.project.directory, env: { ...made.database.env, ...shadowOf(made), ...env } },
    typing,
  );

describe('beside the question stands what rows say', () => {
  const renamed = now.replace('note text', 'remark text');
  const fill = (column: string) =>
    `INSERT INTO shop.items (name, price, ${column}) SELECT 'n', 1, CASE WHEN n % 2 = 0 THEN 'secret ' || n END FROM generate_series(1, 40) n`;
  const yes = { after: `${question} [y/N] `, keys: 'y\n' };

  /** A project whose database is at head, with rows. */
  async function filled(more = ''): Promise<Scene> {
    const baseline = shop['sql/baseline.sql'] + more;
    const made = await scene({ 'sql/baseline.sql': baseline, 'sql/desired.sql': renamed });
    expectSuccess(await made.run('up', shadowOf(made)));
    await made.database.query(fill('note'));
    return made;
  }

  /** Answers yes, and gives what stood above the question. */
  async function saidOf(made: Scene, source: string): Promise<string> {
    const { code, written } = await asked(made, ['new', 'change', '--from', source], [yes]);
    expect({ code, written }).toMatchObject({ code: 0, written: expect.not.stringContaining('secret') });
    expect(generated(made)['change.sql']).toContain('RENAME COLUMN note TO remark');
    return written;
  }

  test('of both databases, where SOURCE is one with rows of the same keys', async () => {
    const made = await filled('CREATE INDEX ON shop.items (note);');
    const source = await createDatabase(made.database.major);
    try {
      await source.query(`${renamed}; ${fill('remark')}; CREATE INDEX ON shop.items (remark)`);
      await source.query("UPDATE shop.items SET remark = 'another' WHERE id = 2");
      const said = await saidOf(made, `${source.url}?sslmode=disable`);
      expect(said).toContain(
        '19 of 20 rows that both databases have hold the same value in both, 19 different ones',
      );
      expect(said).toContain('both are text');
      expect(said).toContain('both stand at the same place in the table');
      expect(said).toContain('indexes, constraints and others on it that the new one has as well: 1 of 1');
    } finally {
      await source.drop();
    }
  });

  test('of the one database that has both columns', async () => {
    const made = await filled();
    await made.database.query('ALTER TABLE shop.items ADD remark text; UPDATE shop.items SET remark = note');
    expect(await saidOf(made, 'sql/desired.sql')).toContain(
      '20 of 20 rows hold the same value in both, 20 different ones',
    );
  });

  test('of what goes, where nothing else can be seen', async () => {
    const made = await filled();
    expect(await saidOf(made, 'sql/desired.sql')).toContain(
      '20 of 40 rows hold a value, which is lost unless it was renamed',
    );
  });

  test('and why none do, where the server does not answer', async () => {
    const made = await scene({ ...shop, 'sql/desired.sql': renamed });
    const { written } = await asked(made, fromFile, [yes], { PGPORT: '1', DATABASE_URL: '' });
    expect(written).toMatch(/no rows were compared: .*:1/);
  });

  test('a table that has the rows of the one that goes', async () => {
    const made = await filled();
    const source = await createDatabase(made.database.major);
    try {
      const goods = now.replaceAll('shop.items', 'shop.goods');
      await source.query(`${goods}; ${fill('note').replace('items', 'goods')}`);
      const words = ['new', 'change', '--from', `${source.url}?sslmode=disable`];
      const { code, written } = await asked(made, words, [
        { after: 'Was table shop.items renamed to goods? [y/N] ', keys: 'y\n' },
      ]);
      expect(code).toBe(0);
      expect(written).toContain('40 of 40 rows that both databases have hold the same row in both');
      expect(generated(made)['change.sql']).toContain('ALTER TABLE shop.items RENAME TO goods');
    } finally {
      await source.drop();
    }
  });
});
