import { seconds } from '../core/index.ts';

/** `2026-01-05 09:00:00 UTC`; a text that is no moment stays. */
export function momentOf(moment: Date | string): string {
  const date = new Date(moment);
  return Number.isNaN(date.getTime())
    ? String(moment)
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `68 ms`, `12.5 s`. */
export const durationOf = (ms: number): string => (ms < 10_000 ? `${Math.round(ms)} ms` : seconds(ms));
