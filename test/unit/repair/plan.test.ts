import { snapshotFormat } from '../../../src/core/snapshot-format.ts';
import type { FoundRelation } from '../../../src/inspect/state.ts';
import type { LedgerRow } from '../../../src/ledger/row.ts';
import { type Lock, lockFormat } from '../../../src/lockfile/lockfile.ts';
import type { Migration } from '../../../src/migrations/migration.ts';
import type { Action, Facts, Finding, RepairOptions, ValidatedRow } from '../../../src/repair/finding.ts';
import { planRepair } from '../../../src/repair/plan.ts';
import { describeFinding } from '../../../src/repair/text.ts';
import { deltaBetween, lockObjects } from '../../../src/schema/compare/locked-objects.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import { tokenDigest } from '../../../src/sql/token-digest.ts';
import {
  type Bundled,
  baselineOf,
  migrationOf,
  numberOf,
  rowOf,
  setOf,
  versionOf,
} from '../../support/migration-set.ts';
import { type Described, snapshotOf } from '../../support/snapshot.ts';

type Objects = Readonly<Record<string, Described>>;

/** The schema at each version: 2 is the baseline, 4 is data alone, 5 changes what 3 made, 6 builds an index. */
const at: Readonly<Record<number, Objects>> = (() => {
  const two = { 'schema s': 'schema', 'table s.a': 'table', 'column s.a.x': 'integer' };
  const three = { ...two, 'table s.b': 'table', 'column s.b.y': 'text' };
  const five = { ...three, 'column s.b.y': 'varchar' };
  return { 2: two, 3: three, 4: three, 5: five, 6: { ...five, 'index s.b.i': 'CREATE INDEX i ON s.b (y)' } };
})();

const base = baselineOf(2);
const index = migrationOf(6, '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON s.b (y);');
const block = migrationOf(6, '-- slipway: no-transaction\nDO $$ BEGIN COMMIT; END $$;');
const all: Bundled = { baseline: base, migrations: [3, 4, 5, index] };

function lockOf({ baseline = base, migrations = [] }: Bundled = all): Lock {
  const numbers = migrations.map((item) => (typeof item === 'number' ? migrationOf(item) : item));
  const steps = [baseline, ...numbers].map(({ version }) => snapshotOf(at[numberOf(version)] ?? {}));
  const locked = numbers.map(({ version, source }, n) => {
    const delta = deltaBetween(steps[n] as Snapshot, steps[n + 1] as Snapshot);
    return [version, { checksum: source.checksum, down: null, delta }] as const;
  });
  return {
    format: lockFormat,
    snapshotFormat,
    app: 'default',
    options: { ignore: [], privileges: false },
    baseline: {
      version: baseline.version,
      checksum: baseline.source.checksum,
      objects: lockObjects(steps[0] as Snapshot),
    },
    migrations: Object.fromEntries(locked),
    superseded: [],
  };
}

const running = { state: 'running', finishedAt: null, durationMs: null } as const;
const rows = (...numbers: (number | LedgerRow)[]): LedgerRow[] =>
  numbers.map((n) => (typeof n !== 'number' ? n : rowOf(n === 2 ? base : n === 6 ? index : n)));

/** What is not as in a database at head. */
interface Case {
  readonly rows?: readonly ValidatedRow[];
  readonly ledger?: Facts['ledger'];
  readonly schema?: Objects;
  readonly files?: Bundled;
  readonly lock?: Lock | null;
  readonly relations?: readonly FoundRelation[];
  readonly as?: number | 'none';
  readonly accept?: readonly number[];
}

