import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { gunzipSync } from 'node:zlib';

/**
 * A stack trace of the program with the files and lines of the source, where the map of a part stands beside it. The
 * functions of the program have short names that mean nothing: they are left out.
 *
 * @param folder of the program's parts.
 */
export function sourceStack(stack: string, folder = __dirname): string {
  const maps = new Map<string, SourceMap | null>();
  const mapOf = (part: string): SourceMap | null => {
    const map = maps.get(part) ?? readMap(`${part}.map.gz`);
    maps.set(part, map);
    return map;
  };
  return stack
    .split('\n')
    .map((line) => shown(line, folder, mapOf))
    .join('\n');
}

const readMap = (path: string): SourceMap | null =>
  existsSync(path) ? new SourceMap(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'))) : null;

/** A line of the trace: `at async name (file:line:column)`, counted from 1 there, and from 0 in the map. */
function shown(text: string, folder: string, mapOf: (part: string) => SourceMap | null): string {
  const [at, place = ''] = text.split(`${folder}/`);
  const [, part, line, column] = /^([^/]+):(\d+):(\d+)\)?$/.exec(place) ?? [];
  const [, head] = /^(\s*at (?:async )?)(?:.*\()?$/.exec(at ?? '') ?? [];
  if (head === undefined || part === undefined) return text;
  const entry = mapOf(`${folder}/${part}`)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry)) return text;
  return `${head}${entry.originalSource.replace(/^(?:\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}
