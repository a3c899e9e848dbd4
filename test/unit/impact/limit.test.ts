import {
  type Allowance,
  lockModes,
  noAllowance,
  parseAllowance,
  parseLockLimit,
} from '../../../src/core/index.ts';
import {
  allowsAll,
  blockedBy,
  describeExcess,
  excessOf,
  fileImpact,
  formatImpact,
  formatLockLimit,
  parseImpact,
  type StatementImpact,
} from '../../../src/impact/index.ts';

test.each([
  ['share', { mode: 'share', work: 'rewrite' }],
  [' Access-Exclusive ', { mode: 'access-exclusive', work: 'rewrite' }],
  ['no-rewrite', { mode: 'access-exclusive', work: 'scan' }],
  ['no-scan', { mode: 'access-exclusive', work: 'none' }],
  ['share, no-rewrite', { mode: 'share', work: 'scan' }],
  ['no-scan,no-rewrite', { mode: 'access-exclusive', work: 'none' }],
  ['exclusive,share', { mode: 'share', work: 'rewrite' }],
  ['', null],
  [',', null],
  ['rewrite', null],
  ['shared', null],
  ['share,no-locks', null],
] as const)('the limit %p', (text, limit) => {
  expect(parseLockLimit(text)).toEqual(limit);
  if (limit) expect(parseLockLimit(formatLockLimit(limit))).toEqual(limit);
});

test.each<[string, Allowance, Allowance | null]>([
  ['access-exclusive', noAllowance, { mode: 'access-exclusive', work: 'none' }],
  ['scan', noAllowance, { mode: null, work: 'scan' }],
  ['share rewrite', noAllowance, { mode: 'share', work: 'rewrite' }],
  ['share', { mode: 'exclusive', work: 'scan' }, { mode: 'exclusive', work: 'scan' }],
  ['exclusive, rewrite', { mode: 'share', work: 'scan' }, { mode: 'exclusive', work: 'rewrite' }],
  ['no-scan', noAllowance, null],
  ['', noAllowance, null],
])('the allowance %p after %p', (text, before, allowance) => {
  expect(parseAllowance(text, before)).toEqual(allowance);
});

/** Whether a file with this impact on one table passes, and if not what it would have to allow. */
const lacking = (impact: string, limit: string, allow = ''): readonly string[] => {
  const known = parseImpact({ 'app.a': impact });
  const parsed = parseLockLimit(limit);
  if (known === null || parsed === null) throw new Error('not a row of this table');
  const allowed = allow === '' ? noAllowance : (parseAllowance(allow) ?? noAllowance);
  return excessOf(known, parsed, allowed).flatMap((one) => one.allow);
};

test.each([
  ['share', 'share', '', []],
  ['share-row-exclusive', 'share', '', ['share-row-exclusive']],
  ['access-exclusive', 'share', 'share-row-exclusive', ['access-exclusive']],
  ['access-exclusive', 'share', 'access-exclusive', []],
  ['access-exclusive, rewrite', 'no-rewrite', '', ['rewrite']],
  ['access-exclusive, rewrite', 'no-scan', 'scan', ['rewrite']],
  ['access-exclusive, rewrite', 'no-scan', 'rewrite', []],
  ['access-exclusive, rewrite', 'share,no-scan', '', ['access-exclusive', 'rewrite']],
  ['access-exclusive, scan', 'no-rewrite', '', []],
  ['share, scan', 'no-scan', '', ['scan']],
  ['share-update-exclusive, scan', 'no-scan', '', []],
] as const)('%s under %s, allowed %p', (impact, limit, allow, missing) => {
  expect(lacking(impact, limit, allow)).toEqual(missing);
});

test('what is beyond a limit is told in one sentence, of many relations the first', () => {
  const impact = new Map(
    ['a', 'b', 'c', 'd'].map((name) => [name, { mode: 'exclusive', work: 'none' }] as const),
  );
  const limit = { mode: 'share', work: 'rewrite' } as const;
  expect(describeExcess(excessOf(impact, limit), limit)).toEqual({
    message:
      'it takes EXCLUSIVE on a, takes EXCLUSIVE on b, takes EXCLUSIVE on c and 1 more: more than SLIPWAY_MAX_LOCK=share',
    remedy: expect.stringMatching(/-- slipway: allow exclusive$/),
  });
});

test('all is allowed only by the strongest lock and a rewrite', () => {
  expect(allowsAll({ mode: 'access-exclusive', work: 'rewrite' })).toBe(true);
  expect(allowsAll({ mode: 'access-exclusive', work: 'scan' })).toBe(false);
  expect(allowsAll(noAllowance)).toBe(false);
});

test('a file does to a relation the most of what its statements do, and the lock file says it and is read as it', () => {
  const one = (start: number, relations: StatementImpact['relations']): StatementImpact => ({
    start,
    end: start + 1,
    words: [],
    relations,
    waitsForAll: false,
  });
  const impact = fileImpact([
    one(0, [{ relation: 'b', mode: 'share', work: 'scan', isHeld: false }]),
    one(2, [
      { relation: 'b', mode: 'access-exclusive', work: 'none', isHeld: false },
      { relation: 'a', mode: 'row-share', work: 'none', isHeld: false },
    ]),
  ]);
  expect(formatImpact(impact)).toEqual({ a: 'row-share', b: 'access-exclusive, scan' });
  expect(Object.keys(formatImpact(impact))).toEqual(['a', 'b']);
  expect(parseImpact(formatImpact(impact))).toEqual(impact);
});

test.each(['share, more', 'shared', 'share,scan', 'share, scan, scan', ''])('%p is no impact', (text) => {
  expect(parseImpact({ a: text })).toBeNull();
});

/** PostgreSQL docs 13.3.1: reads take ACCESS SHARE, writes ROW EXCLUSIVE; Table 13.2. */
test('who is blocked grows with the level', () => {
  expect(lockModes.filter((mode) => blockedBy(mode).writes)).toEqual([
    'share',
    'share-row-exclusive',
    'exclusive',
    'access-exclusive',
  ]);
  expect(lockModes.filter((mode) => blockedBy(mode).reads)).toEqual(['access-exclusive']);
});
