import type { Version } from '../migrations/index.ts';
import { type Comparison, withoutNumbers } from '../schema/compare/index.ts';
import type { Lock } from './lockfile.ts';

/**
 * Whether an object is one of those that a version's files make under another name each time, such as a partition named
 * by the day: the lock does not list it.
 */
export function isVaryingAt(
  { baseline, migrations }: Pick<Lock, 'baseline' | 'migrations'>,
  version: Version,
): (object: string) => boolean {
  const names = new Set(baseline.varying);
  for (const [step, { delta }] of Object.entries(migrations))
    if (step <= version) for (const name of delta.varying ?? []) names.add(name);
  return names.size === 0 ? () => false : (object) => names.has(withoutNumbers(object));
}

/** A comparison with a version without what its files made under another name: none of it is extra. */
export function withoutVarying(
  comparison: Comparison,
  lock: Pick<Lock, 'baseline' | 'migrations'>,
  version: Version,
): Comparison {
  const isVarying = isVaryingAt(lock, version);
  const differences = comparison.differences.filter(
    ({ kind, object }) => kind !== 'extra' || !isVarying(object),
  );
  return { ...comparison, differences };
}
