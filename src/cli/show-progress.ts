import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Progress } from '../app/index.ts';
import { heartbeatMs, nowMs, seconds } from '../core/index.ts';
import { type EventAt, LiveLine, redacting } from '../log/index.ts';
import type { Context } from './command.ts';

/** Where a use case is among its phases. */
export interface Course {
  readonly command: string;
  readonly phase: string;
  /** What is done in the phase. */
  readonly words: string;
  /** Counted from 1. */
  readonly number: number;
  readonly of: number;
  /** What it is busy with inside of the phase; null where it does not say. */
  readonly doing: { readonly fields: EventAt<'info'>; readonly words: string } | null;
}

/**
 * Runs a command and shows how far it is: on a terminal as one line, which is gone in the end; as JSON an event a phase;
 * both as a sign of life every 10 s. With --json it shows nothing.
 */
export async function withProgress<Flags extends object>(
  context: Context<Flags>,
  work: (context: Context<Flags>) => Promise<number>,
): Promise<number> {
  if (context.isJson) return work(context);
  const { ask } = context;
  const startedAt = nowMs();
  let course: Course | null = null;
  let line: LiveLine | null = null;
  const redact = redacting(context.config.secrets);
  const text = (): string => (course ? redact(lineOf(course, nowMs() - startedAt)) : '');
  const log = (now: Course): void => {
    const { fields, words } = eventOf(now, nowMs() - startedAt);
    context.log.info(fields, words);
  };
  const isLive = hasLiveLine(context);
  const progress: Progress = {
    begin(phases) {
      const had = Object.entries<string | null>(phases).filter(([, words]) => words !== null);
      return (phase) => {
        const number = had.findIndex(([name]) => name === phase) + 1;
        const words = phases[phase] ?? phase;
        course = { command: context.name, phase, words, number, of: had.length, doing: null };
        life.refresh();
        if (isLive) {
          line ??= new LiveLine(text);
          line.draw();
        } else if (context.config.logFormat === 'json') log(course);
      };
    },
    doing(fields, words) {
      if (course) course = { ...course, doing: { fields, words } };
    },
  };
  const life = setInterval(() => {
    if (course && !line) log(course);
  }, heartbeatMs);
  try {
    return await work({
      ...context,
      progress,
      ask: ask && ((question) => (line ? line.aside(() => ask(question)) : ask(question))),
    });
  } finally {
    clearInterval(life);
    (line as LiveLine | null)?.end();
  }
}

/** Where stdout is a pipe, what reads it has the terminal: a pager, say. */
export function hasLiveLine({ config }: Pick<Context, 'config'>): boolean {
  const isTold = ['trace', 'debug', 'info'].includes(config.logLevel);
  if (!isTold || config.logFormat !== 'pretty' || process.env.TERM === 'dumb') return false;
  return isatty(2) && !fstatSync(1).isFIFO();
}

/** The live line. */
export function lineOf({ command, number, of, words, doing }: Course, elapsedMs: number): string {
  return `${command}, phase ${number} of ${of}, ${seconds(elapsedMs)}: ${doing?.words ?? words}`;
}

/** The event of the log that says where a use case is: that of what it is busy with, else that of its phase. */
export function eventOf(course: Course, elapsedMs: number): NonNullable<Course['doing']> {
  const { phase, number, of, doing } = course;
  return (
    doing ?? {
      fields: { event: 'phase', phase, number, of, elapsedMs: Math.round(elapsedMs) },
      words: lineOf(course, elapsedMs),
    }
  );
}
