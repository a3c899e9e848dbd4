import { majors, named } from '../../support/database.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, type Scene, sceneOf, useScenes } from '../../support/scene.ts';

const file = 'migrations/20250101000000_a.sql';

interface Failing {
  readonly what: string;
  readonly sql: string;
  /** `line:column`. */
  readonly at: string;
  readonly sqlstate: string;
  readonly names: RegExp;
  /** Lines that the detail must have. */
  readonly detail?: readonly (string | RegExp)[];
}

const cases: readonly Failing[] = [
  {
    what: 'a syntax error',
    sql: 'CREATE TABLE a (x int);\nCREATE TABLE b (\n  x int,\n  y itn nut null\n);',
    at: '4:9',
    sqlstate: '42601',
    names: /syntax error at or near "nut"/,
    detail: [
      '   2 | CREATE TABLE b (',
      '   4 |   y itn nut null',
      '     |         ^^^',
      'SQLSTATE 42601 (syntax_error)',
    ],
  },
  {
    what: 'a syntax error after text of many bytes',
    sql: "CREATE TABLE a (x text); -- zażółć 🚢🚢\nINSERT INTO a VALUES ('🚢 żółw'); SELEKT 1;",
    at: '2:34',
    sqlstate: '42601',
    names: /at or near "SELEKT"/,
  },
  {
    what: 'a syntax error where lines end in CRLF',
    sql: 'CREATE TABLE a (x int);\r\n\r\nCREATE TABLE b (\r\n  x int,,\r\n);\r\n',
    at: '4:9',
    sqlstate: '42601',
    names: /at or near ","/,
  },
  {
    what: 'a file that ends too early',
    sql: 'CREATE TABLE a (x int);\nCREATE TABLE b (x int',
    at: '2:22',
    sqlstate: '42601',
    names: /end of input/,
  },
  {
    what: 'a column that is not there, with a hint',
    sql: 'CREATE TABLE a (amount int);\nINSERT INTO a VALUES (1);\nSELECT\n  amuont FROM a;',
    at: '4:3',
    sqlstate: '42703',
    names: /column "amuont" does not exist/,
    detail: ['SQLSTATE 42703 (undefined_column)', /^hint: .*"a\.amount"/],
  },
  {
    what: 'a table that is not there',
    sql: "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1); INSERT INTO żółw VALUES ('🚢');",
    at: '2:39',
    sqlstate: '42P01',
    names: /"żółw" does not exist/,
  },
  {
    what: 'a run-time error, whose place the server does not say',
    sql: 'CREATE TABLE a (x int);\nINSERT INTO a VALUES (1), (2);\n-- żółw 🚢;\n/* ; */ INSERT INTO a VALUES (3); UPDATE a SET x = 1 / (x - 2);\nSELECT 1;',
    at: '4:35',
    sqlstate: '22012',
    names: /division by zero/,
    detail: ['     |                                   ^^^^^^', 'SQLSTATE 22012 (division_by_zero)'],
  },
  {
    what: 'a run-time error where lines end in CRLF',
    sql: 'CREATE TABLE a (x int);\r\nINSERT INTO a VALUES (1);\r\n  SELECT 1 / (x - 1) FROM a;\r\n',
    at: '3:3',
    sqlstate: '22012',
    names: /division by zero/,
  },
  {
    what: 'a duplicate key, with its constraint and without its values',
    sql: 'CREATE TABLE a (x int CONSTRAINT only_once PRIMARY KEY);\nINSERT INTO a VALUES (7);\nINSERT INTO a VALUES (7);',
    at: '3:1',
    sqlstate: '23505',
    names: /duplicate key value violates unique constraint "only_once"/,
    detail: [/^detail: Key \(x\) already exists/, 'object: table public.a, constraint only_once'],
  },
  {
    what: 'a statement that the rules of the server split',
    sql: 'CREATE TABLE a (x int);\nCREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2);\nINSERT INTO a VALUES (1);\nSELECT 1/0;',
    at: '4:1',
    sqlstate: '22012',
    names: /division by zero/,
  },
  {
    what: 'a DO block',
    sql: 'CREATE TABLE a (x int);\nDO $$\nDECLARE\n  n int := 0;\nBEGIN\n  INSERT INTO a VALUES (1);\n  n := 1 / n;\nEND $$;',
    at: '7:3',
    sqlstate: '22012',
    names: /division by zero/,
    detail: [/^in: .*inline_code_block.* 6 /],
  },
  {
    what: 'a statement inside a DO block',
    sql: "SELECT 'żółw 🚢'; DO LANGUAGE plpgsql $body$\nBEGIN\n  PERFORM 1;\n  INSERT INTO nowhere VALUES (1);\nEND $body$;",
    at: '4:15',
    sqlstate: '42P01',
    names: /"nowhere" does not exist/,
  },
  {
    what: 'what a DO block raises, with a hint',
    sql: "DO $$ BEGIN\n  RAISE EXCEPTION 'no fee for %', 'BTC' USING HINT = 'Add one.', ERRCODE = 'check_violation';\nEND $$;",
    at: '2:3',
    sqlstate: '23514',
    names: /no fee for BTC/,
    detail: ['hint: Add one.'],
  },
  {
    what: 'a function that a DO block calls',
    sql: 'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 / 0;\nEND $$;\nDO $$ BEGIN\n  PERFORM f();\nEND $$;',
    at: '6:3',
    sqlstate: '22012',
    names: /division by zero/,
    detail: [/^in: PL\/pgSQL function f\(\) line 3/],
  },
  {
    what: 'a function that a statement calls',
    sql: 'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 / 0;\nEND $$;\nSELECT 1;\nSELECT f();',
    at: '6:1',
    sqlstate: '22012',
    names: /division by zero/,
    detail: [/^in: PL\/pgSQL function f\(\) line 3/],
  },
  {
    what: 'a value in COPY data',
    sql: 'CREATE TABLE a (x int, price numeric);\nCOPY a (x, price) FROM stdin;\n1\t9.99\n2\tcheap\n3\t7\n\\.\nSELECT 1;\n',
    at: '4:3',
    sqlstate: '22P02',
    names: /invalid input syntax for type numeric: "cheap"/,
  },
  {
    what: 'a row of COPY data that lacks a column',
    sql: 'CREATE TABLE a (x int, y int);\nCOPY a FROM stdin;\n1\t2\n3\n\\.\n',
    at: '4:1',
    sqlstate: '22P04',
    names: /missing data for column "y"/,
  },
  {
    what: 'a statement after COPY data',
    sql: 'CREATE TABLE a (x int);\nCOPY a FROM stdin;\n1\n2\n\\.\nSELECT 1;\nSELECT 1 / (x - 2) FROM a;\n',
    at: '7:1',
    sqlstate: '22012',
    names: /division by zero/,
  },
  {
    what: 'a COPY that names no table',
    sql: 'CREATE TABLE a (x int);\nCOPY b FROM stdin;\n1\n\\.\n',
    at: '2:1',
    sqlstate: '42P01',
    names: /"b" does not exist/,
  },
];

