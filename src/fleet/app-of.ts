import type { App, Request } from '../app/index.ts';
import { atDatabase, type Config } from '../config/index.ts';
import type { ListEntry } from './entries.ts';

/**
 * What a use case is handed for one database of a list: the settings of all, a connection of its own, and a signal that
 * nothing of this database outlives.
 *
 * @param work is done with it.
 * @throws ConfigError (78) where what a connection string names has changed meanwhile, such as a certificate; what
 *   `work` throws.
 */
export async function appOf<T>(
  request: Request,
  entry: ListEntry,
  log: App['log'],
  work: (app: App) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const { name, progress, signal } = request;
  const pass = (): void => own.abort(signal.reason);
  signal.addEventListener('abort', pass, { once: true });
  if (signal.aborted) pass();
  try {
    return await work({ name, progress, log, signal: own.signal, config: configOf(request, entry) });
  } finally {
    signal.removeEventListener('abort', pass);
  }
}

/** What the configuration says of other connections is about the configured server, and not for another. */
function configOf({ config, connectionOf }: Request, { place, text, kind }: ListEntry): Config {
  if (kind === 'connection')
    return {
      ...config,
      connection: connectionOf(place, text),
      direct: null,
      shadow: null,
      isShadowSame: false,
    };
  const { connection, direct } = config;
  return {
    ...config,
    connection: atDatabase(connection, text),
    direct: direct && atDatabase(direct, text),
  };
}
