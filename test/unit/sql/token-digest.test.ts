import { readHeader } from '../../../src/migrations/directives.ts';
import { decodeSource } from '../../../src/migrations/source.ts';
import { tokenDigest } from '../../../src/sql/token-digest.ts';

function digest(text: string, format: 'sql' | 'module' = 'sql'): string | null {
  const source = decodeSource('a.sql', Buffer.from(text));
  return tokenDigest({ format, source, directives: readHeader(source).directives });
}

test.each([
  ['nothing', 'SELECT 1;', 'SELECT 1;'],
  ['a comment', 'SELECT 1;', '-- one\nSELECT 1; /* /* one */ */'],
  ['a comment within', 'SELECT a FROM b;', 'SELECT a -- the first\nFROM/**/b;'],
  [
    'indentation and line ends',
    'CREATE TABLE a (x int,y int);',
    'CREATE TABLE a (\r\n  x int ,\r\n\ty int )\n;',
  ],
  ['blank space around an operator', 'SELECT a<b, a::int, x.y, -1;', 'SELECT a < b, a :: int, x . y, - 1 ;'],
  [
    'blank space before a string',
    "SELECT a='x',('y'),date'2020-01-01';",
    "SELECT a = 'x', ( 'y' ), date '2020-01-01';",
  ],
  ['another comment', '-- one\nSELECT 1;', '-- two\nSELECT 1;'],
  ['the last semicolon', 'SELECT 1;', 'SELECT 1'],
  ['an empty statement', 'SELECT 1;', ';SELECT 1;;'],
  [
    'comments around COPY data',
    'COPY a FROM stdin;\n1\t2\n\\.\n',
    '-- x\nCOPY a\n FROM stdin ;\n1\t2\n\\.\n-- y\n',
  ],
  ['where psql is restricted', '\\restrict abc\nSELECT 1;\n', '\\restrict def\nSELECT 1;\n'],
  [
    'a directive written otherwise',
    '-- slipway: lock-timeout 1s\nSELECT 1;',
    '--slipway: lock-timeout 1000ms\nSELECT 1;',
  ],
])('the same but for %s', (_, a, b) => {
  expect(digest(a)).toMatch(/^1:[0-9a-f]{64}$/);
  expect(digest(b)).toBe(digest(a));
});

test.each([
  ['a number', 'SELECT 1;', 'SELECT 2;'],
  ['a statement less', 'SELECT 1; SELECT 2;', 'SELECT 1;'],
  ['statements made one', 'SELECT 1; SELECT 2;', 'SELECT 1 SELECT 2;'],
  ['letters', 'SELECT a;', 'SELECT A;'],
  ['a word in two', 'SELECT ab;', 'SELECT a b;'],
  ['blank space in a string', "SELECT 'a b';", "SELECT 'a  b';"],
  ['what is a comment outside of a string', "SELECT 'a -- b';", "SELECT 'a -- c';"],
  ['blank space in a quoted name', 'SELECT "a b";', 'SELECT "a  b";'],
  ['a comment in a body', 'DO $$ BEGIN -- a\nEND $$;', 'DO $$ BEGIN -- b\nEND $$;'],
  ['blank space in COPY data', 'COPY a FROM stdin;\n1\t2\n\\.\n', 'COPY a FROM stdin;\n1 2\n\\.\n'],
  ['an operator in two', 'SELECT a <= b;', 'SELECT a < = b;'],
  ['an operator parted by a comment', 'SELECT a <= b;', 'SELECT a </**/= b;'],
  ['an operator made of two', 'SELECT a < -b;', 'SELECT a <-b;'],
  ['a number that lost its point', 'SELECT a .5;', 'SELECT a . 5;'],
  ['strings that are one no more', "SELECT 'a'\n'b';", "SELECT 'a' 'b';"],
  ['a string that lost its prefix', "SELECT E'a';", "SELECT E 'a';"],
  ['code that became a comment', 'SELECT 1; SELECT 2;', 'SELECT 1; --SELECT 2;'],
  ['a directive', 'SELECT 1;', '-- slipway: irreversible\nSELECT 1;'],
])('another one: %s', (_, a, b) => {
  expect(digest(a)).not.toBe(digest(b));
});

test.each([
  ['a module', 'export const a = 1;', 'module'],
  ['a string that is never closed', "SELECT 'a", 'sql'],
  ['a psql command', '\\i other.sql', 'sql'],
] as const)('%s has none', (_, text, format) => {
  expect(digest(text, format)).toBeNull();
});
