import { parseShare, shareOf } from '../../../src/fleet/index.ts';

const entry = (database: string) => ({
  database,
  place: database,
  text: database,
  kind: 'name' as const,
  server: 'db:5432',
});
const list = Array.from({ length: 23 }, (_, at) => entry(`tenant_${at}`));

/** The shares of a list, as names. */
const shares = (of: number, entries = list): string[][] =>
  Array.from({ length: of }, (_, index) => shareOf(entries, { index, of }).map(({ database }) => database));

test.each([1, 2, 5, 23, 40])('the %i shares of a list have nothing in common, and are all of it', (of) => {
  expect(shares(of).flat().sort()).toEqual(list.map(({ database }) => database).sort());
});

test('shares of a long list are about as long as each other', () => {
  const long = Array.from({ length: 4000 }, (_, at) => entry(`tenant_${at}`));
  for (const share of shares(4, long)) {
    expect(share.length).toBeGreaterThan(900);
    expect(share.length).toBeLessThan(1100);
  }
});

test('a share has the order of the list', () => {
  const names = list.map(({ database }) => database);
  for (const share of shares(3)) expect(share).toEqual(names.filter((name) => share.includes(name)));
});

test('a database that comes in between moves none of the others, and neither does another order', () => {
  const grown = [entry('aaa'), ...list].reverse();
  for (const [index, share] of shares(4, grown).entries()) {
    expect(share.filter((name) => name !== 'aaa').sort()).toEqual(shares(4)[index]?.sort());
  }
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
