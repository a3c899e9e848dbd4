import { findPassword } from '../../../../src/config/conninfo/passfile.ts';

const key = { host: 'db', port: 5432, database: 'app', user: 'u' };

test.each<[string, string, Partial<typeof key>, string | null]>([
  ['an exact line', 'db:5432:app:u:secret', {}, 'secret'],
  ['wildcards', '*:*:*:*:any', {}, 'any'],
  ['the first that matches', 'x:5432:app:u:no\ndb:*:app:u:first\n*:*:*:*:second', {}, 'first'],
  ['another port', 'db:5433:app:u:secret', {}, null],
  ['another database', 'db:5432:app2:u:secret', {}, null],
  ['another user', 'db:5432:app:v:secret', {}, null],
  ['a comment', '#db:5432:app:u:secret', {}, null],
  ['a short line', 'db:5432:app:u', {}, null],
  ['an escaped colon in a password', 'db:5432:app:u:a\\:b\\\\c', {}, 'a:b\\c'],
  ['a plain colon ends the password', 'db:5432:app:u:a:b', {}, 'a'],
  ['an empty password', 'db:5432:app:u:', {}, ''],
  ['an escaped address', '\\:\\:1:5432:app:u:six', { host: '::1' }, 'six'],
  ['an escaped star, which is no wildcard', 'db:5432:\\*:u:secret', {}, null],
  ['a database named *', 'db:5432:\\*:u:secret', { database: '*' }, 'secret'],
  ['the usual socket directory', 'localhost:5432:app:u:s', { host: '/var/run/postgresql' }, 's'],
  ['CRLF', 'db:5432:app:u:secret\r\n', {}, 'secret'],
  ['an empty file', '', {}, null],
])('%s', (_, text, other, password) => {
  expect(findPassword(text, { ...key, ...other })).toBe(password);
});
