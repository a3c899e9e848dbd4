import type pg from 'pg';
import { backendRunning, eventually, nobodyLeft } from '../../support/activity.ts';
import { named, sweptMajors } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const c = 'migrations/20250103000000_c.sql';
const head = ['20250101000000:done', '20250102000000:done', '20250103000000:done'];

const tables = `CREATE TABLE public.t1 (n int); CREATE TABLE public.t2 (n int); CREATE TABLE public.t3 (n int);
CREATE TABLE public.t4 (n int); CREATE TABLE public.t5 (n int); CREATE TABLE public.t7 (n int);
CREATE INDEX i3 ON public.t3 (n); CREATE INDEX i4 ON public.t4 (n);
INSERT INTO public.t1 SELECT generate_series(1, 100); INSERT INTO public.t2 VALUES (1);
CREATE TABLE public.p (n int) PARTITION BY RANGE (n);
CREATE TABLE public.t6 PARTITION OF public.p FOR VALUES FROM (0) TO (10);
CREATE TABLE public.p_rest PARTITION OF public.p FOR VALUES FROM (10) TO (20);`;

/** Each works on a table of its own, so that each can be held up alone. */
const statements = [
  'CREATE INDEX CONCURRENTLY i1 ON t1 (n)',
  'UPDATE t2 SET n = n + 1',
  'REINDEX INDEX CONCURRENTLY i3',
  'DROP INDEX CONCURRENTLY i4',
  'VACUUM t5',
  'ALTER TABLE p DETACH PARTITION t6 CONCURRENTLY',
  'INSERT INTO t7 VALUES (1)',
];
const file = `-- slipway: no-transaction\nSELECT pg_catalog.set_config('search_path', 'public', false);\n${statements.join(';\n')};\n`;

/** What holds a statement up before it has done anything, and in its midst. */
const holds = {
  before: (n: number) => `LOCK TABLE public.t${n} IN ACCESS EXCLUSIVE MODE`,
  amidst: (n: number) =>
    n === 6 ? 'SELECT FROM public.p' : `INSERT INTO public.t${n} VALUES (0); SAVEPOINT held`,
};
type Stage = keyof typeof holds;

/** What an open transaction shows to be done in its midst. */
const marks: Readonly<Record<number, string>> = {
  1: "SELECT FROM pg_index WHERE indexrelid = to_regclass('public.i1') AND NOT indisvalid",
  3: "SELECT FROM pg_class WHERE relname = 'i3_ccnew'",
  4: "SELECT FROM pg_index WHERE indexrelid = to_regclass('public.i4') AND NOT indisvalid",
  6: 'SELECT FROM pg_inherits WHERE inhdetachpending',
};

const cases: readonly (readonly [number, Stage])[] = [
  ...statements.map((_, at) => [at + 1, 'before'] as const),
  ...Object.keys(marks).map((n) => [Number(n), 'amidst'] as const),
];

describe('Killed: a no-transaction file of several statements', () => {
  const scene = useScenes();

  /** All that the statements do, each once. */
  async function isWhole({ database }: Scene): Promise<void> {
    const [row] = await database.query(
      `SELECT (SELECT array_agg(n) FROM public.t2) AS t2, (SELECT count(*)::int FROM public.t7 WHERE n = 1) AS t7,
         to_regclass('public.i4') AS i4, (SELECT count(*)::int FROM pg_index WHERE NOT indisvalid) AS invalid,
         (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('public.i1')) AS i1,
         (SELECT array_agg(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'public.p'::regclass) AS parts`,
    );
    expect(row).toEqual({ t2: [2], t7: 1, i4: null, invalid: 0, i1: true, parts: ['p_rest'] });
    expect(await statesOf(database)).toEqual(head);
    const [kept] = await database.query(
      "SELECT count(*)::int AS n FROM slipway.ledger WHERE accepted ? 'steps'",
    );
    expect(kept).toEqual({ n: 0 });
  }

  const withMajors = named(sweptMajors).flatMap(({ version, major }) =>
    cases.map(([number, stage]) => ({ version, major, number, stage })),
  );
  test.each(withMajors)(
    'on PostgreSQL $version with kill -9 in statement $number, $stage: each is done once',
    async ({ major, number, stage }) => {
      const one = await scene({ [a]: tables }, { major });
      const { database, project, run } = one;
      expectSuccess(await run('up'));
      project.write(b, file);
      project.write(c, 'CREATE TABLE public.after (n int);');
      const blocker: pg.Client = await database.connect({ application_name: 'blocker' });
      await blocker.query(`BEGIN; ${holds[stage](number)}`);
      const running = startSlipway(['up'], {
        cwd: project.directory,
        env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '1h' },
      });
      const words = (statements[number - 1] ?? '').split(' ').slice(0, 3).join(' ');
      await backendRunning(database, new RegExp(words));
      const mark = stage === 'amidst' ? marks[number] : undefined;
      if (mark !== undefined)
        await eventually(async () => (await database.query(mark)).length > 0, 'its midst');
      running.kill('SIGKILL');
      await running.done;
      await nobodyLeft(database);
      await blocker.query('ROLLBACK');
      const planned = await run('plan');
      expect(planned.stdout).toMatch(
        [2, 7].includes(number)
          ? `goes on with statement ${number + 1} of 8`
          : `was interrupted in statement ${number + 1} of 8`,
      );
      expectSuccess(await run('up'));
      await isWhole(one);
    },
  );
});

