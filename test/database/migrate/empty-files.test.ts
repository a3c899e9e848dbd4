import { generate, generated, problemsIn, shop } from '../../support/generated.ts';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const table = '-- slipway: version 20250101000000\nCREATE TABLE public.a (id int);\n';
const empty = '-- slipway: empty\n';

test('a migration that says it is empty is checked, applied, undone, and taken in by a squash', async () => {
  const made = await scene({
    'sql/baseline.sql': table,
    'migrations/20250102000000_nothing.sql': `${empty}-- as Rails had it\n`,
    'migrations/20250102000000_nothing.down.sql': empty,
  });
  await writeLock(made);
  for (const line of ['up', 'down', 'up', 'drift --strict']) expectSuccess(await made.run(line));
  expect((await made.ledger()).map(({ version, state }) => [version, state])).toEqual([
    ['20250101000000', 'done'],
    ['20250102000000', 'done'],
  ]);
  expectSuccess(await squash(made));
  expectSuccess(await check(made));
});

test('one that does not say it: 65 in up and in check, and both name the line', async () => {
  const made = await scene({
    'sql/baseline.sql': table,
    'migrations/20250102000000_nothing.sql': '-- as Rails had it\n',
  });
  const wanted = {
    code: 65,
    names: /20250102000000_nothing\.sql:1:1: the file holds comments but no statement/,
    remedy: /this is its first line: -- slipway: empty$/,
  };
  expectFailure(await made.run('up'), wanted);
  expectFailure(await check(made, '--write'), wanted);
});

test('a squash of what was all dropped is a baseline that says it is empty, and works', async () => {
  const made = await scene({
    'sql/baseline.sql': table,
    'migrations/20250102000000_gone.sql': 'DROP TABLE public.a;\n',
  });
  await writeLock(made);
  expectSuccess(await squash(made));
  const fresh = await scene(filesOf(made));
  expect(filesOf(made)['sql/baseline.sql']).toMatch(
    /^-- slipway: version 20250102000000\n-- slipway: empty\n/,
  );
  expectSuccess(await fresh.run('up'));
  expectSuccess(await check(made));
});

describe('an empty wish', () => {
  test.each(['-- nothing at all\n', ''])(
    '%j, a file: all goes, and the first lines say what is lost',
    async (wish) => {
      const made = await scene({ ...shop, 'sql/desired.sql': wish });
      const result = expectSuccess(await generate(made, ['nothing', '--from', 'sql/desired.sql']));
      expect(problemsIn(result)).toEqual([
        'it loses the rows of the table audit.log',
        'it loses the rows of the table shop.items',
      ]);
      await writeLock(made);
      expectSuccess(await made.run('up'));
      expect(
        await made.database.query(
          "SELECT to_regnamespace('shop') AS shop, to_regnamespace('audit') AS audit",
        ),
      ).toEqual([{ shop: null, audit: null }]);
      for (const line of ['down', 'up']) expectSuccess(await made.run(line));
    },
  );

  test('a command that prints nothing is none, unless it says so', async () => {
    const made = await scene(shop);
    expectFailure(await generate(made, ['x', '--from-command', 'true']), {
      code: 65,
      names: /the file is empty/,
      remedy: /-- slipway: empty$/,
    });
    expectSuccess(await generate(made, ['x', '--from-command', "echo '-- slipway: empty'"]));
    expect(generated(made)['x.sql']).toMatch(/DROP TABLE shop\.items;/);
  });
});
