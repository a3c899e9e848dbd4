import { judgeBatch, mostTouched, type TableSize } from '../../../src/migrate/repeat-verdict.ts';

const unknown: TableSize = { kind: 'unknown' };
const unbounded: TableSize = { kind: 'unbounded' };
const estimated = (rows: number): TableSize => ({ kind: 'estimated', rows });
const counted = (rows: number): TableSize => ({ kind: 'counted', rows });

describe('a batch means', () => {
  test.each([
    { now: 0, inAll: 0, size: unknown, means: 'done' },
    { now: 0, inAll: 10_000_000, size: counted(1), means: 'done' },
    { now: 5, inAll: 1000, size: unknown, means: 'goOn' },
    { now: 5, inAll: 1001, size: unknown, means: 'measure' },
    { now: 5, inAll: 3000, size: estimated(1000), means: 'goOn' },
    { now: 5, inAll: 3001, size: estimated(1000), means: 'measure' },
    { now: 5, inAll: 1000, size: estimated(0), means: 'goOn' },
    { now: 5, inAll: 3000, size: counted(1000), means: 'goOn' },
    { now: 5, inAll: 3001, size: counted(1000), means: 'endless' },
    { now: 5, inAll: 10_000_000_000, size: unbounded, means: 'goOn' },
    { now: 1, inAll: 1, size: { kind: 'endless' }, means: 'endless' },
    { now: 0, inAll: 0, size: { kind: 'endless' }, means: 'done' },
  ] as const)(
    '$means where it touched $now, $inAll in all, and the table is $size',
    ({ now, inAll, size, means }) => {
      expect(judgeBatch({ now, inAll }, size)).toBe(means);
    },
  );

  test('and no table that is touched twice whole is taken for endless', () => {
    for (const rows of [0, 1, 999, 1_000_000]) {
      expect(judgeBatch({ now: 1, inAll: 2 * rows }, counted(rows))).not.toBe('endless');
      expect(judgeBatch({ now: 1, inAll: mostTouched(rows) + 1 }, counted(rows))).toBe('endless');
    }
  });
});
