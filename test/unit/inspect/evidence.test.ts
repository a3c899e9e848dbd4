import { describeEvidence, interpretTrace, type ToolTrace } from '../../../src/inspect/evidence.ts';
import { toolOf } from '../../../src/inspect/evidence-tools.ts';

const contents = (rows: number, versions: string[], unfinished: string[] = []) => ({
  rows,
  versions,
  unfinished,
});
const trace = (tool: string, more: Partial<ToolTrace>): ToolTrace => ({
  tool,
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
  [trace('Rails', { contents: contents(40, ['3', '2', '1']) }), []],
  [trace('Django', { contents: 'this role may not read it' }), [/^this role may not read it$/]],
];

test.each(judged)('%j', (found, problems) => {
  expect(interpretTrace(found).problems).toEqual(problems.map((problem) => expect.stringMatching(problem)));
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
    trace('Django', { contents: 'this role may not read it' }),
    'public.history is the version table of Django; this role may not read it. Not touched; once it is no longer used: DROP TABLE public.history;',
  ],
])('is said in one line: %#', (found, line) => {
  expect(describeEvidence(interpretTrace(found))).toBe(line);
});

const varchar = 'character varying(255)';
test.each([
  ['alembic_version', { version_num: 'character varying(32)' }, 'Alembic'],
  ['alembic_version', { revision: 'text' }, null],
  ['schema_migrations', { version: 'bigint', dirty: 'boolean' }, 'golang-migrate'],
  ['schema_migrations', { version: 'character varying(128)' }, 'dbmate'],
  ['schema_migrations', { version: 'character varying' }, 'dbmate'],
  ['schema_migrations', { version: 'character varying' }, 'Rails', ['ar_internal_metadata']],
  ['schema_migrations', { version: 'bigint', inserted_at: 'timestamp(0) without time zone' }, null],
  ['SequelizeMeta', { name: varchar }, 'Sequelize or umzug'],
  ['sequelizemeta', { name: varchar }, null],
  ['django_migrations', { id: 'bigint', app: varchar, name: varchar, applied: 'timestamptz' }, 'Django'],
  ['constructor', {}, null],
] as const)(
  '%s with %j: %s',
  (name, columns: Record<string, string>, tool, siblings: readonly string[] = []) => {
    expect(toolOf({ name, columns, siblings })?.name ?? null).toBe(tool);
  },
);
