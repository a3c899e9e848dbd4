const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/**
 * The longest duration there is, in ms: PostgreSQL's time-outs and Node's timers are both 32-bit,
 * and a timer beyond that fires at once.
 */
const longestMs = 2_147_483_647;

/** What a duration may resemble, for messages. */
export const durationForms = '500ms, 3s, 2m, 1h or a number of seconds, at most 596h';

/**
 * Reads a duration: `500ms`, `3s`, `2m`, `1h`, or a bare number of seconds.
 *
 * @returns whole milliseconds, 0 to 2147483647; null where the text is no such duration.
 */
export function parseDuration(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim());
  if (!parts) return null;
  const unit = parts[2] === 'ms' || parts[2] === 'm' || parts[2] === 'h' ? parts[2] : 's';
  const exact = Number(parts[1]) * unitMs[unit];
  // Less than a millisecond is not the same as 0, which means something else.
  const ms = exact > 0 ? Math.max(1, Math.round(exact)) : 0;
  return ms <= longestMs ? ms : null;
}
