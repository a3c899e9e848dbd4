import type { Figure } from '../support/figures.ts';

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [line(head), line(head.map((_, n) => (n === 0 ? '---' : '--:'))), ...rows.map((row) => line(row))].join(
    '\n',
  );

const grouped = <T>(all: readonly T[], keyOf: (one: T) => string): [string, T[]][] => {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups];
};

/**
 * The value that a share of all values does not exceed (nearest rank).
 *
 * @param share of 1, e.g. 0.95.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

/** How long it took, by what was measured: tries, p50, p95 and the longest, in seconds. */
export function timesTable(figures: readonly Figure[]): string {
  const times = figures.flatMap((one) => ('figure' in one ? [one] : []));
  return table(
    ['seconds', 'tries', 'p50', 'p95', 'max'],
    grouped(times, ({ figure }) => figure).map(([figure, tries]) => {
      const ms = tries.map((one) => one.ms);
      return [figure, ms.length, ...[0.5, 0.95, 1].map((share) => seconds(percentile(ms, share)))];
    }),
  );
}

/** What came of each size of herd: rounds, and the time until the last one had ended. */
export function herdsTable(figures: readonly Figure[]): string {
  const herds = figures.flatMap((one) => ('herd' in one ? [one] : []));
  return table(
    [
      'at once, on',
      'rounds',
      'versions applied twice',
      'exit codes other than 0',
      'all have ended: p50, s',
      'max, s',
    ],
    grouped(herds, ({ herd, processes }) => `${processes}, ${herd}`).map(([herd, rounds]) => {
      const ms = rounds.map((one) => one.ms);
      const sum = (key: 'twice' | 'failed'): number => rounds.reduce((all, one) => all + one[key], 0);
      return [
        herd,
        rounds.length,
        sum('twice'),
        sum('failed'),
        seconds(percentile(ms, 0.5)),
        seconds(percentile(ms, 1)),
      ];
    }),
  );
}

/** What works through PgBouncer, by its mode. A cell that no test has filled is empty. */
export function poolersTable(figures: readonly Figure[]): string {
  const cells = figures.flatMap((one) => ('mode' in one ? [one] : []));
  const columns = ['transactional', 'not transactional', 'herd of 16', 'killed'];
  return table(
    ['pool_mode', ...columns],
    ['session', 'transaction', 'statement'].map((mode) => [
      mode,
      ...columns.map((column) => {
        const results = cells.filter((cell) => cell.mode === mode && cell.column === column);
        return [...new Set(results.map(({ result }) => result))].join('; ');
      }),
    ]),
  );
}

/** What was measured of backfills, a line each. */
export const backfillTable = (figures: readonly Figure[]): string =>
  table(
    ['measured', ''],
    figures.flatMap((one) => ('backfill' in one ? [[one.backfill, one.value]] : [])),
  );
