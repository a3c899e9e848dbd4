import type { DatabaseState, FoundRelation } from '../../../src/inspect/state.ts';
import type { LedgerRow } from '../../../src/ledger/row.ts';
import { isResumable } from '../../../src/lockfile/bundled.ts';
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

const same = { differences: [], unverified: [] };
const found: readonly FoundRelation[] = [{ schema: 'public', name: 'orders', kind: 'table' }];
const empty: DatabaseState = { kind: 'empty', found: [] };
const managed = (...rows: LedgerRow[]): DatabaseState => ({ kind: 'managed', rows, comparison: null });
/** A managed database whose schema differs from its version in one object. */
const drifted = (severity: 'drift' | 'reported', ...rows: LedgerRow[]): DatabaseState => ({
  kind: 'managed',
  rows,
  comparison: {
    differences: [
      {
        kind: 'changed',
        object: 'column public.t.a',
        parent: 'public.t',
        severity,
        expected: null,
        actual: 'text',
        facet: null,
      },
    ],
    unverified: [],
  },
});
const superseded = (...numbers: number[]) =>
  numbers.map((n) => ({ version: versionOf(n), carriedBy: 'app:1.4' }));
const index = migrationOf(3, '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);');
const call = migrationOf(3, '-- slipway: no-transaction\nCALL p();');
const running = { state: 'running', finishedAt: null, durationMs: null } as const;

interface Case {
  readonly when: string;
  readonly state: DatabaseState;
  readonly bundled: Bundled;
  readonly options?: Partial<Omit<PlanOptions, 'baselineDrops' | 'isResumable'>> & {
    readonly drops?: boolean;
  };
  readonly becomes: string;
}

const fill = migrationOf(3, '-- slipway: repeat\nUPDATE t SET a = 1;');
const far = { batches: 12, rows: 60_000 };

