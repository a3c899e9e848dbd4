import { formatPlace, largest, type SlipwayError, sayBatches } from '../core/index.ts';
import type { Unchecked } from '../inspect/notices.ts';
import type { StatementProgress } from '../ledger/index.ts';
import type { StepOutcome, Tally } from '../migrate/index.ts';
import type { Plan, Refusal } from '../plan/index.ts';
import type { CountedStatements, Failed, PlanRefused, UpDone, UpFailed } from './results.ts';
import { describeWhere, type Where } from './where.ts';

/** How `up` ended well. */
interface UpToDate {
  readonly plan: Plan & { kind: 'upToDate' };
  readonly tally: Tally;
  /** Why the schema was not held against the lock; null where it was, or was not to be. */
  readonly unchecked: Unchecked | null;
  readonly ms: number;
  readonly where: Where;
}

/** How `up` ended well, in one line. */
export const sayUpToDate = ({ where, ...ended }: UpToDate): string =>
  `the database ${describeWhere(where)} is ${sayAtHead(ended)}`;

/** The same of a database that is named before it. */
export function sayAtHead({ plan: { version }, tally, unchecked, ms }: Omit<UpToDate, 'where'>): string {
  const not = unchecked === null ? '' : `; drift is not checked: ${uncheckedFor[unchecked]}`;
  const applied = tally.count('applied');
  const elsewhere = tally.count('elsewhere');
  if (applied > 0) return `at ${version}: ${applied} applied in ${ms} ms${not}`;
  if (elsewhere > 0) return `at ${version}: another run brought it there, in ${ms} ms${not}`;
  return `at ${version}: nothing to do, ${ms} ms${not}`;
}

/** Why a schema was not held against the lock, for a person. */
export const uncheckedFor: Readonly<Record<Unchecked, string>> = {
  noLock: 'there is no lock file',
  unknownVersion: 'the version is missing from the lock file',
};

/** As many steps in a row with the same outcome are named, each in a line; of more the first and the last. */
const mostNamed = 10;
/** Of more that were not executed, the first of them. */
const firstNamed = 3;

/** What became of each step, a line each: what succeeded, what failed, what never ran. */
export function describeSteps({ steps }: Tally): string[] {
  const rows: StepOutcome[][] = [];
  for (const step of steps) {
    const row = rows.at(-1);
    if (row?.[0]?.status === step.status) row.push(step);
    else rows.push([step]);
  }
  return rows.flatMap((row) => {
    const lines = row.map(describeStep);
    const [first] = row;
    if (lines.length <= mostNamed || !first) return lines;
    const more = (named: number): string => `${labels[first.status]}: ${lines.length - named} more`;
    if (first.status === 'notExecuted') return [...lines.slice(0, firstNamed), more(firstNamed)];
    return [...lines.slice(0, 1), more(2), ...lines.slice(-1)];
  });
}

function describeStep({ version, name, status, ms, transaction, repeated }: StepOutcome): string {
  const notes = [
    ...(ms === null ? [] : [`${ms} ms`]),
    ...(repeated && status === 'applied' ? [sayBatches(repeated)] : []),
    ...(repeated && status === 'failed' ? [`${sayBatches(repeated)} are kept`] : []),
  ];
  return `${status === 'failed' && !transaction ? 'failed, outside of a transaction' : labels[status]}: ${version}_${name}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

const labels: Readonly<Record<StepOutcome['status'], string>> = {
  applied: 'applied',
  elsewhere: 'applied by another run',
  failed: 'failed, rolled back',
  notExecuted: 'not executed',
};

/** How `up` ended well, for machines. */
export const upDone = (
  { version, ahead, newerBaseline }: Plan & { kind: 'upToDate' },
  { from, steps }: Tally,
  ms: number,
  database: Where,
): UpDone => ({
  result: 'upToDate',
  database,
  from: from === undefined ? version : from,
  version,
  ahead,
  newerBaseline,
  steps,
  ms,
});

/** How far `up` came where it failed, for machines. @param database null where none was reached. */
export const upFailed = ({ from = null, steps }: Tally, ms: number, database: Where | null): UpFailed => ({
  result: 'failed',
  database,
  from,
  version: null,
  ahead: [],
  newerBaseline: null,
  steps,
  ms,
});

/** A failure for machines. */
export const errorReport = ({ code, failure }: SlipwayError): Failed['error'] => ({
  exitCode: code,
  exit: failure.exit,
  message: failure.message,
  place: failure.place ? formatPlace(failure.place) : null,
  sqlstate: failure.sqlstate ?? null,
  remedy: failure.remedy,
  detail: failure.detail ?? [],
  problems: (failure.problems ?? []).map(({ exit, message, place, remedy, detail = [] }) => ({
    exit,
    message,
    place: place ? formatPlace(place) : null,
    remedy,
    detail,
  })),
});

/** Why `up` would refuse, for machines. */
export const refusedReport = (refusal: Refusal, database: Where): PlanRefused => ({
  plan: 'refused',
  reason: refusal.kind,
  ...comparedWith(refusal),
  database,
});

/** What a schema was held against, and what differs. */
function comparedWith(
  refusal: Refusal,
): Pick<PlanRefused, 'version' | 'matches' | 'closest' | 'differences'> {
  if (refusal.kind === 'drift') {
    return { version: refusal.version, differences: refusal.comparison.differences };
  }
  if (refusal.kind !== 'unmanaged' || refusal.match === null) return {};
  const { match } = refusal;
  switch (match.kind) {
    case 'one':
      return { matches: [match.version] };
    case 'several':
      return { matches: match.versions };
    case 'none':
      return { matches: [], closest: match.closest, differences: match.comparison.differences };
  }
}

/** How far a file has come, for machines. */
export const counted = ({ of, done, begun }: StatementProgress): CountedStatements => ({ of, done, begun });

/** A table with aligned columns, as lines. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    largest(
      rows.map((row) => (row[column] ?? '').length),
      title.length,
    ),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
