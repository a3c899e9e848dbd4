import { majors } from '../../support/database.ts';
import { dump, dumps, findPgDump } from '../../support/pg-dump.ts';
import { expectFailure, expectSuccess, useScenes } from '../../support/scene.ts';

const head = '-- slipway: version 20250101000000\n';
const baseline = 'sql/baseline.sql';
const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';

/** Where a dump is put, and what it begins with there. */
const homes = [
  ['the baseline', baseline, head],
  ['the first migration', a, ''],
] as const;

const ledgers = [
  ['CREATE TABLE', 'CREATE TABLE slipway.ledger (app text NOT NULL);'],
  [
    'CREATE UNLOGGED TABLE, quoted',
    'CREATE UNLOGGED TABLE IF NOT EXISTS "slipway"."ledger" (app text NOT NULL);',
  ],
  ['COPY', 'COPY slipway.ledger (app, version) FROM stdin;\ndefault\t20250101000000\n\\.'],
  ['INSERT', "INSERT INTO slipway.ledger VALUES ('default');"],
  [
    'a comment of another schema’s',
    "COMMENT ON TABLE ops.ledger IS 'Which version of the schema this database has, and how it got there. Kept by Slipway.';",
  ],
] as const;

const chunks = [
  [
    'a chunk',
    'CREATE TABLE _timescaledb_internal._hyper_1_1_chunk (CONSTRAINT constraint_1 CHECK (true)) INHERITS (public.market_data);',
  ],
  [
    'a table of an aggregate',
    'CREATE TABLE _timescaledb_internal._materialized_hypertable_2 (bucket timestamptz);',
  ],
  ['a view of an aggregate', 'CREATE VIEW _timescaledb_internal._direct_view_2 AS SELECT 1;'],
  [
    'the trigger of a hypertable',
    'CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.market_data FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();',
  ],
  ['what TimescaleDB keeps', 'COPY _timescaledb_catalog.hypertable (id) FROM stdin;\n1\n\\.'],
] as const;

describe('Hostile and odd: dumps that hold what is not the schema', () => {
  const scene = useScenes();
  const places = homes.flatMap(([home, path, begin]) => [
    ...ledgers.map(([what, sql]) => ({
      what: `Slipway's own ledger (${what}) in ${home}`,
      path,
      begin,
      sql,
      isLedger: true,
    })),
    ...chunks.map(([what, sql]) => ({
      what: `${what} of TimescaleDB in ${home}`,
      path,
      begin,
      sql,
      isLedger: false,
    })),
  ]);

  test.each(places)('$what: 65, and how to dump instead', async ({ path, begin, sql, isLedger }) => {
    const { run, fingerprint } = await scene({
      [path]: `${begin}CREATE TABLE public.market_data ();\n${sql}\n`,
    });
    const before = await fingerprint();
    for (const line of ['up', 'plan'])
      expectFailure(await run(line), {
        code: 65,
        names: isLedger
          ? /holds Slipway's own ledger, (?:slipway|ops)\.ledger/
          : /dump of a TimescaleDB database: _timescaledb_\w+\./,
        place: `${path}:${begin === '' ? 2 : 3}:1`,
        remedy: isLedger ? /--exclude-schema=(?:slipway|ops)/ : /slipway new init --from URL/,
      });
    expect(await fingerprint()).toEqual(before);
  });

  test('a table of the application that is called ledger, in another schema: taken', async () => {
    const { run } = await scene({
      [a]: 'CREATE SCHEMA shop; CREATE TABLE shop.ledger (n int); INSERT INTO shop.ledger VALUES (1);',
    });
    expectSuccess(await run('up'));
  });

  test('pg_dump of a managed database: 65; without the ledger, as is advised: taken', async () => {
    const program = findPgDump();
    const major = majors.find((candidate) => dumps(program, candidate));
    if (!program || major === undefined) return;
    const source = await scene({ [a]: 'CREATE TABLE public.t (n int);' }, { major });
    expectSuccess(await source.run('up'));
    const target = await scene({ [baseline]: head + dump(program, source.database) }, { major });
    const failure = expectFailure(await target.run('up'), {
      code: 65,
      names: /Slipway's own ledger/,
      remedy: /--exclude-schema=slipway/,
    });
    const [option = ''] = /--exclude-schema=\w+/.exec(String(failure.remedy)) ?? [];
    target.project.write(baseline, head + dump(program, source.database, [option]));
    expectSuccess(await target.run('up'));
  });
});

