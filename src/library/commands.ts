import { status } from '../cli/commands/status.ts';
import { upCommand } from '../cli/commands/up.ts';
import { errorReport } from '../cli/report.ts';
import type { Failed, StatusResult, UpDone, UpFailed } from '../cli/results.ts';
import { exitCodes, type SlipwayError } from '../core/index.ts';
import { type Call, openCall, redactedFailure } from './call.ts';
import type { SlipwayOptions } from './options.ts';

/** What `up` came to: the database is at head; or it refused, and `error` says why and what to do. */
export type BroughtUp = UpDone | (UpFailed & Failed);

/**
 * Brings a database to head, as `slipway up` does, by the same code.
 *
 * @returns what `slipway up --json` prints, also where it refuses a database (exit codes 80 to 85).
 * @throws SlipwayError for what went wrong; the signal's reason where the signal ended it.
 */
export async function bringUp(options: SlipwayOptions): Promise<BroughtUp> {
  return run<BroughtUp>('up', options, async ({ context }) => upCommand.run(context));
}

/** What a `status` is asked besides the state. */
export interface StatusOptions extends SlipwayOptions {
  /** Whether to list every version. */
  readonly all?: boolean | undefined;
  /** Whether to hold the schema against the lock file. */
  readonly drift?: boolean | undefined;
}

/**
 * Says what the database is, as `slipway status` does; writes nothing to it.
 *
 * @returns what `slipway status --json` prints.
 * @throws as `bringUp` does.
 */
export async function askStatus(options: StatusOptions): Promise<StatusResult> {
  return run<StatusResult>('status', options, async ({ context }) => {
    const { all, drift } = options;
    const flags = { ...(all ? { all } : {}), ...(drift ? { drift } : {}) };
    return status.run({ ...context, flags });
  });
}

/** Runs a command, and returns what it printed. */
async function run<Result>(
  name: string,
  options: SlipwayOptions,
  work: (call: Call) => Promise<number>,
): Promise<Result> {
  let call: Call | null = null;
  try {
    call = openCall(name, {}, options);
    options.signal?.throwIfAborted();
    await work(call);
    call.throwIfThrown();
    return JSON.parse(call.redact(call.printed() ?? 'null')) as Result;
  } catch (error) {
    call?.throwIfThrown();
    if (call) options.signal?.throwIfAborted();
    const failure = redactedFailure(error, call?.redact ?? ((text) => text));
    if (!isRefusal(failure)) throw failure;
    return { ...failure.failure.report, error: errorReport(failure) } as Result;
  } finally {
    call?.end();
  }
}

/** The database is one that Slipway does not touch, or that a person has to look at. */
const isRefusal = ({ code }: SlipwayError): boolean =>
  code >= exitCodes.unmanaged.code && code <= exitCodes.drift.code;
