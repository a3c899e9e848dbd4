import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/**
 * A stack trace of the bundle with the files and lines of the source, where the bundle's map stands beside it. The
 * functions of the bundle have short names that mean nothing: they are left out.
 */
export function sourceStack(stack: string, bundle = __filename): string {
  if (!existsSync(`${bundle}.map`)) return stack;
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')));
  return stack
    .split('\n')
    .map((line) => shown(map, bundle, line))
    .join('\n');
}

/** A line of the trace: `at async name (file:line:column)`, counted from 1 there, and from 0 in the map. */
function shown(map: SourceMap, bundle: string, text: string): string {
  const [at, place = ''] = text.split(`${bundle}:`);
  const [, line, column] = /^(\d+):(\d+)\)?$/.exec(place) ?? [];
  const [, head] = /^(\s*at (?:async )?)(?:.*\()?$/.exec(at ?? '') ?? [];
  const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (head === undefined || !('originalSource' in entry)) return text;
  return `${head}${entry.originalSource.replace(/^(?:\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}
