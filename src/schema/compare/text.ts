import { printableName } from '../../core/index.ts';
import { type Styler, unstyled } from '../../log/index.ts';
import { isRelation } from '../catalog/index.ts';
import type { Comparison, Difference } from './comparison.ts';
import { kindOf, parentOf } from './diff.ts';
import { linesApart } from './facet-lines.ts';

/**
 * Differences in words, a line each, under the table that they belong to; old and new value beneath where they are
 * known. Names are whoever's who made the objects: none begins a line of its own.
 */
export function describeDifferences(
  { differences, unverified }: Comparison,
  paint: Styler = unstyled,
): string[] {
  const lines: string[] = [];
  let heading: string | null = null;
  for (const difference of differences) {
    const { parent } = difference;
    if (parent !== null && parent !== heading) lines.push(paint.bold(`${printableName(parent)}:`));
    heading = parent;
    const indent = parent === null ? '' : '  ';
    lines.push(...describe(difference, paint).map((line) => indent + line));
  }
  if (unverified.length > 0)
    lines.push(paint.dim(`not verified here: ${unverified.map(printableName).join(', ')}`));
  return lines;
}

function describe(difference: Difference, paint: Styler): string[] {
  const { kind, object, expected, actual, facet, severity } = difference;
  const mark = { missing: paint.red('-'), changed: paint.yellow('~'), extra: paint.green('+') }[kind];
  if (kind === 'changed' && kindOf(object) === 'column order') {
    return [`${mark} ${printableName(object)}: the same columns in another order (reported only)`];
  }
  const note = severity === 'reported' ? ' (reported only)' : '';
  const head = `${mark} ${printableName(object)}${facet === null ? '' : `, ${facet}`}: ${kind}${note}`;
  // What is extra is shown where it decides something: that of a table, or of a function, would be all of it.
  const isTold = severity === 'reported' || parentOf(object) === null || isRelation(object);
  const [wanted, there] =
    expected === null || actual === null ? [expected, actual] : linesApart(facet, expected, actual);
  const values = [
    ...(wanted === null ? [] : labelled('expected', wanted)),
    ...(there === null || (kind === 'extra' && isTold) ? [] : labelled('found', there)),
  ];
  return kind === 'extra' && kindOf(object) === 'column' && actual !== null
    ? [`${head}: ${printableName(actual)}`]
    : [head, ...values.map((line) => `    ${line}`)];
}

function labelled(label: string, text: string): string[] {
  const [first = '', ...rest] = text.split('\n');
  return [`${label.padEnd(9)}${first}`, ...rest.map((line) => ' '.repeat(9) + line)];
}
