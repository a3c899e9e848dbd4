import { everyCase, sampleOf, shuffled } from '../../faults/cases.ts';
import { kinds } from '../../faults/kinds.ts';
import { isWritten, saidOf, summarize, tableOf } from '../../faults/summary.ts';
import type { WireMessage } from '../../faults/wire.ts';
import { seeded } from '../../support/seeded.ts';

const messages: readonly WireMessage[] = Array.from({ length: 40 }, (_, n) => ({
  direction: n % 2 === 0 ? 'sent' : 'received',
  type: n % 4 === 0 ? 'Q' : 'Z',
  phase: n < 20 ? 'connect' : 'BEGIN',
}));

test('every kind strikes at every message that it is meant for, each counted in its direction', () => {
  const all = everyCase(messages);
  for (const { name, every } of kinds)
    expect(all.filter(({ kind }) => kind === name)).toHaveLength(messages.length / every);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(Math.max(...all.map(({ at }) => at))).toBe(messages.length / 2);
});

test('a sample has each sort, as many as were asked for, and is the same for the same seed', () => {
  const all = everyCase(messages);
  const sample = sampleOf(all, 100, seeded(1));
  expect(sample).toHaveLength(100);
  expect(new Set(sample.map(({ sort }) => sort))).toEqual(new Set(all.map(({ sort }) => sort)));
  expect(sampleOf(all, 100, seeded(1))).toEqual(sample);
  expect(sampleOf(all, 100, seeded(2))).not.toEqual(sample);
});

test('a list that is shuffled holds the same', () => {
  const list = Array.from({ length: 50 }, (_, n) => n);
  const other = shuffled(list, seeded(3));
  expect(other).not.toEqual(list);
  expect([...other].sort((a, b) => a - b)).toEqual(list);
});

test('the summary counts what was reached, by kind', () => {
  const [first, second] = kinds.map(({ name }) => name) as [string, string];
  const verdict = {
    id: '',
    sort: '',
    ended: '0',
    isReached: true,
    isForPerson: false,
    halfApplied: [],
    notConverged: [],
    falseZero: [],
  };
  const summary = summarize([
    { ...verdict, kind: first },
    { ...verdict, kind: first, halfApplied: ['a', 'b'] },
    { ...verdict, kind: first, isReached: false },
    { ...verdict, kind: second, notConverged: ['a'], falseZero: ['b'], isForPerson: true },
  ]);
  expect(summary.slice(0, 2)).toEqual([
    { kind: first, tried: 2, forPerson: 0, halfApplied: 1, notConverged: 0, falseZero: 0 },
    { kind: second, tried: 1, forPerson: 1, halfApplied: 0, notConverged: 1, falseZero: 1 },
  ]);
  expect(tableOf(summary).split('\n').at(-1)).toBe('| all | 3 | 1 | 1 | 1 | 1 |');
});

test.each<[string | undefined, boolean, boolean]>([
  [undefined, false, true],
  ['600', false, false],
  ['600', true, true],
  ['2000', false, true],
  ['2500', false, true],
])('the result of a sample of %s, asked to be written: %p, is written: %p', (sample, isAsked, becomes) => {
  expect(isWritten(sample, isAsked)).toBe(becomes);
});

test('the table of a sample says that it is one', () => {
  expect(tableOf(summarize([]), true)).toMatch(/^\| fault, at a sample of the messages \|/);
  expect(tableOf(summarize([]))).toMatch(/^\| fault, at every message \|/);
  const counts = { tried: 2000, all: 4563 };
  expect(saidOf('2000', 7, counts)).toEqual({
    of: 'a sample of 2000 of its 4563 faults, seed 7',
    command: 'npm run reliability -- --sample 2000 --seed 7',
  });
  expect(saidOf(undefined, 7, counts)).toEqual({ of: 'seed 7', command: 'npm run reliability' });
});
