import { commitMarker } from '../../../sql/index.ts';
import { type Joined, joinAlters, warningLines } from '../joined-alters.ts';
import type { Change } from './change.ts';

const comment = (text: string): string[] =>
  text.split(/\r\n|\r|\n/).map((line) => (line === '' ? '--' : `-- ${line}`));

/**
 * Changes as the text of a SQL file: the header and what is left for a person as comments in the first lines, then the
 * statements, each with what it may cost above it, and an empty line between objects.
 *
 * @param header lines, without `-- `.
 * @param groups what is joined of them, by what is committed together.
 */
export function formatChanges(
  changes: readonly Change[],
  header: readonly string[],
  groups: readonly (readonly Joined[])[] = [joinAlters(changes)],
): string {
  const left = changes.filter((change) => change.kind === 'manual');
  const blocks = [header.flatMap(comment), manualLines(left)].filter((lines) => lines.length > 0);
  for (const [n, group] of groups.entries()) {
    if (n > 0) blocks.push([commitMarker]);
    let previous: string | null = null;
    for (const { sql, warnings, parts } of group) {
      const lines = [...warningLines(warnings), `${sql};`];
      if (previous === parts[0]?.object) blocks.at(-1)?.push(...lines);
      else blocks.push(lines);
      previous = parts.at(-1)?.object ?? null;
    }
  }
  return blocks.length === 0 ? '' : `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function manualLines(left: readonly (Change & { kind: 'manual' })[]): string[] {
  if (left.length === 0) return [];
  return [
    ...comment(`Left for you, ${left.length}:`),
    ...left.flatMap(({ object, difference, reason, sql = [] }) =>
      comment(
        [
          `- ${object}: ${reason}`,
          ...difference.split('\n').map((line) => `    ${line}`),
          ...sql.flatMap((one) => `${one};`.split('\n').map((line) => `    ${line}`)),
        ].join('\n'),
      ),
    ),
  ];
}
