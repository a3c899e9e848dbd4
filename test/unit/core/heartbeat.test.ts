import { Heartbeat, heartbeatMs } from '../../../src/core/heartbeat.ts';

test('a reason is said when it is new, and again when it has held for 10 s', () => {
  let now = 0;
  const heartbeat = new Heartbeat(() => now);
  const due = (atMs: number, reason: string): boolean => {
    now = atMs;
    return heartbeat.isDue(reason);
  };
  expect(due(0, 'refused')).toBe(true);
  expect(due(1, 'refused')).toBe(false);
  expect(due(heartbeatMs - 1, 'refused')).toBe(false);
  expect(due(heartbeatMs, 'refused')).toBe(true);
  expect(due(heartbeatMs + 1, 'starting up')).toBe(true);
  expect(due(heartbeatMs + 2, 'refused')).toBe(true);
  expect(due(2 * heartbeatMs + 1, 'refused')).toBe(false);
});
