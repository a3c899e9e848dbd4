import { connectionReader } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/core/slipway-error.ts';
import { entriesOf, type ListEntry } from '../../../src/fleet/entries.ts';
import { listedAs, listIn } from '../../../src/fleet/list.ts';
import { input, load, type Machine, textOf } from '../../support/config-input.ts';

const machine = { env: { PGHOST: 'db', PGUSER: 'owner', PGPASSWORD: 'of the configured' } };

const read = (text: string, on: Machine = machine): ListEntry[] =>
  entriesOf(listIn('tenants.txt', text), {
    config: load(on).config,
    connectionOf: connectionReader(input(on)),
  });

function refusalOf(text: string, on?: Machine): string {
  try {
    read(text, on);
  } catch (error) {
    if (error instanceof ConfigError) return textOf(error);
    throw error;
  }
  throw new Error('the list was accepted');
}

test('a line is a name or a URL; blanks, empty lines, comments, a BOM and CRLF do not count', () => {
  const text =
    '\uFEFF# tenants\r\n\r\n  acme \r\npostgresql://u:hidden@Other:6432/acme\r\n   # more\r\nhost=h dbname=x\r\ntwo words#\r\n';
  expect(read(text).map(({ place, database, server }) => [place, database, server])).toEqual([
    ['tenants.txt:3', 'acme', 'db:5432'],
    ['tenants.txt:4', 'Other:6432/acme', 'Other:6432'],
    ['tenants.txt:6', 'h:5432/x', 'h:5432'],
    ['tenants.txt:7', 'two words#', 'db:5432'],
  ]);
});

test('a line in quotes is the name between them: blanks count, and so does what else would be no name', () => {
  const text = '  " acme "\n"a ""b"""\n"# no comment"\n"postgresql://u:x@db/a"\n"half\n"x" y\nhalf"';
  expect(read(text).map(({ database, kind }) => [database, kind])).toEqual([
    [' acme ', 'quotedName'],
    ['a "b"', 'quotedName'],
    ['# no comment', 'quotedName'],
    ['postgresql://u:x@db/a', 'quotedName'],
    ['"half', 'name'],
    ['"x" y', 'name'],
    ['half"', 'name'],
  ]);
});

test.each([
  [' acme ', { text: ' acme ', kind: 'name' }],
  ['"acme"', { text: '"acme"', kind: 'name' }],
  [' postgresql://u@db/acme\n', { text: 'postgresql://u@db/acme', kind: 'connection' }],
])('a row of a query has a name as it is, or a URL: %j', (text, expected) => {
  expect(listedAs('row 1', text)).toEqual({ place: 'row 1', ...expected });
});

describe('where nobody says who logs in', () => {
  const nobody = { env: { PGHOST: 'db' }, user: { name: null, home: null } };

  test('a list of URLs with a login of their own is all right', () => {
    expect(read('postgresql://u@h/a\npostgresql://v@h/b', nobody)).toHaveLength(2);
  });

  test.each([
    [
      'names, which is told once',
      'postgresql://u@h/a\nb\nc',
      /^PGUSER: no user is named, [^\n]*; tenants.txt:2 is a name\.[^\n]*$/,
    ],
    [
      'a URL without a user',
      'postgresql://u@h/a\npostgresql://h/b',
      /^tenants.txt:2: no user is named, [^\n]*$/,
    ],
  ])('a list with %s is refused', (_, text, said) => expect(refusalOf(text, nobody)).toMatch(said));
});

test.each([
  ['a name twice', 'a\nb\na', 'tenants.txt:3: a is listed already: tenants.txt:1. Remove one of the two.'],
  [
    'a database by its name and by a URL, whoever logs in',
    'a\npostgresql://other:x@DB/a',
    'tenants.txt:2: DB:5432/a is listed already: tenants.txt:1. Remove one of the two.',
  ],
  [
    'three times',
    'a\na\na',
    [2, 3]
      .map((line) => `tenants.txt:${line}: a is listed already: tenants.txt:1. Remove one of the two.`)
      .join('\n'),
  ],
])('%s is refused', (_, text, said) => {
  expect(refusalOf(text)).toBe(said);
});

test.each([
  'postgresql:/app:s3cret@db/acme',
  'app:s3cret@db/acme',
  'acme user=app password=s3cret',
  'mysql:/x',
])('%s is no name: it is refused, and not shown', (text) => {
  const said = refusalOf(text);
  expect(said).toMatch(/^tenants\.txt:1: this is neither the name of a database nor a connection string/);
  expect(said).not.toContain('s3cret');
});

test('the same name on two servers, and names that differ by case, are different databases', () => {
  const text = 'a\nA\npostgresql://u@h1/a\npostgresql://u@h1:6432/a\npostgresql://u@h1,h2/a';
  expect(read(text).map(({ database }) => database)).toEqual([
    'a',
    'A',
    'h1:5432/a',
    'h1:6432/a',
    'h1:5432,h2:5432/a',
  ]);
});

test('every line that cannot be used is named, with no part of a URL', () => {
  const said = refusalOf(
    `${'x'.repeat(64)}\npostgresql://u:hidden@h:port/a\nok\npostgresql://u@h/a?sslmode=maybe`,
  );
  expect(said).toMatch(
    /^tenants.txt:1: the name is 64 bytes long.*\ntenants.txt:2: .*\ntenants.txt:4: parameter sslmode: /,
  );
  expect(said).not.toContain('hidden');
});

test.each(['template1', '"template0"', 'postgresql://u:hidden@db/template1'])(
  'what new databases are made from is in no list: %s',
  (line) => {
    const said = refusalOf(`acme\n${line}`);
    expect(said).toMatch(/tenants\.txt:2.*template[01] is what every new database is made from/);
    expect(said).toMatch(/Leave it out.*NOT datistemplate/);
    expect(said).not.toContain('hidden');
  },
);
