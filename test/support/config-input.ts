import { type ConfigInput, type Loaded, loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

/** What a test says about the machine; a file may be an error that reading it throws. */
export interface Machine {
  readonly flags?: ConfigInput['flags'];
  readonly env?: ConfigInput['env'];
  readonly files?: Readonly<Record<string, string | NodeJS.ErrnoException>>;
  readonly user?: ConfigInput['user'];
  readonly isTerminal?: boolean;
}

/** The error that `node:fs` throws with this code. */
export function fsError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** Loads the configuration of a machine that has nothing but what the test says, and a user `os`. */
export function load(machine: Machine): Loaded {
  const files = new Map(Object.entries(machine.files ?? {}));
  return loadConfig({
    flags: machine.flags ?? {},
    env: machine.env ?? {},
    readFile: (path) => {
      const file = files.get(path) ?? null;
      if (file instanceof Error) throw file;
      return file;
    },
    user: machine.user ?? { name: 'os', home: '/home/os', uid: 1000 },
    isTerminal: machine.isTerminal ?? false,
  });
}

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
