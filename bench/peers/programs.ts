import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The path of a program of this machine; undefined where PATH has none of that name. */
export const findProgram = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find(existsSync);

/**
 * Asks the interpreter that a script names in its first line.
 *
 * @returns what it printed; null where the script names none, or that failed.
 */
export function askInterpreter(script: string, args: readonly string[]): string | null {
  const interpreter = /^#!\s*(\S+)/.exec(readFileSync(script, 'utf8'))?.[1];
  if (interpreter === undefined) return null;
  const { status, stdout } = spawnSync(interpreter, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
