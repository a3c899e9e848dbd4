import { execFileSync } from 'node:child_process';
import { generate, generated, problemsIn, shop } from '../../support/generated.ts';
import { searchRun } from '../../support/leaks.ts';
import { shadowOf } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { bundle, type SlipwayResult } from '../../support/slipway.ts';

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
    ['y', 'ALTER TABLE shop.items RENAME COLUMN note TO remark;'],
    ['n', '  DROP COLUMN note,\n  ADD COLUMN remark text;'],
    ['', '  DROP COLUMN note,\n  ADD COLUMN remark text;'],
  ])('on a terminal they are asked for, and the answer "%s" counts', async (answer, statement) => {
    const made = await scene({ ...shop, 'sql/desired.sql': now.replace('note text', 'remark text') });
    const command = `${process.execPath} ${bundle} new change --from sql/desired.sql`;
    const shown = execFileSync('script', ['-qec', command, '/dev/null'], {
      cwd: made.project.directory,
      env: { PATH: process.env.PATH, ...made.database.env, ...shadowOf(made) },
      input: `${answer}\n`,
      encoding: 'utf8',
    });
    searchRun('a terminal', { code: 0, stdout: shown, stderr: '' });
    expect(shown).toContain('Is remark the column shop.items.note, renamed, with its data?');
    expect(generated(made)['change.sql']).toContain(statement);
  });
});
