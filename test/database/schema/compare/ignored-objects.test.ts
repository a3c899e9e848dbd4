import { readFileSync } from 'node:fs';
import { check, shadowOf, writeLock } from '../../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const lockfile = 'sql/schema.lock.json';
const down = 'migrations/20250103000000_c.down.sql';
const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE a (x int, y int);\n',
  'migrations/20250102000000_b.sql': 'CREATE TABLE b (x int, y int);\n',
  'migrations/20250103000000_c.sql': 'ALTER TABLE b DROP x;\n',
};

/** The files with a lock that knows both columns x otherwise than they make them; these patterns are ignored. */
async function ignoring(patterns: readonly string[]): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  const lock = JSON.parse(readFileSync(made.project.path(lockfile), 'utf8'));
  const other = 'A'.repeat(22);
  lock.baseline.objects['column public.a.x'] = other;
  lock.migrations['20250102000000'].delta.added['column public.b.x'] = other;
  made.project.write(lockfile, JSON.stringify({ ...lock, options: { ...lock.options, ignore: patterns } }));
  return made;
}

test('what is ignored does not count in check: in the baseline, a migration, a down file, with --write', async () => {
  const counting = await ignoring([]);
  const { code, stdout } = await check(counting);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/~ column public\.a\.x: changed[\s\S]*~ column public\.b\.x: changed/),
  });
  const made = await ignoring(['column public.*.x']);
  expectSuccess(await check(made));
  made.project.write(down, 'ALTER TABLE b ADD x bigint;\n');
  expectSuccess(await check(made, '--write'));
  expectSuccess(await check(made));
});

test('nor in up, in squash, and in what the new baseline makes', async () => {
  const made = await ignoring(['column public.a.x', 'column public.b.x']);
  expectSuccess(await made.run('up'));
  const squashed = await made.run('squash --carried-by 1.0.0', shadowOf(made));
  expectSuccess(squashed);
  expectSuccess(await check(made));
  expectSuccess(await made.run('up'));
});

const scratch = `-- slipway: version 20250101000000
CREATE TABLE a (x int);
CREATE SCHEMA scratch;
CREATE TABLE scratch.old (id serial PRIMARY KEY, x int CHECK (x > 0), y int);
CREATE INDEX old_x ON scratch.old (x);
CREATE STATISTICS scratch.old_s ON x, y FROM scratch.old;
CREATE RULE old_r AS ON DELETE TO scratch.old DO INSTEAD NOTHING;
COMMENT ON TABLE scratch.old IS 'table';
COMMENT ON COLUMN scratch.old.x IS 'column';
COMMENT ON INDEX scratch.old_x IS 'index';
COMMENT ON INDEX scratch.old_pkey IS 'key';
COMMENT ON CONSTRAINT old_x_check ON scratch.old IS 'constraint';
COMMENT ON SEQUENCE scratch.old_id_seq IS 'sequence';
GRANT SELECT ON scratch.old TO public;
GRANT UPDATE (x) ON scratch.old TO public;
GRANT USAGE ON SEQUENCE scratch.old_id_seq TO public;
CREATE VIEW scratch.v AS SELECT x FROM a;
`;

/** A project whose lock ignores the tables of the schema scratch, and a database at its version, without them. */
async function withoutScratch(): Promise<Scene> {
  const made = await scene({ 'sql/baseline.sql': scratch });
  await writeLock(made);
  const lock = JSON.parse(readFileSync(made.project.path(lockfile), 'utf8'));
  const options = { ignore: ['table scratch.*'], privileges: true };
  made.project.write(lockfile, JSON.stringify({ ...lock, options }));
  expectSuccess(await check(made, '--write'));
  expectSuccess(await made.run('up'));
  await made.database.query(`DROP TABLE scratch.old;
    CREATE TABLE scratch.tmp (id serial PRIMARY KEY, x int CHECK (x > 0) NOT NULL);
    CREATE UNIQUE INDEX tmp_x ON scratch.tmp (x);
    COMMENT ON INDEX scratch.tmp_x IS 'index';
    COMMENT ON SEQUENCE scratch.tmp_id_seq IS 'sequence';
    GRANT SELECT ON scratch.tmp TO public;
    GRANT USAGE ON SEQUENCE scratch.tmp_id_seq TO public`);
  return made;
}

test('a table that is ignored is so with all that belongs to it: missing, or there besides', async () => {
  const made = await withoutScratch();
  expectSuccess(await made.run('up'));
  expect(await made.run('drift --strict')).toMatchObject({
    code: 0,
    stdout: expect.not.stringContaining('scratch'),
  });
});

test('and nothing else of its schema is: a view that is missing is drift, and the fix makes it alone', async () => {
  const made = await withoutScratch();
  await made.database.query('DROP VIEW scratch.v');
  const refused = await made.run('up');
  expect(refused.code).toBe(85);
  expect(refused.stderr).toContain('view scratch.v: missing');
  expect(refused.stderr).not.toMatch(/scratch\.(?:old|tmp)/);
  expectSuccess(await made.run('repair --write-fix fix.sql', shadowOf(made)));
  const fix = readFileSync(made.project.path('fix.sql'), 'utf8');
  expect(fix).toContain('CREATE VIEW scratch.v');
  expect(fix).not.toMatch(/scratch\.(?:old|tmp)/);
});

test('a database without a ledger is adopted without what is ignored', async () => {
  const made = await withoutScratch();
  await made.database.query('DROP SCHEMA slipway CASCADE');
  expectSuccess(await made.run('up'));
});

test('new --from writes nothing of what is ignored, where the wish has another and where it has none', async () => {
  const made = await withoutScratch();
  made.project.write(
    'w.sql',
    'CREATE TABLE a (x int); CREATE SCHEMA scratch; CREATE VIEW scratch.v AS SELECT x FROM a; CREATE TABLE scratch.tmp (id serial PRIMARY KEY);',
  );
  const result = await made.run('new x --from w.sql', shadowOf(made));
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing differs') });
});
