import { userInfo } from 'node:os';
import { loadConfig } from '../../src/config/config.ts';
import { deadlineIn } from '../../src/core/deadline.ts';
import { modeOf, readTextIfThere } from '../../src/core/read-file.ts';
import { SlipwayError } from '../../src/core/slipway-error.ts';
import { createLog } from '../../src/log/log.ts';
import { connect } from '../../src/postgres/connect.ts';
import { type Env, parseReached, type Reached, reachedQuery } from './psql.ts';

/** What Slipway reached, or why it did not. */
export interface Outcome {
  readonly reached: Reached;
  readonly exit: number;
  readonly why: string;
}

const log = createLog({ level: 'silent', format: 'json', redact: (line) => line });

/** Connects as Slipway does where only this environment is set, without waiting for a server that is not there. */
export async function reachedBySlipway(env: Env): Promise<Outcome> {
  // Without a deadline one try has a second, which a busy machine may need longer for.
  for (let left = 5; ; left -= 1) {
    const outcome = await tryOnce(env);
    if (left === 0 || !/does not answer/.test(outcome.why)) return outcome;
  }
}

async function tryOnce(env: Env): Promise<Outcome> {
  const { signal } = new AbortController();
  const { username, homedir } = userInfo();
  try {
    const { config } = loadConfig({
      flags: {},
      env,
      readFile: (path) => (path.startsWith('.env') ? null : readTextIfThere(path, 'setting')),
      modeOf,
      user: { name: username, home: homedir },
      isTerminal: false,
    });
    const session = await connect(config.connection, {
      identity: { applicationName: 'cell', signal },
      deadline: deadlineIn(0),
      needsPrimary: false,
      log,
      signal,
    });
    const [row] = await session.rows(`SELECT (${reachedQuery}) AS reached`);
    await session.leave();
    return { reached: parseReached(String(row?.reached)), exit: 0, why: '' };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { reached: null, exit: error.code, why: `${error.message}. ${error.failure.remedy}` };
  }
}
