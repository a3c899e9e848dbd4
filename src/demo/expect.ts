import { SlipwayError } from '../core/index.ts';
/** Throws SlipwayError (70) where the database says something else than the demo tells. */
export function expect(what: string, actual: string, expected: string): void {
  if (actual === expected) return;
  throw new SlipwayError({
    exit: 'bug',
    message: `the demo expected ${what}: ${expected}, and the database says ${actual}`,
    remedy: 'What was done stands above; report it.',
  });
}
