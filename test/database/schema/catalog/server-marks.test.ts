import { readFileSync } from 'node:fs';
import { majors, named, serverOf, type TestDatabase } from '../../../support/database.ts';
import { check, shadowOf, writeLock } from '../../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../../support/scene.ts';
import { squash } from '../../../support/squashed.ts';

const scene = useScenes();
const lasting = useScenes(afterAll);

const files = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.a (x int PRIMARY KEY, y text, z tsvector) WITH (fillfactor = 70, toast.autovacuum_enabled = off);
ALTER TABLE public.a ALTER COLUMN y SET (n_distinct = -0.5);
CREATE INDEX a_y ON public.a (y);
CREATE INDEX a_z ON public.a USING gist (z tsvector_ops (siglen = 32));
CREATE VIEW public.v WITH (security_barrier) AS SELECT x FROM public.a;
`,
  'migrations/20250102000000_b.sql':
    'ALTER TABLE public.a ALTER COLUMN y TYPE varchar(20);\nCREATE MATERIALIZED VIEW public.m AS SELECT y FROM public.a;\n',
};

/** Writes a mark as the server does: one that nobody can set by ALTER. */
const mark = ({ query }: TestDatabase, catalog: string, column: string, where: string): Promise<unknown> =>
  query(`BEGIN; SET LOCAL allow_system_table_mods = on;
    UPDATE ${catalog} SET ${column} = ARRAY['pg_mark=7'] || ${column} WHERE ${where}; COMMIT`);

/** What a minor to come might mark, beside the columns that those of November 2026 do. */
const marked = [
  ['columns of a table', 'pg_attribute', 'attoptions', `attrelid = 'public.a'::regclass AND attnum > 0`],
  ['columns of a view', 'pg_attribute', 'attoptions', `attrelid = 'public.v'::regclass AND attnum > 0`],
  [
    'columns of a materialized view',
    'pg_attribute',
    'attoptions',
    `attrelid = 'public.m'::regclass AND attnum > 0`,
  ],
  ['a table', 'pg_class', 'reloptions', `oid = 'public.a'::regclass`],
  [
    'its toast table',
    'pg_class',
    'reloptions',
    `oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'public.a'::regclass)`,
  ],
  ['an index', 'pg_class', 'reloptions', `oid = 'public.a_y'::regclass`],
  ['the index of a constraint', 'pg_class', 'reloptions', `oid = 'public.a_pkey'::regclass`],
  ['a view', 'pg_class', 'reloptions', `oid = 'public.v'::regclass`],
  ['a materialized view', 'pg_class', 'reloptions', `oid = 'public.m'::regclass`],
] as const;

describe("Hostile and odd: marks that a server keeps among the user's options", () => {
  describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
    test('a lock that is written there is what a database has there: check, up and status agree', async () => {
      const made = await scene(files, { major });
      await writeLock(made);
      expectSuccess(await check(made));
      expectSuccess(await made.run('up'));
      expectSuccess(await made.run('up'));
      expectSuccess(await made.run('status --drift --exit-code --strict'));
      for (const file of ['sql/schema.lock.json', 'sql/schema.snapshot.json'])
        expect(readFileSync(made.project.path(file), 'utf8')).not.toContain('pg_attver');
    });

    test('a squash there gives the same schema, and writes no mark into the baseline', async () => {
      const made = await scene(files, { major });
      await writeLock(made);
      expectSuccess(await squash(made));
      const baseline = readFileSync(made.project.path('sql/baseline.sql'), 'utf8');
      expect(baseline).toMatch(/n_distinct/);
      expect(baseline).not.toMatch(/pg_attver/);
      expectSuccess(await check(made));
      expectSuccess(await made.run('up'));
    });

    test('a fix and a generated migration there name the options that differ, and no mark', async () => {
      const made = await scene(files, { major });
      await writeLock(made);
      expectSuccess(await made.run('up'));
      await made.database.query(
        'ALTER TABLE public.a ALTER COLUMN y RESET (n_distinct); DROP INDEX public.a_z',
      );
      expectSuccess(await made.run('repair --write-fix fix.sql', shadowOf(made)));
      const sql = readFileSync(made.project.path('fix.sql'), 'utf8');
      expect(sql).toMatch(/SET \(n_distinct = -0\.5\)/);
      expect(sql).toMatch(/siglen/);
      expect(sql).not.toMatch(/pg_attver/);
      expectSuccess(await made.run('repair --fix fix.sql', shadowOf(made)));
      expectSuccess(await made.run('status --drift --exit-code --strict'));
    });

    let shared: Promise<Scene> | null = null;
    const managed = async (): Promise<Scene> => {
      const made = await lasting(files, { major });
      await writeLock(made);
      expectSuccess(await made.run('up'));
      return made;
    };

    test.each(marked)(
      'a mark that is yet to come is nothing that differs: on %s',
      async (_, catalog, column, where) => {
        shared ??= managed();
        const made = await shared;
        await mark(made.database, catalog, column, where);
        const status = expectSuccess(await made.run('status --drift --json --strict'));
        expect(JSON.parse(status.stdout).drift.differences).toEqual([]);
        expectSuccess(await made.run('up'));
      },
    );
  });

  test('this run has the server that Debian serves, where it has all', () => {
    const isWhole = process.env.SLIPWAY_TEST_MAJORS === undefined && process.env.CI !== undefined;
    expect(!isWhole || majors.some((major) => serverOf(major).isDebian)).toBe(true);
  });
});
