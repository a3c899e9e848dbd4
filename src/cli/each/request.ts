import { count, SlipwayError } from '../../core/index.ts';
import { entriesOf, type ListEntry, parseShare, queryList, readList, shareOf } from '../../fleet/index.ts';
import type { Context } from '../command.ts';
import type { EachFlags } from '../each-options.ts';
import { databasesWith, filesFor, mostOpenFiles } from '../open-files.ts';

/** The databases of a run, in the order of the list. */
export interface EachRequest {
  readonly entries: readonly ListEntry[];
  /** How many at a time. */
  readonly parallel: number;
}

const usualParallel = 8;
/** Each is a connection or two, and one process has one processor for them all. */
const mostParallel = 100;

/**
 * Finds the databases that --each or --each-query lists, and of these the share that --share asks for.
 *
 * @throws SlipwayError (64) for options that do not go together, (66) for a file that cannot be read, (78) for a list that
 *   cannot be used or a process that may not open as many files as it takes, and what came in the way of the query.
 */
export async function readEach(context: Context<EachFlags>): Promise<EachRequest> {
  const { each, 'each-query': query, parallel, share } = context.flags;
  const wanted = parallel === undefined ? usualParallel : parseParallel(parallel);
  refuseTooMany(wanted);
  const part = share === undefined ? null : parseShare(share);
  const entries = entriesOf(await listed(context, each, query), context);
  const own = part === null ? entries : shareOf(entries, part);
  if (own.length === 0) {
    context.log.warn(
      { event: 'emptyList' },
      entries.length === 0
        ? 'the query of --each-query names no database: nothing to do'
        : `share ${share} of ${entries.length} databases has none: nothing to do`,
    );
  }
  return { entries: own, parallel: wanted };
}

function listed(
  context: Context<EachFlags>,
  each: string | undefined,
  query: string | undefined,
): ReturnType<typeof queryList> {
  if (each !== undefined && query !== undefined)
    throw usage('--each and --each-query both list the databases', 'Give one of them.');
  if (each !== undefined) return readList(each, context.signal);
  if (query !== undefined) return queryList(context, query);
  throw usage(
    '--parallel and --share are about a list of databases, and there is none',
    'Name it: --each FILE, or --each-query SQL.',
  );
}

function parseParallel(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= mostParallel) return number;
  throw usage(
    `--parallel: ${JSON.stringify(text)} is not a number from 1 to ${mostParallel}`,
    'Write how many databases are worked on at a time; each has a connection of its own, and some a second one.',
  );
}

/** Without a file to open, what a run says of its failure could not even be loaded. */
function refuseTooMany(parallel: number): void {
  const most = mostOpenFiles();
  if (most === null || filesFor(parallel) <= most) return;
  const fewer = databasesWith(most);
  throw new SlipwayError({
    exit: 'config',
    message: `${count(parallel, 'database')} at a time may take ${filesFor(parallel)} open files, and this process may have ${most}`,
    remedy: `Raise the limit (ulimit -n, or nofile of the container)${fewer > 0 ? `, or work on fewer at a time: --parallel ${fewer}` : ''}.`,
  });
}

const usage = (message: string, remedy: string): SlipwayError =>
  new SlipwayError({ exit: 'usage', message, remedy });
