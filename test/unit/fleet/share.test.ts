import { parseShare, shareOf } from '../../../src/fleet/index.ts';

const entry = (database: string) => ({ database, place: database, text: database, server: 'db:5432' });
const list = Array.from({ length: 23 }, (_, at) => entry(`tenant_${at}`));

/** The shares of a list, as names. */
const shares = (of: number, isOrdered: boolean, entries = list): string[][] =>
  Array.from({ length: of }, (_, index) =>
    shareOf(entries, { index, of }, isOrdered).map(({ database }) => database),
  );

test.each([1, 2, 5, 23, 40])('the %i shares of a list have nothing in common, and are all of it', (of) => {
  for (const isOrdered of [true, false]) {
    const all = shares(of, isOrdered);
    expect(all.flat().sort()).toEqual(list.map(({ database }) => database).sort());
    const sizes = all.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});

test('a share is each n-th of the list, in its order', () => {
  expect(shares(4, true)[1]).toEqual([1, 5, 9, 13, 17, 21].map((at) => `tenant_${at}`));
});

test('where rows come in any order, the shares are the same', () => {
  const turned = [...list].reverse();
  expect(shares(4, false, turned).map((share) => share.sort())).toEqual(
    shares(4, false).map((share) => share.sort()),
  );
});

test.each(['0/1', '3/4', ' 0/2 '])('%s is a share', (text) => {
  expect(parseShare(text).index).toBeLessThan(parseShare(text).of);
});

test.each(['', '1', '4/4', '5/4', '-1/4', '0/0', 'a/b', '1/2/3', '$(JOB_COMPLETION_INDEX)/4'])(
  '%j is none',
  (text) => {
    expect(() => parseShare(text)).toThrow(/--share: .* is not one of several shares/);
  },
);
