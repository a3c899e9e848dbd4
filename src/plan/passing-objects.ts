import { type Comparison, kindOf } from '../schema/compare/index.ts';

/** The end of a name that is counted or dated: `_2025_01`, `_p20250101`, `_y2025m01`, `_7`. */
const counted = /[_-]?[a-z]?\d[\d_-]*(?:[a-z]\d[\d_-]*)?"?$/i;

/**
 * Patterns for `options.ignore` where all that drifted is tables that come and go: partitions, or names that are counted
 * or dated, which are not there any more. Empty where anything else drifted.
 */
export function ignorePatterns({ differences }: Comparison): readonly string[] {
  const drifted = differences.filter(({ severity }) => severity === 'drift');
  const patterns = drifted.map(({ kind, object, expected }) => {
    if (kind !== 'missing' || kindOf(object) !== 'table') return null;
    const name = object.slice('table '.length);
    const end = counted.exec(name);
    if (end) return `* ${stemOf(name, end.index)}*`;
    return expected?.startsWith('table partition of ') ? `* ${name}*` : null;
  });
  return patterns.includes(null) ? [] : [...new Set(patterns.filter((pattern) => pattern !== null))];
}

/** What the names have in common: all that is before the first digit, and of a year its century. */
function stemOf(name: string, at: number): string {
  const digits = at + name.slice(at).search(/\d/);
  return name.slice(0, /^(?:19|20)\d\d/.test(name.slice(digits)) ? digits + 2 : digits);
}
