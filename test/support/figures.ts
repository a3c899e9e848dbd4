import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Something that a test has measured or seen, for a table in docs/reliability.md. */
export type Figure =
  /** How long one try took. */
  | { readonly figure: string; readonly ms: number }
  /** What came of one round of a herd. */
  | {
      readonly herd: string;
      readonly processes: number;
      /** Versions that more than one process applied. */
      readonly twice: number;
      /** Processes that did not end with 0. */
      readonly failed: number;
      /** Until the last one had ended. */
      readonly ms: number;
    }
  /** A line of the table of backfills. */
  | { readonly backfill: string; readonly value: string }
  /** A cell of the table of poolers. */
  | { readonly mode: string; readonly column: string; readonly result: string };

/** The file that figures are written to, as JSON lines; unset when nobody asked for them. */
export const figuresVariable = 'SLIPWAY_TEST_FIGURES';

/** Keeps a figure where `npm run recovery` asked for them. To be called after what it stands for was asserted. */
export function record(figure: Figure): void {
  const path = process.env[figuresVariable];
  if (path) appendFileSync(path, `${JSON.stringify(figure)}\n`);
}

/** All figures that tests have kept in a file. */
export const figuresIn = (path: string): Figure[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Figure)
    : [];
