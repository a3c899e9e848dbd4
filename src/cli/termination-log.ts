import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { count, printable } from '../core/index.ts';

/** Kubernetes shows what stands there as the container's message. */
const path = '/dev/termination-log';
/** What Kubernetes reads of it. */
const mostBytes = 4096;

/**
 * Leaves a last word where the container's engine searches for it: the first line, and of the details those that fit.
 * What is no regular file is left alone, and never waited for: a FIFO without a reader would hold the process for good.
 */
export function writeTerminationMessage(first: string, details: readonly string[], to = path): void {
  try {
    const file = openSync(to, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      if (!fstatSync(file).isFile()) return;
      ftruncateSync(file);
      writeFileSync(file, fittedMessage(first, details));
    } finally {
      closeSync(file);
    }
  } catch {
    // No container, or one that does not let us: the log has said it.
  }
}

/** The word, escaped, in as many whole lines as there is room for; of a first line that is too long, its beginning. */
export function fittedMessage(first: string, details: readonly string[], most = mostBytes): string {
  const lines = [first, ...details.flatMap((detail) => detail.split('\n')).map((line) => `  ${line}`)].map(
    (line, index) => printable(index === 0 ? line.replaceAll('\n', ' ') : line),
  );
  const size = (line: string): number => Buffer.byteLength(line) + 1;
  const word: string[] = [];
  let left = most;
  for (const [index, line] of lines.entries()) {
    const rest = lines.length - index - 1;
    const note = rest === 0 ? 0 : size(more(rest + 1));
    if (index > 0 && size(line) + (rest === 0 ? 0 : note) > left) {
      if (size(more(rest + 1)) <= left) word.push(more(rest + 1));
      break;
    }
    word.push(index === 0 ? beginning(line, most - 1) : line);
    left -= size(word.at(-1) ?? '');
  }
  return `${word.join('\n')}\n`;
}

const more = (lines: number): string => `  and ${count(lines, 'more line')} in the log`;

/** As many whole characters as fit into so many bytes of UTF-8. */
function beginning(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString('utf8')}…`;
}
