import { maskSecrets } from '../../../src/core/redact-sql.ts';
import { excerptAt, linesOf, placeAt } from '../../../src/sql/place.ts';
import type { Source } from '../../../src/sql/source.ts';

function source(text: string): Source {
  return { path: 'sql/baseline.sql', text, checksum: '' };
}

function excerpt(text: string, at: string, length?: number): string[] {
  return excerptAt(source(text), text.indexOf(at), length);
}

test('lines are counted on from place to place, and anew from one before', () => {
  const text = 'a\n\nbc\nd\n';
  const lineOf = linesOf(source(text));
  for (const offset of [0, 1, 2, 2, 3, 5, 6, 8, 9, 4, 0, 9])
    expect([offset, lineOf(offset)]).toEqual([offset, placeAt(source(text), offset).line]);
});

describe('placeAt', () => {
  const table: [string, number, number, number][] = [
    ['', 0, 1, 1],
    ['abc', 0, 1, 1],
    ['abc', 3, 1, 4],
    ['abc', 99, 1, 4],
    ['abc', -1, 1, 1],
    ['a\nbc', 1, 1, 2],
    ['a\nbc', 2, 2, 1],
    ['a\nbc\n', 5, 3, 1],
    ['\n\n\nx', 3, 4, 1],
    ['é漢😀x', 4, 1, 4],
    ['😀\n😀😀x', 7, 2, 3],
  ];
  test.each(table)('%j at %d is %d:%d', (text, offset, line, column) => {
    expect(placeAt(source(text), offset)).toEqual({ file: 'sql/baseline.sql', line, column });
  });
});

describe('excerptAt', () => {
  test('two lines before, and a caret', () => {
    expect(excerpt('a\nb\nc\nalter table x add colum y int;\nd', 'colum', 5)).toEqual([
      '   2 | b',
      '   3 | c',
      '   4 | alter table x add colum y int;',
      '     |                   ^^^^^',
    ]);
  });

  test('the first line, and an end of text', () => {
    expect(excerpt('select', 'select')).toEqual(['   1 | select', '     | ^']);
    expect(excerptAt(source('select'), 6, 10)).toEqual(['   1 | select', '     |       ^']);
    expect(excerptAt(source(''), 0)).toEqual(['   1 |', '     | ^']);
  });

  test('blank lines before are left out at the top only', () => {
    expect(excerpt('\n\nx', 'x')).toEqual(['   3 | x', '     | ^']);
    expect(excerpt('a\n\nx', 'x')).toEqual(['   1 | a', '   2 |', '   3 | x', '     | ^']);
  });

  test('tabs stay, wide characters take two columns, combining ones none', () => {
    expect(excerpt('\t漢字😀e\u0301 x', 'x')).toEqual(['   1 | \t漢字😀e\u0301 x', '     | \t        ^']);
    expect(excerpt("\tselect '漢'", "'漢'", 3)).toEqual(["   1 | \tselect '漢'", '     | \t       ^^^^']);
  });

  test('the underline ends with its line', () => {
    expect(excerpt('a x\nb', 'x', 3)).toEqual(['   1 | a x', '     |   ^']);
  });

  test('line numbers of five digits and more widen the margin', () => {
    expect(excerpt(`${'\n'.repeat(12344)}x`, 'x')).toEqual(['12345 | x', '      | ^']);
  });

  test.each([10, 500, 5_000_000])('a line of %d times three words is cut around the place', (times) => {
    const shown = excerpt(`${'many words, '.repeat(times)}HERE${', many words'.repeat(times)}`, 'HERE', 4);
    const [line = '', caret = ''] = shown;
    expect(shown).toHaveLength(2);
    expect(line).toMatch(/^ {3}1 \| ….*HERE.*…$/);
    expect(line.length).toBeLessThan(120);
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('HERE');
  });

  test('a long line that begins with the place is cut at its end only', () => {
    const [line = '', caret] = excerpt(`HERE${', many words'.repeat(50)}`, 'HERE', 4);
    expect(line).toMatch(/^ {3}1 \| HERE.*[^…]…$/);
    expect(caret).toBe('     | ^^^^');
  });

  test('a long line before the place is cut too', () => {
    expect(excerpt(`${'many words, '.repeat(50)}\nx`, 'x')[0]).toMatch(/^ {3}1 \| many.*…$/);
  });

  test('a password is masked, and the caret stands where it should', () => {
    expect(excerpt("create role a password 'hunter2' nosuch", 'nosuch', 6)).toEqual([
      "   1 | create role a password '***' nosuch",
      '     |                              ^^^^^^',
    ]);
    expect(excerpt("alter role a password 'hunter2';", "'hunter2'", 9)).toEqual([
      "   1 | alter role a password '***';",
      '     |                       ^^^^^',
    ]);
    expect(excerpt("alter role a password 'hunter2';", 'hunter2', 7)).toEqual([
      "   1 | alter role a password '***';",
      '     |                        ^^^',
    ]);
    expect(excerpt("alter role a\n  password\n  'hunter2' x", 'x')).toEqual([
      '   1 | alter role a',
      '   2 |   password',
      "   3 |   '***' x",
      '     |         ^',
    ]);
  });
});

describe('maskSecrets', () => {
  const table: [string, string][] = [
    ["ALTER ROLE a PASSWORD 'it''s' VALID", "ALTER ROLE a PASSWORD '***' VALID"],
    ["options (user 'a', password 'b')", "options (user 'a', password '***')"],
    ["password E'a\\'b' x", "password E'***' x"],
    ['password $x$secret$x$', 'password $x$***$x$'],
    ["connection 'host=db password=secret user=a'", "connection 'host=db password=*** user=a'"],
    ["dblink('postgresql://a:secret@db/x')", "dblink('postgresql://a:***@db/x')"],
    ['create table users (password text not null)', 'create table users (password text not null)'],
    ["PASSWORD 'cut off", "PASSWORD '***"],
  ];
  test.each(table)('%s', (text, expected) => {
    expect(maskSecrets(text)).toBe(expected);
  });
});
