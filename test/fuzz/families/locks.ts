import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { plannedReport } from '../../../src/cli/planned-report.ts';
import { refusedReport } from '../../../src/cli/report.ts';
import { findMatch, ownObjects } from '../../../src/inspect/match.ts';
import type { LedgerRow } from '../../../src/ledger/row.ts';
import {
  expectedAt,
  formatLock,
  type Lock,
  lockedVersions,
  parseLock,
} from '../../../src/lockfile/lockfile.ts';
import { isCutOff, lateFiles, lockProblems } from '../../../src/lockfile/problems.ts';
import { readTexts } from '../../../src/lockfile/readable-snapshot.ts';
import type { MigrationSet } from '../../../src/migrations/migration.ts';
import { readMigrationSet } from '../../../src/migrations/read.ts';
import { plan } from '../../../src/plan/plan.ts';
import { explainRefusal } from '../../../src/plan/refusal.ts';
import type { Plan } from '../../../src/plan/types.ts';
import { diff, kindOf, parentOf } from '../../../src/schema/compare/diff.ts';
import type { Kind } from '../../../src/schema/kinds.ts';
import { nameOf } from '../../../src/schema/model/names.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import { type Family, observe } from '../family.ts';
import { mutatedJson, oddValue } from '../json.ts';
import { anyText, mutated, sometimesLong } from '../texts.ts';

interface Input {
  readonly lock: string;
  readonly texts: string;
}

const pieces = fc.oneof(
  fc.constantFrom(
    '<<<<<<< HEAD\n',
    '=======\n',
    '>>>>>>> x\n',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    ':',
    '1e999',
    '-0',
    '99999999999999999999',
    '\\u0000',
    '\0',
    '\uFEFF',
    '// c\n',
    '"__proto__": {},',
    'null',
    'NaN',
    '\n',
    '"objects": 1,',
  ),
  anyText,
);

const texts = (real: unknown): fc.Arbitrary<string> =>
  sometimesLong(
    fc.oneof(
      { weight: 1, arbitrary: fc.constant(formatted(real)) },
      { weight: 3, arbitrary: mutatedJson(real).map(formatted) },
      {
        weight: 1,
        arbitrary: mutatedJson(real).chain((value) => mutated(fc.constant(formatted(value)), pieces)),
      },
      {
        weight: 1,
        arbitrary: fc
          .integer({ min: 0, max: 999 })
          .map((at) => formatted(real).slice(0, (formatted(real).length * at) / 1000)),
      },
      { weight: 1, arbitrary: oddValue.map(formatted) },
    ),
    pieces,
  );

const formatted = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const read = (root: string, name: string): unknown =>
  JSON.parse(readFileSync(join(root, 'sql', name), 'utf8'));

interface Book {
  readonly objects: Readonly<Record<string, { text: string; facets?: Record<string, string> }>>;
}

/** The readable snapshot, of its first objects. */
function readBook(root: string): Book {
  const book = read(root, 'schema.snapshot.json') as Book;
  return { ...book, objects: Object.fromEntries(Object.entries(book.objects).slice(0, 60)) };
}

/** What this family is given: the real files of the project at `root`, more or less. */
export const lockInputs = (root: string): fc.Arbitrary<Input> =>
  fc.record({ lock: texts(shortened(read(root, 'schema.lock.json') as Lock)), texts: texts(readBook(root)) });

/** The lock file and the readable snapshot beside it, through all that reads them. */
export function locks(root: string): Family<Input> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-fuzz-locks-'));
  const { objects } = readBook(root);
  const set = readMigrationSet({
    migrations: join(root, 'migrations'),
    baseline: join(root, 'sql', 'baseline.sql'),
  });
  const snapshot: Snapshot = new Map(
    Object.entries(objects).map(([name, { text, facets = {} }]) => [
      name,
      { kind: kindOf(name) as Kind, name: nameOf(name), parent: parentOf(name), text, facets },
    ]),
  );
  return {
    name: 'locks',
    share: 0.09,
    isPure: true,
    inputs: lockInputs(root),
    run(input) {
      const path = join(folder, 'schema.lock.json');
      writeFileSync(join(folder, 'schema.snapshot.json'), input.texts);
      return observe((broken) => {
        const lock = parseLock('sql/schema.lock.json', input.lock);
        if (formatLock(parseLock('x', formatLock(lock))) !== formatLock(lock))
          broken.push('written and read it is another');
        return use(lock, { ...set, superseded: lock.superseded }, snapshot, path);
      });
    },
    async destroy() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A part of the real lock's objects: that is enough, and quick. */
const shortened = (lock: Lock): Lock => ({
  ...lock,
  baseline: {
    ...lock.baseline,
    objects: Object.fromEntries(Object.entries(lock.baseline.objects).slice(0, 30)),
  },
  superseded: [{ version: '20250101000000', carriedBy: '0.9' }],
});

/** Everything that is decided by a lock; returns what was said. */
function use(lock: Lock, set: MigrationSet, snapshot: Snapshot, path: string): string[] {
  const texts = readTexts(path);
  const versions = lockedVersions(lock);
  const problems = [...lockProblems(lock, set), ...lateFiles(set, versions, false)];
  isCutOff(lock, set);
  const options = { ignore: lock.options.ignore, texts, accepted: {} };
  const comparisons = [...versions, set.head].map((version) =>
    diff(expectedAt(lock, version), snapshot, options),
  );
  ownObjects(lock, snapshot);
  const match = versions.length > 0 ? findMatch(lock, snapshot, texts) : null;
  const planOptions = {
    onAhead: 'warn',
    onDrift: 'fail',
    adopt: 'match',
    allowOutOfOrder: false,
    baselineDrops: () => false,
    isResumable: () => false,
  } as const;
  const plans = [
    plan({ kind: 'empty', found: [] }, set, planOptions),
    plan({ kind: 'unmanaged', found: [], match }, set, planOptions),
    ...comparisons.map((comparison) =>
      plan({ kind: 'managed', rows: [row(set)], comparison }, set, planOptions),
    ),
  ];
  return [
    ...problems.flatMap(({ file, message, remedy }) => [file, message, remedy]),
    ...plans.flatMap((planned) => [
      JSON.stringify(reportOf(planned)),
      ...(planned.kind === 'refused' ? sayings(explainRefusal(planned.refusal)) : []),
    ]),
  ];
}

const where = { name: 'd', host: 'h', port: 1, role: 'r' };

const reportOf = (planned: Plan): object =>
  planned.kind === 'refused'
    ? refusedReport(planned.refusal, where)
    : plannedReport(planned, where, new Map());

const sayings = ({ message, remedy, detail = [] }: ReturnType<typeof explainRefusal>): string[] => [
  message,
  remedy,
  ...detail,
];

const row = ({ migrations, baseline }: MigrationSet): LedgerRow => ({
  version: baseline?.version ?? migrations[0]?.version ?? '',
  name: 'baseline',
  kind: 'baseline',
  origin: 'applied',
  state: 'done',
  checksum: null,
  tokens: null,
  startedAt: '',
  finishedAt: null,
  durationMs: null,
  appliedBy: 'owner',
  slipway: '0.1.0',
  accepted: {},
  takenIn: null,
});
