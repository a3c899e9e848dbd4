import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { noProgress } from '../../src/app/index.ts';
import type { Command, Context } from '../../src/cli/command.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createLog } from '../../src/log/log.ts';
import { Tally } from '../../src/migrate/outcome.ts';
import { withRun } from '../../src/migrate/start.ts';
import { up } from '../../src/migrate/up.ts';
import type { Plan } from '../../src/plan/types.ts';

export interface InProcess {
  readonly directory: string;
  /** The database, as DATABASE_URL. */
  readonly url: string;
}

/** What a command may use, for a run in this process: quicker than the bundle, where a test needs hundreds. */
export function contextOf(
  { directory, url }: InProcess,
  flags: Context['flags'] = {},
): Context & { printed: string[] } {
  const printed: string[] = [];
  const { username, homedir } = userInfo();
  const controller = new AbortController();
  const { config } = loadConfig({
    flags: {},
    env: {
      DATABASE_URL: url,
      SLIPWAY_SHADOW_URL: url,
      SLIPWAY_WAIT_TIMEOUT: '5s',
      SLIPWAY_MIGRATIONS: `${directory}/migrations`,
      SLIPWAY_BASELINE: `${directory}/sql/baseline.sql`,
      SLIPWAY_LOCKFILE: `${directory}/sql/schema.lock.json`,
    },
    readFile: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return null;
      }
    },
    modeOf: () => null,
    user: { name: username, home: homedir },
    isTerminal: false,
  });
  return {
    name: 'test',
    positionals: [],
    flags,
    isJson: false,
    isTerminal: false,
    config,
    log: createLog({ level: 'silent', format: 'json', redact: (line) => line }),
    signal: controller.signal,
    progress: noProgress,
    abort: (reason) => controller.abort(reason),
    onStray: () => undefined,
    print: (text) => void printed.push(text),
    printFile: (text) => void printed.push(text),
    writeTerminationMessage: () => undefined,
    ask: null,
    connectionOf: () => {
      throw new Error('no connection is read here');
    },
    report: null,
    printed,
  };
}

/** Brings a database to head. @throws SlipwayError for what went wrong. */
export const bringUp = (where: InProcess): Promise<Plan> =>
  withRun(
    contextOf(where),
    { isWriter: true },
    async (run) => (await up({ ...run, session: run.session }, new Tally())).plan,
  );

/** Runs a command. @throws Error with what it printed, where it does not end with 0. */
export async function runCommand(
  command: Command,
  where: InProcess,
  flags: Context['flags'] = {},
): Promise<string> {
  const context = contextOf(where, flags);
  const code = await command.run(context);
  if (code !== 0) throw new Error(`exit ${code}\n${context.printed.join('\n')}`);
  return context.printed.join('\n');
}
