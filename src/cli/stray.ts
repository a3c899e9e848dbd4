import { SlipwayError } from '../core/index.ts';
import { thrownInModule } from '../migrations/module.ts';
import { asAnyFailure } from './system-failure.ts';

/** An error that nobody waited for, as a failure: the code of a migration module is bad (65), all else is as ever. */
export function asStray(error: unknown): SlipwayError {
  const place = error instanceof SlipwayError ? null : thrownInModule(error);
  if (place === null || !(error instanceof Error)) return asAnyFailure(error);
  return new SlipwayError(
    {
      exit: 'migration',
      place,
      message: `nothing in the module waits for this error: ${error.message}`,
      remedy: 'Await each promise that the module begins, and handle the errors of its timers and emitters.',
    },
    { cause: error },
  );
}
