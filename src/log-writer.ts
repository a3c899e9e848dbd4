import pino, { type Logger, type LoggerOptions } from 'pino';
import type { LogOptions } from './log.ts';

/** Writes one line a call. */
export type Writer = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Opens stderr for the log. Each line is written before the call returns: nothing is lost when the process ends. */
export async function openWriter({ level, format, hush }: LogOptions): Promise<Writer> {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: hush },
    formatters: { level: (label) => ({ level: label }) },
  };
  if (format === 'json') return pino(options, pino.destination({ dest: 2, sync: true }));
  const { prettyStream } = await import('./log-pretty.ts');
  return pino(options, prettyStream());
}
