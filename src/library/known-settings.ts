import { settings } from '../config/index.ts';

const variables = settings.map(({ variable }) => variable).filter((variable) => variable !== null);
const known: ReadonlySet<string> = new Set(variables.flatMap((variable) => [variable, `${variable}_FILE`]));

/** Whether a variable of the environment is a setting, or a value for the files of a project. */
export const isKnownSetting = (name: string): boolean => known.has(name) || name.startsWith('SLIPWAY_VAR_');

/** The settings' variables. */
export const knownSettings: readonly string[] = variables;
