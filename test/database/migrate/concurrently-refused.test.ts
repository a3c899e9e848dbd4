import type pg from 'pg';
import { backendRunning } from '../../support/activity.ts';
import { newestMajor, sweptMajors, type TestDatabase } from '../../support/database.ts';
import { statesOf } from '../../support/ledger.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';
import { testInCi } from '../../support/thorough.ts';

const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const first = '20250101000000:done';

const made = `CREATE TABLE public.t (n int PRIMARY KEY, m int);
  CREATE INDEX t_m ON public.t (m);
  CREATE TABLE public.parted (n int) PARTITION BY RANGE (n);
  CREATE TABLE public.part PARTITION OF public.parted FOR VALUES FROM (0) TO (10);
  CREATE MATERIALIZED VIEW public.mat AS SELECT 1 AS n;
  CREATE VIEW public.v AS SELECT 1 AS n;
  CREATE FUNCTION public.fails(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1 / (n - n); END $$;
  CREATE PROCEDURE public.halves() LANGUAGE plpgsql AS $$ BEGIN
    CREATE TABLE public.half (); COMMIT; RAISE EXCEPTION 'in the midst'; END $$;
  CREATE PROCEDURE public.fails_at_once() LANGUAGE plpgsql AS $$ BEGIN
    CREATE TABLE public.half (); RAISE EXCEPTION 'at once'; END $$;
  CREATE PROCEDURE public.undoes() LANGUAGE plpgsql AS $$ BEGIN
    CREATE TABLE public.half (); ROLLBACK; RAISE EXCEPTION 'after a rollback'; END $$`;

/** Statements that the server refuses before anything of them is kept. */
const refused = [
  ['REINDEX INDEX CONCURRENTLY no_such_index', /no_such_index/],
  ['REINDEX TABLE CONCURRENTLY no_such_table', /no_such_table/],
  ['REINDEX (CONCURRENTLY, VERBOSE) INDEX public.no_such_index', /no_such_index/],
  ['REINDEX SCHEMA CONCURRENTLY no_such_schema', /no_such_schema/],
  ['REINDEX DATABASE CONCURRENTLY no_such_database', /current/],
  ['REINDEX TABEL CONCURRENTLY public.t', /syntax error/],
  ['REINDEX INDEX CONCURRENTLY public.t', /is not an index/],
  ['REINDEX TABLE CONCURRENTLY public.v', /"v"/],
  ['REINDEX TABLE CONCURRENTLY pg_catalog.pg_class', /system catalogs/],
  ['DROP INDEX CONCURRENTLY public.no_such_index', /no_such_index/],
  ['DROP INDEX CONCURRENTLY public.t_pkey', /constraint t_pkey/],
  ['DROP INDEX CONCURRENTLY public.t', /is not an index/],
  ['DROP INDEX CONCURRENTLY public.t_m, public.t_pkey', /multiple objects/],
  ['DROP INDEX CONCURRENTLY public.t_m CASCADE', /CASCADE/],
  ['DROP TABLE CONCURRENTLY public.t', /syntax error/],
  ['CREATE INDEX CONCURRENTLY ON public.no_such_table (n)', /no_such_table/],
  ['CREATE INDEX CONCURRENTLY ON public.t (no_such_column)', /no_such_column/],
  ['CREATE INDEX CONCURRENTLY ON public.parted (n)', /partitioned/],
  ['CREATE INDEX CONCURRENTLY ON public.t USING no_such_method (n)', /no_such_method/],
  ['CREATE INDEX CONCURRENTLY named ON public.no_such_table (n)', /no_such_table/],
  ['CREATE INDEX CONCURRENTLY named ON public.t (no_such_column)', /no_such_column/],
  ['CREATE INDEX CONCURRENTLY t_m ON public.part (n)', /already exists/],
  ['ALTER TABLE public.parted DETACH PARTITION public.no_such_part CONCURRENTLY', /no_such_part/],
  ['ALTER TABLE public.t DETACH PARTITION public.part CONCURRENTLY', /"t"/],
  ['ALTER TABLE public.parted DETACH PARTITION public.t CONCURRENTLY', /is not a partition/],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY public.no_such_view', /no_such_view/],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY public.mat', /unique index|concurrently/],
  ['VACUUM public.no_such_table', /no_such_table/],
  ["ALTER TYPE public.no_such_type ADD VALUE 'x'", /no_such_type/],
  ['CALL public.no_such_procedure()', /no_such_procedure/],
  ['CALL public.fails_at_once()', /at once/],
  ['DO $$ BEGIN SELEKT 1; END $$', /syntax error/],
  ["DO LANGUAGE no_such_language 'x'", /no_such_language/],
  ['DO $$ BEGIN CREATE TABLE public.half (); PERFORM 1 / 0; END $$', /division by zero/],
] as const;

/** What a statement leaves that had begun. */
const begun = [
  ['CALL public.halves()', /in the midst/],
  ['DO $$ BEGIN CREATE TABLE public.half (); COMMIT; PERFORM 1 / 0; END $$', /division by zero/],
  ['CREATE INDEX CONCURRENTLY ON public.t (public.fails(n))', /division by zero/],
] as const;

