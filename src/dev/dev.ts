import type { GenerateRequest } from '../autogenerate/index.ts';
import { isUrl } from '../config/conninfo/url.ts';
import { SlipwayError } from '../core/index.ts';
import type { Answer } from './answer.ts';
import { answerMigration } from './answer-migration.ts';
import { answerSource } from './answer-source.ts';
import { foldersOf, readWatched } from './files.ts';
import { answerSaves } from './scratch.ts';
import { isHalfSaved, type Trial } from './watched.ts';
import { Watcher } from './watcher.ts';

/** Who is told what comes of saves. */
export interface Telling {
  /** The scratch database is being built. */
  readonly building: (trial: Trial) => void;
  /** Saves are answered from here on, on a server of this version. */
  readonly watching: (trial: Trial, server: string) => void;
  readonly answered: (answer: Answer) => void;
}

/**
 * Watches the newest migration until the app's signal ends it, and tries it at each save on a copy of a scratch database
 * that is at the version before it. With `from`, that file is watched, and each save shows the migration from head to
 * what it describes. When it returns, nothing of the database is left.
 *
 * @throws the signal's reason; SlipwayError (64) where `from` is no file; and for what no file is the reason of, such as
 *   a server that is gone.
 */
export async function dev(
  request: GenerateRequest,
  { building, watching, answered }: Telling,
): Promise<never> {
  const { config, flags } = request;
  const from = flags.from ?? null;
  if (from !== null) assertFile(from);
  const watcher = new Watcher({
    folders: foldersOf(config, from),
    read: () => readWatched(config, from),
    isHalfSaved,
  });
  try {
    return await answerSaves(request, {
      watcher,
      building,
      built: watching,
      tell: answered,
      answer: (copy, trial, sinceSave) => {
        const { subject } = trial;
        switch (subject.kind) {
          case 'migration':
            return answerMigration(copy, trial, subject, sinceSave);
          case 'source':
            return answerSource(copy, request, subject, sinceSave);
        }
      },
    });
  } finally {
    watcher.close();
  }
}

function assertFile(from: string): void {
  if (from !== '-' && !isUrl(from)) return;
  throw new SlipwayError({
    exit: 'usage',
    message: `--from ${from === '-' ? from : 'with the URL of a database'}: there is no file to watch`,
    remedy: 'Name a SQL file that describes the desired schema; `slipway new NAME --from` takes the others.',
  });
}
