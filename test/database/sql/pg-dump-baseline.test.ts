import { majors, named } from '../../support/database.ts';
import { dump, dumps, findPgDump, type PgDump } from '../../support/pg-dump.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const head = '-- slipway: version 20250101000000\n';
const later = { 'migrations/20250102000000_b.sql': "INSERT INTO kept VALUES (4, E'after\\nthe dump');" };

/** What a real schema has that a dump writes in its own ways. */
const original = `
  CREATE SCHEMA app;
  CREATE EXTENSION pg_trgm WITH SCHEMA app;
  CREATE TYPE app.side AS ENUM ('buy', 'sell');
  CREATE TABLE public.kept (id int PRIMARY KEY, note text);
  INSERT INTO public.kept VALUES (1, NULL), (2, E'tab\\there; \\\\. and a line\\nmore'), (3, 'żółw 🚢 \\restrict');
  CREATE TABLE app.orders (id bigserial PRIMARY KEY, side app.side NOT NULL DEFAULT 'buy', kept_id int REFERENCES public.kept, price numeric CHECK (price > 0));
  INSERT INTO app.orders (kept_id, price) VALUES (1, 9.5), (2, 10);
  CREATE TABLE app.parted (day date) PARTITION BY RANGE (day);
  CREATE TABLE app.parted_2025 PARTITION OF app.parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  INSERT INTO app.parted VALUES ('2025-02-01');
  CREATE VIEW app.open_orders AS SELECT o.id, k.note FROM app.orders o JOIN public.kept k ON k.id = o.kept_id;
  CREATE FUNCTION app.fee(amount numeric) RETURNS numeric LANGUAGE plpgsql AS $f$ BEGIN RETURN amount * 0.01; -- ;
  END $f$;
  CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touched BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
  CREATE INDEX orders_by_price ON app.orders (price) WHERE price > 1;
  COMMENT ON TABLE app.orders IS 'what was ordered; and ''when''';`;

const facts = `SELECT (SELECT json_agg(k ORDER BY id) FROM public.kept k WHERE id < 4) AS kept,
  (SELECT json_agg(o ORDER BY id) FROM app.orders o) AS orders, (SELECT count(*)::int FROM app.parted) AS parted,
  (SELECT last_value::int FROM app.orders_id_seq) AS sequence, app.fee(200)::text AS fee,
  (SELECT json_agg(conname ORDER BY conname) FROM pg_constraint WHERE connamespace IN ('app'::regnamespace, 'public'::regnamespace) AND contype <> 'n') AS constraints,
  (SELECT json_agg(relname ORDER BY relname) FROM pg_class WHERE relnamespace IN ('app'::regnamespace, 'public'::regnamespace)) AS relations,
  obj_description('app.orders'::regclass) AS comment`;

const program = findPgDump();
if (program) describe("pg_dump's own output as a baseline", () => testRealDumps(program));

function testRealDumps(program: PgDump): void {
  test.each(named(majors))('of PostgreSQL $version, where this pg_dump can dump it', async ({ major }) => {
    const source = await scene({}, { major });
    await source.database.query(original);
    if (!dumps(program, major)) {
      expect(() => dump(program, source.database)).toThrow(/server version mismatch/);
      return;
    }
    const sql = dump(program, source.database, ['--no-owner']);
    expect(sql).toMatch(/^COPY public\.kept \(id, note\) FROM stdin;$/m);
    expect(sql).toMatch(/^SELECT pg_catalog\.set_config\('search_path', '', false\);$/m);
    const [expected] = await source.database.query(facts);
    const target = await scene({ 'sql/baseline.sql': head + sql, ...later }, { major });
    expectSuccess(await target.run('up'));
    expect(await target.database.query(facts)).toEqual([expected]);
    expect(await target.database.query('SELECT note FROM kept WHERE id = 4')).toEqual([
      { note: 'after\nthe dump' },
    ]);
    expectSuccess(await target.run('up'));
  });

  test.each(named(majors))(
    'is taken by PostgreSQL $version as well, by a role that owns nothing else',
    async ({ major }) => {
      const own = await scene({}, { major: Math.min(...majors) });
      await own.database.query(original);
      if (!dumps(program, own.database.major)) {
        expect(program.major).toBeLessThan(Math.min(...majors));
        return;
      }
      const [expected] = await own.database.query(facts);
      const sql = dump(program, own.database, [
        '--no-owner',
        '--schema=app',
        '--schema=public',
        '--extension=pg_trgm',
      ]).replace(
        /^SET statement_timeout = 0;$/m,
        "SET statement_timeout = 0;\nSET transaction_timeout = 0;\nSET no_such_parameter = 'x';",
      );
      const target = await scene({ 'sql/baseline.sql': head + sql, ...later }, { major });
      const { name, env } = await target.role();
      await target.database.query(
        `GRANT CREATE ON DATABASE ${target.database.name} TO ${name}; ALTER SCHEMA public OWNER TO ${name}`,
      );
      const { logs } = expectSuccess(await target.run('up', env));
      expect(await target.database.query(facts)).toEqual([expected]);
      expect(logs).toContainEqual(
        expect.objectContaining({
          event: 'leftOut',
          msg: expect.stringMatching(/does not know the parameter no_such_parameter/),
        }),
      );
      const left = logs.filter(({ msg }) => msg.includes('transaction_timeout'));
      expect(left).toHaveLength(major < 17 ? 1 : 0);
      expectSuccess(await target.run('up', env));
    },
  );
}

