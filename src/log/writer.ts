import pino, { type Logger, type LoggerOptions } from 'pino';
import { printableJson } from '../core/index.ts';
import type { LogOptions } from './options.ts';
import { stderr } from './output.ts';
import { isInActions } from './workflow-commands.ts';

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
  if (isInActions()) {
    const { annotating } = await import('./annotating.ts');
    return pino(options, { write: annotating(await lineWriter(format), format) });
  }
  const shown = await lineWriter(format);
  return pino(options, { write: (line) => stderr.write(shown(line)) });
}

/** What makes of a line of JSON the text that is written. */
async function lineWriter(format: LogOptions['format']): Promise<(line: string) => string> {
  return format === 'json' ? printableJson : (await import('./pretty.ts')).prettyLine();
}
