import { pgVariables } from '../databases.ts';
import type { Command, Target } from '../peer.ts';

/** A program's environment: the variables of libpq, and DATABASE_URL. */
const environment = (target: Target): Record<string, string> => {
  const { host, port, user, password, database } = target;
  return {
    ...pgVariables(target),
    DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${database}?sslmode=disable`,
  };
};

/**
 * Runs a program in a project's folder.
 *
 * @param words the program's path and its arguments.
 */
export const commandIn = (
  folder: string,
  target: Target,
  [program, ...args]: readonly [string, ...string[]],
): Command => ({ program, args, cwd: folder, env: environment(target) });
