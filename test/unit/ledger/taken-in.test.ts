import type { DatabaseState } from '../../../src/inspect/state.ts';
import type { LedgerRow } from '../../../src/ledger/row.ts';
import { readTakenIn, withSuperseded } from '../../../src/ledger/taken-in.ts';
import type { Migration, TakenIn } from '../../../src/migrations/migration.ts';
import { type PlanOptions, plan } from '../../../src/plan/plan.ts';
import {
  type Bundled,
  baselineOf,
  migrationOf,
  rowOf,
  setOf,
  versionOf,
} from '../../support/migration-set.ts';
import { inShort } from '../../support/plan-in-short.ts';

/** What a baseline took in: these files, as their texts are. */
const taking = (...files: readonly Migration[]): TakenIn => {
  const entries: Record<string, { migration?: string; baseline?: string }> = {};
  for (const { version, kind, source } of files) {
    entries[version] = { ...entries[version], [kind]: source.checksum.slice(0, 16) };
  }
  return entries;
};

const [m1, m2, m3, m4] = [1, 2, 3, 4].map((n) => migrationOf(n)) as [
  Migration,
  Migration,
  Migration,
  Migration,
];
const [b1, b3, b4] = [baselineOf(1), baselineOf(3), baselineOf(4)];
const unknownFiles: TakenIn = Object.fromEntries([1, 2, 3].map((n) => [versionOf(n), {}]));

interface Case {
  readonly when: string;
  readonly rows: readonly LedgerRow[];
  readonly bundled: Bundled;
  readonly options?: Partial<PlanOptions>;
  readonly becomes: string;
}

const made3 = rowOf(b3, { takenIn: taking(m1, m2, m3) });
const adopted3 = { ...made3, origin: 'adopted' } as const;
const unlisted3 = rowOf(b3);
/** Of an image squashed at 3 that was squashed again at 4. */
const made4 = rowOf(b4, { takenIn: taking(m1, m2, m3, b3, m4) });

