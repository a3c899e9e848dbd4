import fc from 'fast-check';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { canary } from '../../fuzz/canary.ts';
import type { Family, Observed } from '../../fuzz/family.ts';
import { mostCpuMs, problemsOf } from '../../fuzz/judge.ts';
import { tableOf } from '../../fuzz/summary.ts';
import { tryFamily } from '../../fuzz/try-family.ts';

const fine: Observed = { error: null, said: ['all is well'], broken: [] };
const failure = new SlipwayError({ exit: 'files', message: 'it is bad', remedy: 'Mend it.' });

test.each<[string, Partial<Observed>, number, string[]]>([
  ['success', {}, 0, []],
  ['a failure that is foreseen', { error: failure }, 0, []],
  ['an exit that is listed', { exitCode: 82 }, 0, []],
  ['a word that the input holds', { said: ['there is no column undefined'] }, 0, []],
  ['what is no SlipwayError', { error: new TypeError('x') }, 0, ['it threw what is no SlipwayError']],
  ['an exit that is not listed', { exitCode: 2 }, 0, ['it ended with 2']],
  ['a bug', { exitCode: 70 }, 0, ['it ended with 70']],
  [
    'what is called a bug',
    { error: new SlipwayError({ exit: 'bug', message: 'x', remedy: 'y' }) },
    0,
    ['it is called a bug'],
  ],
  [
    'no remedy',
    { error: new SlipwayError({ exit: 'files', message: 'x', remedy: ' ' }) },
    0,
    ['the remedy is empty'],
  ],
  ['a secret', { said: [`postgresql://a:${canary}@h`] }, 0, ['a secret is shown']],
  ['a stack trace', { said: ['Error\n    at main (a.js:1:2)'] }, 0, ['a stack trace is shown']],
  ['a slip', { said: ['version NaN'] }, 0, ['it says NaN']],
  ['too long', {}, mostCpuMs + 1, ['it took 2001 ms of CPU']],
  ['a promise not kept', { broken: ['no'] }, 0, ['no']],
])('the judge, of %s', (_, differing, cpuMs, expected) => {
  const problems = problemsOf({ ...fine, ...differing }, '{"text":"undefined"}', cpuMs);
  expect(problems.map((problem, n) => problem.slice(0, expected[n]?.length))).toEqual(expected);
});

const family = (run: Family<number>['run']): Family<number> => ({
  name: 'numbers',
  share: 1,
  inputs: fc.nat({ max: 10_000 }),
  isPure: true,
  run,
});
const options = { cases: 500, seed: 1, replay: null, begin: () => {}, end: () => {} };

test('the smallest bad input is found, and its path leads to it again', async () => {
  const bad = family((n) => (n < 123 ? fine : { ...fine, error: new Error('too many') }));
  const { summary, found } = await tryFamily(bad, options);
  expect(summary.problems).toBe(1);
  expect(found).toMatchObject({ input: '123', problems: [expect.stringContaining('too many')] });
  const replay = /--replay (\S+)$/.exec(found?.again ?? '')?.[1] ?? '';
  expect((await tryFamily(bad, { ...options, replay })).found?.input).toBe('123');
});

test('what gives something else the second time is found; what is well is counted by its exit', async () => {
  let calls = 0;
  const fickle = family(() => ({ ...fine, said: [String(calls++)] }));
  expect((await tryFamily(fickle, options)).found?.problems).toEqual([
    expect.stringContaining('the second time'),
  ]);
  const { summary, found } = await tryFamily(
    family((n) => (n % 2 ? fine : { ...fine, error: failure })),
    options,
  );
  expect(found).toBeNull();
  expect([...summary.exits.values()].reduce((a, b) => a + b)).toBe(500);
  expect(tableOf([summary])).toMatch(/^\| all \| 500 \| (?:ok|files) \d+, (?:ok|files) \d+ \| 0 \|$/m);
});
