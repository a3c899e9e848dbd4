import type { Verdict } from './sequence.ts';

type Counts = Readonly<Record<string, number>>;

/** What many sequences came to. */
export interface Summary {
  readonly sequences: number;
  readonly bundled: number;
  readonly ran: Counts;
  readonly codes: Readonly<Record<string, Counts>>;
  readonly problems: number;
}

const sum = (a: Counts, b: Counts): Counts => {
  const total: Record<string, number> = { ...a };
  for (const [key, count] of Object.entries(b)) total[key] = (total[key] ?? 0) + count;
  return total;
};

export const noSummary: Summary = { sequences: 0, bundled: 0, ran: {}, codes: {}, problems: 0 };

/** A summary with one more sequence. */
export const withVerdict = (before: Summary, verdict: Verdict, isBundled: boolean): Summary => ({
  sequences: before.sequences + 1,
  bundled: before.bundled + (isBundled ? 1 : 0),
  ran: sum(before.ran, verdict.ran),
  codes: Object.fromEntries(
    [...new Set([...Object.keys(before.codes), ...Object.keys(verdict.codes)])].map((command) => [
      command,
      sum(before.codes[command] ?? {}, verdict.codes[command] ?? {}),
    ]),
  ),
  problems: before.problems + (verdict.problems.length > 0 ? 1 : 0),
});

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const total = (counts: Counts): number => Object.values(counts).reduce((all, count) => all + count, 0);

/** The summary as Markdown: a sentence, and Slipway's commands by their exit codes. */
export function tableOf({ sequences, bundled, ran, codes, problems }: Summary): string {
  const ends = [...new Set(Object.values(codes).flatMap((counts) => Object.keys(counts)))].sort(
    (a, b) => (Number(a) || 999) - (Number(b) || 999) || (a < b ? -1 : 1),
  );
  const sorted = (ends.includes('0') ? ['0', ...ends.filter((end) => end !== '0')] : ends) as string[];
  const others = Object.entries(ran)
    .filter(([kind]) => words[kind] !== undefined)
    .map(([kind, count]) => `${words[kind]} ${count}`);
  return [
    `${sequences} sequences, ${bundled} of them with the bundle alone; ${total(ran)} commands; **${problems} ${problems === 1 ? 'problem' : 'problems'}**.`,
    '',
    line(['command', 'run', ...sorted.map((end) => (end === 'killed' ? end : `ended with ${end}`))]),
    line(['---', '--:', ...sorted.map(() => '--:')]),
    ...Object.entries(codes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([command, counts]) => line([command, total(counts), ...sorted.map((end) => counts[end] ?? '')])),
    '',
    `Between them: ${others.join(', ')}.`,
  ].join('\n');
}

/** What is done to files and database, in words. */
const words: Readonly<Record<string, string>> = {
  add: 'a migration added',
  addLate: 'one added out of order',
  edit: 'a statement edited',
  comment: 'a comment edited',
  delete: 'a file deleted',
  restore: 'a file restored',
  forward: 'the next image deployed',
  back: 'an older image deployed',
  again: 'the image as it was built deployed',
  build: 'a release built',
  removeLock: 'the lock file removed',
  staleLock: "another image's lock file taken",
  drift: 'something dropped by hand',
  change: 'a default changed by hand',
  extra: 'a table made by hand',
  inside: 'a unique index made by hand',
  undo: 'undone by hand',
  dropLedger: 'the ledger dropped',
  interrupt: 'a build left as if cut off',
  forgetRow: "the ledger's newest row deleted",
};
