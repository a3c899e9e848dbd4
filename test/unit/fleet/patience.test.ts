import { SlipwayError } from '../../../src/core/index.ts';
import { ServerPatience } from '../../../src/fleet/patience.ts';

const entry = (database: string, server = 'db:5432') =>
  ({ place: 'list:1', text: database, kind: 'name', database, server }) as const;

const failure = (sqlstate?: string): SlipwayError =>
  new SlipwayError({ exit: 'temporary', message: 'no', remedy: 'wait', sqlstate });

test('a server that was waited for in vain is waited for a short time, until it answers', () => {
  const patience = new ServerPatience(60_000);
  expect(patience.waitMs(entry('a'))).toBe(60_000);
  patience.failed(entry('a'), failure());
  expect([patience.waitMs(entry('b')), patience.waitMs(entry('b', 'other:5432'))]).toEqual([5_000, 60_000]);
  patience.connected(entry('b'));
  expect(patience.waitMs(entry('c'))).toBe(60_000);
});

test('a database that is not there is waited for once for each server', () => {
  const patience = new ServerPatience(60_000);
  expect(patience.isFinal(entry('a'), '3D000')).toBe(false);
  patience.failed(entry('a'), failure('3D000'));
  expect(patience.isFinal(entry('b'), '3D000')).toBe(true);
  expect(patience.isFinal(entry('b'), '57P03')).toBe(false);
  expect(patience.isFinal(entry('b', 'other:5432'), '3D000')).toBe(false);
  patience.connected(entry('c', 'other:5432'));
  expect(patience.isFinal(entry('b', 'other:5432'), '3D000')).toBe(true);
});
