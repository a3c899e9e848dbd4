/** What sets a colour: it takes no room. */
const colour = /\u001b\[[\d;]*m/g;
const widthOf = (text: string): number => [...text.replaceAll(colour, '')].length;

/** How far what goes on with a line stands to the right of where it began. */
const hanging = 4;

/** Breaks a text between words into lines of at most `width` characters; a longer word is broken itself. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | null = null;
  for (const word of text.split(' ').flatMap((one) => broken(one, width))) {
    if (line !== null && widthOf(line) + 1 + widthOf(word) <= width) {
      line = `${line} ${word}`;
    } else {
      if (line !== null) lines.push(line);
      line = word;
    }
  }
  return [...lines, line ?? ''];
}

/**
 * Breaks a line that a program has printed, colours and all: what goes on stands a little to the right of where the line
 * began.
 */
export function wrapLine(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...rest] = wrap(line.slice(indent.length), width - indent.length - hanging);
  return [`${indent}${first}`, ...rest.map((part) => `${indent}${' '.repeat(hanging)}${part}`)];
}

function broken(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const characters = [...word.replaceAll(colour, '')];
  const parts: string[] = [];
  for (let at = 0; at < characters.length; at += width) parts.push(characters.slice(at, at + width).join(''));
  return parts;
}
