import { exitCodes } from '../../../src/core/errors.ts';
import { explainRefusal, listRelations } from '../../../src/plan/refusal.ts';
import type { Disagreement, Refusal } from '../../../src/plan/types.ts';
import { migrationOf, rowOf, versionOf } from '../../support/migration-set.ts';

const disagreement = (kind: Disagreement['kind'], more: Partial<Disagreement> = {}): Disagreement => ({
  kind,
  version: versionOf(3),
  name: 'm3',
  path: `migrations/${versionOf(3)}_m3.sql`,
  ...more,
});
const disagree = (...disagreements: Disagreement[]): Refusal => ({
  kind: 'disagree',
  disagreements,
  isStranger: false,
});

const cases: readonly (readonly [refusal: Refusal, code: number, names: RegExp, remedy: RegExp])[] = [
  [
    { kind: 'unmanaged', found: [{ schema: 'public', name: 'orders', kind: 'table' }], match: null },
    80,
    /holds 1 relation and no ledger row/,
    /slipway adopt --as VERSION --unverified/,
  ],
  [
    { kind: 'droppingBaseline', found: [{ schema: 'public', name: 'orders', kind: 'table' }] },
    80,
    /baseline contains DROP, TRUNCATE or DELETE.*holds 1 relation/,
    /Remove those statements/,
  ],
  [
    { kind: 'corrupt', problems: ['slipway.ledger has triggers'], cures: ['DROP TRIGGER t;'] },
    81,
    /slipway\.ledger has triggers/,
    /DROP TRIGGER t;.*SLIPWAY_SCHEMA/,
  ],
  [{ kind: 'corrupt', problems: ['one', 'two'], cures: [] }, 81, /for 2 reasons/, /correct it as the owner/],
  [{ kind: 'newerLedger', format: 2 }, 83, /format 2/, /newer image/],
  [
    { kind: 'ahead', head: versionOf(2), versions: [versionOf(3)], newerBaseline: null },
    83,
    /head is 20250102000000: it has 20250103000000/,
    /SLIPWAY_ON_AHEAD=warn/,
  ],
  [
    { kind: 'interrupted', row: rowOf(3, { state: 'running' }), migration: migrationOf(3) },
    84,
    /20250103000000_m3 was started at 2025-02-01T10:00:00\+00:00 by "owner"/,
    /slipway repair --apply` marks the migration as done.*clears it/,
  ],
  [
    disagree(disagreement('edited')),
    82,
    /m3\.sql was edited after it was applied/,
    /Restore the file as it was applied.*slipway new/,
  ],
  [
    disagree(disagreement('missing', { path: null })),
    82,
    /20250103000000_m3 was applied, but its file is not in this image/,
    /Restore the file from version control/,
  ],
  [
    disagree(disagreement('outOfOrder')),
    82,
    /m3\.sql is older than the newest applied version/,
    /--restamp.*SLIPWAY_ALLOW_OUT_OF_ORDER=on/,
  ],
  [
    disagree(disagreement('editedSuperseded')),
    82,
    /m3\.sql was edited after it was squashed into the baseline/,
    /Restore/,
  ],
  [
    disagree(disagreement('belowBaseline')),
    82,
    /m3\.sql is not newer than the baseline/,
    /restore the lock.*--restamp/,
  ],
  [
    disagree(disagreement('edited', { start: versionOf(5) })),
    82,
    /m3\.sql differs from what was applied: the database started from the baseline 20250105000000/,
    /restore the file as it was then/,
  ],
  [
    disagree(disagreement('missing', { path: null, start: versionOf(5) })),
    82,
    /20250103000000 was applied, as part of the baseline 20250105000000/,
    /Restore the file from version control/,
  ],
  [
    disagree(disagreement('notTakenIn', { start: versionOf(5) })),
    82,
    /m3\.sql was never applied: the database started from the baseline 20250105000000/,
    /slipway new --restamp migrations/,
  ],
  [
    disagree(disagreement('notTakenIn', { name: 'baseline', start: versionOf(5) })),
    82,
    /was never applied/,
    /use one that has the files of the baseline 20250105000000/,
  ],
  [
    { kind: 'ahead', head: versionOf(3), versions: [], newerBaseline: versionOf(3) },
    83,
    /by an image with a newer baseline, 20250103000000/,
    /SLIPWAY_ON_AHEAD=warn/,
  ],
  [
    disagree(disagreement('behindBaseline', { path: null, carriedBy: 'app:1.4' })),
    82,
    /lacks 20250103000000.*the last one that did is app:1\.4/,
    /Run image app:1\.4 first/,
  ],
  [
    { ...disagree(disagreement('behindBaseline')), isStranger: true } as Refusal,
    82,
    /older than the baseline 20250103000000/,
    /run the last image from before.*another application.*SLIPWAY_APP/,
  ],
  [
    disagree(disagreement('behindBaseline')),
    82,
    /older than the baseline 20250103000000/,
    /run the last image from before the baseline was rolled forward/,
  ],
];

test.each(cases)('%j', (refusal, code, names, remedy) => {
  const failure = explainRefusal(refusal);
  expect(exitCodes[failure.exit].code).toBe(code);
  expect(failure.message).toMatch(names);
  expect(failure.message).not.toMatch(/\.$/);
  expect(failure.remedy).toMatch(remedy);
  expect(failure.remedy).toMatch(/[.?]$/);
});

test('several disagreements are each named, and each remedy given once', () => {
  const { message, detail, remedy } = explainRefusal(
    disagree(
      disagreement('edited'),
      disagreement('edited', { version: versionOf(4), path: 'migrations/other.sql' }),
      disagreement('missing', { version: versionOf(5), name: 'm5', path: null }),
    ),
  );
  expect(message).toBe('files and ledger disagree about 3 versions');
  expect(detail).toEqual([
    'migrations/20250103000000_m3.sql was edited after it was applied',
    'migrations/other.sql was edited after it was applied',
    '20250105000000_m5 was applied, but its file is not in this image',
  ]);
  expect(remedy.match(/Restore the file as it was applied/g)).toHaveLength(1);
  expect(remedy).toMatch(/version control/);
});

test('relations are listed with what they are, other tools by name, and not without end', () => {
  const found = [
    { schema: 'public', name: 'alembic_version', kind: 'table' },
    { schema: 'public', name: 'totals', kind: 'materialized view' },
    { schema: 'public', name: 'constructor', kind: 'table' },
  ] as const;
  expect(listRelations(found)).toEqual([
    'public.alembic_version (table, the version table of Alembic)',
    'public.totals (materialized view)',
    'public.constructor (table)',
  ]);
  const many = Array.from({ length: 23 }, (_, n) => ({ schema: 's', name: `t${n}`, kind: 'table' as const }));
  expect(listRelations(many)).toHaveLength(21);
  expect(listRelations(many).at(-1)).toBe('and 3 more');
});
