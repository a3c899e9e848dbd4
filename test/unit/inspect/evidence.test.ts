import { describeEvidence, interpretTrace, type ToolTrace } from '../../../src/inspect/evidence.ts';
import { type Candidate, toolOf, tools } from '../../../src/inspect/evidence-tools.ts';

const contents = (rows: number, versions: string[], unfinished: string[] = [], undone: string[] = []) => ({
  rows,
  versions,
  unfinished,
  undone,
  newest: versions[0] ?? null,
});
const trace = (tool: string, more: Partial<ToolTrace>): ToolTrace => ({
  tool: tools.find(({ name }) => name === tool) ?? { name: tool },
  problemBeside: null,
  table: 'public.history',
  companions: [],
  contents: contents(1, ['1']),
  ...more,
});

const judged: readonly (readonly [trace: ToolTrace, problems: readonly RegExp[]])[] = [
  [trace('Alembic', { contents: contents(1, ['3f1c2a9d7e10']) }), []],
  [
    trace('Alembic', { contents: contents(2, ['9b7d', '3f1c']) }),
    [/^2 rows where one is right: its history has 2 heads, or was stamped twice$/],
  ],
  [trace('Alembic', { contents: contents(0, []) }), [/^it records nothing$/]],
  [trace('Flyway', { contents: contents(2, ['2', '1']) }), []],
  [trace('Flyway', { contents: contents(2, ['2', '1'], ['2']) }), [/failed.*: 2$/]],
  [trace('golang-migrate', { contents: contents(1, ['7'], ['7']) }), [/never finished there: 7$/]],
  [trace('Prisma', { contents: contents(2, ['1'], [], ['2']) }), []],
  [trace('Liquibase', { problemBeside: 'its lock is held' }), [/^its lock is held$/]],
  [trace('Rails', { contents: contents(40, ['3', '2', '1']) }), []],
  [trace('Django', { contents: 'this role may not read it' }), [/^this role may not read it$/]],
];

test.each(judged)('%j', (found, problems) => {
  expect(interpretTrace(found).problems).toEqual(problems.map((problem) => expect.stringMatching(problem)));
});

test.each([
  [trace('Flyway', { contents: contents(2, ['2', '1']) }), '2'],
  [trace('Alembic', { contents: contents(2, ['9b7d', '3f1c']) }), null],
  [trace('Django', { contents: contents(2, ['auth.0001_initial']) }), null],
  [trace('Flyway', { contents: 'this role may not read it' }), null],
])('the version that it says the database is at: %#', (found, version) => {
  expect(interpretTrace(found).version).toBe(version);
});

test.each([
  [trace('Flyway', {}), null],
  [
    trace('Flyway', { contents: contents(1, ['1'], ['2']) }),
    /^First finish or repair that with Flyway \(flyway repair\); then `slipway adopt`/,
  ],
  [trace('sqlx', { contents: contents(1, ['1'], ['2']) }), /^First finish or repair that with sqlx; then/],
  [
    trace('Liquibase', { problemBeside: 'its lock is held' }),
    /with Liquibase \(liquibase release-locks\); then/,
  ],
])('what to do first: %#', (found, remedy) => {
  expect(interpretTrace(found).remedy).toEqual(remedy && expect.stringMatching(remedy));
});

test('what may be another program’s, or is to stay, is not told to be dropped', () => {
  for (const tool of ['dbmate', 'Supabase']) {
    const evidence = interpretTrace(trace(tool, {}));
    expect(evidence.cleanup).toBeNull();
    expect(describeEvidence(evidence)).toMatch(/Not touched; \w/);
    expect(describeEvidence(evidence)).not.toMatch(/DROP/);
  }
});

test('what would clean it up names every table of the tool', () => {
  expect(interpretTrace(trace('Alembic', { table: 'public.alembic_version' })).cleanup).toBe(
    'DROP TABLE public.alembic_version;',
  );
  const knex = { table: 'a.knex_migrations', companions: ['a.knex_migrations_lock'] };
  expect(interpretTrace(trace('knex', knex)).cleanup).toBe(
    'DROP TABLE a.knex_migrations, a.knex_migrations_lock;',
  );
});

