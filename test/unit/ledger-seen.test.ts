import { withWritten } from '../../src/ledger.ts';

const row = (version: string, state = 'done') => ({ version, state });
const [a, b, c] = ['20250101000000', '20250102000000', '20250103000000'].map((version) => row(version)) as [
  ReturnType<typeof row>,
  ReturnType<typeof row>,
  ReturnType<typeof row>,
];
const ledger = { schema: 'slipway', app: 'default' };

test.each([
  ['the first row', { rows: [], apps: [] }, a.version, a, { rows: [a], apps: ['default'] }],
  ['the newest', { rows: [a], apps: ['default'] }, b.version, b, { rows: [a, b], apps: ['default'] }],
  [
    'one in between',
    { rows: [a, c], apps: ['default'] },
    b.version,
    b,
    { rows: [a, b, c], apps: ['default'] },
  ],
  [
    'one that was there, completed',
    { rows: [a, row(b.version, 'running')], apps: ['default'] },
    b.version,
    b,
    { rows: [a, b], apps: ['default'] },
  ],
  [
    'one that is gone',
    { rows: [a, b], apps: ['default'] },
    b.version,
    null,
    { rows: [a], apps: ['default'] },
  ],
  [
    'the first of this app',
    { rows: [], apps: ['other'] },
    a.version,
    a,
    { rows: [a], apps: ['other', 'default'] },
  ],
])('what a ledger holds after %s was written', (_, before, version, written, after) => {
  expect(withWritten(before, ledger, version, written)).toEqual(after);
});
