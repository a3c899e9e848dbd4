import pino, { type Logger } from 'pino';

export type Log = Logger;

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** Takes secrets out of each line. */
  readonly hush: (line: string) => string;
}

/**
 * The log, on stderr: JSON lines, or on a terminal one readable line each. Writes before it returns, so that nothing
 * is lost when the process ends.
 */
export async function createLog({ level, format, hush }: LogOptions): Promise<Log> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: hush },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'json') return pino(options, pino.destination({ dest: 2, sync: true }));
  const { prettyStream } = await import('./log-pretty.ts');
  return pino(options, prettyStream());
}
