import { suggest } from '../config/index.ts';
import { ConfigError, SlipwayError } from '../core/index.ts';
import { isKnownSetting, knownSettings } from './known-settings.ts';

/**
 * Checks what a caller without types may hand over.
 *
 * @throws SlipwayError (64) for an option of the wrong type, ConfigError (78) for settings that there are not.
 */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) throw wrong('the options', 'an object, such as { url }', options);
  const { url, folder, settings, signal, onEvent } = options;
  if (typeof url !== 'string')
    throw wrong('the option url', 'a string, such as postgresql://user@host/database', url);
  if (folder !== undefined && typeof folder !== 'string')
    throw wrong('the option folder', 'a string', folder);
  if (settings !== undefined) checkSettings(settings);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrong('the option signal', 'an AbortSignal', signal);
  if (onEvent !== undefined && typeof onEvent !== 'function')
    throw wrong('the option onEvent', 'a function', onEvent);
}

function checkSettings(settings: unknown): void {
  if (!isObject(settings)) throw wrong('the option settings', 'an object of strings', settings);
  const unknown = Object.keys(settings).filter((name) => name === 'DATABASE_URL' || !isKnownSetting(name));
  if (unknown.length > 0) throw new ConfigError(unknown.map(unknownSetting));
  for (const [name, value] of Object.entries(settings))
    if (value !== undefined && typeof value !== 'string')
      throw wrong(`the setting ${name}`, 'a string', value);
}

function unknownSetting(name: string): { name: string; message: string; remedy: string } {
  if (name === 'DATABASE_URL')
    return { name, message: 'the option url says it', remedy: 'Leave it out of settings.' };
  const near = suggest(name, knownSettings);
  return {
    name,
    message: 'there is no such setting',
    remedy: `${near ? `Is it ${near}? ` : ''}docs/configuration.md lists them.`,
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (what: string, wanted: string, given: unknown): SlipwayError =>
  new SlipwayError({
    exit: 'usage',
    message: `${what} ${what.endsWith('s') ? 'are' : 'is'} ${given === undefined ? 'missing' : `of the type ${given === null ? 'null' : typeof given}`}`,
    remedy: `Give ${wanted}: docs/library.md lists the options.`,
  });