describe.each(named(majors))('on PostgreSQL $version', ({ major }) => {
  const shared = useScenes(afterAll);
  let scene: Scene;
  beforeAll(async () => {
    scene = await shared({}, { major });
  });

  test.each(cases)('$what', async ({ sql, at, sqlstate, names, detail = [] }) => {
    const project = makeProject({ [file]: sql });
    try {
      const before = await scene.fingerprint();
      const failure = expectFailure(await sceneOf(scene.database, project).run('up'), {
        code: 65,
        names,
        place: `${file}:${at}`,
        remedy: /Correct the statement and start again/,
      });
      expect(failure.msg).toMatch(`${file}:${at}: `);
      expect(failure.sqlstate).toBe(sqlstate);
      for (const line of detail) {
        expect(failure.detail).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line));
      }
      expect(failure.detail).toContain('failed, rolled back: 20250101000000_a');
      expect(await scene.fingerprint()).toEqual(before);
    } finally {
      project.destroy();
    }
  });
});

describe('a baseline of several MB', () => {
  const scenes = useScenes();
  const lines = 60_000;
  const row = (n: number) => `INSERT INTO a VALUES (${n}, 'żółw 🚢 ${'x'.repeat(60)}');`;
  const baseline = (extra: string) =>
    [
      '-- slipway: version 20250101000000',
      'CREATE TABLE a (x int PRIMARY KEY, t text);',
      ...Array.from({ length: lines }, (_, n) => row(n)),
      extra,
      'SELECT 1;',
    ].join('\n');

  test.each([
    ['a syntax error', '  SELEKT 1;', `${lines + 3}:3`, /at or near "SELEKT"/],
    ['a run-time error', `  ${row(17)}`, `${lines + 3}:3`, /duplicate key/],
  ])('%s near its end', async (_, extra, at, names) => {
    const text = baseline(extra);
    expect(Buffer.byteLength(text)).toBeGreaterThan(5_000_000);
    const { run, fingerprint } = await scenes({ 'sql/baseline.sql': text });
    const before = await fingerprint();
    expectFailure(await run('up'), {
      code: 65,
      names,
      place: `sql/baseline.sql:${at}`,
      remedy: /Correct the statement/,
    });
    expect(await fingerprint()).toEqual(before);
  });
});

describe('at the end of the transaction', () => {
  const scenes = useScenes();

  test('a deferred constraint that does not hold is named with its file', async () => {
    const { run, fingerprint } = await scenes({
      [file]:
        'CREATE TABLE a (x int PRIMARY KEY);\nCREATE TABLE b (x int CONSTRAINT known REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO b VALUES (1);',
    });
    const before = await fingerprint();
    const { detail } = expectFailure(await run('up'), {
      code: 65,
      names: /at the end of its transaction: .*"known"/,
      place: file,
      remedy: /deferred constraint does not hold/,
    });
    expect(detail).toContainEqual(expect.stringMatching(/^detail: Key \(x\) is not present/));
    expect(await fingerprint()).toEqual(before);
  });

  test('a secret in a failing statement is masked', async () => {
    const { run } = await scenes({ [file]: "CREATE ROLE r PASSWORD 'hunter2' NONSENSE;" });
    const result = await run('up --json');
    expectFailure(result, {
      code: 65,
      names: /unrecognized role option/,
      place: `${file}:1:34`,
      remedy: /Correct/,
    });
    expect(result.stdout + result.stderr).not.toContain('hunter2');
  });
});
