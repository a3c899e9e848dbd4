/**
 * Reads flags, environment, .env files and secrets from files as one configuration. It lists every problem at
 * once, and no message holds a secret.
 */
export {
  type Config,
  type ConnectionReader,
  connectionReader,
  type Loaded,
  loadConfig,
  readLogSettings,
} from './config.ts';
export {
  atDatabase,
  type ConnInfo,
  type Host,
  type LateFile,
  serverOf,
  socketPath,
} from './conninfo/conninfo.ts';
export { parseDuration } from './duration.ts';
export type { ConfigInput } from './input.ts';
export { ownSettings } from './own-settings.ts';
export { appName, parseIdentifier, quotedValue } from './setting-types.ts';
export { connectionSettings, settings } from './settings.ts';
export { suggest } from './suggest.ts';
