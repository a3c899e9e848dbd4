import pino, { type Logger, type LoggerOptions } from 'pino';
import { printableJson } from '../core/index.ts';
import type { LogOptions } from './options.ts';
import { stderr } from './output.ts';

/** Writes one line a call. */
export type Writer = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Opens stderr for the log. What it has room for is written before the call returns. */
export async function openWriter({ level, format, redact }: LogOptions): Promise<Writer> {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redact },
    formatters: { level: (label) => ({ level: label }) },
  };
  if (format === 'json') return pino(options, { write: (line) => stderr.write(printableJson(line)) });
  const { prettyLine } = await import('./pretty.ts');
  const shown = prettyLine();
  return pino(options, { write: (line) => stderr.write(shown(line)) });
}
