import { timescaleFacet } from '../catalog/index.ts';
/**
 * What of two texts of a facet is to be shown: of one that is a list, a line for each thing that is kept, the lines that
 * only one of them has.
 */
export function linesApart(facet: string | null, expected: string, actual: string): [string, string] {
  if (facet !== timescaleFacet) return [expected, actual];
  return [linesBeside(expected, actual), linesBeside(actual, expected)];
}

function linesBeside(text: string, other: string): string {
  const known = new Set(other.split('\n'));
  return (
    text
      .split('\n')
      .filter((line) => !known.has(line))
      .join('\n') || 'nothing of it'
  );
}
