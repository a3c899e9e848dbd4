import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFiles } from './example.ts';
import { shadowOf } from './locked.ts';
import type { Scene } from './scene.ts';
import { type SlipwayOptions, type SlipwayResult, slipway } from './slipway.ts';

/** A project whose baseline has two schemas, a table and a view. */
export const shop = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE SCHEMA shop;
CREATE TABLE shop.items (
  id serial PRIMARY KEY,
  name text NOT NULL,
  price numeric(10,2) NOT NULL,
  note text
);
CREATE VIEW shop.dear AS SELECT id, name FROM shop.items WHERE price > 100;
CREATE SCHEMA audit;
CREATE TABLE audit.log (line text);
`,
};

/** Runs `new` with these words, its shadows beside the scene's own database. */
export const generate = (
  made: Scene,
  words: readonly string[],
  env = {},
  options: SlipwayOptions = {},
): Promise<SlipwayResult> =>
  slipway(['new', ...words], {
    cwd: made.project.directory,
    env: { ...made.database.env, ...shadowOf(made), SLIPWAY_WAIT_TIMEOUT: '5s', ...env },
    ...options,
  });

/** The files that `new` made, without their version. */
export function generated({ project }: Scene): Record<string, string> {
  const folder = project.path('migrations');
  const names = readdirSync(folder).filter((name) => exampleFiles()[`migrations/${name}`] === undefined);
  return Object.fromEntries(names.map((name) => [name.slice(15), readFileSync(join(folder, name), 'utf8')]));
}

/** What it said a person must see to. */
export const problemsIn = ({ logs }: SlipwayResult): string[] =>
  logs.filter(({ event }) => event === 'generated').map(({ msg }) => msg);
