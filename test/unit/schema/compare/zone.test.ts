import { differByZone, isSameZone } from '../../../../src/schema/compare/zone.ts';

const here = 'Etc/UTC';
const east = 'Etc/GMT-14';

describe('differByZone', () => {
  test.each([
    ['a moment', "'2020-01-01 00:00:00+00'", here, "'2019-12-31 10:00:00+00'", east, true],
    ['its fraction', "'2020-01-01 00:00:00.5+00'", here, "'2019-12-31 10:00:00.5+00'", east, true],
    ['another fraction', "'2020-01-01 00:00:00.5+00'", here, "'2019-12-31 10:00:00.6+00'", east, false],
    ['another moment', "'2026-11-29 09:00:00.1+00'", here, "'2026-11-29 09:00:01.2+00'", east, false],
    ['another day, as of today', "'2026-11-29 00:00:00+00'", here, "'2026-11-29 10:00:00+00'", east, false],
    [
      'one with an offset beside it',
      "'2020-01-01 00:00:00+00' '2021-01-01 00:00:00+00'",
      here,
      "'2020-01-01 00:00:00+00' '2020-12-31 10:00:00+00'",
      east,
      true,
    ],
    ['summer time', "'2020-06-30 22:00:00+00'", 'Europe/Berlin', "'2020-06-30 10:00:00+00'", east, true],
    ['a time of day', "'10:00:00+00'", here, "'10:00:00+14'", east, true],
    ['a date', "'2026-11-29'", here, "'2026-11-30'", east, false],
    ['other text', "x '2020-01-01 00:00:00+00'", here, "y '2019-12-31 10:00:00+00'", east, false],
    ['a zone by its rule', "'2019-12-31 22:00:00+00'", '<+02>-02', "'2019-12-31 10:00:00+00'", east, false],
    ['no known zone', "'2020-01-01 00:00:00+00'", null, "'2019-12-31 10:00:00+00'", east, false],
  ])('%s', (_, one, zone, other, otherZone, expected) => {
    expect(differByZone({ text: one, zone }, { text: other, zone: otherZone })).toBe(expected);
  });
});

describe('isSameZone', () => {
  test.each([
    ['Etc/UTC', 'GMT', true],
    ['UTC', 'utc', true],
    ['Europe/Berlin', 'europe/berlin', true],
    ['Europe/Berlin', 'Europe/Paris', false],
    ['Etc/UTC', 'Europe/London', false],
    [null, null, false],
    ['UTC', null, false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(isSameZone(one, other)).toBe(expected);
  });
});
