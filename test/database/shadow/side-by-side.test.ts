import { readFileSync } from 'node:fs';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';
import { squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(120_000);

/** SQL that ends when two sessions have met, which call themselves so; it fails where the other does not come within 20 s. */
const meet = (own: string, other: string): string => `DO $$
  DECLARE
    began timestamptz := clock_timestamp();
    there text;
  BEGIN
    PERFORM set_config('application_name', '${own}', true);
    LOOP
      PERFORM pg_stat_clear_snapshot();
      there := (SELECT application_name FROM pg_stat_activity WHERE application_name IN ('${other}', '${other} met'));
      EXIT WHEN there = '${other} met' OR there IS NULL AND current_setting('application_name') = '${own} met';
      IF there IS NOT NULL THEN PERFORM set_config('application_name', '${own} met', true); END IF;
      IF clock_timestamp() > began + interval '20 s' THEN RAISE 'nobody came'; END IF;
      PERFORM pg_sleep(0.02);
    END LOOP;
    PERFORM set_config('application_name', '${own} met', true);
  END $$;\n`;

test('head and the desired schema are built at the same time', async () => {
  const made = await scene({
    'sql/baseline.sql': `-- slipway: version 20250101000000\n${meet('side head', 'side wish')}CREATE TABLE public.a (x int);\n`,
    'desired.sql': `${meet('side wish', 'side head')}CREATE TABLE public.a (x int, y int);\n`,
  });
  const wish = made.project.path('desired.sql');
  expectSuccess(await made.run(`new more --from ${wish}`, shadowOf(made)));
});

test('roles that the files make are made once, also where the desired schema grants them something', async () => {
  const made = await scene({
    'sql/baseline.sql':
      '-- slipway: version 20250101000000\nCREATE ROLE side_reader;\nCREATE TABLE public.a (x int);\nGRANT SELECT ON public.a TO side_reader;\n',
    'desired.sql': 'CREATE TABLE public.a (x int, y int);\nGRANT SELECT ON public.a TO side_reader;\n',
  });
  // On a server of its own: there roles are made that the files name.
  const result = expectSuccess(await made.run(`new more --from ${made.project.path('desired.sql')}`));
  expect(result.stdout).toContain('_more.sql');
});

test('squash runs each file twice, and not a third time where nothing was undone', async () => {
  const made = await scene({
    'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n',
  });
  const { project } = made;
  const runs = project.path('runs');
  project.write(
    'migrations/20250102000000_b.mjs',
    `import { appendFileSync } from 'node:fs';
    export async function up({ client }) {
      await client.query('CREATE TABLE public.b (x int)');
      appendFileSync(${JSON.stringify(runs)}, 'run ');
    }\n`,
  );
  await writeLock(made);
  project.write('runs', '');
  expectSuccess(await squash(made, '--leave migrations/20250102000000_b.mjs'));
  expect(readFileSync(runs, 'utf8')).toBe('run run ');
});
