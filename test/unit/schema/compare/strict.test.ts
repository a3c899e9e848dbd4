import { strictly } from '../../../../src/schema/compare/strict.ts';

const known = ['table s.t', 'extension citext', 'view "S".v'];
const counts = (kind: 'missing' | 'changed' | 'extra', object: string, actual: string | null = null) =>
  strictly(known)({ kind, object, actual });

test.each([
  ['view s.v', 'v'],
  ['comment table s.t', 'x'],
  ['event trigger watch', 'ddl_command_end by other.watch'],
  ['database setting search_path', 'other'],
  ['database comment', 'x'],
  ['subscription sub', 'publications p'],
  ['language plpython3u', 'trusted'],
  ['foreign data wrapper w', ''],
  ['foreign server v', 'wrapper w'],
  ['user mapping public on v', 'mapping'],
  ['access method heap2', 'table'],
  ['extension hstore', 'in s'],
  ['extension hstore', 'in "S"'],
  ['extension pg_cron', 'in pg_catalog'],
  ['comment extension citext', 'x'],
  ['comment server v', 'x'],
  ['publication p', 'insert'],
  ['publication p', 'insert; all tables'],
  ['publication p', "insert; tables other.t where (a = '; tables s.t'::text), s.t (a)"],
  ['publication p', 'insert; tables other.t; schemas other, "S"'],
  ['cast integer as text', 'binary'],
  ['cast other.a as s.b', 'binary'],
  ['default privileges joe r', 'public: SELECT'],
  ['default privileges joe in s r', 'public: SELECT'],
])('strictly, %s (%s), extra, counts', (object, text) => {
  expect(counts('extra', object, text)).toBe(true);
});

test.each([
  ['table other.t', 'table'],
  ['schema other', 'schema'],
  ['privileges schema other', 'x'],
  ['extension hstore', 'in other'],
  ['extension version hstore', '1.0'],
  ['comment extension hstore', 'x'],
  ['comment event trigger watch', 'x'],
  ['publication p', "insert; tables other.t where (a = 's.t'::text)"],
  ['publication p', 'insert; schemas other'],
  ['cast other.a as text', 'binary'],
  ['default privileges joe in other r', 'public: SELECT'],
])('strictly, %s (%s), extra, does not count', (object, text) => {
  expect(counts('extra', object, text)).toBe(false);
});

test.each(['missing', 'changed'] as const)('strictly, what is %s counts wherever it stands', (kind) => {
  expect(counts(kind, 'table other.t')).toBe(true);
});
