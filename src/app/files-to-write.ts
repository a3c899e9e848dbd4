import { assertWritable, type NewText } from '../core/replace-file.ts';
import type { App } from './app.ts';

/**
 * Makes sure, before long work, that files can be written when it is done; says which will not be kept.
 *
 * @throws SlipwayError (66) for the first that cannot be.
 */
export function prepareToWrite({ log }: Pick<App, 'log'>, files: readonly Omit<NewText, 'text'>[]): void {
  for (const file of assertWritable(files)) {
    log.warn(
      {
        event: 'notKept',
        file,
        remedy: 'Mount the folder of the project: docker run -v "$PWD:/slipway" ...',
      },
      `${file} will be gone with this container: its folder is the image's own`,
    );
  }
}