const b2 = baselineOf(2);
const cases: readonly Case[] = [
  {
    when: 'managed, a repeated file is under way',
    state: managed(rowOf(1), rowOf(fill, { ...running, repeated: far })),
    bundled: { migrations: [1, fill, 4] },
    becomes: 'from 1: resume 3, apply 4',
  },
  {
    when: 'managed, a repeated file is under way and was edited',
    state: managed(rowOf(1), rowOf(fill, { ...running, repeated: far, checksum: 'other' })),
    bundled: { migrations: [1, fill, 4] },
    becomes: 'refused: edited 3',
  },
  {
    when: 'managed, a repeated file is under way and is repeated no more',
    state: managed(rowOf(1), rowOf(3, { ...running, repeated: far })),
    bundled: { migrations: [1, 3, 4] },
    becomes: 'refused: interrupted 3, with file',
  },
  {
    when: 'managed, a repeated file is under way and is gone',
    state: managed(rowOf(1), rowOf(fill, { ...running, repeated: far })),
    bundled: { migrations: [1, 4] },
    becomes: 'refused: interrupted 3, without file',
  },
  {
    when: 'managed, a repeated file is under way below a baseline that took it in, and is there',
    state: managed(rowOf(1), rowOf(fill, { ...running, repeated: far })),
    bundled: { baseline: baselineOf(4), migrations: [1, fill, 4], superseded: superseded(1, 3, 4) },
    becomes: 'from 1: resume 3, apply 4',
  },
  {
    when: 'managed, a repeated file is done',
    state: managed(rowOf(1), rowOf(fill, { repeated: far })),
    bundled: { migrations: [1, fill] },
    becomes: 'at 3',
  },
  {
    when: 'empty, baseline alone',
    state: empty,
    bundled: { baseline: b2 },
    becomes: 'from null: apply baseline 2',
  },
  {
    when: 'empty, migrations alone',
    state: empty,
    bundled: { migrations: [1, 2] },
    becomes: 'from null: apply 1, apply 2',
  },
  {
    when: 'empty, baseline and later migrations',
    state: empty,
    bundled: { baseline: b2, migrations: [3, 4] },
    becomes: 'from null: apply baseline 2, apply 3, apply 4',
  },
  {
    when: 'empty, superseded files are still there: the baseline has them',
    state: empty,
    bundled: { baseline: b2, migrations: [1, 2, 3], superseded: superseded(1, 2) },
    becomes: 'from null: apply baseline 2, apply 3',
  },
  {
    when: 'empty, a file that the baseline did not take in',
    state: empty,
    bundled: { baseline: b2, migrations: [1, 3] },
    becomes: 'refused: belowBaseline 1',
  },
  {
    when: 'empty, a file with the version of the baseline, which did not take it in',
    state: empty,
    bundled: { baseline: b2, migrations: [2, 3] },
    becomes: 'refused: belowBaseline 2',
  },
  {
    when: 'empty and nothing around, the baseline drops',
    state: empty,
    bundled: { baseline: b2 },
    options: { drops: true },
    becomes: 'from null: apply baseline 2',
  },
  {
    when: 'empty for this app, others are there, the baseline drops',
    state: { kind: 'empty', found },
    bundled: { baseline: b2 },
    options: { drops: true },
    becomes: 'refused: droppingBaseline, orders',
  },
  {
    when: 'empty for this app, others are there, the baseline only creates',
    state: { kind: 'empty', found },
    bundled: { baseline: b2 },
    becomes: 'from null: apply baseline 2',
  },
  {
    when: 'unmanaged',
    state: { kind: 'unmanaged', found, match: null },
    bundled: { baseline: b2 },
    becomes: 'refused: unmanaged, orders',
  },
  {
    when: 'unmanaged, and its schema matches the baseline',
    state: { kind: 'unmanaged', found, match: { kind: 'one', version: versionOf(2), comparison: same } },
    bundled: { baseline: b2, migrations: [3, 4] },
    becomes: 'adopt 2: apply 3, apply 4',
  },
  {
    when: 'unmanaged, its schema matches a later version',
    state: { kind: 'unmanaged', found, match: { kind: 'one', version: versionOf(3), comparison: same } },
    bundled: { baseline: b2, migrations: [3, 4] },
    becomes: 'adopt 3: apply 4',
  },
  {
    when: 'unmanaged, its schema matches a version, and nothing is to be adopted',
    state: { kind: 'unmanaged', found, match: { kind: 'one', version: versionOf(2), comparison: same } },
    bundled: { baseline: b2 },
    options: { adopt: 'never' },
    becomes: 'refused: unmanaged, orders',
  },
  {
    when: 'unmanaged, its schema matches two versions with only data between them',
    state: {
      kind: 'unmanaged',
      found,
      match: { kind: 'several', versions: [versionOf(2), versionOf(3)], comparison: same },
    },
    bundled: { baseline: b2, migrations: [3] },
    becomes: 'refused: unmanaged, orders',
  },
  {
    when: 'at head, drifted',
    state: drifted('drift', rowOf(b2)),
    bundled: { baseline: b2 },
    becomes: 'refused: drift 2',
  },
  {
    when: 'behind, drifted',
    state: drifted('drift', rowOf(b2)),
    bundled: { baseline: b2, migrations: [3] },
    becomes: 'refused: drift 2',
  },
  {
    when: 'drifted, and that is let pass',
    state: drifted('drift', rowOf(b2)),
    bundled: { baseline: b2, migrations: [3] },
    options: { onDrift: 'warn' },
    becomes: 'from 2: apply 3',
  },
  {
    when: 'different only in what no application depends on',
    state: drifted('reported', rowOf(b2)),
    bundled: { baseline: b2 },
    becomes: 'at 2',
  },
  {
    when: 'corrupt',
    state: { kind: 'corrupt', problems: ['this', 'that'], cures: [] },
    bundled: { baseline: b2 },
    becomes: 'refused: corrupt, this and that',
  },
  {
    when: 'a newer ledger',
    state: { kind: 'newer', format: 2 },
    bundled: { baseline: b2 },
    becomes: 'refused: format 2',
  },
  {
    when: 'behind',
    state: managed(rowOf(b2)),
    bundled: { baseline: b2, migrations: [3, 4] },
    becomes: 'from 2: apply 3, apply 4',
  },
  {
    when: 'at head',
    state: managed(rowOf(b2), rowOf(3)),
    bundled: { baseline: b2, migrations: [3] },
    becomes: 'at 3',
  },
  {
    when: 'at head, adopted without a checksum',
    state: managed(rowOf(b2, { checksum: null, origin: 'adopted' })),
    bundled: { baseline: b2 },
    becomes: 'at 2',
  },
  {
    when: 'ahead',
    state: managed(rowOf(b2), rowOf(3), rowOf(4)),
    bundled: { baseline: b2, migrations: [3] },
    becomes: 'at 4, ahead 4',
  },
  {
    when: 'ahead, onAhead=fail',
    state: managed(rowOf(b2), rowOf(3), rowOf(4)),
    bundled: { baseline: b2, migrations: [3] },
    options: { onAhead: 'fail' },
    becomes: 'refused: ahead 4, head 3',
  },
  {
    when: 'ahead, and a file of this image was edited',
    state: managed(rowOf(b2), rowOf(3, { checksum: 'other' }), rowOf(4)),
    bundled: { baseline: b2, migrations: [3] },
    becomes: 'refused: edited 3',
  },
  {
    when: 'ahead, and a newer image is building an index',
    state: managed(rowOf(b2), rowOf(4, running)),
    bundled: { baseline: b2 },
    becomes: 'at 2, ahead 4',
  },
  {
    when: 'ahead, a newer image is at work, onAhead=fail',
    state: managed(rowOf(b2), rowOf(4, running)),
    bundled: { baseline: b2 },
    options: { onAhead: 'fail' },
    becomes: 'refused: ahead 4, head 2',
  },
  {
    when: 'ahead, and a file of this image was never applied',
    state: managed(rowOf(b2), rowOf(4)),
    bundled: { baseline: b2, migrations: [3] },
    becomes: 'refused: outOfOrder 3',
  },
  {
    when: 'edited migration',
    state: managed(rowOf(b2), rowOf(3, { checksum: 'other' })),
    bundled: { baseline: b2, migrations: [3, 4] },
    becomes: 'refused: edited 3',
  },
  {
    when: 'edited baseline',
    state: managed(rowOf(b2, { checksum: 'other' })),
    bundled: { baseline: b2 },
    becomes: 'refused: edited 2',
  },
  {
    when: 'missing',
    state: managed(rowOf(b2), rowOf(3), rowOf(4)),
    bundled: { baseline: b2, migrations: [4] },
    becomes: 'refused: missing 3',
  },
  {
    when: 'missing, without a baseline',
    state: managed(rowOf(1), rowOf(2)),
    bundled: { migrations: [2] },
    becomes: 'refused: missing 1',
  },
  {
    when: 'everything at once, in the order of the versions',
    state: managed(rowOf(b2), rowOf(3), rowOf(5, { checksum: 'other' }), rowOf(6)),
    bundled: { baseline: b2, migrations: [1, 4, 5, 6] },
    becomes: 'refused: belowBaseline 1, missing 3, outOfOrder 4, edited 5',
  },
  {
    when: 'out of order',
    state: managed(rowOf(b2), rowOf(4)),
    bundled: { baseline: b2, migrations: [3, 4] },
    becomes: 'refused: outOfOrder 3',
  },
  {
    when: 'out of order, allowed',
    state: managed(rowOf(b2), rowOf(4)),
    bundled: { baseline: b2, migrations: [3, 4, 5] },
    options: { allowOutOfOrder: true },
    becomes: 'from 4: apply 3, apply 5',
  },
  {
    when: 'lagging, and a file that it still needs was edited after the baseline took it in',
    state: managed(rowOf(1)),
    bundled: {
      baseline: baselineOf(3),
      migrations: [1, 2, 3, 4],
      superseded: [...superseded(1, 3), { version: versionOf(2), carriedBy: 'app:1.4', checksum: 'other' }],
    },
    becomes: 'refused: editedSuperseded 2',
  },
  {
    when: 'lagging, and the file that it still needs is as the baseline took it in',
    state: managed(rowOf(1)),
    bundled: {
      baseline: baselineOf(3),
      migrations: [1, 2, 3, 4],
      superseded: [1, 2, 3].map((n) => ({
        version: versionOf(n),
        carriedBy: 'app:1.4',
        checksum: migrationOf(n).source.checksum,
      })),
    },
    becomes: 'from 1: apply 2, apply 3, apply 4',
  },
  {
    when: 'below the baseline and not taken in',
    state: managed(rowOf(b2)),
    bundled: { baseline: b2, migrations: [1] },
    options: { allowOutOfOrder: true },
    becomes: 'refused: belowBaseline 1',
  },
  {
    when: 'below the baseline, applied here before the baseline was rolled forward',
    state: managed(rowOf(1), rowOf(2)),
    bundled: { baseline: b2, migrations: [1, 2, 3], superseded: superseded(1, 2) },
    becomes: 'from 2: apply 3',
  },
  {
    when: 'superseded rows are not held against files that are gone',
    state: managed(rowOf(1), rowOf(2)),
    bundled: { baseline: b2, superseded: superseded(1, 2) },
    becomes: 'at 2',
  },
  {
    when: 'superseded rows are not held against files that differ now',
    state: managed(rowOf(1, { checksum: 'other' }), rowOf(2)),
    bundled: { baseline: b2, migrations: [1, 2], superseded: superseded(1, 2) },
    becomes: 'at 2',
  },
  {
    when: 'a laggard whose files are still there',
    state: managed(rowOf(1)),
    bundled: { baseline: baselineOf(3), migrations: [1, 2, 3, 4], superseded: superseded(1, 2, 3) },
    becomes: 'from 1: apply 2, apply 3, apply 4',
  },
  {
    when: 'a laggard that needs a deleted file',
    state: managed(rowOf(1)),
    bundled: { baseline: baselineOf(3), migrations: [3, 4], superseded: superseded(1, 2, 3) },
    becomes: 'refused: behindBaseline 2 app:1.4',
  },
  {
    when: 'a laggard, and no list says what lies between',
    state: managed(rowOf(1)),
    bundled: { baseline: baselineOf(3), migrations: [4] },
    becomes: 'refused: behindBaseline 3',
  },
  {
    when: 'a laggard from before an older baseline',
    state: managed(rowOf(baselineOf(1))),
    bundled: { baseline: baselineOf(3), migrations: [2, 3], superseded: superseded(1, 2, 3) },
    becomes: 'from 1: apply 2, apply 3',
  },
  {
    when: 'a laggard that began with a baseline which had taken in others, whose files are gone',
    state: managed(rowOf(b2), rowOf(3)),
    bundled: { baseline: baselineOf(4), migrations: [4, 5], superseded: superseded(1, 2, 3, 4) },
    becomes: 'from 3: apply 4, apply 5',
  },
  {
    when: 'a laggard that began with a baseline which had taken in others, whose files are still there',
    state: managed(rowOf(b2), rowOf(3)),
    bundled: { baseline: baselineOf(4), migrations: [1, 2, 3, 4], superseded: superseded(1, 2, 3, 4) },
    becomes: 'from 3: apply 4',
  },
  {
    when: 'made from the baseline, the file of its own version is still there',
    state: managed(rowOf(b2)),
    bundled: { baseline: b2, migrations: [1, 2, 3], superseded: superseded(1, 2) },
    becomes: 'from 2: apply 3',
  },
  {
    when: 'the baseline was taken away, its database stays',
    state: managed(rowOf(b2), rowOf(3)),
    bundled: { migrations: [3, 4] },
    becomes: 'from 3: apply 4',
  },
  {
    when: 'interrupted, an index by name: resumed, then what is pending',
    state: managed(rowOf(b2), rowOf(index, running)),
    bundled: { baseline: b2, migrations: [index, 4] },
    becomes: 'from 2: resume 3, apply 4',
  },
  {
    when: 'interrupted, anything else',
    state: managed(rowOf(b2), rowOf(call, running)),
    bundled: { baseline: b2, migrations: [call] },
    becomes: 'refused: interrupted 3, with file',
  },
  {
    when: 'interrupted, and the file was edited since',
    state: managed(rowOf(b2), rowOf(index, { ...running, checksum: 'other' })),
    bundled: { baseline: b2, migrations: [index] },
    becomes: 'refused: interrupted 3, with file',
  },
  {
    when: 'interrupted, and the file is gone',
    state: managed(rowOf(b2), rowOf(index, running)),
    bundled: { baseline: b2, migrations: [4] },
    becomes: 'refused: interrupted 3, without file',
  },
];