describe('a no-transaction file of several statements', () => {
  const scene = useScenes();

  test('that the server refuses in its third: 65 with the place; corrected there, it goes on', async () => {
    const text =
      '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i1 ON public.t1 (n);\nUPDATE public.t2 SET n = n + 1;\nCREATE INDEX CONCURRENTLY i5 ON public.t5 (m);\nVACUUM public.t5;\n';
    const { run, project, database } = await scene({ [a]: tables, [b]: text });
    const result = await run('up');
    expectFailure(result, { code: 65, names: /column "m" does not exist/, place: `${b}:4:1`, remedy: /./ });
    expect(result.stderr).toContain('statement 3 of 4; those before it are done');
    expect((await run('status --all')).stdout).toMatch(/running, 2 of 4 statements done/);
    expect((await run('plan')).stdout).toContain('goes on with statement 3 of 4');
    project.write(b, text.replace('n + 1', 'n + 2'));
    expectFailure(await run('up'), {
      code: 84,
      names: /has run 2 of its 4 statements, and the file was edited there/,
      remedy: /Restore these statements/,
    });
    project.write(b, text.replace('(m)', '(n)').replace('UPDATE', '/* once */ UPDATE'));
    expectSuccess(await run('up'));
    expect(await database.query('SELECT n FROM public.t2')).toEqual([{ n: 2 }]);
    expectSuccess(await run('up'));
  });

  test('that the server refuses in its first: 65, and no row is left', async () => {
    const { run, database } = await scene({
      [a]: tables,
      [b]: '-- slipway: no-transaction\nUPDATE public.t2 SET m = 1;\nVACUUM public.t5;\n',
    });
    expectFailure(await run('up'), { code: 65, names: /"m"/, place: `${b}:2:22`, remedy: /./ });
    expect(await statesOf(database)).toEqual(['20250101000000:done']);
  });

  test('a block that was interrupted: 84 names it, and a person says what became of it', async () => {
    const { run, project, database } = await scene({ [a]: tables });
    expectSuccess(await run('up'));
    const block = 'DO $$ BEGIN INSERT INTO public.t7 VALUES (1); COMMIT; LOCK TABLE public.t5; END $$';
    project.write(
      b,
      `-- slipway: no-transaction\nVACUUM public.t1;\n${block};\nINSERT INTO public.t7 VALUES (2);\n`,
    );
    for (const said of ['again', 'done']) {
      const blocker: pg.Client = await database.connect();
      await blocker.query('BEGIN; LOCK TABLE public.t5 IN ACCESS EXCLUSIVE MODE');
      const running = startSlipway(['up'], {
        cwd: project.directory,
        env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '1h' },
      });
      await backendRunning(database, /DO \$\$/);
      await eventually(async () => (await database.query('SELECT FROM public.t7')).length > 0, 'its part');
      running.kill('SIGKILL');
      await nobodyLeft(database);
      await blocker.query('ROLLBACK');
      await blocker.end();
      expectFailure(await run('up'), {
        code: 84,
        names: /statement 2 of 3 \(DO '\.\.\.'\) of 20250102000000_b/,
        place: `${b}:3:1`,
        remedy: /--statement done/,
      });
      const found = await run('repair');
      expect(found.stdout).toContain("statement 2 of 3 (DO '...') was interrupted");
      expect(found.code).toBe(1);
      await database.query('DELETE FROM public.t7');
      expectSuccess(await run(`repair --apply --statement ${said}`));
    }
    expectSuccess(await run('up'));
    expect(await database.query('SELECT n FROM public.t7')).toEqual([{ n: 2 }]);
  });

  test('that two runs have: one waits, and each statement is done once', async () => {
    const { run, project, database } = await scene({ [a]: tables });
    expectSuccess(await run('up'));
    project.write(b, file);
    project.write(c, 'CREATE TABLE public.after (n int);');
    const results = await Promise.all([run('up'), run('up'), run('up')]);
    for (const result of results) expectSuccess(result);
    expect(await database.query('SELECT n FROM public.t2')).toEqual([{ n: 2 }]);
    expect(await database.query('SELECT n FROM public.t7')).toEqual([{ n: 1 }]);
    expect(await statesOf(database)).toEqual(head);
  });

  test('that undoes one goes on where it was refused, and its row goes', async () => {
    const down = 'migrations/20250102000000_b.down.sql';
    const { run, project, database } = await scene({
      [a]: tables,
      [b]: '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY x1 ON public.t1 (n);\nCREATE INDEX CONCURRENTLY x2 ON public.t2 (n);\n',
      [down]:
        '-- slipway: no-transaction\nDROP INDEX CONCURRENTLY public.x2;\nDROP INDEX CONCURRENTLY public.x3;\n',
    });
    expectSuccess(await run('up'));
    expectFailure(await run('down'), {
      code: 65,
      names: /"x3|x3" does not exist/,
      place: `${down}:3:1`,
      remedy: /./,
    });
    expectFailure(await run('up'), { code: 84, names: /was started at/, remedy: /./ });
    project.write(
      down,
      '-- slipway: no-transaction\nDROP INDEX CONCURRENTLY public.x2;\nDROP INDEX CONCURRENTLY public.x1;\n',
    );
    expectSuccess(await run('down'));
    expect(await statesOf(database)).toEqual(['20250101000000:done']);
    expect(await database.query("SELECT to_regclass('public.x1') AS x")).toEqual([{ x: null }]);
    expectSuccess(await run('up'));
  });
});
