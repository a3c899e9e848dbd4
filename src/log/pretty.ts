import pretty from 'pino-pretty';
import { printable } from '../core/index.ts';
import { painter, showsColors } from './paint.ts';

/**
 * Makes what turns a line of the JSON log into what a person reads on a terminal: time, what happened, and what belongs
 * beneath it. What comes from outside is text: it sets no colour and begins no line.
 */
export function prettyLine(): (line: string) => string {
  const { dim, red, yellow, green } = painter(showsColors(2));
  const marks: Readonly<Record<string, string>> = {
    trace: dim('·'),
    debug: dim('·'),
    info: green('•'),
    warn: yellow('!'),
    error: red('✗'),
    fatal: red('✗'),
  };
  return pretty.prettyFactory({
    // It would paint every message; the colours here are set by hand.
    colorize: false,
    include: '',
    messageFormat: (line, messageKey) => {
      const lines = [`${marks[String(line.level)] ?? ''} ${beneath(line[messageKey] ?? '')}`];
      if (Array.isArray(line.detail)) for (const text of line.detail) lines.push(`    ${dim(beneath(text))}`);
      if (typeof line.remedy === 'string' && line.level !== 'info')
        lines.push(`    → ${beneath(line.remedy)}`);
      if (typeof line.stack === 'string') lines.push(`    ${dim(beneath(line.stack))}`);
      return lines.join('\n');
    },
  }) as (line: string) => string;
}

const beneath = (text: unknown): string => printable(String(text)).replaceAll('\n', '\n    ');