function planned(given: Case): Finding[] {
  const lock = given.lock === undefined ? lockOf() : given.lock;
  const facts: Facts = {
    ledger: given.ledger ?? { kind: 'rows', rows: given.rows ?? rows(2, 3, 4, 5, 6) },
    set: setOf(given.files ?? all),
    lock,
    snapshot: lock && snapshotOf(given.schema ?? at[6] ?? {}),
    texts: () => () => null,
    relations: given.relations ?? [],
  };
  const options: RepairOptions = {
    as: given.as === undefined ? null : given.as === 'none' ? '' : versionOf(given.as),
    acceptEdits: new Set((given.accept ?? []).map(versionOf)),
    allowOutOfOrder: false,
    statement: null,
  };
  return planRepair(facts, options);
}

function actionInShort(action: Action): string {
  switch (action.kind) {
    case 'accept':
      return `accept ${numberOf(action.migration.version)}`;
    case 'record':
      return `record ${numberOf(action.migration.version)}${action.isVerified ? '' : ' unverified'}`;
    case 'keepOnly':
      return `keep ${action.versions.map(numberOf).join(' ')} of ${action.versions.length + action.removed.length}`;
    default:
      return `${action.kind} ${numberOf(action.row.version)}`;
  }
}

/** A finding in one line, versions by their numbers. */
const inShort = (finding: Finding): string =>
  `${finding.kind}: ${finding.actions.map(actionInShort).join(', ') || 'told'}`;

/** A version's file with other blank space and comments, and with another meaning. */
const reformatted = (n: number): Migration => migrationOf(n, `-- the ${n}th\nSELECT\n  ${n};`);
const rewritten = (n: number): Migration => migrationOf(n, `SELECT ${n} + 1;`);
const digested = (migration: Migration): LedgerRow => rowOf(migration, { tokens: tokenDigest(migration) });
const withFile = (file: Migration): Bundled => ({
  ...all,
  migrations: (all.migrations ?? []).map((item) =>
    (typeof item === 'number' ? versionOf(item) : item.version) === file.version ? file : item,
  ),
});
const without = (...numbers: number[]): Bundled => ({
  ...all,
  migrations: (all.migrations ?? []).filter(
    (item) => !numbers.includes(typeof item === 'number' ? item : numberOf(item.version)),
  ),
});

const squashed = (...numbers: number[]): Bundled => ({
  ...all,
  superseded: numbers.map((n) => ({ version: versionOf(n), carriedBy: '1.0.0' })),
});

const edits: Case = { rows: rows(2, 3, 4, digested(migrationOf(5)), 6) };
const lockedAnew = (file: Migration): Pick<Case, 'files' | 'lock'> => ({
  files: withFile(file),
  lock: lockOf(withFile(file)),
});

