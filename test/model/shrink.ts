import type { Command } from './sequence.ts';

/**
 * Leaves commands out, one after the other, as long as what is left still fails.
 *
 * @param fails whether commands fail; the first one, which is the beginning, always stays.
 */
export async function shrink(
  commands: readonly Command[],
  fails: (commands: readonly Command[]) => Promise<boolean>,
): Promise<Command[]> {
  let left = [...commands];
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (let at = left.length - 1; at > 0; at -= 1) {
      const fewer = left.filter((_, n) => n !== at);
      if (!(await fails(fewer))) continue;
      left = fewer;
      isSmaller = true;
    }
  }
  return left;
}
