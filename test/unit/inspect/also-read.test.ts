import { appliedUncommitted, heldLock, lastDeployFailed } from '../../../src/inspect/also-read.ts';

test.each([
  [[], null],
  [[{ is_locked: '0' }], null],
  [[{ is_locked: '0' }, { is_locked: '1' }], 'its lock is held: it is at work, or was cut off'],
])('a lock: %j', (rows, problem) => {
  expect(heldLock('is_locked', '1')(rows)).toBe(problem);
});

test.each([
  ['', null],
  ['-- Enter migration here\n', null],
  ['\n  -- twice\n\t-- indented', null],
  ['-- first\n  create table t (x int);\n', 'applied, and not committed there: current.sql'],
])('a migration that is not committed: %j', (content, problem) => {
  expect(appliedUncommitted([{ filename: 'current.sql', content }])).toBe(problem);
});

const event = (event: string, change: string, minute: number, project = 'shop') => ({
  event,
  change,
  project,
  committed_at: `2024-01-01 10:0${minute}:00+00`,
});

test.each([
  ['nothing', [], null],
  ['deployed', [event('deploy', 'a', 1), event('deploy', 'b', 2)], null],
  ['failed', [event('deploy', 'a', 1), event('fail', 'b', 2)], 'its last deployment failed: shop:b'],
  [
    'failed, and what was deployed with it reverted',
    [event('deploy', 'a', 1), event('fail', 'b', 2), event('revert', 'a', 3)],
    'its last deployment failed: shop:b',
  ],
  ['failed, and deployed later', [event('fail', 'b', 2), event('deploy', 'b', 3)], null],
  ['reverted', [event('deploy', 'a', 1), event('revert', 'a', 2)], null],
  [
    'one of two projects failed',
    [event('fail', 'b', 2), event('deploy', 'x', 3, 'pay')],
    'its last deployment failed: shop:b',
  ],
])('Sqitch, %s', (_, rows, problem) => {
  expect(lastDeployFailed(rows)).toBe(problem);
  expect(lastDeployFailed([...rows].reverse())).toBe(problem);
});