const cases: readonly (readonly [title: string, given: Case, found: readonly string[]])[] = [
  ['nothing is wrong', {}, []],
  [
    'an image from before the baseline that the database began with: what that took in gets no rows',
    {
      rows: rows(rowOf(baselineOf(5))),
      files: without(6),
      lock: lockOf(without(6)),
      schema: at[5] as Objects,
    },
    [],
  ],
  [
    'the same, where a person names the version',
    {
      rows: rows(rowOf(baselineOf(5))),
      files: without(6),
      lock: lockOf(without(6)),
      schema: at[5] as Objects,
      as: 5,
    },
    [],
  ],
  [
    'an empty database, and a file that the baseline did not take in',
    { ledger: { kind: 'absent' }, schema: {}, files: { ...all, migrations: [1, ...(all.migrations ?? [])] } },
    ['disagreement: told'],
  ],
  [
    'from before the baseline, and nothing is wrong',
    { rows: rows(1, rowOf(2), 3, 4, 5, 6), files: squashed(1, 2) },
    [],
  ],
  [
    'from before the baseline, and a row is lost',
    { rows: rows(1, rowOf(2), 3, 4, 6), files: squashed(1, 2) },
    ['unrecorded: record 5'],
  ],
  [
    'from before the baseline, whose row is lost',
    { rows: rows(1), files: squashed(1, 2), as: 6 },
    ['said: record 2, record 3, record 4, record 5, record 6'],
  ],
  ['lagging behind the baseline', { rows: rows(1), files: squashed(1, 2) }, ['disagreement: told']],
  ['behind, and nothing is wrong', { rows: rows(2, 3), schema: at[3] ?? {} }, []],
  ['behind by data alone', { rows: rows(2, 3, 4), schema: at[4] ?? {} }, []],
  ['an empty database', { rows: [], schema: {} }, []],
  ['an empty database without a ledger or a lock', { ledger: { kind: 'absent' }, lock: null }, []],
  ['what no application depends on differs', { schema: { ...at[6], 'comment table s.a': 'x' } }, []],
  [
    'a newer image was here',
    { rows: rows(2, 3, 4, 5, 6, 7), schema: { ...at[6], 'table s.c': 'table' } },
    [],
  ],

  ['an edit of comments', { ...edits, ...lockedAnew(reformatted(5)) }, ['edited: accept 5']],
  ['an edit of more', { ...edits, ...lockedAnew(rewritten(5)) }, ['edited: told']],
  ['an edit of more, accepted', { ...edits, ...lockedAnew(rewritten(5)), accept: [5] }, ['edited: accept 5']],
  ['another one accepted', { ...edits, ...lockedAnew(rewritten(5)), accept: [4] }, ['edited: told']],
  ['an edit that an older row cannot judge', lockedAnew(reformatted(5)), ['edited: told']],
  [
    'an edit, and the lock is as before',
    { ...edits, files: withFile(reformatted(5)) },
    ['edited: accept 5', 'lock: told'],
  ],
  ['an edit without a lock', { ...edits, files: withFile(reformatted(5)), lock: null }, ['edited: accept 5']],
  [
    'an edited baseline',
    { files: { ...all, baseline: baselineOf(2, 'SELECT;') } },
    ['edited: told', 'lock: told'],
  ],

  ['the newest version is not there', { schema: at[5] ?? {} }, ['absent: remove 6']],
  ['the newest two are not there', { schema: at[4] ?? {} }, ['absent: remove 6', 'absent: remove 5']],
  [
    'one that was applied from another text is not there',
    { rows: rows(2, 3, 4, 5, rowOf(index, { checksum: 'x' })), schema: at[5] ?? {} },
    ['unclear: told', 'edited: told'],
  ],
  [
    'the newest version, whose file is gone, is not there',
    { schema: at[5] ?? {}, files: without(6) },
    ['absent: remove 6', 'lock: told'],
  ],
  [
    'beneath them one of data alone',
    { rows: rows(2, 3, 4, 5, 6), schema: at[2] ?? {} },
    ['absent: remove 6', 'absent: remove 5', 'unclear: told'],
  ],
  ['that is said', { schema: at[2] ?? {}, as: 2 }, ['said: remove 3, remove 4, remove 5, remove 6']],
  ['that is said, and is wrong', { schema: at[2] ?? {}, as: 3 }, ['unfit: told']],
  [
    'nothing of the schema is there',
    { schema: { 'table t.other': 'table' } },
    ['gone: remove 2, remove 3, remove 4, remove 5, remove 6'],
  ],
  [
    'a part of the newest version is there',
    { schema: { ...at[4], 'column s.b.y': 'uuid' } },
    ['absent: remove 6', 'unlike: told'],
  ],
  ['the schema has drifted', { schema: { ...at[6], 'column s.a.x': 'text' } }, ['unlike: told']],
  [
    'drift, and the newest version is not there',
    { schema: { ...at[5], 'column s.a.x': 'text' } },
    ['absent: remove 6', 'unlike: told'],
  ],
  [
    'what is absent was accepted',
    { rows: rows(2, 3, 4, 5, rowOf(index, { accepted: { 'index s.b.i': null } })), schema: at[5] ?? {} },
    [],
  ],

  [
    'no ledger',
    { ledger: { kind: 'absent' } },
    ['unrecorded: record 2, record 3, record 4, record 5, record 6'],
  ],
  ['no rows', { rows: [], schema: at[5] ?? {} }, ['unrecorded: record 2, record 3, record 4, record 5']],
  ['no rows, and data makes it a guess', { rows: [], schema: at[4] ?? {} }, ['unclear: told']],
  [
    'that guess is said',
    { rows: [], schema: at[4] ?? {}, as: 4 },
    ['unrecorded: record 2, record 3, record 4'],
  ],
  ['that guess is said wrongly', { rows: [], schema: at[4] ?? {}, as: 5 }, ['unfit: told']],
  [
    'no rows, and a schema of no version',
    { rows: [], schema: { ...at[4], 'column s.a.x': 'text' } },
    ['unmanaged: told'],
  ],
  ['no rows, and the file is gone', { rows: [], files: without(6) }, ['disagreement: told', 'lock: told']],
  [
    'no ledger, no lock',
    { ledger: { kind: 'absent' }, lock: null, relations: [{ schema: 's', name: 'a', kind: 'table' }] },
    ['unmanaged: told'],
  ],
  ['the newest rows are lost', { rows: rows(2, 3) }, ['unrecorded: record 4, record 5, record 6']],
  [
    'the newest rows are lost, and data makes it a guess',
    { rows: rows(2), schema: at[4] ?? {} },
    ['unclear: told'],
  ],
  ['which is said', { rows: rows(2), schema: at[4] ?? {}, as: 3 }, ['said: record 3']],
  ['a row in between is lost', { rows: rows(2, 3, 4, 6) }, ['unrecorded: record 5']],
  ['a row in between of data alone is lost', { rows: rows(2, 3, 5, 6) }, ['disagreement: told']],
  ['and is said', { rows: rows(2, 3, 5, 6), as: 6 }, ['said: record 4']],
  [
    'a late file is not there',
    { rows: rows(2, 3, 4, 6), schema: { ...at[6], 'column s.b.y': 'text' } },
    ['unlike: told', 'disagreement: told'],
  ],

  ['begun, and it is there', { rows: rows(2, 3, 4, 5, rowOf(index, running)) }, ['interrupted: finish 6']],
  [
    'begun, and it is not there',
    { rows: rows(2, 3, 4, 5, rowOf(index, running)), schema: at[5] ?? {} },
    ['interrupted: remove 6'],
  ],
  [
    'begun, and the index is invalid',
    {
      rows: rows(2, 3, 4, 5, rowOf(index, running)),
      schema: { ...at[6], 'index s.b.i': 'CREATE INDEX i ON s.b (y) INVALID' },
    },
    ['interrupted: told'],
  ],
  [
    'begun by a block, which data may have left halfway',
    { ...lockedAnew(block), rows: rows(2, 3, 4, 5, rowOf(block, running)) },
    ['interrupted: told'],
  ],
  [
    'begun without a lock',
    { rows: rows(2, 3, 4, 5, rowOf(index, running)), lock: null },
    ['interrupted: told'],
  ],
  [
    'begun without a lock, and said to be there',
    { rows: rows(2, 3, 4, 5, rowOf(index, running)), lock: null, as: 6 },
    ['said: finish 6'],
  ],
  [
    'begun without a lock, and said not to be there',
    { rows: rows(2, 3, 4, 5, rowOf(index, running)), lock: null, as: 5 },
    ['said: remove 6'],
  ],
  [
    'begun as the first, and said not to be there',
    { rows: rows(rowOf(index, running)), files: { migrations: [index] }, lock: null, as: 'none' },
    ['said: remove 6'],
  ],
  [
    'begun, and its file was edited since',
    { rows: rows(2, 3, 4, 5, rowOf(index, running)), files: withFile(block) },
    ['interrupted: told', 'lock: told'],
  ],
  ['begun by a newer image', { rows: rows(2, 3, 4, 5, 6, rowOf(7, running)) }, []],
  [
    'begun, beneath lost rows',
    { rows: rows(2, 3, rowOf(index, running)) },
    ['interrupted: finish 6', 'disagreement: told', 'unrecorded: record 5'],
  ],

  [
    'two baselines',
    { rows: rows(2, rowOf(3, { kind: 'baseline' }), 4, 5, 6) },
    ['contradictory: keep 2 4 5 6 of 5, record 3'],
  ],
  ['a version twice', { rows: rows(2, 3, 3, 4, 5, 6) }, ['contradictory: keep 2 4 5 6 of 6, record 3']],
  [
    'a row beneath the baseline',
    { rows: rows(rowOf(1), 2, 3, 4, 5, 6) },
    ['contradictory: keep 2 3 4 5 6 of 6'],
  ],
  [
    'a row that is none',
    { rows: [{ problem: 'x' }, ...rows(2, 3)] },
    ['contradictory: keep  of 3, record 2, record 3, record 4, record 5, record 6'],
  ],
  [
    'rows that contradict each other, and a guess',
    { rows: rows(2, 3, 3), schema: at[4] ?? {} },
    ['contradictory: told'],
  ],
  [
    'and that guess is said',
    { rows: rows(2, 3, 3), schema: at[4] ?? {}, as: 4 },
    ['contradictory: keep 2 of 3, record 3, record 4'],
  ],
  [
    'rows that contradict each other, and drift',
    { rows: rows(2, 3, 3), schema: { ...at[6], 'column s.a.x': 'text' } },
    ['contradictory: told'],
  ],
  ['rows that contradict each other, of a newer image', { rows: rows(2, 3, 3, 7) }, ['contradictory: told']],
  [
    'rows that contradict each other, without a lock',
    { rows: rows(2, 3, 3), lock: null },
    ['contradictory: told'],
  ],
  [
    'two that are running',
    { rows: rows(2, 3, rowOf(4, running), rowOf(5, running)), schema: at[5] ?? {} },
    ['contradictory: told'],
  ],
  [
    'contradictory, and edited',
    { ...lockedAnew(reformatted(5)), rows: rows(2, 3, 3, 4, digested(migrationOf(5)), 6) },
    ['contradictory: keep 2 4 5 6 of 6, record 3', 'edited: accept 5'],
  ],
  [
    'a ledger in other hands',
    { ledger: { kind: 'untrusted', problems: ['it has triggers'], queries: [], cures: [] } },
    ['untrusted: told'],
  ],

  ['a file that is gone', { files: without(3), lock: lockOf(without(3)) }, ['disagreement: told']],
  [
    'a file that is gone, and nothing of it is there',
    { files: without(6), schema: at[5] ?? {} },
    ['absent: remove 6', 'lock: told'],
  ],
];

test.each(cases)('%s', (_, given, found) => {
  expect(planned(given).map(inShort)).toEqual(found);
});

test('everything that is found is said, with what becomes of it', () => {
  for (const [, given] of cases) {
    for (const finding of planned(given)) {
      const { message, remedy } = describeFinding(finding);
      expect(message).toMatch(/^.+[^.]$/);
      expect(remedy).toMatch(/^.+$/);
      expect(message + remedy).not.toMatch(/undefined|null|\[object/);
    }
  }
});

test('above older rows the baseline is recorded as a migration: it has nothing beneath it', () => {
  const [finding] = planned({ rows: rows(1), files: squashed(1, 2), as: 6 });
  const [first] = finding?.actions ?? [];
  expect(first).toMatchObject({ kind: 'record', migration: { version: versionOf(2), kind: 'migration' } });
});

test('nothing is done twice: what repair leaves is right', () => {
  const { actions } = planned({ rows: rows(2, 3, 4, 6) })[0] as Finding;
  expect(actions.map(actionInShort)).toEqual(['record 5']);
  expect(planned({ rows: rows(2, 3, 4, 5, 6) })).toEqual([]);
});
