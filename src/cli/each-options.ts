import type { CommandOptions, FlagsOf } from './command.ts';

/** What a command takes that can be given many databases. */
export const eachOptions = {
  each: {
    type: 'string',
    placeholder: 'FILE',
    summary: 'every database of a list: a name or a URL a line, # begins a comment; -: standard input',
  },
  'each-query': {
    type: 'string',
    placeholder: 'SQL',
    summary: 'every database that a query names in its first column; the configured database is asked',
  },
  parallel: {
    type: 'string',
    placeholder: 'N',
    summary: 'how many databases at a time [8]',
  },
  share: {
    type: 'string',
    placeholder: 'INDEX/OF',
    summary: 'one share of the list, counted from 0, such as 0/4: for several runs beside each other',
  },
} as const satisfies CommandOptions;

export type EachFlags = FlagsOf<typeof eachOptions>;

/** Whether a command line is about a list of databases. */
export const isEach = (flags: EachFlags): boolean =>
  [flags.each, flags['each-query'], flags.parallel, flags.share].some((value) => value !== undefined);
