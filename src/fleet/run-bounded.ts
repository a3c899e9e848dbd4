/**
 * Calls `work` for every item, in their order and so many at a time. Once the signal is aborted it begins no more, and
 * resolves when those that were begun are over.
 *
 * @param work never rejects.
 */
export async function runBounded<T>(
  items: readonly T[],
  { parallel, signal }: { readonly parallel: number; readonly signal: AbortSignal },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) {
      if (signal.aborted) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, lane));
}
