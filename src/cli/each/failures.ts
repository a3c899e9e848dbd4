import { type ExitName, exitCodes, maskSecrets, SlipwayError } from '../../core/index.ts';
import { errorReport } from '../report.ts';
import type { Failed } from '../results.ts';
import type { Said } from './display.ts';

/** A failure of one database, as far as it is kept until the end. */
export interface KeptFailure {
  readonly exit: ExitName;
  readonly exitCode: number;
  readonly message: string;
  readonly report: Failed['error'];
}

/** So many lines of what stands beneath a failure are kept; the log has all. */
const mostKept = 20;

export function kept(error: SlipwayError): KeptFailure {
  const { exit, detail = [] } = error.failure;
  const more = detail.length - mostKept;
  const lines = more > 0 ? [...detail.slice(0, mostKept), `and ${more} more in the log`] : detail;
  const { failure, code: exitCode, message } = error;
  return { exit, exitCode, message, report: errorReport(new SlipwayError({ ...failure, detail: lines })) };
}

/** What is said of a database that failed, and beneath it where a bug was met. */
export async function sayingsOf(error: SlipwayError): Promise<Said[]> {
  const { exit, place, remedy, detail, sqlstate } = error.failure;
  const { code: exitCode, message, cause } = error;
  const fields = { event: 'databaseFailed', exit, exitCode, ...place, sqlstate, remedy, detail } as const;
  const failed: Said = { level: 'error', fields, message };
  if (exit !== 'bug' || !(cause instanceof Error)) return [failed];
  const { sourceStack } = await import('../source-stack.ts');
  const stack = await sourceStack(maskSecrets(cause.stack ?? ''));
  return [failed, { level: 'debug', fields: { event: 'stack', stack }, message: 'where it was thrown' }];
}

/** What a list ended with that did not end well. */
export interface ListFailure {
  readonly exit: ExitName;
  /** How many of how many, in words. */
  readonly counts: string;
  readonly reason: unknown;
  /** By the names of their databases. */
  readonly failures: readonly (readonly [database: string, failure: KeptFailure])[];
  readonly report: object;
}

/** So many failures are named in the last word. */
const mostNamed = 10;

export function listFailure({ exit, counts, reason, failures, report }: ListFailure): SlipwayError {
  const named = failures
    .slice(0, mostNamed)
    .map(([database, { exitCode, message }]) => `${database} (${exitCode}): ${message}`);
  const more = failures.length - named.length;
  const ended = reason instanceof SlipwayError ? `${reason.message}: ` : '';
  return new SlipwayError({
    exit,
    message: `${ended}${counts}`,
    remedy: exitCodes[exit].again
      ? `Start again: ${takesUp}`
      : `Correct what is said of each and start again: ${takesUp}`,
    detail: more > 0 ? [...named, `and ${more} more in the log`] : named,
    report,
  });
}

const takesUp = 'it takes up what is left, and a database at head costs one connection and one query.';
