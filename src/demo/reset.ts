import { expect } from './expect.ts';
import { lacking, oldDatabase } from './old-database.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

/** The tables of the example's baseline. */
const tables = [
  'users',
  'accounts',
  'challenges',
  'strategies',
  'strategy_assignments',
  'strategy_performances',
  'positions',
  'orders',
  'trades',
  'diary_entries',
  'performance_metrics',
  'decisions',
  'decision_results',
  'market_data',
];
const twoHeads = "select string_agg(version_num, ', ' order by version_num) from public.alembic_version";

/**
 * Tells how an old database, of which nobody knows any more what it is, comes under management without losing a row,
 * and how the migrations are then rolled into a new baseline; throws SlipwayError (70) where the database tells
 * otherwise.
 */
export async function tellReset(screen: Screen, stage: Stage): Promise<void> {
  screen.heading('old');
  screen.say(
    'It was made by an init script and half of its migrations: columns are missing, the version table of Alembic holds two rows, and every table has rows that nobody may lose.',
  );
  await stage.enter('old', oldDatabase(stage.read('sql/baseline.sql')));
  const before = await stage.count(tables);
  screen.say(`It is refused, with exactly what differs: ${lacking.length} columns.`);
  await stage.run('up', 'unmanaged');

  screen.heading('fix');
  screen.say('What brings this one database there is written to a file; nothing is touched.');
  await stage.run('adopt --write-fix fix.sql', 'ok');
  const fix = stage.show('fix.sql');
  for (const column of lacking) {
    const [table = '', name = ''] = column.split('.');
    const isThere = new RegExp(`ALTER TABLE trading\\.${table}\\b[^;]*\\bADD COLUMN ${name} `).test(fix);
    expect(`the fix adds ${column}`, String(isThere), 'true');
  }
  screen.say(
    'A person has read it. It runs in one transaction, which ends with COMMIT only if all of it matches.',
  );
  await stage.run('adopt --fix fix.sql', 'ok');
  await stage.run('up', 'ok');
  screen.say('Every row is still there, and the other tool’s table is as it was:');
  expect('every row', await stage.count(tables), before);
  expect('the table of Alembic untouched', await stage.ask(twoHeads), '3f2a9c81d7e4, b81c0de4a650');

  screen.heading('squash');
  screen.say(
    'Files add up. squash writes a new baseline from all of them, proves on a shadow database that it makes the same, and keeps the old files for databases that lag. No database is reset.',
  );
  await stage.run('squash --carried-by 1.0.0', 'ok');
  await stage.run('check', 'ok');
  await stage.run('up', 'ok');
  expect('every row', await stage.count(tables), before);
  screen.say('An empty database gets the new baseline, and is the same:');
  await stage.enter('fresh', 'SELECT');
  await stage.run('up', 'ok');
  await stage.run('status --drift --exit-code', 'ok');
}
