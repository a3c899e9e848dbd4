import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Engine } from './engine.ts';

const ofNpm = (folder: string, name: string): string => {
  const require = createRequire(join(folder, 'package.json'));
  return require(join(folder, 'node_modules', name, 'package.json')).version;
};

const ofDebian = (name: string): string =>
  execFileSync('dpkg-query', ['-W', '-f', '$' + '{Version}', name], { encoding: 'utf8' });

/**
 * The engines, the best of each kind that npm and Debian have.
 *
 * @param folder where their node_modules is.
 * @throws Error where one is not installed.
 */
export const findEngine: Readonly<Record<string, (folder: string, own: string) => Engine>> = {
  slipway: (_, own) => ({ name: 'Slipway', version: own, adapter: 'slipway', major: 18 }),
  'pg-delta': (folder) => npm(folder, '@supabase/pg-delta', 'pg-delta'),
  migra: (folder) => ({
    ...npm(folder, '@pgkit/migra', 'migra'),
    without: 'ALTER TABLE hard.child NO INHERIT hard.other_parent',
    note: 'fails wherever a table inherits from two; scored without that',
  }),
  'pg-diff-api': (folder) => ({
    ...npm(folder, 'pg-diff-api', 'pg-diff-api'),
    note: 'fails on a name that must be quoted; scored with one schema, whose names need no quotes',
  }),
  'immich-sql-tools': (folder) => ({
    ...npm(folder, '@immich/sql-tools', 'immich-sql-tools'),
    without: 'DROP TRIGGER touched ON hard.people',
    note: 'reads one schema; fails wherever a trigger has a condition; scored without that',
  }),
  'wmfs-pg-diff-sync': (folder) => ({
    ...npm(folder, '@wmfs/pg-diff-sync', 'wmfs-pg-diff-sync'),
    note: 'fails on a schema whose name must be quoted; scored with one schema',
  }),
  'pgpm-diff': (folder) => ({ ...npm(folder, '@pgpmjs/diff', 'pgpm-diff'), major: 15 }),
  apgdiff: () => ({
    name: 'apgdiff',
    version: ofDebian('apgdiff'),
    adapter: 'apgdiff',
    major: 15,
    without: `DROP TYPE hard.float_span CASCADE; COMMENT ON CONSTRAINT percent_range ON DOMAIN hard.percent IS NULL;
      ALTER TABLE hard.people ALTER note RESET (n_distinct); DROP SCHEMA "Odd Name" CASCADE;
      ALTER TABLE hard.scratch SET LOGGED; DROP TABLE hard.events, hard.listed, hard.typed CASCADE;
      ALTER TABLE hard.orders REPLICA IDENTITY DEFAULT`,
    note: 'fails on a dump with a partitioned table, a typed table, a range type, an unlogged sequence, a replica identity, a column option or a quote in a name; scored without these',
  }),
  alembic: () => ({ name: 'Alembic', version: ofDebian('python3-alembic'), adapter: 'alembic', major: 18 }),
};

const npm = (folder: string, name: string, adapter: string): Engine => ({
  name,
  version: ofNpm(folder, name),
  adapter,
  major: 18,
});
