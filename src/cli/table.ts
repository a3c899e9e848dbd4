import { isVersion } from '../migrations/names.ts';
import type { Commands } from './command.ts';
import { upCommand } from './commands/up.ts';

/** Every command, in the order of the help; each but `up`, which is in what every start loads, is loaded when it is asked for. */
export const commands: Commands = {
  up: async () => upCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  status: async () => (await import('./commands/status.ts')).status,
  wait: async () => (await import('./commands/wait.ts')).wait,
  check: async () => (await import('./commands/check.ts')).check,
  new: async () => (await import('./commands/new.ts')).newMigration,
  split: async () => (await import('./commands/split.ts')).splitCommand,
  down: async () => (await import('./commands/down.ts')).down,
  adopt: async () => (await import('./commands/adopt.ts')).adoptCommand,
  repair: async () => (await import('./commands/repair.ts')).repairCommand,
  squash: async () => (await import('./commands/squash.ts')).squashCommand,
  dev: async () => (await import('./commands/dev.ts')).devCommand,
  demo: async () => (await import('./commands/demo.ts')).demo,
  completion: async () => (await import('./commands/completion.ts')).completion,
  help: async () => (await import('./commands/help.ts')).help,
};

/** What people coming from elsewhere type, and what it means here; not in the help. */
export const aliases: Readonly<Record<string, (rest: readonly string[]) => readonly string[]>> = {
  history: (rest) => ['status', '--all', ...rest],
  current: (rest) => ['status', ...rest],
  drift: (rest) => ['status', '--drift', '--exit-code', ...rest],
  stamp: (rest) => ['adopt', '--as', ...rest],
  upgrade: (rest) => ['up', ...(rest[0] === 'head' ? rest.slice(1) : rest)],
  downgrade: ([target = '', ...rest]) =>
    /^-\d+$/.test(target)
      ? ['down', '--steps', target.slice(1), ...rest]
      : ['down', ...(isVersion(target) ? ['--to'] : []), ...(target === '' ? [] : [target]), ...rest],
  revision: (rest) => ['new', ...rest.filter((word) => word !== '-m' && word !== '--message')],
  healthcheck: (rest) => ['wait', '--timeout', '0', ...rest],
};
