import { SlipwayError } from '../../../src/core/slipway-error.ts';
import {
  downOf,
  isCandidate,
  isMoment,
  isVersion,
  namesOf,
  readName,
  restamped,
  stemOf,
  upOf,
  versionAt,
  versionBefore,
} from '../../../src/migrations/names.ts';

const refusal = (name: string, listed: readonly string[] = []): SlipwayError => {
  try {
    readName(`migrations/${name}`, name, (version) => listed.includes(version));
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error(`${name} was accepted`);
};

const lower = /Rename it to 20270101000000_add_x/;
const usual = /Name it like 20251204093000_add_fee_tier\.sql/;
const letters = /Rename it to plain letters/;
const restamp =
  /slipway new --restamp .* gives it a new one, newer than all others\. If other files must come after it, rename it/;

/** Names that were passed over in silence, or taken for something else, each with what is said of it. */
const bad: readonly (readonly [what: string, name: string, message: RegExp, remedy: RegExp])[] = [
  [
    'a suffix in capitals',
    '20270101000000_add_x.SQL',
    /end of the file name is not written in lower case/,
    lower,
  ],
  ['a suffix with one capital', '20270101000000_add_x.Sql', /lower case/, lower],
  ['a down file in capitals', '20270101000000_add_x.DOWN.sql', /lower case/, lower],
  ['a down file with both in capitals', '20270101000000_add_x.Down.SQL', /lower case/, lower],
  ['a module in capitals', '20270101000000_add_x.MJS', /lower case/, lower],
  ['no suffix', '20270101000000_add_x', /not VERSION_NAME\.sql/, usual],
  ['.txt', '20270101000000_add_x.txt', /not VERSION_NAME\.sql/, usual],
  ['.sql.bak', '20270101000000_add_x.sql.bak', /not VERSION_NAME\.sql/, usual],
  ['.sql.orig', '20270101000000_add_x.sql.orig', /not VERSION_NAME\.sql/, usual],
  ['.sql~', '20270101000000_add_x.sql~', /not VERSION_NAME\.sql/, usual],
  ['.sql and a blank', '20270101000000_add_x.sql ', /not VERSION_NAME\.sql/, usual],
  ['.sql and a dot', '20270101000000_add_x.sql.', /not VERSION_NAME\.sql/, usual],
  ['a declaration file', '20270101000000_add_x.d.ts', /not VERSION_NAME\.sql/, usual],
  ['a source map', '20270101000000_add_x.js.map', /not VERSION_NAME\.sql/, usual],
  ['a version alone', '20270101000000', /not VERSION_NAME\.sql/, usual],
  ['a version and a suffix', '20270101000000.sql', /not VERSION_NAME\.sql/, usual],
  ['a hyphen instead of the underscore', '20270101000000-add-x.sql', /not VERSION_NAME\.sql/, usual],
  ['15 digits', '202701010000001_add_x.txt', /15 digits, not 14/, usual],
  ['no version, in capitals', 'ADD_X.SQL', /no version/, usual],
  ['the name of another tool', 'V1__add_x.SQL', /no version/, usual],
  ['a line end', '20270101000000_a\nb.sql', /holds the control character U\+000A/, letters],
  ['an escape sequence', '20270101000000_\u001b[2J.sql', /U\+001B/, letters],
  ['a NEL', '20270101000000_a\u0085b.sql', /U\+0085/, letters],
  ['a delete', '20270101000000_a\u007fb.sql', /U\+007F/, letters],
  ['a line separator', '20270101000000_a\u2028b.sql', /U\+2028/, letters],
  ['text from right to left', '20270101000000_a\u202elqs.sql', /U\+202E/, letters],
  ['a control character in front', '\u000120270101000000_a.sql', /U\+0001/, letters],
  ['bytes that are not UTF-8', '20270101000000_a\ufffd.sql', /not UTF-8/, letters],
  ['month 13', '20271301000000_a.sql', /20271301000000 is not a valid date and time/, restamp],
  ['month 0', '20270001000000_a.sql', /not a valid date and time/, restamp],
  ['day 32', '20270132000000_a.sql', /not a valid date and time/, restamp],
  ['day 0', '20270100000000_a.sql', /not a valid date and time/, restamp],
  ['the 31st of April', '20270431000000_a.sql', /not a valid date and time/, restamp],
  ['the 29th of February of a common year', '20270229000000_a.sql', /not a valid date and time/, restamp],
  ['the 29th of February 1900', '19000229000000_a.sql', /not a valid date and time/, restamp],
  ['hour 24', '20270101240000_a.sql', /not a valid date and time/, restamp],
  ['minute 60', '20270101006000_a.sql', /not a valid date and time/, restamp],
  ['second 60', '20270101000060_a.sql', /not a valid date and time/, restamp],
  ['14 nines', '99999999999999_a.sql', /not a valid date and time/, restamp],
  ['14 zeros', '00000000000000_a.sql', /not a valid date and time/, restamp],
  ['a down file of no moment', '20271301000000_a.down.sql', /not a valid date and time/, restamp],
];

test.each(bad)('%s is an error', (_, name, message, remedy) => {
  expect(isCandidate(name)).toBe(true);
  const error = refusal(name);
  expect({ exit: error.failure.exit, file: error.failure.place?.file }).toEqual({
    exit: 'migration',
    file: `migrations/${name}`,
  });
  expect(error.failure.message).toMatch(message);
  expect(error.failure.remedy).toMatch(remedy);
});

test.each([
  ['README.md'],
  ['.20270101000000_add_x.sql.swp'],
  ['._20270101000000_add_x.sql'],
  ['.gitkeep'],
  ['types.d.ts'],
  ['notes.sql.orig'],
  ['2027010100000_add_x.txt'],
  ['superseded'],
])('%s is left alone', (name) => expect(isCandidate(name)).toBe(false));

test.each([
  ['20270101000000_a.sql', 'a', false, 'sql'],
  ['20240229235959_leap day.sql', 'leap day', false, 'sql'],
  ['00010101000000_a.sql', 'a', false, 'sql'],
  ['99991231235959_größe.v2.down.sql', 'größe.v2', true, 'sql'],
  ['20270101000000_a.up.sql', 'a.up', false, 'sql'],
  ['20270101000000_SQL.ts', 'SQL', false, 'module'],
])('%s is one', (name, title, isDown, format) => {
  expect(isCandidate(name)).toBe(true);
  expect(readName(name, name, () => false)).toEqual({
    version: name.slice(0, 14),
    name: title,
    isDown,
    format,
  });
});

test('a version that is no moment is one where the lock lists it already', () => {
  const name = '99999999999999_old.sql';
  expect(readName(name, name, (version) => version === '99999999999999')).toMatchObject({ name: 'old' });
  expect(refusal('20271301000000_a.sql', ['99999999999999']).failure.exit).toBe('migration');
});

test('every second of a day is a moment, and dates are what the calendar says', () => {
  for (let day = Date.UTC(1999, 0, 1); day < Date.UTC(2005, 0, 1); day += 86_400_000)
    expect(isMoment(new Date(day).toISOString().replaceAll(/\D/g, '').slice(0, 14))).toBe(true);
  const days = (year: number): number =>
    Array.from({ length: 10_000 }, (_, at) => `${year}${String(at).padStart(4, '0')}000000`).filter(isMoment)
      .length;
  expect([2000, 2023, 2024, 2100].map(days)).toEqual([366, 365, 366, 365]);
});

test('a version is 14 digits and nothing else', () => {
  expect(
    ['20251204093000', '2025120409300', '20251204093000 ', 20_251_204_093_000, null].map(isVersion),
  ).toEqual([true, false, false, false, false]);
  expect(versionAt(new Date('2025-12-04T09:30:00.123Z'))).toBe('20251204093000');
  expect(['20251204093000_a.txt', '2025_a.sql'].map(versionBefore)).toEqual(['20251204093000', null]);
});

test('a migration, and the file that undoes it, are told from each other and belong together', () => {
  const { up, down } = namesOf('20251204093000', 'add_fee_tier');
  expect([downOf(up), upOf(down)]).toEqual([down, up]);
  expect(readName(up, up, () => false)).toMatchObject({ name: 'add_fee_tier', isDown: false });
  expect(readName(down, down, () => false)).toMatchObject({ name: 'add_fee_tier', isDown: true });
  expect([up, down].map(stemOf)).toEqual(['20251204093000_add_fee_tier', '20251204093000_add_fee_tier']);
  expect(restamped(down, '20260101000000')).toBe('20260101000000_add_fee_tier.down.sql');
});

test.each([
  ['12_short.sql', '12_short'],
  ['20251204093000_a.b.down.ts', '20251204093000_a.b'],
  ['readme.sql', null],
  ['20251204093000_a.txt', null],
])('what %s has in common with its down file is %s', (name, stem) => {
  expect(stemOf(name)).toBe(stem);
});
