import { kinds } from './kinds.ts';
import type { Verdict } from './run-case.ts';

/** What the summary says of one kind of fault. */
export interface KindSummary {
  readonly kind: string;
  readonly tried: number;
  /** Where the next run said 84: a person has to inspect a step that is not transactional. */
  readonly forPerson: number;
  readonly halfApplied: number;
  readonly notConverged: number;
  readonly falseZero: number;
}

/** Counts by kind, in the order of `kinds`. Faults that their run did not get to are left out. */
export function summarize(verdicts: readonly Verdict[]): KindSummary[] {
  return kinds.map(({ name }) => {
    const tried = verdicts.filter(({ kind, isReached }) => kind === name && isReached);
    const count = (isOne: (verdict: Verdict) => boolean): number => tried.filter(isOne).length;
    return {
      kind: name,
      tried: tried.length,
      forPerson: count(({ isForPerson }) => isForPerson),
      halfApplied: count(({ halfApplied }) => halfApplied.length > 0),
      notConverged: count(({ notConverged }) => notConverged.length > 0),
      falseZero: count(({ falseZero }) => falseZero.length > 0),
    };
  });
}

/** Whether something is wrong with what a fault left. */
export const isBad = ({ halfApplied, notConverged, falseZero }: Verdict): boolean =>
  halfApplied.length + notConverged.length + falseZero.length > 0;

/** So many faults are a sample that is worth a page. */
export const leastWritten = 2000;

/**
 * Whether a result is written into the page.
 *
 * @param sample how many faults were asked for; undefined: all.
 * @param isAsked whether it is asked to be, however small the sample.
 */
export const isWritten = (sample: string | undefined, isAsked: boolean): boolean =>
  sample === undefined || isAsked || Number(sample) >= leastWritten;

/** What a table is of, and the command that writes it: of a sample it is said that it is one. */
export const saidOf = (
  sample: string | undefined,
  seed: number,
  { tried, all }: { readonly tried: number; readonly all: number },
): { readonly of: string; readonly command: string } =>
  sample === undefined
    ? { of: `seed ${seed}`, command: 'npm run reliability' }
    : {
        of: `a sample of ${tried} of its ${all} faults, seed ${seed}`,
        command: `npm run reliability -- --sample ${sample} --seed ${seed}`,
      };

/** The summary as a table in Markdown, with the sum in its last line. */
export function tableOf(summary: readonly KindSummary[], isSample = false): string {
  const keys = ['tried', 'forPerson', 'halfApplied', 'notConverged', 'falseZero'] as const;
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([
      isSample ? 'fault, at a sample of the messages' : 'fault, at every message',
      'tried',
      'left to a person (84)',
      'half applied',
      'not converged',
      'false 0',
    ]),
    line(['---', ...keys.map(() => '--:')]),
    ...summary.map((one) => line([one.kind, ...keys.map((key) => one[key])])),
    line(['all', ...keys.map((key) => summary.reduce((sum, one) => sum + one[key], 0))]),
  ].join('\n');
}
