/** A part of a page that is made by `npm run docs`: what stands between its two markers. */
const part = /<!-- generated: (?<name>[\w-]+) -->\n(?<body>[\s\S]*?)<!-- \/generated -->/g;

/** The generated parts of a page, by name, as they stand there now. */
export function partsOf(page: string): ReadonlyMap<string, string> {
  return new Map([...page.matchAll(part)].map(({ groups }) => [groups?.name ?? '', groups?.body ?? '']));
}

/**
 * The page with its parts as they should be. A part that differs from what stands there only in times stays.
 *
 * @param parts name -> Markdown; must have every part that the page marks.
 * @throws Error that names a part which nothing generates.
 */
export function fillParts(page: string, parts: ReadonlyMap<string, string>): string {
  return page.replaceAll(part, (whole, name: string, body: string) => {
    const wanted = parts.get(name);
    if (wanted === undefined) throw new Error(`no part is called ${name}`);
    return withoutTimes(body) === withoutTimes(wanted)
      ? whole
      : `<!-- generated: ${name} -->\n${wanted}<!-- /generated -->`;
  });
}

/** A text whose durations are all zero, so that two recordings of the same output are equal. */
export const withoutTimes = (text: string): string => text.replaceAll(/\b\d+(?:\.\d+)?(?= m?s\b)/g, '0');

/** A fenced block. */
export const fence = (language: string, text: string): string =>
  `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;

/** A Markdown table. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell.replaceAll('|', '\\|')} `)).join('|')}|\n`;
  return [line(header), `|${header.map(() => '---').join('|')}|\n`, ...rows.map(line)].join('');
}
