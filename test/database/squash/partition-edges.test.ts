import { generate, problemsIn } from '../../support/generated.ts';
import { writeLock } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(180_000);

const version = '-- slipway: version 20250101000000\n';
const tables = `CREATE SCHEMA s;
CREATE FUNCTION s.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE s.t (id integer NOT NULL, a integer) PARTITION BY RANGE (id);
CREATE TABLE s.t1 PARTITION OF s.t FOR VALUES FROM (0) TO (10);
CREATE TABLE s.t2 PARTITION OF s.t FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (id);
CREATE TABLE s.t2a PARTITION OF s.t2 FOR VALUES FROM (10) TO (20);
CREATE TABLE s.t2b PARTITION OF s.t2 FOR VALUES FROM (20) TO (30);
CREATE TRIGGER stamped BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.stamp();
`;
const mixed = `ALTER TABLE s.t DISABLE TRIGGER stamped;
ALTER TABLE s.t1 ENABLE ALWAYS TRIGGER stamped;
ALTER TABLE s.t2 ENABLE REPLICA TRIGGER stamped;
ALTER TABLE s.t2b ENABLE TRIGGER stamped;
`;
const onlyKey = 'ALTER TABLE ONLY s.t ADD CONSTRAINT t_key PRIMARY KEY (id);\n';

const states = ({ database }: Pick<Scene, 'database'>) =>
  database.query(
    "SELECT tgrelid::regclass::text AS on, tgenabled AS state FROM pg_trigger WHERE tgname = 'stamped' ORDER BY 1",
  );

async function follow(before: string, wish: string): Promise<{ made: Scene; problems: string[] }> {
  const made = await scene({ 'sql/baseline.sql': version + before, 'desired.sql': wish });
  await writeLock(made);
  expectSuccess(await made.run('up'));
  const problems = problemsIn(expectSuccess(await generate(made, ['change', '--from', 'desired.sql'])));
  await writeLock(made);
  expectSuccess(await made.run('up'));
  return { made, problems };
}

test.each([
  ['comes', tables, tables + mixed],
  ['goes', tables + mixed, tables],
])(
  'a trigger that is switched otherwise on each partition: what is wished for %s, and is undone',
  async (_, before, wish) => {
    const { made, problems } = await follow(before, wish);
    expect(problems).toEqual([]);
    const wished = await scene({});
    await wished.database.query(wish);
    expect(await states(made)).toEqual(await states(wished));
    expectSuccess(await made.run('down'));
    const old = await scene({});
    await old.database.query(before);
    expect(await states(made)).toEqual(await states(old));
  },
);

test('it is squashed as it is', async () => {
  const made = await scene({
    'sql/baseline.sql': version + tables,
    'migrations/20250102000000_mixed.sql': mixed,
  });
  await writeLock(made);
  expectSuccess(await made.run('up'));
  expectSuccess(await squash(made));
  const fresh = await scene(filesOf(made));
  expectSuccess(await fresh.run('up'));
  expect(await states(fresh)).toEqual(await states(made));
});

test('a key and an index that are wished to be invalid are left, with what makes them so; squash takes the statements over', async () => {
  const alone = `${onlyKey}CREATE INDEX by_a ON ONLY s.t (a);\n`;
  const made = await scene({ 'sql/baseline.sql': version + tables, 'desired.sql': tables + alone });
  await writeLock(made);
  expect(problemsIn(expectSuccess(await generate(made, ['change', '--from', 'desired.sql'])))).toEqual([
    'constraint s.t.t_key is left for you: its index is to be invalid: ALTER TABLE ONLY ... ADD CONSTRAINT makes it so, until each partition has its own attached',
    'index s.t.by_a is left for you: it is to be invalid: CREATE INDEX ... ON ONLY makes it so, until each partition has its own attached',
  ]);

  const other = await scene({
    'sql/baseline.sql': version + tables,
    'migrations/20250102000000_alone.sql': alone,
  });
  await writeLock(other);
  const asked = await squash(other);
  expect({ code: asked.code, stdout: asked.stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/constraint s\.t\.t_key cannot be written as SQL\n.*--carry FILE:LINE/),
  });
  const file = 'migrations/20250102000000_alone.sql';
  expectSuccess(await squash(other, `--carry ${file}:1 --carry ${file}:2`));
  const fresh = await scene(filesOf(other));
  expectSuccess(await fresh.run('up'));
  expect(
    await fresh.database.query('SELECT count(*)::int AS invalid FROM pg_index WHERE NOT indisvalid'),
  ).toEqual([{ invalid: 2 }]);
});

test('which of two alike indexes of a partition has the number is not told, and a squash may give it to the other', async () => {
  const two = 'CREATE INDEX one ON s.t (a);\nCREATE INDEX two ON s.t (a) WHERE id > 1;\n';
  const made = await scene({ 'sql/baseline.sql': version + tables + two });
  await writeLock(made);
  expectSuccess(await made.run('up'));
  await made.database.query(
    'ALTER INDEX s.t1_a_idx RENAME TO x; ALTER INDEX s.t1_a_idx1 RENAME TO t1_a_idx; ALTER INDEX s.x RENAME TO t1_a_idx1',
  );
  const { stdout } = expectSuccess(await made.run('status --drift --exit-code --json'));
  expect(JSON.parse(stdout).drift.differences).toEqual([]);
  await made.database.query('ALTER INDEX s.t1_a_idx1 RENAME TO own_name');
  const renamed = expectSuccess(await made.run('status --drift --json'));
  expect(
    JSON.parse(renamed.stdout).drift.differences.map(({ object }: { object: string }) => object),
  ).toEqual(['partition index options s.t1.one']);
});
