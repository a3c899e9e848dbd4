import { readFileSync, writeFileSync } from 'node:fs';
import type { Engine } from './engine.ts';
import type { Verdict } from './judge.ts';

/** One change, and what became of it with each engine that was asked. */
export interface ScoredMutation {
  readonly group: string;
  readonly apply: string;
  /** Engine -> verdict; one that was scored on an older major was not asked for what is newer. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

/** What bench/engines/scores.json holds. */
export interface Scores {
  readonly engines: readonly (Pick<Engine, 'name' | 'version' | 'note'> & {
    /** `server_version` of where it was scored. */
    readonly postgresql: string;
  })[];
  readonly mutations: readonly ScoredMutation[];
}

/** Reads the scores; null where there are none yet. */
export function readScores(path: string): Scores | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes the scores, a line for each engine and each change. */
export function writeScores(path: string, { engines, mutations }: Scores): void {
  const lines = (items: readonly object[]): string =>
    items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  writeFileSync(
    path,
    `{\n  "engines": [\n${lines(engines)}\n  ],\n  "mutations": [\n${lines(mutations)}\n  ]\n}\n`,
  );
}
