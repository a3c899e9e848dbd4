import type { ExitName } from '../../../src/core/errors.ts';
import { Problems, throwAll } from '../../../src/core/problems.ts';
import { SlipwayError } from '../../../src/core/slipway-error.ts';

const failure = (exit: ExitName, name: string): SlipwayError =>
  new SlipwayError({
    exit,
    place: { file: `${name}.sql`, line: 2 },
    message: `${name} is bad`,
    remedy: 'Mend it.',
  });

/** What is thrown for these. */
function thrown(failures: readonly SlipwayError[]): SlipwayError {
  try {
    throwAll(failures);
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('without a problem nothing is thrown; one is thrown as it is', () => {
  expect(() => throwAll([])).not.toThrow();
  const one = failure('migration', 'a');
  expect(thrown([one])).toBe(one);
});

test.each<[ExitName[], number, string]>([
  [['migration', 'migration'], 65, 'a'],
  [['migration', 'files'], 66, 'b'],
  [['no', 'migration', 'files', 'files'], 66, 'c'],
  [['files', 'newer'], 83, 'b'],
  [['no', 'no'], 1, 'a'],
])('the most serious of %j leads', (exits, code, leader) => {
  const error = thrown(exits.map((exit, at) => failure(exit, 'abcd'[at] ?? '')));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(new RegExp(`^${leader}\\.sql:2: ${leader} is bad; and \\d more problems?$`));
  expect(error.failure.problems).toHaveLength(exits.length);
  expect(error.failure.problems?.[0]?.message).toBe(`${leader} is bad`);
});

test('the others are listed with place and remedy, the first twenty of them and then a count', () => {
  const all = Array.from({ length: 111 }, (_, at) => failure('migration', `m${at}`));
  const { message, failure: told } = thrown(all);
  expect(message).toBe('m0.sql:2: m0 is bad; and 110 more problems');
  expect(told.detail).toHaveLength(21);
  expect(told.detail?.[0]).toBe('m1.sql:2: m1 is bad. Mend it.');
  expect(told.detail?.[20]).toBe('and 90 more problems');
  expect(told.problems).toHaveLength(111);
});

test('what is added again, and problems within problems, are each told once', () => {
  const problems = new Problems();
  const [a, b] = [failure('migration', 'a'), failure('migration', 'b')];
  for (const error of [a, failure('migration', 'a'), thrown([a, b, failure('files', 'c')])])
    problems.add(error);
  expect(() => problems.throwAny()).toThrow('c.sql:2: c is bad; and 2 more problems');
  expect(problems.files).toEqual(['a.sql', 'b.sql', 'c.sql']);
});

test('a bug is no problem of the files', () => {
  expect(() => new Problems().attempt(() => JSON.parse('{'))).toThrow(SyntaxError);
});
