import { isSetting, openingWords, questionOf } from '../../../src/sql/question.ts';
import { parseSql } from '../../../src/sql/script.ts';
import type { Statement } from '../../../src/sql/statement.ts';

const read = (text: string) => {
  const source = { path: 'a.sql', text, checksum: '' };
  return { source, statement: parseSql(source).statements.at(0) as Statement };
};

/** In short: the kind and the names that are looked up. */
function ask(text: string): string {
  const { source, statement } = read(text);
  const question = questionOf(source, statement);
  if (question === null) return 'a person';
  const { kind, ...rest } = question;
  const told = JSON.stringify(rest, (_, value) =>
    value !== null && typeof value === 'object' && 'name' in value
      ? [value.schema, value.name].filter((part) => part !== null).join('.')
      : value,
  );
  return `${kind} ${told === '{}' ? '' : told}`.trim();
}

test.each([
  [
    'CREATE INDEX CONCURRENTLY i ON s.t (n)',
    'index {"index":{"unique":false,"index":"i","schema":"s","table":"t","ifNotExists":false}}',
  ],
  ['CREATE INDEX CONCURRENTLY ON t (n)', 'a person'],
  ['REINDEX INDEX CONCURRENTLY i', 'renewed {"renewed":{"object":"INDEX","relation":"i"}}'],
  ['REINDEX (VERBOSE, CONCURRENTLY) TABLE s.t', 'renewed {"renewed":{"object":"TABLE","relation":"s.t"}}'],
  ['REINDEX SCHEMA CONCURRENTLY "S"', 'renewed {"renewed":{"object":"SCHEMA","schema":"S"}}'],
  ['REINDEX DATABASE CONCURRENTLY', 'renewed {"renewed":{"object":"DATABASE"}}'],
  ['DROP INDEX CONCURRENTLY IF EXISTS s.i', 'droppedIndex {"index":"s.i"}'],
  ['DROP INDEX CONCURRENTLY a, b', 'a person'],
  [
    "alter type s.mood add value if not exists E'is''t' before 'x'",
    `enumValue {"type":"s.mood","literal":"E'is''t'"}`,
  ],
  ["ALTER TYPE mood RENAME VALUE 'a' TO 'b'", 'a person'],
  ['ALTER TABLE ONLY p ATTACH PARTITION s.c DEFAULT', 'attached {"parent":"p","partition":"s.c"}'],
  ['ALTER TABLE IF EXISTS p DETACH PARTITION c CONCURRENTLY', 'detached {"parent":"p","partition":"c"}'],
  ['ALTER INDEX p ATTACH PARTITION c', 'attached {"parent":"p","partition":"c"}'],
  ['ALTER TABLE p ADD COLUMN n int', 'a person'],
  ["ALTER SYSTEM SET work_mem = '1MB'", 'repeatable'],
  ['VACUUM t', 'repeatable'],
  ['ANALYZE', 'repeatable'],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', 'repeatable'],
  ['DO $$ BEGIN END $$', 'a person'],
  ['CALL p()', 'a person'],
])('%s: %s', (text, question) => {
  expect(ask(text)).toBe(question);
});

test.each([
  ['set search_path = app', true],
  ['reset all', true],
  ['set role x', true],
  ['set local work_mem = 1', false],
  ['set constraints all deferred', false],
  ['set transaction isolation level serializable', false],
  ['select 1', false],
])('%s sets something for what follows: %s', (text, expected) => {
  expect(isSetting(read(text).statement)).toBe(expected);
});

test('the first words of a statement show no value', () => {
  expect(openingWords(read("CREATE ROLE r PASSWORD 'secret'").statement)).not.toContain('secret');
  expect(openingWords(read('CALL app.p(1)').statement)).toBe("CALL app.p ('...')");
  expect(openingWords(read('ALTER TABLE a.b ADD COLUMN c int DEFAULT 0').statement)).toMatch(
    /^ALTER TABLE a\.b ADD .* \.\.\.$/,
  );
});