const cases: readonly Case[] = [
  {
    when: 'the unsquashed image of the same head',
    rows: [made3],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'at 3',
  },
  {
    when: 'the same, where being ahead fails: it is not ahead',
    rows: [made3],
    bundled: { migrations: [1, 2, 3] },
    options: { onAhead: 'fail' },
    becomes: 'at 3',
  },
  {
    when: 'the same, of a baseline that was adopted',
    rows: [adopted3],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'at 3',
  },
  {
    when: 'the unsquashed image with a baseline of its own',
    rows: [rowOf(b3, { takenIn: taking(b1, m2, m3) })],
    bundled: { baseline: b1, migrations: [2, 3] },
    becomes: 'at 3',
  },
  {
    when: 'an older image of an older head',
    rows: [made3],
    bundled: { migrations: [1, 2] },
    becomes: 'at 3, ahead 3',
  },
  {
    when: 'an older image of an older head, where being ahead fails',
    rows: [made3],
    bundled: { migrations: [1, 2] },
    options: { onAhead: 'fail' },
    becomes: 'refused: ahead 3, head 2',
  },
  {
    when: 'the unsquashed image, a migration later',
    rows: [made3, rowOf(4)],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'at 4, ahead 4',
  },
  {
    when: 'a file that was edited since it was taken in',
    rows: [made3],
    bundled: { migrations: [1, migrationOf(2, 'SELECT 22;'), 3] },
    becomes: 'refused: edited 2 within 3',
  },
  {
    when: 'the newest file, edited since it was taken in: the row at its version is not its own',
    rows: [made3],
    bundled: { migrations: [1, 2, migrationOf(3, 'SELECT 33;')] },
    becomes: 'refused: edited 3 within 3',
  },
  {
    when: 'the older baseline, edited since it was taken in',
    rows: [rowOf(b3, { takenIn: taking(b1, m2, m3) })],
    bundled: { baseline: baselineOf(1, 'SELECT 1;'), migrations: [2, 3] },
    becomes: 'refused: edited 1 within 3',
  },
  {
    when: 'a file that the baseline did not take in',
    rows: [rowOf(b3, { takenIn: taking(m1, m3) })],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'refused: notTakenIn 2 within 3',
  },
  {
    when: 'the same, out of order allowed: a row below a baseline would be a corrupt ledger',
    rows: [rowOf(b3, { takenIn: taking(m1, m3) })],
    bundled: { migrations: [1, 2, 3] },
    options: { allowOutOfOrder: true },
    becomes: 'refused: notTakenIn 2 within 3',
  },
  {
    when: 'a baseline that the newer one did not take in',
    rows: [made3],
    bundled: { baseline: b1, migrations: [2, 3] },
    becomes: 'at 3',
  },
  {
    when: 'a baseline of a version that the newer one knows nothing of',
    rows: [rowOf(b3, { takenIn: taking(m2, m3) })],
    bundled: { baseline: b1, migrations: [2, 3] },
    becomes: 'refused: notTakenIn 1 within 3',
  },
  {
    when: 'a file that was taken in and is not in the image',
    rows: [made3],
    bundled: { migrations: [1, 3] },
    becomes: 'refused: missing 2 within 3',
  },
  {
    when: 'files of the older image above the baseline are pending',
    rows: [made3],
    bundled: { migrations: [1, 2, 3, 4, 5] },
    becomes: 'from 3: apply 4, apply 5',
  },
  {
    when: 'one image back of two squashes',
    rows: [made4],
    bundled: {
      baseline: b3,
      migrations: [1, 2, 3, 4],
      superseded: [
        { version: versionOf(1), carriedBy: '1' },
        { version: versionOf(2), carriedBy: '1' },
        { version: versionOf(3), carriedBy: '1' },
      ],
    },
    becomes: 'at 4',
  },
  {
    when: 'one image back of two squashes, its baseline edited since',
    rows: [made4],
    bundled: { baseline: baselineOf(3, 'SELECT 3;'), migrations: [4] },
    becomes: 'refused: edited 3 within 4',
  },
  {
    when: 'two images back of two squashes',
    rows: [made4],
    bundled: { migrations: [1, 2, 3, 4] },
    becomes: 'at 4',
  },
  {
    when: 'two images back, of an older head',
    rows: [made4],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'at 4, ahead 4',
  },
  {
    when: 'a lock that an older Slipway squashed has no checksums: every version counts as applied',
    rows: [rowOf(b3, { takenIn: unknownFiles })],
    bundled: { migrations: [1, migrationOf(2, 'SELECT 22;'), 3] },
    becomes: 'at 3',
  },
  {
    when: 'without checksums a version that is not listed is still none that was taken in',
    rows: [rowOf(b4, { takenIn: unknownFiles })],
    bundled: { migrations: [1, 2, 3, 4] },
    becomes: 'refused: notTakenIn 4 within 4',
  },
  {
    when: 'a baseline that a repair recorded above older rows',
    rows: [rowOf(1), rowOf({ ...b3, kind: 'migration' }, { takenIn: taking(m1, m2, m3) })],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'at 3',
  },
  {
    when: 'a row without the list, the unsquashed image of the same head',
    rows: [unlisted3],
    bundled: { migrations: [1, 2, 3] },
    becomes: 'at 3, newer baseline 3',
  },
  {
    when: 'a row without the list, an image with a baseline of its own',
    rows: [unlisted3],
    bundled: { baseline: b1, migrations: [2, 3] },
    becomes: 'at 3, newer baseline 3',
  },
  {
    when: 'a row without the list, an older head',
    rows: [unlisted3],
    bundled: { migrations: [1, 2] },
    becomes: 'at 3, ahead 3, newer baseline 3',
  },
  {
    when: 'a row without the list, where being ahead fails',
    rows: [unlisted3],
    bundled: { migrations: [1, 2, 3] },
    options: { onAhead: 'fail' },
    becomes: 'refused: ahead newer baseline 3, head 3',
  },
  {
    when: 'a row without the list, pending files above it',
    rows: [unlisted3],
    bundled: { migrations: [1, 2, 3, 4] },
    becomes: 'from 3: apply 4',
  },
  {
    when: 'a row without the list, pending files above it, where being ahead fails: nothing is applied',
    rows: [unlisted3],
    bundled: { migrations: [1, 2, 3, 4] },
    options: { onAhead: 'fail' },
    becomes: 'refused: ahead newer baseline 3, head 4',
  },
  {
    when: 'a row without the list, an image from another branch, which lacks its version',
    rows: [unlisted3],
    bundled: { migrations: [1, 2, 4] },
    becomes: 'refused: missing 3',
  },
  {
    when: 'the baseline was taken away, and what it took in with it',
    rows: [made3, rowOf(4)],
    bundled: { migrations: [4, 5] },
    becomes: 'from 4: apply 5',
  },
  {
    when: 'the squashed image itself',
    rows: [made3],
    bundled: {
      baseline: b3,
      migrations: [1, 2, 3, 4],
      superseded: [1, 2, 3].map((n) => ({ version: versionOf(n), carriedBy: '1' })),
    },
    becomes: 'from 3: apply 4',
  },
  {
    when: 'an image squashed later, for which the database is a laggard',
    rows: [made3],
    bundled: {
      baseline: b4,
      migrations: [1, 2, 3, 4, 5],
      superseded: [1, 2, 3, 4].map((n) => ({ version: versionOf(n), carriedBy: '1' })),
    },
    becomes: 'from 3: apply 4, apply 5',
  },
];

test.each(cases)('$when', ({ rows, bundled, options = {}, becomes }) => {
  const state: DatabaseState = { kind: 'managed', rows, comparison: null };
  const planned = plan(state, setOf(bundled), {
    onAhead: 'warn',
    onDrift: 'fail',
    adopt: 'match',
    allowOutOfOrder: false,
    baselineDrops: () => false,
    isResumable: () => false,
    ...options,
  });
  expect(inShort(planned)).toBe(becomes);
});

test('a baseline knows what the lock says that it superseded, and nothing where that is nothing', () => {
  const set = setOf({ baseline: b3 });
  const superseded = [
    { version: versionOf(1), carriedBy: '1' },
    { version: versionOf(2), carriedBy: '1', checksum: m2.source.checksum, baseline: b1.source.checksum },
  ];
  expect(withSuperseded(set, superseded).baseline?.takenIn).toEqual({
    [versionOf(1)]: {},
    [versionOf(2)]: {
      migration: m2.source.checksum.slice(0, 16),
      baseline: b1.source.checksum.slice(0, 16),
    },
  });
  expect(withSuperseded(set, []).baseline).toBe(b3);
});

test.each([
  [null],
  [[]],
  [{}],
  ['x'],
  [{ '1': {} }],
  [{ [versionOf(1)]: null }],
  [{ [versionOf(1)]: { migration: 1 } }],
])('what is no list of what was taken in is none: %j', (value) => {
  expect(readTakenIn(value)).toBeNull();
});
