import pino, { type Logger, type LoggerOptions } from 'pino';
import type { LogOptions } from './log.ts';
import { stderr } from './output.ts';
import { printableJson } from './printable.ts';

/** Writes one line a call. */
export type Writer = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Opens stderr for the log. What it has room for is written before the call returns. */
export async function openWriter({ level, format, hush }: LogOptions): Promise<Writer> {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: hush },
    formatters: { level: (label) => ({ level: label }) },
  };
  if (format === 'json') return pino(options, { write: (line) => stderr.write(printableJson(line)) });
  const { prettyLine } = await import('./log-pretty.ts');
  const shown = prettyLine();
  return pino(options, { write: (line) => stderr.write(shown(line)) });
}
