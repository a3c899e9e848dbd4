import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of a process and of all beneath it, as everybody on the machine can read them; none where there is no /proc. */
export function commandLinesOf(pid: number): string[] {
  return [commandLine(pid), ...childrenOf(pid).flatMap(commandLinesOf)];
}

/** The command lines of all processes of the machine. */
export const allCommandLines = (): string[] =>
  entries('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => commandLine(Number(name)));

const commandLine = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');

const childrenOf = (pid: number): number[] =>
  entries(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );

/** Processes end while they are inspected. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
