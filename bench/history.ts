import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A migration as any tool takes it: plain SQL, with a version of 14 digits. */
export interface Step {
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

/** What is to be applied, oldest first. */
export type History = readonly Step[];

/** A version of 14 digits for each second after the beginning of 2025, so that no two are alike. */
export const versionAt = (n: number): string =>
  new Date(Date.UTC(2025, 0, 1) + n * 1000).toISOString().replaceAll(/\D/g, '').slice(0, 14);

/** Small migrations that each make a table or alter the one before. */
export const smallHistory = (length: number): History =>
  Array.from({ length }, (_, n) => ({
    version: versionAt(n),
    name: `step_${n}`,
    sql:
      n % 2 === 0
        ? `CREATE TABLE public.item_${n} (id bigint PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());\n`
        : `ALTER TABLE public.item_${n - 1} ADD COLUMN note text;\nCREATE INDEX item_${n - 1}_created ON public.item_${n - 1} (created_at);\n`,
  }));

/** Statements that leave next to nothing behind, for histories of thousands. */
export const longHistory = (length: number): History =>
  Array.from({ length }, (_, n) => ({
    version: versionAt(n),
    name: `step_${n}`,
    sql:
      n === 0
        ? 'CREATE TABLE public.counter (n int NOT NULL);\n'
        : `INSERT INTO public.counter VALUES (${n});\n`,
  }));

/**
 * The lock of a long history, by that of its first version, which alone changes an object: as `check --write` makes it,
 * which replays each version.
 */
export function lockOfLong(ofFirst: string, history: History): string {
  const lock = JSON.parse(ofFirst);
  for (const { version, sql } of history.slice(1))
    lock.migrations[version] = {
      checksum: createHash('sha256').update(sql).digest('hex'),
      down: null,
      delta: { added: {}, changed: {}, removed: [] },
    };
  return `${JSON.stringify(lock, null, 1)}\n`;
}

/** Writes a history as Slipway has it. */
export function writeMigrations(folder: string, history: History): void {
  const migrations = join(folder, 'migrations');
  mkdirSync(migrations, { recursive: true });
  for (const { version, name, sql } of history)
    writeFileSync(join(migrations, `${version}_${name}.sql`), sql);
}
