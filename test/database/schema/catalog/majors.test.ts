import { readFileSync } from 'node:fs';
import type { Lock } from '../../../../src/lockfile/lockfile.ts';
import type { Comparison } from '../../../../src/schema/compare/comparison.ts';
import type { LockedObject } from '../../../../src/schema/compare/locked-objects.ts';
import { hardSchema } from '../../../fixtures/hard-schema.ts';
import { oddSchema } from '../../../fixtures/odd-schema.ts';
import { createDatabase, majors, named } from '../../../support/database.ts';
import { exampleFiles } from '../../../support/example.ts';
import { check, shadowOf } from '../../../support/locked.ts';
import { makeProject, type Project } from '../../../support/project.ts';
import { expectSuccess, type Scene, sceneOf, useScenes } from '../../../support/scene.ts';
import { seed, seeded } from '../../../support/seeded.ts';
import { slipway } from '../../../support/slipway.ts';
import { filesOf, squash } from '../../../support/squashed.ts';

jest.setTimeout(240_000);

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
  'odd schema': {
    'sql/baseline.sql': `-- slipway: version 20250101000000\n${oddSchema}`,
    'migrations/20250102000000_more.sql':
      'CREATE VIEW odd.more AS SELECT h.id FROM odd.hens h WHERE h.id > 1;',
    'migrations/20250102000000_more.down.sql': 'DROP VIEW odd.more;',
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
type Name = keyof typeof projects;

/** SLIPWAY_TEST_FULL: every project with every pair; else one of them with each pair. */
const random = seeded(seed);
const names = Object.keys(projects) as Name[];
const pairs = named(majors).flatMap((writer) =>
  named(majors).flatMap((reader) => {
    const chosen = names[Math.floor(random() * names.length)];
    return names
      .filter((name) => process.env.SLIPWAY_TEST_FULL || name === chosen)
      .map((name) => ({ name, writer, reader }));
  }),
);

const lockIn = (project: Project): Lock =>
  JSON.parse(readFileSync(project.path('sql/schema.lock.json'), 'utf8')) as Lock;

/** Every facet that a lock holds, as `object: facet`. */
function facetsOf({ baseline, migrations }: Lock): Set<string> {
  const objects = [
    baseline.objects,
    ...Object.values(migrations).map(({ delta }) => ({ ...delta.added, ...delta.changed })),
  ];
  const facets = objects.flatMap((of) =>
    Object.entries<LockedObject>(of).flatMap(([object, locked]) =>
      typeof locked === 'string' ? [] : Object.keys(locked.facets).map((facet) => `${object}: ${facet}`),
    ),
  );
  return new Set(facets);
}

/** Of head alone: what later versions remove is no more to be verified. */
const atHead = (facets: ReadonlySet<string>, { migrations }: Lock): string[] => {
  const removed = new Set(Object.values(migrations).flatMap(({ delta }) => delta.removed));
  return [...facets].filter((facet) => !removed.has(facet.slice(0, facet.indexOf(': ')))).sort();
};

const spelled = (facet: string): string => facet.replace(/, PostgreSQL [^:]*$/, '');

/** What one side alone has of an object that both have; of two spellings, that of the lock. */
function unverifiedOf(known: ReadonlySet<string>, there: ReadonlySet<string>, lock: Lock): string[] {
  const wanted = atHead(known, lock);
  const graph = new Set(wanted.map(spelled));
  const objects = new Set([...Object.keys(lock.baseline.objects), ...addedBy(lock)]);
  const more = atHead(there, lock).filter(
    (facet) => !graph.has(spelled(facet)) && objects.has(facet.slice(0, facet.indexOf(': '))),
  );
  return [...wanted.filter((facet) => !there.has(facet)), ...more].sort();
}

const addedBy = ({ migrations }: Lock): string[] =>
  Object.values(migrations).flatMap(({ delta }) => Object.keys(delta.added));

const locks = new Map<string, Promise<Project>>();

/** A project whose lock was written on one major; made once. */
function writtenOn(name: Name, major: number): Promise<Project> {
  const key = `${name} ${major}`;
  const made = locks.get(key) ?? write(name, major);
  locks.set(key, made);
  return made;
}

async function write(name: Name, major: number): Promise<Project> {
  const project = makeProject(projects[name]);
  const database = await createDatabase(major);
  try {
    const env = shadowOf({ database });
    expectSuccess(await slipway(['check', '--write'], { cwd: project.directory, env }));
    return project;
  } finally {
    await database.drop();
  }
}

afterAll(async () => {
  for (const project of locks.values()) (await project).destroy();
});

const isVersion = (object: string): boolean => object.startsWith('extension version ');

describe('a lock written on one major serves another', () => {
  test.each(pairs)(
    '$name: written on PostgreSQL $writer.version, checked and brought up on $reader.version',
    async ({ name, writer, reader }) => {
      const project = await writtenOn(name, writer.major);
      const known = facetsOf(lockIn(project));
      const there = facetsOf(lockIn(await writtenOn(name, reader.major)));
      const unverified = unverifiedOf(known, there, lockIn(project));
      const database = await createDatabase(reader.major);
      try {
        const made: Scene = sceneOf(database, project);
        const checked = JSON.parse(expectSuccess(await check(made, '--json')).stdout);
        expect(checked).toMatchObject({ ok: true, unverified });
        // Each major brings its own versions of extensions.
        expect(checked.reported.filter((object: string) => !isVersion(object))).toEqual([]);
        expectSuccess(await made.run('up'));
        const again = expectSuccess(await made.run('up'));
        expect(again.logs.some(({ event }) => event === 'drift')).toBe(false);
        const { stdout } = expectSuccess(await made.run('status --drift --exit-code --json'));
        const told: Comparison = JSON.parse(stdout).drift;
        expect(told.differences.filter(({ object }) => !isVersion(object))).toEqual([]);
        expect(told.unverified).toEqual(unverified);
        if (writer.major === reader.major) expect(unverified).toEqual([]);
      } finally {
        await database.drop();
      }
    },
  );
});

/** One that prints views as 14 and 15 do, and one that prints them as 16 and later do. */
const spellers = [majors.filter((major) => major < 16).at(-1), majors.filter((major) => major >= 16).at(-1)];

(spellers.includes(undefined) ? describe.skip : describe)(
  'a lock written on one major, then on another',
  () => {
    const scene = useScenes();
    const [old, now] = spellers as [number, number];
    const view = {
      'sql/baseline.sql':
        '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int); CREATE VIEW public.v AS SELECT a.x FROM public.a WHERE a.x > 1;',
      'migrations/20250102000000_w.sql': 'CREATE VIEW public.w AS SELECT a.x FROM public.a WHERE a.x > 2;',
    };
    const definitions = ['definition, PostgreSQL 14 and 15', 'definition, PostgreSQL 16 and later'];
    const written = (made: Scene): string[] =>
      ['sql/schema.lock.json', 'sql/schema.snapshot.json'].map((path) =>
        readFileSync(made.project.path(path), 'utf8'),
      );

    /** Writes the lock on each of these servers in turn; the scene is on the last. */
    async function writtenOnEach(...on: readonly number[]): Promise<Scene> {
      let files: Record<string, string> = view;
      let made: Scene | null = null;
      for (const major of on) {
        made = await scene(files, { major });
        expectSuccess(await check(made, '--write'));
        files = filesOf(made);
      }
      return made as Scene;
    }

    test.each([
      [old, now],
      [now, old],
    ])('on %d, then on %d: both verify all of it, and explain what differs', async (first, second) => {
      const made = await writtenOnEach(first, second);
      const files = filesOf(made);
      const texts = JSON.parse(files['sql/schema.snapshot.json'] ?? '').objects;
      for (const name of ['view public.v', 'view public.w'])
        expect(Object.keys(texts[name].facets)).toEqual(definitions);
      for (const [at, major] of [old, now].entries()) {
        const there = await scene(files, { major });
        const checked = JSON.parse(expectSuccess(await check(there, '--json')).stdout);
        expect(checked).toMatchObject({ unverified: [], reported: [] });
        expectSuccess(await there.run('up'));
        await there.database.query(
          'CREATE OR REPLACE VIEW public.w AS SELECT a.x FROM public.a WHERE a.x > 3',
        );
        const drifted = await there.run('status --drift --exit-code --json');
        expect(drifted.code).toBe(1);
        expect(JSON.parse(drifted.stdout).drift).toMatchObject({
          differences: [
            {
              object: 'view public.w',
              facet: definitions[at],
              expected: expect.stringContaining('x > 2'),
              actual: expect.stringContaining('x > 3'),
            },
          ],
          unverified: [],
        });
      }
    });

    test('each writes the same bytes again, and again after the other', async () => {
      const made = await writtenOnEach(old, now);
      const both = written(made);
      expect(written(await writtenOnEach(old, now, now))).toEqual(both);
      expect(written(await writtenOnEach(old, now, old))).toEqual(both);
    });

    test('what an edited file makes is unverified on the other until it is written there', async () => {
      const made = await writtenOnEach(old, now);
      made.project.write(
        'migrations/20250102000000_w.sql',
        view['migrations/20250102000000_w.sql'].replace('2;', '4;'),
      );
      expectSuccess(await check(made, '--write'));
      const there = await scene(filesOf(made), { major: old });
      const [unverified] = [`view public.w: ${definitions[1]}`];
      expect(JSON.parse(expectSuccess(await check(there, '--json')).stdout)).toMatchObject({
        unverified: [unverified],
      });
      expect(expectSuccess(await check(there)).stdout).toMatch(
        /agree \(\d+ ms\)\nnot verified here: view public\.w: definition, PostgreSQL 16 and later\n$/,
      );
      expectSuccess(await check(there, '--write'));
      expect(JSON.parse(expectSuccess(await check(there, '--json')).stdout)).toMatchObject({
        unverified: [],
      });
    });

    test('a squash on either keeps what both know', async () => {
      const made = await writtenOnEach(old, now);
      expectSuccess(await squash(made));
      const there = await scene(filesOf(made), { major: old });
      expect(JSON.parse(expectSuccess(await check(there, '--json')).stdout)).toMatchObject({
        versions: 1,
        unverified: [],
      });
      const texts = JSON.parse(filesOf(made)['sql/schema.snapshot.json'] ?? '').objects;
      expect(Object.keys(texts['view public.v'].facets)).toEqual(definitions);
    });
  },
);
