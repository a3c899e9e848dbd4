import { tools } from '../../../src/inspect/evidence-tools.ts';
import { summarize } from '../../../src/inspect/version-rows.ts';
import type { CopiedRow } from '../../../src/postgres/copy-table.ts';

type Rows = readonly CopiedRow[];
/** What a database is at, what stands, what did not come to an end, what does not count as applied. */
type Said = readonly [
  newest: string | null,
  versions: readonly string[],
  unfinished: readonly string[],
  undone: readonly string[],
];

const flyway = (rank: number, version: string | null, type = 'SQL', success = 't'): CopiedRow => ({
  installed_rank: String(rank),
  version,
  description: 'views',
  type,
  success,
});
const prisma = (
  name: string,
  day: number,
  finished: string | null,
  rolledBack: string | null,
): CopiedRow => ({
  migration_name: name,
  started_at: `2024-01-0${day} 10:00:00+00`,
  finished_at: finished,
  rolled_back_at: rolledBack,
});
const atlas = (version: string, type: number, applied: number, total: number, error = ''): CopiedRow => ({
  version,
  type: String(type),
  applied: String(applied),
  total: String(total),
  error,
});
const goose = (id: number, version: number, isApplied: string): CopiedRow => ({
  id: String(id),
  version_id: String(version),
  is_applied: isApplied,
});
const liquibase = (order: number, exectype: string): CopiedRow => ({
  id: String(order),
  author: 'ann',
  orderexecuted: String(order),
  exectype,
});
const then = '2024-01-09 10:00:00+00';

const cases: readonly (readonly [tool: string, what: string, rows: Rows, said: Said])[] = [
  ['Flyway', 'applied', [flyway(1, '1'), flyway(2, '2')], ['2', ['2', '1'], [], []]],
  [
    'Flyway',
    'one out of order',
    [flyway(1, '1.9'), flyway(2, '1.10'), flyway(3, '1'), flyway(4, '1.9.1')],
    ['1.10', ['1.9.1', '1', '1.10'], [], []],
  ],
  ['Flyway', 'failed', [flyway(1, '1'), flyway(2, '2', 'SQL', 'f')], ['1', ['2', '1'], ['2'], []]],
  ['Flyway', 'undone', [flyway(1, '1'), flyway(2, '2'), flyway(3, '2', 'UNDO_SQL')], ['1', ['1'], [], ['2']]],
  [
    'Flyway',
    'undone and applied again',
    [flyway(1, '1'), flyway(2, '1', 'UNDO_JDBC'), flyway(3, '1')],
    ['1', ['1'], [], []],
  ],
  [
    'Flyway',
    'an undo that failed',
    [flyway(1, '1'), flyway(2, '2'), flyway(3, '2', 'UNDO_SQL', 'f')],
    ['2', ['2', '1'], ['2'], []],
  ],
  ['Flyway', 'deleted', [flyway(1, '1'), flyway(2, '2'), flyway(3, '2', 'DELETE')], ['1', ['1'], [], ['2']]],
  [
    'Flyway',
    'a repeatable migration twice, after the schema',
    [flyway(0, null, 'SCHEMA'), flyway(1, '1', 'BASELINE'), flyway(2, null), flyway(3, null)],
    ['1', ['repeatable: views', '1', 'views'], [], []],
  ],
  [
    'Prisma',
    'never finished',
    [prisma('a', 1, then, null), prisma('b', 2, null, null)],
    ['a', ['b', 'a'], ['b'], []],
  ],
  [
    'Prisma',
    'resolved as rolled back',
    [prisma('a', 1, then, null), prisma('b', 2, null, then)],
    ['a', ['a'], [], ['b']],
  ],
  [
    'Prisma',
    'resolved as rolled back, and applied later',
    [prisma('a', 1, then, null), prisma('b', 2, null, then), prisma('b', 3, then, null)],
    ['b', ['b', 'a'], [], []],
  ],
  ['Prisma', 'nothing else', [prisma('a', 1, null, then)], [null, [], [], ['a']]],
  ['Atlas', 'failed', [atlas('1', 2, 2, 2), atlas('2', 2, 1, 3, 'pq: no')], ['1', ['2', '1'], ['2'], []]],
  ['Atlas', 'cut off', [atlas('1', 2, 1, 3)], [null, ['1'], ['1'], []]],
  ['Atlas', 'resolved', [atlas('1', 2, 2, 2), atlas('2', 6, 1, 3, 'pq: no')], ['2', ['2', '1'], [], []]],
  ['Atlas', 'a baseline', [atlas('1', 1, 0, 0)], ['1', ['1'], [], []]],
  ['goose', 'undone', [goose(1, 0, 't'), goose(2, 7, 't'), goose(3, 7, 'f')], ['0', ['0'], [], ['7']]],
  [
    'goose',
    'undone and applied again',
    [goose(2, 7, 't'), goose(3, 7, 'f'), goose(4, 7, 't')],
    ['7', ['7'], [], []],
  ],
  [
    'Liquibase',
    'each type that it writes',
    ['EXECUTED', 'MARK_RAN', 'RERAN'].map((type, index) => liquibase(index, type)),
    ['ann:2', ['ann:2', 'ann:1', 'ann:0'], [], []],
  ],
  ['sqlx', 'failed', [{ version: '1', success: 'f' }], [null, ['1'], ['1'], []]],
  ['golang-migrate', 'dirty', [{ version: '7', dirty: 't' }], [null, ['7'], ['7'], []]],
  [
    'knex',
    'more than are named',
    ['1', '2', '3', '10'].map((id) => ({ id, name: `m${id}` })),
    ['m10', ['m10', 'm3', 'm2'], [], []],
  ],
];

test.each(cases)('%s, %s', (name, _, rows, [newest, versions, unfinished, undone]) => {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) throw new Error(`there is no tool ${name}`);
  const expected = { rows: rows.length, newest, versions, unfinished, undone };
  expect(summarize(tool, rows)).toEqual(expected);
  expect(summarize(tool, [...rows].reverse())).toEqual(expected);
});
