import { type Loaded, loadConfig } from '../../src/config/config.ts';
import type { ConfigInput, FileMode } from '../../src/config/input.ts';
import { ConfigError } from '../../src/core/slipway-error.ts';

/** What a test says about the machine; a file may be an error that reading it throws. */
export interface Machine {
  readonly flags?: ConfigInput['flags'];
  readonly env?: ConfigInput['env'];
  readonly files?: Readonly<Record<string, string | NodeJS.ErrnoException>>;
  /** Without an entry nothing is known of a file's permissions. */
  readonly modes?: Readonly<Record<string, FileMode>>;
  readonly user?: ConfigInput['user'];
  readonly container?: ConfigInput['container'];
  readonly isTerminal?: boolean;
}

/** The error that `node:fs` throws with this code. */
export function fsError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** A file may have any name, also one that every object has, such as `__proto__`. */
const ofOwn = <T>(named: Readonly<Record<string, T>> | undefined, path: string): T | null =>
  named && Object.hasOwn(named, path) ? (named[path] ?? null) : null;

/** What a machine has that has nothing but what the test says, and a user `os`. */
export function input(machine: Machine): ConfigInput {
  return {
    flags: machine.flags ?? {},
    env: machine.env ?? {},
    readFile: (path) => {
      const file = ofOwn(machine.files, path);
      if (file instanceof Error) throw file;
      return file;
    },
    modeOf: (path) => ofOwn(machine.modes, path),
    user: machine.user ?? { name: 'os', home: '/home/os', uid: 1000 },
    container: machine.container,
    isTerminal: machine.isTerminal ?? false,
  };
}

/** Loads the configuration of that machine. */
export const load = (machine: Machine): Loaded => loadConfig(input(machine));

/** The ConfigError that loading ends with; fails where it does not. */
export function refusal(machine: Machine): ConfigError {
  try {
    load(machine);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** All of an error's text, one problem a line. */
export function textOf(error: ConfigError): string {
  return error.problems.map((p) => `${p.name}: ${p.message}. ${p.remedy}`).join('\n');
}
