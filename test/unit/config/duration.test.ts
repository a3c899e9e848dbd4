import { parseDuration } from '../../../src/config/duration.ts';

test.each<[string, number | null]>([
  ['500ms', 500],
  ['3s', 3_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['60', 60_000],
  ['0', 0],
  ['0s', 0],
  ['1.5s', 1_500],
  ['0.1ms', 1],
  [' 3s ', 3_000],
  ['596h', 2_145_600_000],
  ['597h', null],
  ['99999999999999999999', null],
  ['', null],
  ['s', null],
  ['-1s', null],
  ['1d', null],
  ['1s2', null],
  ['1e3', null],
  ['.5s', null],
  ['none', null],
])('%j is %j ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
