import { spawnSync } from 'node:child_process';
import type { Bench } from './bench.ts';
import { pgVariables } from './databases.ts';
import { writeMigrations } from './history.ts';
import type { Command, Peer, Target } from './peer.ts';

export interface SlipwayOptions {
  /** The bundle. */
  readonly program: string;
  /** Whether the project has a lock file: each migration is then verified, and each start searches for drift. */
  readonly isLocked: boolean;
}

/** Slipway as one of those that are compared. */
export const slipwayPeer = ({ program, isLocked }: SlipwayOptions): Peer => ({
  name: isLocked ? 'Slipway, with a lock file' : 'Slipway',
  version: 'this one',
  runsOn: 'node',
  unit: 'migration',
  prepare(folder, history) {
    writeMigrations(folder, history);
    if (isLocked) lock(program, folder);
  },
  command: (folder, target) => ({
    program: process.execPath,
    args: [program, 'up'],
    cwd: folder,
    env: pgVariables(target),
  }),
});

/** Makes the lock file, on a throwaway PostgreSQL of its own. @throws Error where that fails. */
export function lock(program: string, folder: string): void {
  const { status, stderr } = spawnSync(process.execPath, [program, 'check', '--write'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`check --write ended with ${status}\n${stderr}`);
}

/** `up` in a folder, as in the image: on its Node. */
export const upIn = (
  { program, node }: Pick<Bench, 'program' | 'node'>,
  folder: string,
  target: Target,
): Command => ({
  program: node.path,
  args: [program, 'up'],
  cwd: folder,
  env: pgVariables(target),
});
