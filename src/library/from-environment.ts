import { parse } from 'dotenv';
import { readTextIfThere } from '../core/index.ts';
import { isKnownSetting } from './known-settings.ts';
import type { SlipwayOptions } from './options.ts';

/**
 * Reads what the command would: the variables of the environment, and those that it lacks from `.env.<ENVIRONMENT>` and
 * `.env` in the folder of the process. This is the one function that does.
 *
 * @param env the environment.
 * @returns options for the other functions; nothing is judged yet.
 */
export function optionsFromEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): SlipwayOptions {
  const files = [...(env.ENVIRONMENT ? [`.env.${env.ENVIRONMENT}`] : []), '.env'];
  const layers = [env, ...files.map((path) => parse(readTextIfThere(path, 'setting') ?? ''))];
  const found: Record<string, string> = {};
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer))
      if (value && isKnownSetting(name)) found[name] ??= value;
  const { DATABASE_URL: url = '', ...rest } = found;
  return { url, settings: rest };
}
