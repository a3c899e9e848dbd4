import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** A stack trace of the bundle with the files and lines of the source, where the bundle's map stands beside it. */
export function sourceStack(stack: string, bundle = __filename): string {
  if (!existsSync(`${bundle}.map`)) return stack;
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')));
  const [before, ...places] = stack.split(`${bundle}:`);
  return [before, ...places.map((rest) => shown(map, bundle, rest))].join('');
}

/** `line:column` and what follows, with the place of the source instead; counted from 1 there, and from 0 in the map. */
function shown(map: SourceMap, bundle: string, rest: string): string {
  const [all = '', line, column] = /^(\d+):(\d+)/.exec(rest) ?? [];
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  return 'originalSource' in entry
    ? `${entry.originalSource.replace(/^(?:\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}${rest.slice(all.length)}`
    : `${bundle}:${rest}`;
}
