import type { App } from '../app/index.ts';

export type BeginPhase = (phase: 'inspect' | 'build' | 'write') => void;

/** Names the phases in which a fix is written, and begins the first. */
export function beginFix({ progress }: App): BeginPhase {
  const phase = progress.begin({
    inspect: 'inspecting the database',
    build: 'building the schema that it is to have on a shadow database',
    write: 'writing the changes from one to the other',
  });
  phase('inspect');
  return phase;
}