describe('Hostile and odd: no-transaction statements that are refused', () => {
  const scene = useScenes(afterAll);
  const scenes = new Map<number, Promise<Scene>>();

  /** One database and its project for all that leaves nothing, which each of them shows to the next one. */
  const shared = (major: number): Promise<Scene> => {
    const known = scenes.get(major) ?? prepare(major);
    scenes.set(major, known);
    return known;
  };
  async function prepare(major: number): Promise<Scene> {
    const prepared = await scene({ [a]: `${made};\nINSERT INTO public.t VALUES (1, 1);` }, { major });
    expectSuccess(await prepared.run('up'));
    return prepared;
  }
  const shapeOf = ({ query }: TestDatabase): Promise<unknown[]> =>
    query(
      `SELECT (SELECT jsonb_agg(i ORDER BY indexrelid) FROM pg_index i) AS indexes, (SELECT jsonb_agg(i) FROM pg_inherits i) AS parts,
         to_regclass('public.half') AS half`,
    );

  test.each(refused)('%s: 65, and no row is left', async (statement, names) => {
    for (const major of sweptMajors) {
      const { run, project, database } = await shared(major);
      project.write(b, `-- slipway: no-transaction\n${statement};\n`);
      const before = await shapeOf(database);
      const result = await run('up');
      const { file, line } = expectFailure(result, { code: 65, names, remedy: /./ });
      expect(`${file}:${line}:`).toBe(`${b}:2:`);
      expect(await statesOf(database)).toEqual([first]);
      expect(await shapeOf(database)).toEqual(before);
    }
  });

  test('by a role without the privilege: 77, and no row is left', async () => {
    const { run, role, project, database } = await prepare(newestMajor);
    const { name, env } = await role();
    await database.query(
      `GRANT CREATE, USAGE ON SCHEMA public TO ${name}; ALTER SCHEMA slipway OWNER TO ${name}; ALTER TABLE slipway.ledger OWNER TO ${name}`,
    );
    for (const statement of [
      'REINDEX INDEX CONCURRENTLY public.t_m',
      'DROP INDEX CONCURRENTLY public.t_m',
      'CREATE INDEX CONCURRENTLY ON public.t (n)',
    ]) {
      project.write(b, `-- slipway: no-transaction\n${statement};\n`);
      expectFailure(await run('up', env), {
        code: 77,
        names: /must be owner of|permission denied for/,
        remedy: /SLIPWAY_ROLE/,
      });
      expect(await statesOf(database)).toEqual([first]);
    }
  });

  testInCi('that backs off before it has begun: 75, no row is left, and the next run does it', async () => {
    const { run, project, database } = await prepare(newestMajor);
    project.write(
      b,
      '-- slipway: no-transaction\n-- slipway: lock-timeout 50ms\nREINDEX INDEX CONCURRENTLY public.t_m;\n',
    );
    const other = await database.connect();
    await other.query('BEGIN; LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE');
    const result = await run('up');
    expectFailure(result, { code: 75, names: /lock timeout.*\(10 attempts\)/, remedy: /less busy/ });
    expect(await statesOf(database)).toEqual([first]);
    await other.query('COMMIT');
    expectSuccess(await run('up'));
  });

  test.each(begun)(
    '%s, which leaves a part: 84, the row stays, and it says what to check',
    async (statement, names) => {
      const { run, project, database } = await prepare(newestMajor);
      project.write(b, `-- slipway: no-transaction\n${statement};\n`);
      expectFailure(await run('up'), {
        code: 84,
        names,
        remedy: /may have committed a part.*`slipway repair` shows how/,
      });
      expect(await statesOf(database)).toEqual([first, '20250102000000:running']);
      expectFailure(await run('up'), { code: 84, names: /was started at/, remedy: /may be half done/ });
    },
  );

  test('a procedure that rolls back before it fails may have left something: 84', async () => {
    const { run, project } = await prepare(newestMajor);
    project.write(b, '-- slipway: no-transaction\nCALL public.undoes();\n');
    expectFailure(await run('up'), { code: 84, names: /after a rollback/, remedy: /check what it did/ });
  });

  test('REINDEX that is cancelled in its midst: 65, its leftover is there, and the next run finishes it', async () => {
    const { run, project, database } = await prepare(newestMajor);
    project.write(b, '-- slipway: no-transaction\nREINDEX INDEX CONCURRENTLY public.t_m;\n');
    const blocker: pg.Client = await database.connect();
    await blocker.query('BEGIN; INSERT INTO public.t VALUES (2, 2)');
    const running = startSlipway(['up'], { cwd: project.directory, env: database.env });
    const { pid } = await backendRunning(database, /REINDEX INDEX CONCURRENTLY/);
    await running.waitForLog(({ event }) => event === 'progress');
    await database.query('SELECT pg_cancel_backend($1)', [pid]);
    expectFailure(await running.done, {
      code: 65,
      names: /canceling statement/,
      remedy: /came part of the way/,
    });
    expect(await statesOf(database)).toEqual([first, '20250102000000:running']);
    await blocker.query('COMMIT');
    expectSuccess(await run('up'));
    expect(await database.query('SELECT FROM pg_index WHERE NOT indisvalid')).toEqual([]);
    expect(await statesOf(database)).toEqual([first, '20250102000000:done']);
  });
});