describe('what a dump may hold', () => {
  const dumped = (...lines: string[]) => ({ 'sql/baseline.sql': head + lines.join('\n') });

  test('lines that restrict psql, an emptied search_path, and what is there already', async () => {
    const { run, database, ledger } = await scene({
      ...dumped(
        '\\restrict aB3xY9',
        "SET default_tablespace = '';",
        "SELECT pg_catalog.set_config('search_path', '', false);",
        'CREATE SCHEMA public;',
        "COMMENT ON SCHEMA public IS 'standard';",
        'CREATE SCHEMA "Trading";',
        'CREATE TABLE public.kept (id integer NOT NULL, note text);',
        'COPY public.kept (id, note) FROM stdin;',
        '1\tone',
        '\\.',
        '',
        '\\unrestrict aB3xY9',
        '',
      ),
      ...later,
    });
    await database.query('CREATE SCHEMA "Trading"');
    const { logs } = expectSuccess(await run('up'));
    expect(
      logs.filter(({ event }) => event === 'leftOut').map(({ file, line, msg }) => [file, line, msg]),
    ).toEqual([
      ['sql/baseline.sql', 5, 'sql/baseline.sql:5: left out, the schema public is there already'],
      ['sql/baseline.sql', 7, 'sql/baseline.sql:7: left out, the schema Trading is there already'],
    ]);
    expect(await ledger()).toHaveLength(2);
    expect(await database.query('SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 4 }]);
  });

  test.each(['role', 'session_authorization', '"Role"'])(
    'SET %s is a parameter that the server knows',
    async (parameter) => {
      const made = await scene({});
      const { name } = await made.role();
      made.project.write(
        'sql/baseline.sql',
        `${head}SET ${parameter} = '${name}';\nCREATE TABLE public.a ();`,
      );
      await made.database.query(`GRANT CREATE ON SCHEMA public TO ${name}`);
      expectSuccess(await made.run('up'));
      expect(
        await made.database.query(
          `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = 'a'::regclass`,
        ),
      ).toEqual([{ owner: name }]);
    },
  );

  test('an error after what was left out is still pointed at', async () => {
    const { run } = await scene(
      dumped(
        'SET no_such_parameter = 1; CREATE SCHEMA public;',
        'CREATE TABLE public.a (x int);',
        'INSERT INTO public.a SELECT 1 / 0;',
        'SELEKT 1;',
      ),
    );
    expectFailure(await run('up'), {
      code: 65,
      names: /"SELEKT"/,
      place: 'sql/baseline.sql:5:1',
      remedy: /Correct/,
    });
    const other = await scene(
      dumped(
        'SET no_such_parameter = 1; CREATE SCHEMA public;',
        'CREATE TABLE public.a (x int);',
        'INSERT INTO public.a SELECT 1 / x FROM (VALUES (0)) v(x);',
      ),
    );
    expectFailure(await other.run('up'), {
      code: 65,
      names: /division by zero/,
      place: 'sql/baseline.sql:4:1',
      remedy: /Correct/,
    });
  });

  test.each([
    ['\\connect trading', /\\connect is a command of psql/, /Dump without --create/],
    ['\\set ON_ERROR_STOP on', /\\set is a command of psql/, /SLIPWAY_VAR_x/],
  ])('but not %s', async (line, names, remedy) => {
    const { run } = await scene(dumped('SELECT 1;', line));
    expectFailure(await run('up'), { code: 65, names, place: 'sql/baseline.sql:3:1', remedy });
  });
});