test.each(cases)('$when', ({ state, bundled, options = {}, becomes }) => {
  const { drops = false, ...rest } = options;
  const planned = plan(state, setOf(bundled), {
    onAhead: 'warn',
    onDrift: 'fail',
    adopt: 'match',
    allowOutOfOrder: false,
    baselineDrops: () => drops,
    isResumable,
    ...rest,
  });
  expect(inShort(planned)).toBe(becomes);
});

describe('Hostile and odd: the ledger of another application', () => {
  const options: PlanOptions = {
    onAhead: 'warn',
    onDrift: 'fail',
    adopt: 'match',
    allowOutOfOrder: false,
    baselineDrops: () => false,
    isResumable: () => false,
  };
  const isStranger = (state: DatabaseState, bundled: Parameters<typeof setOf>[0]) => {
    const planned = plan(state, setOf(bundled), options);
    return planned.kind === 'refused' && planned.refusal.kind === 'disagree' && planned.refusal.isStranger;
  };

  test.each([
    [
      'its baseline is older',
      managed(rowOf(1), rowOf(2)),
      { baseline: baselineOf(3), migrations: [4] },
      true,
    ],
    ['its files are newer', managed(rowOf(2), rowOf(3)), { migrations: [1, 4] }, true],
    ['one version is known', managed(rowOf(1), rowOf(2)), { migrations: [1, 4] }, false],
    [
      'one that was squashed is known',
      managed(rowOf(1)),
      { baseline: baselineOf(3), migrations: [4], superseded: superseded(1, 2, 3) },
      false,
    ],
  ])('%s', (_, state, bundled, expected) => {
    expect(isStranger(state, bundled)).toBe(expected);
  });
});

test('what takes parsing is asked only where it decides', () => {
  const asked = jest.fn(() => false);
  const options: PlanOptions = {
    onAhead: 'warn',
    onDrift: 'fail',
    adopt: 'match',
    allowOutOfOrder: false,
    baselineDrops: asked,
    isResumable: asked,
  };
  plan(managed(rowOf(b2), rowOf(3)), setOf({ baseline: b2, migrations: [3, 4] }), options);
  plan(empty, setOf({ baseline: b2 }), options);
  expect(asked).not.toHaveBeenCalled();
});