test.each([
  [
    trace('Alembic', { contents: contents(2, ['9b', '3f']) }),
    'public.history is the version table of Alembic, 2 rows (9b, 3f); 2 rows where one is right: its history has 2 heads, or was stamped twice. Not touched; once it is no longer used: DROP TABLE public.history;',
  ],
  [
    trace('Rails', { contents: contents(40, ['3', '2', '1']) }),
    'public.history is the version table of Rails, 40 rows (3, 2, 1, ...). Not touched; once it is no longer used: DROP TABLE public.history;',
  ],
  [
    trace('Prisma', { contents: contents(4, ['4', '3', '1'], ['4'], ['2']) }),
    'public.history is the version table of Prisma, 4 rows (4, 3, 1, ...); recorded as undone: 2; failed or never finished there: 4. Not touched; once it is no longer used: DROP TABLE public.history;',
  ],
  [
    trace('Django', { contents: 'this role may not read it' }),
    'public.history is the version table of Django; this role may not read it. Not touched; once it is no longer used: DROP TABLE public.history;',
  ],
])('is said in one line: %#', (found, line) => {
  expect(describeEvidence(interpretTrace(found))).toBe(line);
});

const varchar = 'character varying(255)';
const metadata = { key: varchar, value: varchar, created_at: 'x', updated_at: 'x' };
test.each([
  ['alembic_version', { version_num: 'character varying(32)' }, 'Alembic'],
  ['alembic_version', { revision: 'text' }, null],
  ['schema_migrations', { version: 'bigint', dirty: 'boolean' }, 'golang-migrate'],
  ['schema_migrations', { version: 'character varying(128)' }, 'dbmate'],
  ['schema_migrations', { version: 'character varying' }, 'dbmate'],
  [
    'schema_migrations',
    { version: 'character varying' },
    'Rails',
    { siblings: { ar_internal_metadata: metadata } },
  ],
  [
    'schema_migrations',
    { version: 'character varying' },
    'dbmate',
    { siblings: { ar_internal_metadata: {} } },
  ],
  ['schema_migrations', { version: 'text', statements: 'text[]', name: 'text' }, 'Supabase'],
  ['schema_migrations', { version: 'text' }, 'Supabase', { schema: 'supabase_migrations' }],
  ['schema_migrations', { version: 'text', applied_at: 'timestamp with time zone' }, null],
  ['schema_migrations', { version: 'bigint', inserted_at: 'timestamp(0) without time zone' }, null],
  ['migrations', { id: 'integer', timestamp: 'bigint', name: 'character varying' }, 'TypeORM'],
  ['migrations', { id: 'integer', migration: varchar, batch: 'integer' }, 'Laravel'],
  ['migrations', { hash: 'text', previous_hash: 'text', filename: 'text', date: 'x' }, 'graphile-migrate'],
  ['migrations', { id: 'integer', name: 'text' }, null],
  ['SequelizeMeta', { name: varchar }, 'Sequelize or umzug'],
  ['sequelizemeta', { name: varchar }, null],
  ['django_migrations', { id: 'bigint', app: varchar, name: varchar, applied: 'timestamptz' }, 'Django'],
  ['constructor', {}, null],
  ['alembic_version', Object.create({ version_num: 'text' }), null],
] as const)(
  '%s with %j: %s',
  (name, columns: Record<string, string>, tool, more: {
    schema?: string;
    siblings?: Candidate['siblings'];
  } = {}) => {
    expect(toolOf({ schema: 'public', name, columns, siblings: {}, ...more })?.name ?? null).toBe(tool);
  },
);

test('a type in a schema of somebody’s is none of the tool’s', () => {
  const columns = { version_num: 'evil.text' };
  expect(toolOf({ schema: 'public', name: 'alembic_version', columns, siblings: {} })).toBeNull();
});

test('what is read beside the table of a tool is one of its companions', () => {
  for (const { alsoRead, companions = {} } of tools)
    if (alsoRead) expect(Object.keys(companions)).toContain(alsoRead.table);
});
