import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const ran = (made: Scene, line: string) => made.run(line, shadowOf(made));
const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE a (x int, y int, z int);\n',
};
const later = {
  'migrations/20250102000000_more.sql': 'ALTER TABLE a ADD w int;\n',
  'migrations/20250102000000_more.down.sql': 'ALTER TABLE a DROP w;\n',
};
const noDifference = { schema: { drifted: 0, reported: 0 }, drift: { differences: [] } };

/** Nothing of the order of columns is said: not at a start, nor by status; strictly, nothing differs. */
async function expectSilence(made: Scene): Promise<void> {
  const { logs } = expectSuccess(await made.run('up'));
  expect(logs.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(JSON.parse(expectSuccess(await made.run('drift --strict --json')).stdout)).toMatchObject(
    noDifference,
  );
}

async function locked(): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  return made;
}

test('after a repair by a fix the order of columns is accepted as it is', async () => {
  const made = await locked();
  expectSuccess(await made.run('up'));
  await made.database.query('ALTER TABLE a DROP y');
  expectSuccess(await ran(made, 'repair --write-fix fix.sql'));
  expectSuccess(await ran(made, 'repair --fix fix.sql'));
  await expectSilence(made);
});

test.each([
  ['by a fix', 'CREATE TABLE a (x int, z int)'],
  ['as it is', 'CREATE TABLE a (z int, y int, x int)'],
])('after an adoption %s it is, and what a migration makes of it stays so', async (how, sql) => {
  const made = await locked();
  await made.database.query(sql);
  if (how === 'by a fix') {
    expectSuccess(await ran(made, 'adopt --write-fix fix.sql'));
    expectSuccess(await ran(made, 'adopt --fix fix.sql'));
  }
  await expectSilence(made);
  for (const [file, text] of Object.entries(later)) made.project.write(file, text);
  await writeLock(made);
  await expectSilence(made);
  expect((await made.ledger()).map(({ version }) => version)).toEqual(['20250101000000', '20250102000000']);
  expectSuccess(await made.run('down'));
  expect(JSON.parse(expectSuccess(await made.run('status --drift --json')).stdout)).toMatchObject(
    noDifference,
  );
});

test('another order than the accepted one is told again', async () => {
  const made = await locked();
  await made.database.query('CREATE TABLE a (z int, y int, x int)');
  await expectSilence(made);
  await made.database.query('ALTER TABLE a DROP y; ALTER TABLE a ADD y int');
  expect(JSON.parse(expectSuccess(await made.run('status --drift --json')).stdout)).toMatchObject({
    drift: { differences: [{ kind: 'changed', object: 'column order public.a', severity: 'reported' }] },
  });
});
