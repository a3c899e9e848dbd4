import { majors, named } from '../../../support/database.ts';
import { check, shadowOf, writeLock } from '../../../support/locked.ts';
import { expectSuccess, useScenes } from '../../../support/scene.ts';
import { filesOf, headObjects, squash } from '../../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(120_000);

/** Extensions that make composite types: pg_depend says of the type that it is theirs, and nothing of its relation. */
const baseline = `-- slipway: version 20250101000000
CREATE SCHEMA ext;
CREATE EXTENSION tablefunc SCHEMA ext;
CREATE EXTENSION dblink SCHEMA ext;
CREATE TYPE public.size AS (width int, height int);
CREATE TABLE public.t (id int PRIMARY KEY, size public.size, three ext.tablefunc_crosstab_3);
`;
const migration = 'migrations/20250102000000_note.sql';

test.each(named(majors))(
  'PostgreSQL $version: the composite types of an extension are the extension’s, to lock, drift, squash and new --from',
  async ({ major }) => {
    const made = await scene(
      { 'sql/baseline.sql': baseline, [migration]: 'ALTER TABLE public.t ADD note text;\n' },
      { major },
    );
    await writeLock(made);
    const lock = JSON.parse(filesOf(made)['sql/schema.lock.json'] ?? '');
    made.project.write(
      'sql/schema.lock.json',
      JSON.stringify({ ...lock, options: { ...lock.options, privileges: true } }),
    );
    expectSuccess(await check(made, '--write'));
    const types = (): string[] =>
      Object.keys(headObjects(filesOf(made))).filter((object) => /\btype /.test(object));
    expect(types()).toEqual(['owner type public.size', 'type public.size']);
    expectSuccess(await made.run('up'));
    await made.database.query('CREATE SCHEMA moved; ALTER EXTENSION dblink SET SCHEMA moved');
    const { stdout } = await made.run('status --drift --json');
    expect(
      (JSON.parse(stdout).drift.differences as { kind: string; object: string }[]).map(
        ({ kind, object }) => `${kind} ${object}`,
      ),
    ).toEqual(['changed extension dblink', 'extra schema moved']);
    made.project.write(
      'desired.sql',
      `${baseline.replace(/^--.*\n/, '')}ALTER TABLE public.t ADD note text;\nCREATE EXTENSION pgrowlocks;\n`,
    );
    const { files, problems } = JSON.parse(
      expectSuccess(await made.run('new locks --from desired.sql --json', shadowOf(made))).stdout,
    ) as { files: string[]; problems: string[] };
    expect({ problems, sql: statementsIn(filesOf(made)[files[0] ?? ''] ?? '') }).toEqual({
      problems: [],
      sql: ['CREATE EXTENSION IF NOT EXISTS pgrowlocks SCHEMA public;'],
    });
    for (const file of files) made.project.remove(file);
    expectSuccess(await squash(made));
    expect(types()).toEqual(['owner type public.size', 'type public.size']);
    expect(filesOf(made)['sql/baseline.sql']?.match(/^CREATE TYPE .*$/gm)).toEqual([
      'CREATE TYPE public.size AS (',
    ]);
  },
);

const statementsIn = (text: string): string[] =>
  text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('--'));
