import { decodeSource } from '../../../src/migrations/source.ts';
import { parseSql } from '../../../src/sql/script.ts';
import { explain, type ServerError } from '../../../src/sql/statement-error.ts';

/**
 * Each error is what PostgreSQL 18 sent for this text (where it says so: 14, or a server in another language).
 *
 * @returns `line:column`, then the detail.
 */
function explained(text: string, error: ServerError, completed = 0, segment = 0): string[] {
  const script = parseSql(decodeSource('a.sql', Buffer.from(text)));
  const sent = script.segments[segment];
  if (!sent) throw new Error(`no segment ${segment}`);
  const { place, detail } = explain(error, { script, segment: sent, completed });
  expect(place.file).toBe('a.sql');
  return [`${place.line}:${place.column}`, ...detail];
}

const undefinedColumn = { code: '42703', message: 'column "nosuch" does not exist' };
const divisionByZero = { code: '22012', message: 'division by zero' };
const duplicateKey = {
  code: '23505',
  message: 'duplicate key value violates unique constraint "t_pkey"',
  detail: 'Key (a)=(1) already exists.',
  schema: 'public',
  table: 't',
  constraint: 't_pkey',
};

describe('a position from the server', () => {
  test('with multi-byte text before it', () => {
    const text = "-- é\nselect 'é漢字😀';\n\ncreate tabel x(a int);\nselect 1";
    const error = { code: '42601', message: 'syntax error at or near "tabel"', position: '24' };
    expect(explained(text, error)).toEqual([
      '4:8',
      "   2 | select 'é漢字😀';",
      '   3 |',
      '   4 | create tabel x(a int);',
      '     |        ^^^^^',
      'SQLSTATE 42601 (syntax_error)',
    ]);
  });

  test('in a file with CRLF line ends and a BOM', () => {
    const text = "\uFEFFselect '漢';\r\n\r\nselect 'é😀', nosuch from t;\r\n";
    expect(explained(text, { ...undefinedColumn, position: '27' }, 1).slice(0, 3)).toEqual([
      '3:14',
      "   1 | select '漢';",
      '   2 |',
    ]);
  });

  test('after statements that were completed, and blanked lines', () => {
    const text = "\\restrict x\nselect '漢';\nalter table t add d int; select 'é😀', nosuch from t;";
    expect(explained(text, { ...undefinedColumn, position: '51' }, 2)).toEqual([
      '3:39',
      '   1 | \\restrict x',
      "   2 | select '漢';",
      "   3 | alter table t add d int; select 'é😀', nosuch from t;",
      '     |                                        ^^^^^^',
      'SQLSTATE 42703 (undefined_column)',
    ]);
  });

  test('in the body of a function, in a later segment', () => {
    const text =
      'copy t from stdin;\n1\n\\.\nselect 1;\ncreate function f() returns int language plpgsql as $$\nbegin\n foo bar;\nend $$';
    const error = { code: '42601', message: 'syntax error at or near "foo"', position: '73' };
    expect(explained(text, error, 1, 1).slice(0, 5)).toEqual([
      '7:2',
      '   5 | create function f() returns int language plpgsql as $$',
      '   6 | begin',
      '   7 |  foo bar;',
      '     |  ^^^',
    ]);
  });

  test('in a DO block that does not compile', () => {
    const text = "select 1;\nDO $$\nBEGIN\n  PERFORM 'é';\n  IF THEN x;\nEND $$;";
    const error = { code: '42601', message: 'missing expression at or near "THEN"', position: '43' };
    expect(explained(text, error, 1).slice(0, 5)).toEqual([
      '5:6',
      '   3 | BEGIN',
      "   4 |   PERFORM 'é';",
      '   5 |   IF THEN x;',
      '     |      ^^^^',
    ]);
  });

  test('in a baseline of more than 5 MB', () => {
    const text = `${"insert into u values (1, 'é漢😀 and some more words', 1);\n".repeat(100_000)}slect 1;\n`;
    const position = String(Array.from(text.slice(0, text.indexOf('slect'))).length + 1);
    expect(Buffer.byteLength(text)).toBeGreaterThan(5_000_000);
    const begun = performance.now();
    expect(explained(text, { code: '42601', message: 'syntax error', position }).slice(0, 5)).toEqual([
      '100001:1',
      " 99999 | insert into u values (1, 'é漢😀 and some more words', 1);",
      "100000 | insert into u values (1, 'é漢😀 and some more words', 1);",
      '100001 | slect 1;',
      '       | ^^^^^',
    ]);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('at the end of what was sent', () => {
    const error = { code: '42601', message: 'syntax error at end of input', position: '9' };
    expect(explained('select (  ;', error).slice(0, 3)).toEqual([
      '1:9',
      '   1 | select (  ;',
      '     |         ^',
    ]);
  });

  test('beside a password', () => {
    const text = "create role a password 'geheim' nosuch;";
    const error = { code: '42601', message: 'unrecognized role option "nosuch"', position: '33' };
    expect(explained(text, error)).toEqual([
      '1:33',
      "   1 | create role a password '***' nosuch;",
      '     |                              ^^^^^^',
      'SQLSTATE 42601 (syntax_error)',
    ]);
  });
});

describe('no position: the statement is found by counting', () => {
  const text =
    "select 'é';; /* x */\ninsert into t values (1,1);\n  insert into t (a, b)\n values (1,1);\nselect 2";

  test('a duplicate key', () => {
    expect(explained(text, duplicateKey, 2)).toEqual([
      '3:3',
      "   1 | select 'é';; /* x */",
      '   2 | insert into t values (1,1);',
      '   3 |   insert into t (a, b)',
      '     |   ^^^^^^',
      'SQLSTATE 23505 (unique_violation)',
      'detail: Key (a) already exists.',
      'object: table public.t, constraint t_pkey',
    ]);
  });

  test.each([
    [0, '1:1'],
    [1, '2:1'],
    [3, '5:1'],
    [4, '5:1'],
  ])('%d completed', (completed, at) => {
    expect(explained(text, divisionByZero, completed)[0]).toBe(at);
  });

  test('in a baseline of more than 5 MB', () => {
    const long = `${"insert into u values (1, 'é漢😀 and some more words', 1);\n".repeat(100_000)}select 1/0;\nselect 1;`;
    expect(explained(long, divisionByZero, 100_000).slice(0, 5)).toEqual([
      '100001:1',
      " 99999 | insert into u values (1, 'é漢😀 and some more words', 1);",
      "100000 | insert into u values (1, 'é漢😀 and some more words', 1);",
      '100001 | select 1/0;',
      '       | ^^^^^^',
    ]);
  });

  test('in a function that a statement calls', () => {
    const where = 'PL/pgSQL expression "1/0"\nPL/pgSQL function boom() line 3 at RETURN';
    expect(explained('select 1;\nselect boom();', { ...divisionByZero, where }, 1)).toEqual([
      '2:1',
      '   1 | select 1;',
      '   2 | select boom();',
      '     | ^^^^^^',
      'SQLSTATE 22012 (division_by_zero)',
      'in: PL/pgSQL expression "1/0"',
      'in: PL/pgSQL function boom() line 3 at RETURN',
    ]);
  });

  test('in a function whose text is not that of the file', () => {
    const error = {
      code: '42883',
      message: 'function nosuch() does not exist',
      internalPosition: '9',
      internalQuery: ' select nosuch() ',
      where: 'SQL function "boom_sql" during inlining',
      hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    };
    expect(explained('select 1; select boom_sql()', error, 1)).toEqual([
      '1:11',
      '   1 | select 1; select boom_sql()',
      '     |           ^^^^^^',
      'SQLSTATE 42883 (undefined_function)',
      'hint: No function matches the given name and argument types. You might need to add explicit type casts.',
      'in: SQL function "boom_sql" during inlining',
    ]);
  });
});

describe('inside a DO block', () => {
  const inline = (line: number, at: string): string =>
    `PL/pgSQL function inline_code_block line ${line} at ${at}`;
  const table: [string, string, ServerError, string, string][] = [
    [
      'at run time: the line of the file, at its first word',
      "select 'é';\nDO $$ declare x int;\nBEGIN\n  PERFORM 1;\n\t  x := 1/0;\nEND $$;",
      { ...divisionByZero, where: `PL/pgSQL assignment "x := 1/0"\n${inline(4, 'assignment')}` },
      '5:4',
      '^',
    ],
    [
      'in a static statement',
      "select 1;\nDO $$ declare x int;\nBEGIN\n  PERFORM '漢字';\n  update t set nosuch = 1\n  where a = 1;\nEND $$;",
      {
        ...undefinedColumn,
        internalPosition: '14',
        internalQuery: 'update t set nosuch = 1\n  where a = 1',
        where: inline(4, 'SQL statement'),
      },
      '5:16',
      '^^^^^^',
    ],
    [
      'in a static statement that stands twice: the one on the line that the server names, or after it',
      'select 1; DO $$ BEGIN\n if false then delete from nosuch; end if;\n\n delete from nosuch; END $$;',
      {
        code: '42P01',
        message: 'relation "nosuch" does not exist',
        internalPosition: '13',
        internalQuery: 'delete from nosuch',
        where: inline(4, 'SQL statement'),
      },
      '4:14',
      '^^^^^^',
    ],
    [
      'in PERFORM, which the server quotes as SELECT',
      "select 1; do $$ begin\n perform '漢字😀', nosuch;\nend $$",
      {
        ...undefinedColumn,
        internalPosition: '15',
        internalQuery: "SELECT '漢字😀', nosuch",
        where: inline(2, 'PERFORM'),
      },
      '2:17',
      '^^^^^^',
    ],
    [
      'in PERFORM with a line end after it',
      "select 1; do $$ begin\n perform\n  '漢字😀', nosuch;\nend $$",
      {
        ...undefinedColumn,
        internalPosition: '17',
        internalQuery: "SELECT\n  '漢字😀', nosuch",
        where: inline(2, 'PERFORM'),
      },
      '3:10',
      '^^^^^^',
    ],
    [
      'in an expression, which older servers quote with a SELECT before it',
      'select 1; do $$ begin\n if nosuch > 1 then\n null; end if; end $$',
      {
        ...undefinedColumn,
        internalPosition: '8',
        internalQuery: 'SELECT nosuch > 1',
        where: inline(2, 'IF'),
      },
      '2:5',
      '^^^^^^',
    ],
    [
      'in a body with doubled quotes, where the text is not found',
      "select 1; do language 'plpgsql' 'begin\n  perform ''x''::int;\nend'",
      {
        code: '22P02',
        message: 'invalid input syntax for type integer: "x"',
        internalPosition: '8',
        internalQuery: "SELECT 'x'::int",
        where: inline(2, 'PERFORM'),
      },
      '2:3',
      '^^^^^^^',
    ],
    [
      'in a function that it calls',
      'select 1; DO $$\nBEGIN\n  perform boom();\nEND $$;',
      {
        ...divisionByZero,
        where: `PL/pgSQL expression "1/0"\nPL/pgSQL function boom() line 9 at RETURN\nSQL statement "SELECT boom()"\n${inline(3, 'PERFORM')}`,
      },
      '3:3',
      '^^^^^^^',
    ],
    [
      'in a DO block inside it: the outer line',
      "select 1; DO $$\nBEGIN\n  execute 'do $x$ begin perform 1/0; end $x$';\nEND $$;",
      {
        ...divisionByZero,
        where: `SQL statement "SELECT 1/0"\n${inline(1, 'PERFORM')}\nSQL statement "do $x$ begin perform 1/0; end $x$"\n${inline(3, 'EXECUTE')}`,
      },
      '3:3',
      '^^^^^^^',
    ],
    [
      'in a declaration on the line of the opening quote',
      "select 1; DO\n\n$$ declare x int := 'x';\nBEGIN\n null;\nEND $$;",
      {
        code: '22P02',
        message: 'invalid input syntax for type integer: "x"',
        where:
          'PL/pgSQL function inline_code_block line 1 during statement block local variable initialization',
      },
      '3:4',
      '^^^^^^^',
    ],
    [
      'from a German server',
      'select 1; DO $$\nBEGIN\n  perform 1/0; END $$;',
      {
        code: '22012',
        message: 'Division durch Null',
        where: 'SQL-Anweisung »SELECT 1/0«\nPL/pgSQL-Funktion inline_code_block Zeile 3 bei PERFORM',
      },
      '3:3',
      '^^^^^^^',
    ],
    [
      'from a Japanese server',
      'select 1; DO $$\nBEGIN\n  perform 1/0; END $$;',
      { ...divisionByZero, where: 'PL/pgSQL関数inline_code_blockの3行目 - PERFORM' },
      '3:3',
      '^^^^^^^',
    ],
    [
      'with a line beyond its end: its last one',
      'select 1; DO $$\nBEGIN\n  perform 1/0; END $$;\nselect 1',
      { ...divisionByZero, where: inline(30, 'PERFORM') },
      '3:3',
      '^^^^^^^',
    ],
    [
      'without a word of where',
      'select 1; DO $$\nBEGIN\n  perform 1/0; END $$;',
      divisionByZero,
      '1:11',
      '^^',
    ],
  ];
  test.each(table)('%s', (_, text, error, at, underline) => {
    const [place, ...detail] = explained(text, error, 1);
    const caret = detail.find((line) => /^\s+\|\s*\^+$/.test(line)) ?? '';
    expect([place, caret.replace(/[^^]/g, '')]).toEqual([at, underline]);
  });
});

describe('inside COPY data', () => {
  const text = 'select 1;\ncopy u from stdin;\n1\tx\t2\n3\té\t4z\n\\.\nselect 2;';
  const invalid = { code: '22P02', message: 'invalid input syntax for type numeric: "4z"' };

  test('a field', () => {
    expect(explained(text, { ...invalid, where: 'COPY u, line 2, column c: "4z"' }, 0, 1)).toEqual([
      '4:5',
      '   2 | copy u from stdin;',
      '   3 | 1\tx\t2',
      '   4 | 3\té\t4z',
      '     |  \t \t^^',
      'SQLSTATE 22P02 (invalid_text_representation)',
      'in: COPY u, line 2, column c: "4z"',
    ]);
  });

  const table: [string, string, string][] = [
    ['a line', 'COPY u, line 2: "3"', '4:1'],
    ['a line of a table whose name holds a number', 'COPY u2, line 1', '3:1'],
    ['a field from a German server', 'COPY u, Zeile 2, Spalte c: »4z«', '4:5'],
    ['a field whose value stands in the line twice or not at all', 'COPY u, line 1, column c: "7"', '3:1'],
    ['a trigger that a line fired', 'PL/pgSQL function f() line 9 at RAISE\nCOPY u, line 2', '4:1'],
    ['a line beyond the data: the last one', 'COPY u, line 9', '4:1'],
  ];
  test.each(table)('%s', (_, where, at) => {
    expect(explained(text, { ...invalid, where }, 0, 1)[0]).toBe(at);
  });

  test('its statement, by position or by itself', () => {
    const missing = { code: '42P01', message: 'relation "u" does not exist' };
    expect(explained(text, missing, 0, 1).slice(0, 4)).toEqual([
      '2:1',
      '   1 | select 1;',
      '   2 | copy u from stdin;',
      '     | ^^^^',
    ]);
    expect(explained(text, { ...missing, position: '6' }, 0, 1)[0]).toBe('2:6');
  });
});

describe('what the server added', () => {
  const lines = (error: Omit<ServerError, 'message'>): string[] =>
    explained('select 1', { message: 'x', ...error }).slice(3);

  test('an SQLSTATE without a name here', () => {
    expect(lines({ code: 'ZZ123' })).toEqual(['SQLSTATE ZZ123']);
  });

  test('the object', () => {
    expect(lines({ schema: 's' })).toEqual(['object: schema s']);
    expect(lines({ schema: 's', table: 't', column: 'c' })).toEqual(['object: table s.t, column c']);
  });

  test('a detail of several lines', () => {
    expect(lines({ detail: 'view a depends on table t\nview b depends on table t' })).toEqual([
      'detail: view a depends on table t',
      '  view b depends on table t',
    ]);
  });

  test('passwords are masked, long lines and long contexts cut', () => {
    const where = `SQL statement "alter role a password\n'geheim'"\n${'é'.repeat(500)}${'\nx'.repeat(9)}`;
    const shown = lines({ where });
    expect(shown.slice(0, 3)).toEqual([
      'in: SQL statement "alter role a password',
      `in: '***'"`,
      `in: ${'é'.repeat(160)}…`,
    ]);
    expect(shown.at(-1)).toBe('in: 6 more lines');
    expect(shown).toHaveLength(7);
  });
});
