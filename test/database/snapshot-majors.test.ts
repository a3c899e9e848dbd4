import { createDatabase, majors, named } from '../support/database.ts';
import { exampleFiles } from '../support/example.ts';
import { makeProject, type Project } from '../support/project.ts';
import { expectSuccess, type Scene, sceneOf } from '../support/scene.ts';
import { slipway } from '../support/slipway.ts';
import { hardSchema } from './hard-schema.ts';

jest.setTimeout(120_000);

const projects = {
  example: exampleFiles(),
  'hard schema': {
    'sql/baseline.sql': `-- slipway: version 20250101000000\n${hardSchema}`,
    // Each migration is compared by what its delta names, and by no more.
    'migrations/20250102000000_comment.sql': "COMMENT ON COLUMN hard.people.age IS 'in years';",
    'migrations/20250102000000_comment.down.sql': 'COMMENT ON COLUMN hard.people.age IS NULL;',
    'migrations/20250103000000_type.sql': 'CREATE TYPE hard.triple AS (a integer, b integer, c integer);',
    'migrations/20250103000000_type.down.sql': 'DROP TYPE hard.triple;',
    'migrations/20250104000000_index.sql':
      "COMMENT ON INDEX hard.people_lower IS 'for telephones'; CREATE UNIQUE INDEX people_note ON hard.people (note); COMMENT ON INDEX hard.people_note IS 'once';",
    'migrations/20250105000000_publish.sql':
      'ALTER PUBLICATION hard_changes ADD TABLE hard.parent; DROP VIEW hard.walk; CREATE STATISTICS hard.more ON id, label FROM hard.parent;',
    'migrations/20250106000000_move.sql':
      'ALTER TABLE hard.scratch ADD more serial; DROP MATERIALIZED VIEW hard.totals; DROP TRIGGER sleeping ON hard.people; ALTER SEQUENCE hard.free_seq INCREMENT 7;',
  },
  'what majors print differently': {
    'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE TABLE public.json_value (json_scalar integer PRIMARY KEY, "json" json, "system_user" text CHECK ("system_user" <> ''));
CREATE FUNCTION public.rows_of() RETURNS SETOF public.json_value LANGUAGE sql STABLE AS 'SELECT * FROM public.json_value';
CREATE VIEW public.called AS SELECT json_scalar FROM public.rows_of();
CREATE VIEW public.joined AS SELECT v.json FROM public.json_value v JOIN public.rows_of() USING (json_scalar);`,
    'migrations/20250102000000_more.sql': 'ALTER TABLE public.json_value ADD merge_action text;',
    'migrations/20250102000000_more.down.sql': 'ALTER TABLE public.json_value DROP merge_action;',
  },
};

describe.each([
  ['example', projects.example, ['trading.account_exposure']],
  ['hard schema', projects['hard schema'], ['hard.adults', 'hard.joined', 'hard.locked']],
  [
    'what majors print differently',
    projects['what majors print differently'],
    ['public.called', 'public.joined'],
  ],
] as const)('one lock, written on PostgreSQL 18: %s', (_, files, views) => {
  let project: Project;
  beforeAll(async () => {
    project = makeProject(files);
    for (const line of [['check', '--write'], ['check']])
      expectSuccess(await slipway(line, { cwd: project.directory }));
  });
  afterAll(() => project.destroy());

  test.each(named(majors))('serves PostgreSQL $version', async ({ major }) => {
    const database = await createDatabase(major);
    try {
      const { run }: Scene = sceneOf(database, project);
      expectSuccess(await run('up'));
      const again = expectSuccess(await run('up'));
      expect(again.logs.some(({ event }) => event === 'drift')).toBe(false);
      const { stdout } = expectSuccess(await run('status --drift --exit-code'));
      const lines = stdout.split('\n');
      const differing = lines.filter((line) => /^ *[-~+] /.test(line));
      // Each major brings its own versions of extensions.
      expect(differing.filter((line) => !/^~ extension version .*\(reported only\)$/.test(line))).toEqual([]);
      const unverified =
        /^not verified here: (.*)$/m.exec(stdout)?.[1]?.split(/, (?=view|materialized)/) ?? [];
      // Before 16 the text of a view is printed otherwise.
      expect(unverified).toEqual(
        (major < 16 ? views : []).map((view) => `view ${view}: definition, PostgreSQL 16 and later`),
      );
    } finally {
      await database.drop();
    }
  });
});
