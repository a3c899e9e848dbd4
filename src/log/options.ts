/** From the least to the most telling; `silent` lets nothing through. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export type Level = (typeof levels)[number];

export interface LogOptions {
  readonly level: Level;
  readonly format: 'json' | 'pretty';
  /** Takes secrets out of each line. */
  readonly redact: (line: string) => string;
}
