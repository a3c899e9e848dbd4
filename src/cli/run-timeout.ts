import { SlipwayError } from '../core/index.ts';
import type { Context } from './command.ts';

/** Ends the work where it is not done within SLIPWAY_RUN_TIMEOUT. */
export async function withRunTimeout<T>(
  { config: { runTimeoutMs }, abort }: Pick<Context, 'config' | 'abort'>,
  work: () => Promise<T>,
): Promise<T> {
  const timer = runTimeoutMs === null ? null : setTimeout(() => abort(runOver(runTimeoutMs)), runTimeoutMs);
  try {
    return await work();
  } finally {
    if (timer) clearTimeout(timer);
  }
}

const runOver = (runTimeoutMs: number): SlipwayError =>
  new SlipwayError({
    exit: 'temporary',
    message: `the run did not end within ${runTimeoutMs / 1000} s (SLIPWAY_RUN_TIMEOUT)`,
    remedy: 'What was running was rolled back. Start again, with more time if that is not enough.',
  });
