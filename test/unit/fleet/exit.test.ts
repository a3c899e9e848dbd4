import { exitOf } from '../../../src/fleet/index.ts';

test.each([
  ['nothing to do', [], 'ok'],
  ['all at head', ['ok', 'ok'], 'ok'],
  ['one that only time helps', ['ok', 'temporary'], 'temporary'],
  ['one that time does not help', ['ok', 'drift'], 'drift'],
  ['one of each', ['temporary', 'drift', 'ok'], 'drift'],
  ['several that time does not help: the smallest code', ['drift', 'denied', 'corrupt'], 'denied'],
  ['a bug among others', ['drift', 'bug', 'migration'], 'migration'],
  ['a signal before all others', ['drift', 'interruptedBySigterm', 'temporary'], 'interruptedBySigterm'],
  ['the other signal', ['interruptedBySigint', 'ok'], 'interruptedBySigint'],
  ['a no where all have answered', ['ok', 'no'], 'no'],
  ['a no beside what was not answered', ['no', 'temporary'], 'temporary'],
  ['a no beside what cannot be answered', ['no', 'config'], 'config'],
] as const)('%s', (_, exits, exit) => {
  expect(exitOf(exits)).toBe(exit);
  expect(exitOf([...exits].reverse())).toBe(exit);
});
