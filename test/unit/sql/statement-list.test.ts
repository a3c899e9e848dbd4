import type { Statement } from '../../../src/sql/statement.ts';
import { StatementList } from '../../../src/sql/statement-list.ts';

const statements = Array.from(
  { length: 150 },
  (_, n): Statement => ({
    start: 10 * n,
    end: 10 * n + 9,
    words: n % 3 === 0 ? ['SELECT', '1'] : ['DO', `${n}`],
  }),
);
const list = StatementList.of(statements);

test('it gives what was put into it', () => {
  expect(list).toHaveLength(150);
  expect([...list]).toEqual(statements);
  for (const index of [0, 1, 63, 64, 149, 150, -1, -150, -151])
    expect([index, list.at(index)]).toEqual([index, statements.at(index)]);
});

test.each([
  [0, undefined],
  [10, undefined],
  [0, 50],
  [100, 500],
  [60, 60],
  [70, 60],
  [200, 300],
])('a part of it from %d to %d is that of an array', (from, end) => {
  const part = list.slice(from, end);
  const wanted = statements.slice(from, end);
  expect([...part]).toEqual(wanted);
  expect([part.length, part.at(0), part.at(-1)]).toEqual([wanted.length, wanted.at(0), wanted.at(-1)]);
  expect([...part.slice(1, 3)]).toEqual(wanted.slice(1, 3));
});

test('it is searched as an array is', () => {
  const isSelect = ({ words }: Statement): boolean => words[0] === 'SELECT';
  expect(list.filter(isSelect)).toEqual(statements.filter(isSelect));
  expect(list.find(({ start }) => start > 500)).toEqual(statements[51]);
  expect(list.some(({ start }) => start > 5000)).toBe(false);
  expect(list.map(({ start }) => start)).toEqual(statements.map(({ start }) => start));
  expect(list.flatMap(({ words }) => words)).toEqual(statements.flatMap(({ words }) => words));
});

test('what is put in later is no part of a part', () => {
  const growing = StatementList.of(statements.slice(0, 3));
  const part = growing.slice(1);
  for (const statement of statements.slice(3)) growing.push(statement);
  expect([...part]).toEqual(statements.slice(1, 3));
  expect([...growing]).toEqual(statements);
});
