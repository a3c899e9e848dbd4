/**
 * A list of databases: which they are, which of them are this run's, how many are worked on at a time, and the exit code
 * of them all. What is done with each is not its business, and nothing that one database is reached by gets to another.
 */
export { appOf } from './app-of.ts';
export { entriesOf, type ListEntry } from './entries.ts';
export { exitOf } from './exit.ts';
export { ServerPatience } from './patience.ts';
export { queryList } from './query-list.ts';
export { readList } from './read-list.ts';
export { runBounded } from './run-bounded.ts';
export { runList } from './run-list.ts';
export { parseShare, shareOf } from './share.ts';
