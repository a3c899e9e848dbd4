import { readFileSync } from 'node:fs';

/** What a process has open that works on one database. */
const filesForOne = 40;
/** Of each further one: a connection, and at times a second. */
const filesForAnother = 2;

/** How many open files a run needs at most that works on so many databases at a time. */
export const filesFor = (databases: number): number => filesForOne + filesForAnother * (databases - 1);

/** On how many databases a run may work at a time with so many open files; 0: on none for sure. */
export const databasesWith = (files: number): number =>
  files < filesForOne ? 0 : 1 + Math.floor((files - filesForOne) / filesForAnother);

/** How many files this process may have open (proc(5), limits); null where that is without end or cannot be told. */
export function mostOpenFiles(): number | null {
  try {
    const [, most] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return most === undefined ? null : Number(most);
  } catch {
    return null;
  }
}
