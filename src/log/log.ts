import type { EventAt, Method } from './events.ts';
import { type Level, type LogOptions, levels } from './options.ts';
import { openWriter, type Writer } from './writer.ts';

type Write<Level extends Method> = (fields: EventAt<Level>, message: string) => void;
/** A line of any level. */
type Line = readonly [fields: object, message: string];

/** Where a run says what it does: an event as fields, each as `events.ts` has it, and the same in words. */
export interface Log {
  readonly debug: Write<'debug'>;
  readonly info: Write<'info'>;
  readonly warn: Write<'warn'>;
  readonly error: Write<'error'>;
  /** Opens what writes, ahead of the first line; resolves when every line so far is written. */
  readonly load: () => Promise<void>;
}

const isShown = (method: Method, level: Level): boolean => levels.indexOf(method) >= levels.indexOf(level);

/** A log of one function. */
export const logOf = (
  write: (method: Method, ...line: Line) => void,
  load: Log['load'] = async () => undefined,
): Log => ({
  debug: (...line) => write('debug', ...line),
  info: (...line) => write('info', ...line),
  warn: (...line) => write('warn', ...line),
  error: (...line) => write('error', ...line),
  load,
});

/**
 * The log, on stderr: JSON lines, or on a terminal one readable line each. Its writer is opened with the first line, or
 * when asked for; until then lines wait.
 */
export function createLog(options: LogOptions): Log {
  const waiting: (() => void)[] = [];
  let writer: Writer | null = null;
  let loading: Promise<void> | null = null;
  const load = (): Promise<void> => {
    loading ??= openWriter(options).then((opened) => {
      writer = opened;
      for (let write = waiting.shift(); write; write = waiting.shift()) write();
    });
    return loading;
  };
  return logOf((method, ...line) => {
    if (!isShown(method, options.level)) return;
    if (writer) return writer[method](...line);
    waiting.push(() => writer?.[method](...line));
    load().catch(() => undefined);
  }, load);
}

/** The same log, less talkative. */
export const atLeast = (level: Level, log: Log): Log =>
  logOf((method, ...line) => {
    if (isShown(method, level)) (log[method] as (...line: Line) => void)(...line);
  }, log.load);
