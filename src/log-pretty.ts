import picocolors from 'picocolors';
import pretty from 'pino-pretty';

/** The log as a person reads it on a terminal: time, what happened, and what belongs beneath it. */
export function prettyStream(): pretty.PrettyStream {
  const isColored = picocolors.isColorSupported && process.stderr.isTTY === true;
  const { dim, red, yellow, green } = picocolors.createColors(isColored);
  const marks: Readonly<Record<string, string>> = {
    trace: dim('·'),
    debug: dim('·'),
    info: green('•'),
    warn: yellow('!'),
    error: red('✗'),
    fatal: red('✗'),
  };
  return pretty({
    // It would paint every message; the colours here are set by hand.
    colorize: false,
    destination: 2,
    sync: true,
    include: '',
    messageFormat: (line, messageKey) => {
      const lines = [`${marks[String(line.level)] ?? ''} ${String(line[messageKey] ?? '')}`];
      if (Array.isArray(line.detail)) lines.push(...line.detail.map((text) => `    ${dim(String(text))}`));
      if (typeof line.remedy === 'string' && line.level !== 'info') lines.push(`    → ${line.remedy}`);
      return lines.join('\n');
    },
  });
}
