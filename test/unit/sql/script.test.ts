import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { parseSql } from '../../../src/sql/script.ts';
import type { Source } from '../../../src/sql/source.ts';

function source(text: string): Source {
  return { path: 'migrations/a.sql', text, checksum: '' };
}

function statements(text: string): string[] {
  return parseSql(source(text)).statements.map(({ start, end }) => text.slice(start, end));
}

function words(text: string): readonly string[] | undefined {
  return parseSql(source(text)).statements.at(0)?.words;
}

function failure(text: string): string {
  try {
    parseSql(source(text));
  } catch (error) {
    if (error instanceof SlipwayError) return `${error.code} ${error.message} | ${error.failure.remedy}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('statements', () => {
  const table: [string, string, string[]][] = [
    ['nothing', '', []],
    ['blanks, comments and bare semicolons', ' ;\n;-- a;\n/* b; */;', []],
    ['the last one without a semicolon', 'select 1;\nselect 2 -- end', ['select 1', 'select 2']],
    [
      'a line comment that ends with a carriage return',
      'select 1 -- x;\rselect 2',
      ['select 1 -- x;\rselect 2'],
    ],
    ['nested comments', '/* a /* ; */ ; */ select /* ; */ 1; select 2', ['select /* ; */ 1', 'select 2']],
    ['a comment that begins inside an operator', 'select 1 +--;\n2', ['select 1 +--;\n2']],
    ['doubled quotes', "select 'a'';'; select ''", ["select 'a'';'", "select ''"]],
    ['a backslash before a closing quote', "select 'a\\'; select 2", ["select 'a\\'", 'select 2']],
    [
      'an escape string',
      "select E'a\\';'; select e'\\\\'; select 1",
      ["select E'a\\';'", "select e'\\\\'", 'select 1'],
    ],
    [
      'an escape string that goes on after a line end',
      "select E'a'\n -- it's\n '\\';'; select 1",
      ["select E'a'\n -- it's\n '\\';'", 'select 1'],
    ],
    ['an E that ends a longer word', "select date'\\'; select 1", ["select date'\\'", 'select 1']],
    [
      'bit, national and Unicode strings',
      "select B'1', x'f', N'\\', U&'\\0061;', u&\"\\0061;\"; select 1",
      ["select B'1', x'f', N'\\', U&'\\0061;', u&\"\\0061;\"", 'select 1'],
    ],
    ['quoted identifiers', 'select 1 as "a;""b"; select 2', ['select 1 as "a;""b"', 'select 2']],
    ['dollar quotes', 'select $$;$$, $a$;$$;$b$;$a$; select 2', ['select $$;$$, $a$;$$;$b$;$a$', 'select 2']],
    [
      'a dollar quote with letters beyond ASCII',
      'select $é$;$e$;$é$; select 2',
      ['select $é$;$e$;$é$', 'select 2'],
    ],
    [
      'a dollar sign inside an identifier',
      'select a$b$ from t; select c$b$',
      ['select a$b$ from t', 'select c$b$'],
    ],
    ['parameters', 'prepare p as select $1; select $2', ['prepare p as select $1', 'select $2']],
    [
      'a rule',
      'create or replace rule r as on insert to t do also (delete from a; delete from b); select 1',
      ['create or replace rule r as on insert to t do also (delete from a; delete from b)', 'select 1'],
    ],
    [
      'an open parenthesis elsewhere',
      'create table t (a int; select 1',
      ['create table t (a int', 'select 1'],
    ],
    [
      'a routine with a SQL body',
      'create function f() returns int begin atomic select case when a then 1 end; select new.end as end; end; select 1',
      [
        'create function f() returns int begin atomic select case when a then 1 end; select new.end as end; end',
        'select 1',
      ],
    ],
    [
      'a procedure whose body calls for a CASE in a CASE',
      'create or replace procedure p() BEGIN ATOMIC select case when case 1 when 1 then 2 end = 2 then 3 end; END; end',
      [
        'create or replace procedure p() BEGIN ATOMIC select case when case 1 when 1 then 2 end = 2 then 3 end; END',
        'end',
      ],
    ],
    ['begin and end that stand for themselves', 'begin; select 1; end', ['begin', 'select 1', 'end']],
  ];
  test.each(table)('%s', (_, text, expected) => {
    expect(statements(text)).toEqual(expected);
  });
});

describe('words', () => {
  const table: [string, string[]][] = [
    [
      'create /* x */ index concurrently if not exists idx_A on trading."Orders" (a)',
      [
        'CREATE',
        'INDEX',
        'CONCURRENTLY',
        'IF',
        'NOT',
        'EXISTS',
        'idx_A',
        'ON',
        'trading',
        '.',
        '"Orders"',
        '(',
        'a',
        ')',
      ],
    ],
    ["alter role x password 'secret'", ['ALTER', 'ROLE', 'x', 'password', "'...'"]],
    ['select 12, $$body$$', ['SELECT', "'...'", ',', "'...'"]],
  ];
  test.each(table)('%s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test('no more than 24', () => {
    expect(words(`select ${'a '.repeat(100)}`)).toHaveLength(24);
  });
});

describe('segments', () => {
  test('SQL and COPY blocks, as pg_dump writes them', () => {
    const text = [
      '\\restrict kQ7',
      'SET search_path = "";',
      'CREATE TABLE t (a text, b text);',
      'COPY public.t (a, b) FROM stdin; -- two rows',
      "it's\t;",
      '\\N\t$$',
      '\\.',
      '',
      'COPY t FROM STDIN WITH (FORMAT csv);',
      '\\.',
      'SELECT 1;',
      '\\unrestrict kQ7',
    ].join('\n');
    const script = parseSql(source(text));
    expect(
      script.segments.map((segment) =>
        segment.kind === 'sql'
          ? text.slice(segment.start, segment.end)
          : {
              sql: text.slice(segment.statement.start, segment.statement.end),
              data: text.slice(segment.dataStart, segment.dataEnd),
            },
      ),
    ).toEqual([
      'SET search_path = "";\nCREATE TABLE t (a text, b text)',
      { sql: 'COPY public.t (a, b) FROM stdin', data: "it's\t;\n\\N\t$$\n" },
      { sql: 'COPY t FROM STDIN WITH (FORMAT csv)', data: '' },
      'SELECT 1',
    ]);
    expect(script.statements).toHaveLength(5);
    expect(script.text).toHaveLength(text.length);
    expect(script.text.slice().startsWith(`${' '.repeat(13)}\nSET`)).toBe(true);
    expect(script.text.slice().endsWith(`SELECT 1;\n${' '.repeat(15)}`)).toBe(true);
  });

  test('the line that ends COPY data may be the last of the file', () => {
    expect(parseSql(source('copy t from stdin;\na\\.\n\\.')).segments).toMatchObject([
      { kind: 'copy', dataStart: 19, dataEnd: 23 },
    ]);
  });

  test.each([
    'copy t to stdout; select 1',
    'copy (select 1 from stdin) to stdout',
    "copy t from '/tmp/x'",
    'copy t from program $$cat$$',
  ])('%s reads no data from the file', (text) => {
    expect(parseSql(source(text)).segments).toMatchObject([{ kind: 'sql' }]);
  });

  test('a script without psql lines keeps its text', () => {
    const text = 'select 1;';
    expect(parseSql(source(text)).text).toBe(text);
  });
});

describe('what cannot be read', () => {
  const table: [string, string][] = [
    [
      'select 1;\n\\i other.sql',
      '65 migrations/a.sql:2:1: \\i is a command of psql, which the server does not know | Put the content of that file here.',
    ],
    [
      'select 1 \\gset',
      '65 migrations/a.sql:1:10: \\gset is a command of psql, which the server does not know | Remove it',
    ],
    [
      '\\connect "x"',
      '65 migrations/a.sql:1:1: \\connect is a command of psql, which the server does not know | Remove it: Slipway connects',
    ],
    ["\\copy t from 'x'", 'Write COPY ... FROM stdin;'],
    ['\\set x 1', 'SLIPWAY_VAR_x'],
    [
      'select 1;\n\\.\n',
      ':2:1: \\. is a command of psql, which the server does not know | It ends the data of COPY',
    ],
    ['select\n\\restrict a\n1', ':2:1: \\restrict is a command of psql'],
    ['\\restricted', '\\restricted is a command'],
    ['select \\', ':1:8: a backslash outside of quotes'],
    ["select 'é', 'a;\n", ":1:13: the string that begins here is never closed | Close it with '."],
    ["select E'a\\", ':1:8: the string that begins here is never closed'],
    ['select "a', ':1:8: the quoted identifier that begins here is never closed'],
    [
      'do\n $x$ begin $y$',
      ':2:2: the dollar-quoted string $x$ that begins here is never closed | Close it with $x$.',
    ],
    ['select 1; /* a /* b */', ':1:11: the comment that begins here is never closed'],
    ['copy t from stdin;\n1\n', ':1:1: COPY ... FROM stdin without the line \\. that ends its data'],
    ['copy t from stdin', ':1:1: COPY ... FROM stdin without the line \\. that ends its data'],
    ['copy t from stdin; select 1;\n\\.\n', ':1:20: text after COPY ... FROM stdin on the same line'],
  ];
  test.each(table)('%j', (text, expected) => {
    expect(failure(text)).toContain(expected);
  });
});

test('any text is either refused with its place or tiled by its statements', () => {
  const parts = [
    ...[
      'select',
      'begin atomic',
      'create function f()',
      'create rule r do',
      'case',
      'end',
      'copy t from stdin;\n',
    ],
    ...[
      "'",
      "''",
      "E'",
      "U&'",
      '"',
      '$$',
      '$a$',
      '$1',
      '\\',
      '\\.\n',
      '\n\\.\n',
      '\\restrict x\n',
      '--',
      '/*',
      '*/',
    ],
    ...[
      ';',
      ';',
      ';',
      '(',
      ')',
      '\n',
      '\r',
      '\t',
      ' ',
      'é',
      '漢',
      '😀',
      '\ud83d',
      '\u2028',
      '1',
      '1.5e3',
      '.',
      'a$b',
    ],
  ];
  let seed = 20251127;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  let parsed = 0;
  for (let round = 0; round < 20000; round += 1) {
    const text = Array.from({ length: 1 + random(12) }, () => parts[random(parts.length)]).join('');
    let script: ReturnType<typeof parseSql>;
    try {
      script = parseSql(source(text));
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.failure.place?.line === undefined) throw error;
      continue;
    }
    parsed += 1;
    const taken = script.segments.flatMap((segment): readonly { start: number; end: number }[] =>
      segment.kind === 'sql'
        ? [...segment.statements]
        : [segment.statement, { start: segment.dataStart, end: text.indexOf('\\.', segment.dataEnd) + 2 }],
    );
    let rest = '';
    let at = 0;
    for (const { start, end } of taken) {
      expect(start).toBeGreaterThanOrEqual(at);
      expect(end).toBeGreaterThanOrEqual(start);
      rest += `${script.text.slice(at, start)}\n`;
      at = end;
    }
    rest += script.text.slice(at);
    // What belongs to no statement is blank, a semicolon or a comment.
    const bare = rest.replace(/--[^\r\n]*/g, '');
    if (!bare.includes('/*')) expect([text, bare.replace(/[\s;]/g, '')]).toEqual([text, '']);
  }
  expect(parsed).toBeGreaterThan(2000);
});

test('several MB are split in well under a second', () => {
  const line = "insert into trading.orders (id, symbol, note) values (1, 'BTC', 'é' || $a$;$a$);\n";
  const text = line.repeat(60_000);
  const begun = performance.now();
  const script = parseSql(source(text));
  expect(script.statements).toHaveLength(60_000);
  expect(performance.now() - begun).toBeLessThan(3000);
});
