import { expect } from './expect.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

const addNote = `ALTER TABLE trading.orders ADD COLUMN note text;
`;
const dropNote = `ALTER TABLE trading.orders DROP COLUMN note;
`;
const dropAlerts = `DROP TABLE trading.alerts;
`;
const addAlerts = (column: string): string => `CREATE TABLE trading.alerts (
  id serial PRIMARY KEY,
  account_id integer NOT NULL REFERENCES trading.accounts (id),
  message text NOT NULL
);
UPDATE trading.accounts SET ${column} = 'volume'
  WHERE balance_usd >= 100000;
`;
const tables = "select count(*) from pg_tables where schemaname = 'trading'";
const nextTransaction = 'select pg_snapshot_xmax(pg_current_snapshot())';
const alerts = "select to_regclass('trading.alerts') is not null";
const newest = 'select max(version) from slipway.ledger';
const dropDefault = 'ALTER TABLE trading.orders ALTER COLUMN status DROP DEFAULT';
const setDefault = "ALTER TABLE trading.orders ALTER COLUMN status SET DEFAULT 'pending'";

/** Tells what Slipway does, on a real server; throws SlipwayError (70) where the database tells otherwise. */
export async function tellStory(screen: Screen, stage: Stage): Promise<void> {
  screen.heading('empty');
  screen.say('It gets the baseline, then the migrations that come after it.');
  await stage.run('status', 'ok');
  await stage.run('up', 'ok');
  expect('14 tables', await stage.ask(tables), '14');

  screen.heading('again');
  screen.say('There is nothing to do: one connection, one query, not even a transaction id is taken.');
  const before = await stage.ask(nextTransaction);
  await stage.run('up', 'ok');
  expect('no transaction id taken', await stage.ask(nextTransaction), before);

  screen.heading('more');
  screen.say(
    'A new file. `check --write` proves it on a shadow database and notes in the lock what it makes; only what the database lacks is applied.',
  );
  await stage.run('new add note to orders', 'ok');
  stage.write(addNote, dropNote);
  await stage.run('check --write', 'ok');
  await stage.run('plan', 'ok');
  await stage.run('up', 'ok');

  screen.heading('wrong');
  screen.say('Its first statement is right, its second is not. It is refused whole, and says where.');
  await stage.run('new add alerts', 'ok');
  stage.write(addAlerts('fee_teir'), dropAlerts);
  const version = await stage.ask(newest);
  await stage.run('up', 'migration');
  screen.say('Nothing of it is there, the table of its first statement included:');
  expect('no half of a migration', await stage.ask(alerts), 'false');
  expect('the version as before', await stage.ask(newest), version);

  screen.heading('right');
  stage.write(addAlerts('fee_tier'), dropAlerts);
  await stage.run('check --write', 'ok');
  await stage.run('up', 'ok');
  expect('the whole migration', await stage.ask(alerts), 'true');

  screen.heading('drift');
  screen.say('No file changed, the ledger is right, and yet it is another schema. The lock file tells.');
  await stage.alter(dropDefault);
  await stage.run('up', 'drift');
  screen.say('It is put back, and nothing differs any more:');
  await stage.alter(setDefault);
  await stage.run('up', 'ok');
  await stage.run('status', 'ok');
}