describe('Hostile and odd: what pg_dump writes for another server', () => {
  const scene = useScenes();

  const lines = [
    [
      'SET of a parameter that this server does not know',
      "SET no_such_parameter = 'x';",
      /does not know the parameter no_such_parameter/,
    ],
    [
      'SET LOCAL of one',
      'SET LOCAL no_such_parameter TO 5;',
      /does not know the parameter no_such_parameter/,
    ],
    ['a schema that is there', 'CREATE SCHEMA public;', /the schema public is there already/],
    [
      'a comment on an extension',
      "COMMENT ON EXTENSION plpgsql IS 'PL/pgSQL procedural language';",
      /only its owner may comment/,
    ],
  ] as const;
  test.each(
    homes.flatMap(([home, path, begin]) =>
      lines.map(([what, sql, reason]) => ({ what: `${what}, in ${home}`, path, begin, sql, reason })),
    ),
  )('$what: left out, and said', async ({ path, begin, sql, reason }) => {
    const { run, database } = await scene({ [path]: `${begin}${sql}\nCREATE TABLE public.t (n int);` });
    const { logs } = expectSuccess(await run('up'));
    expect(logs.filter(({ event }) => event === 'leftOut').map(({ msg }) => msg)).toEqual([
      expect.stringMatching(reason),
    ]);
    expect(await database.query("SELECT to_regclass('public.t')::text AS t")).toEqual([{ t: 't' }]);
  });

  test('SET of a parameter that no server knows, in a later migration: 65, since a person wrote it', async () => {
    const { run } = await scene({ [a]: 'CREATE TABLE public.t (n int);', [b]: 'SET no_such_parameter = 5;' });
    expectFailure(await run('up'), {
      code: 65,
      names: /no_such_parameter/,
      place: `${b}:1:1`,
      remedy: /Correct the statement/,
    });
  });

  const content = `SELECT convert_from(lo_get(oid), 'UTF8') AS text FROM pg_largeobject_metadata ORDER BY 1`;

  test.each(homes)(
    'large objects, as pg_dump writes them, in %s: their bytes arrive',
    async (_, path, begin) => {
      const program = findPgDump();
      const major = majors.find((candidate) => dumps(program, candidate));
      if (!program || major === undefined) return;
      const source = await scene({}, { major });
      await source.database.query(
        `CREATE TABLE public.pictures (id int PRIMARY KEY, picture oid); SELECT lo_from_bytea(0, convert_to('żółw ' || n || repeat('x', 5000), 'UTF8')) FROM generate_series(1, 3) n;
       INSERT INTO public.pictures SELECT row_number() OVER (), oid FROM pg_largeobject_metadata`,
      );
      const sql = dump(program, source.database);
      expect(sql).toMatch(/^BEGIN;\n\nSELECT pg_catalog\.lo_open/m);
      const target = await scene({ [path]: begin + sql }, { major });
      expectSuccess(await target.run('up'));
      expect(await target.database.query(content)).toEqual(await source.database.query(content));
      expect(await target.ledger()).toHaveLength(1);
    },
  );

  test.each([
    [
      'BEGIN and COMMIT around what is no large object',
      'BEGIN;\nCREATE TABLE public.t ();\nCOMMIT;',
      1,
      'BEGIN',
    ],
    ['around nothing', 'BEGIN;\nCOMMIT;', 1, 'BEGIN'],
    ['BEGIN without its COMMIT', "BEGIN;\nSELECT pg_catalog.lo_create('4711');", 1, 'BEGIN'],
    [
      'around a large object and something else',
      "BEGIN;\nSELECT pg_catalog.lo_create('4711');\nSELECT 1;\nCOMMIT;",
      1,
      'BEGIN',
    ],
    ['COMMIT alone after a large object', "SELECT pg_catalog.lo_create('4711');\nCOMMIT;", 2, 'COMMIT'],
  ])('%s: 65 as ever', async (_, sql, line, control) => {
    const { run } = await scene({ [a]: sql });
    expectFailure(await run('up'), {
      code: 65,
      names: new RegExp(`${control} in a file that runs in a transaction`),
      place: `${a}:${line}:1`,
      remedy: /Slipway opens the transaction/,
    });
  });
});
