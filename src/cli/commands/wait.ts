import { parseDuration } from '../../config/index.ts';
import {
  type Deadline,
  deadlineIn,
  exitCodes,
  SlipwayError,
  sayBatches,
  seconds,
  Waiting,
} from '../../core/index.ts';
import { inspect } from '../../inspect/index.ts';
import { type Run, withRun } from '../../migrate/index.ts';
import { type Plan, plan, type Refusal } from '../../plan/index.ts';
import { explainRefusal } from '../../plan/refusal.ts';
import { ConnectionLost } from '../../postgres/index.ts';
import { type CommandOptions, type Context, command, type FlagsOf } from '../command.ts';
import type { WaitDone } from '../results.ts';
import { describeWhere, whereOf } from '../where.ts';

/** The ledger is small, and whoever asks wants an answer soon; a queue for its lock, which ends after 1 s, says more. */
const leastForAnswerMs = 1_500;

const options = {
  timeout: {
    type: 'string',
    placeholder: 'DURATION',
    summary: 'how long; default SLIPWAY_WAIT_TIMEOUT; 0 checks once: the health check',
  },
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const wait = command({
  summary: "block until the database is at this image's head, or past it",
  positionals: '',
  options,
  description:
    'For services that need the schema, and for engines that ignore exit codes. Reads only; SELECT on the ledger is all the role needs. Where there is a lock file, that is the only file it needs: head is the newest version that the lock lists.',
  async run(context) {
    const timeoutMs = timeoutOf(context);
    const deadline = deadlineIn(timeoutMs);
    const waitBudget = { waitMs: () => deadline.remainingMs(), leastForAnswerMs };
    const waiting = { ...context, config: { ...context.config, waitTimeoutMs: timeoutMs } };
    const { version, database } = await withRun(
      waiting,
      { isWriter: false, reads: 'lock', waitBudget },
      async (run) => ({
        version: await waitForHead(run, deadline),
        database: whereOf(run),
      }),
    );
    const words = `the database ${describeWhere(database)} is at ${version}`;
    context.log.info({ event: 'ready', version, database }, words);
    context.writeTerminationMessage(words, []);
    if (context.isJson) context.print(JSON.stringify({ ready: true, version, database } satisfies WaitDone));
    return exitCodes.ok.code;
  },
});

function timeoutOf({ flags, config }: Context<Flags>): number {
  if (flags.timeout === undefined) return config.waitTimeoutMs;
  const parsed = parseDuration(flags.timeout);
  if (parsed !== null) return parsed;
  throw new SlipwayError({
    exit: 'usage',
    message: `--timeout: "${flags.timeout}" is not a duration`,
    remedy: 'Write it like 500ms, 30s, 2m; 0 checks once.',
  });
}

async function waitForHead(run: Run, deadline: Deadline): Promise<string> {
  const waiting = new Waiting(deadline, run.signal);
  for (;;) {
    const planned = await currentPlan(run, deadline);
    if (planned.kind === 'upToDate') return planned.version ?? run.set.head;
    const reason = explain(planned);
    // How far a backfill is changes all the time: that alone is nothing new to say.
    const key = reason.replace(/; .* so far$/, '');
    const say = (): void =>
      run.log.info(
        { event: 'waiting', waitedMs: Math.round(deadline.elapsedMs()) },
        `waiting for version ${run.set.head}: ${reason}`,
      );
    await waiting.turn({ key, backoff: 'brisk', say }, () =>
      planned.kind === 'unreadable' ? planned.error : notReady(run, reason, deadline, planned),
    );
  }
}

/** What stands between the database and head; whatever it is may still go away. */
type Obstacle =
  | Exclude<Plan, { kind: 'upToDate' }>
  | { readonly kind: 'lost' }
  /** The ledger cannot be read: busy, or no privilege, which the run that makes it may grant (SLIPWAY_READERS). */
  | { readonly kind: 'unreadable'; readonly error: SlipwayError };

async function currentPlan(run: Run, deadline: Deadline): Promise<Obstacle | (Plan & { kind: 'upToDate' })> {
  try {
    // The ledger is all that a dependent's role may read, and all that it needs.
    const options = { ...run.inspectOptions, lock: null, isSelfTrusted: false };
    const { state } = await inspect(run, options, () => deadline.remainingMs() === 0);
    // Whether a step that was begun can be finished only its file says, which need not be here: `up` will tell.
    const isResumable = run.lock ? () => true : run.planOptions.isResumable;
    return plan(state, run.set, { ...run.planOptions, onAhead: 'warn', isResumable });
  } catch (error) {
    if (error instanceof SlipwayError && ['denied', 'temporary'].includes(error.failure.exit)) {
      return { kind: 'unreadable', error };
    }
    if (!(error instanceof ConnectionLost)) throw error;
    await run.reconnect(deadline);
    return error.wasIdle ? currentPlan(run, deadline) : { kind: 'lost' };
  }
}

function explain(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'lost':
      return 'the connection was lost';
    case 'unreadable':
      return obstacle.error.message;
    case 'refused':
      return isUnmade(obstacle.refusal)
        ? 'no version of this app is in its ledger yet'
        : explainRefusal(obstacle.refusal).message;
    case 'adopt':
      return `the database is unmanaged; its schema matches ${obstacle.version}`;
    case 'run': {
      const at = obstacle.from === null ? 'the database is empty' : `the database is at ${obstacle.from}`;
      const far = obstacle.repeated ? `; of the first ${sayBatches(obstacle.repeated)} so far` : '';
      return `${at}, ${obstacle.steps.length} to apply${far}`;
    }
  }
}

/** `wait` does not inspect the schema: of relations without a row in the ledger it knows nothing to be said. */
const isUnmade = ({ kind }: Refusal): boolean => kind === 'unmanaged' || kind === 'droppingBaseline';

const notReady = (run: Run, reason: string, deadline: Deadline, obstacle: Obstacle): SlipwayError =>
  new SlipwayError({
    // Whoever may forge the ledger may have forged that it is ready: no waiting helps.
    exit: obstacle.kind === 'refused' && obstacle.refusal.kind === 'corrupt' ? 'corrupt' : 'temporary',
    message: `the database is not at ${run.set.head}${deadline.spanMs === 0 ? '' : ` after ${seconds(deadline.elapsedMs())}`}: ${reason}`,
    remedy:
      obstacle.kind === 'refused' && !isUnmade(obstacle.refusal)
        ? explainRefusal(obstacle.refusal).remedy
        : 'Has `slipway up` run, and how did it end? See its log.',
  });
