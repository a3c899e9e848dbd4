import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Verdict } from './run-case.ts';

/** What was tried already, so that a run that was cut short goes on. */
export interface Journal {
  readonly verdicts: readonly Verdict[];
  add(verdict: Verdict): void;
}

/**
 * Opens a journal of JSON lines; a last line that was cut short is left out.
 *
 * @param path of the file; its name says which program and seed it is of.
 */
export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  const verdicts: Verdict[] = lines.map((line) => JSON.parse(line));
  return {
    verdicts,
    add(verdict) {
      verdicts.push(verdict);
      appendFileSync(path, `${JSON.stringify(verdict)}\n`);
    },
  };
}
