import { drift, type Mutation, orders, people, reported } from './mutations.ts';

const alone = (change: string): string => `ALTER TABLE ONLY hard.events ${change}`;
const events = (change: string): string => `ALTER TABLE hard.events ${change}`;
const of2024 = (change: string): string => `ALTER TABLE hard.events_2024 ${change}`;
const of2025 = (change: string): string => `ALTER TABLE hard.events_2025_0 ${change}`;
const index2024 = (change: string): string => `ALTER INDEX hard.events_2024_device_idx ${change}`;
const lacking = (kind: string, own: string): string[] =>
  ['events_2024', 'events_2025', 'events_rest'].map((partition) => `+ ${kind} hard.${partition}.${own}`);

/** What partitions have of the table above them, and what keeps constraints. */
export const partitions: readonly Mutation[] = [
  drift(
    ['~ constraint hard.events.events_pkey', ...lacking('partition key', 'events_pkey')],
    `${events('DROP CONSTRAINT events_pkey')}; ${alone('ADD PRIMARY KEY (at, device)')}`,
    `${events('DROP CONSTRAINT events_pkey')}; ${events('ADD PRIMARY KEY (at, device)')}`,
  ),
  drift(
    [
      '~ constraint hard.events.events_pkey',
      '+ partition key hard.events_2025.events_pkey',
      '+ partition key hard.events_rest.events_pkey',
    ],
    `${events('DROP CONSTRAINT events_pkey')}; ${alone('ADD PRIMARY KEY (at, device)')}; ${of2024('ADD PRIMARY KEY (at, device)')}; ALTER INDEX hard.events_pkey ATTACH PARTITION hard.events_2024_pkey`,
    `${events('DROP CONSTRAINT events_pkey')}; ${events('ADD PRIMARY KEY (at, device)')}`,
  ),
  drift(
    [
      '~ constraint hard.events.events_pkey',
      '+ partition key hard.events_2024.events_pkey',
      '+ partition key hard.events_2025.events_pkey',
      '+ partition key hard.events_2025_0.events_2025_pkey',
      '+ partition key hard.events_2025_1.events_2025_pkey',
      '+ partition key hard.events_rest.events_pkey',
    ],
    `${events('DROP CONSTRAINT events_pkey')}; ${alone('ADD PRIMARY KEY (at, device)')}; ALTER TABLE ONLY hard.events_2025 ADD PRIMARY KEY (at, device); ALTER INDEX hard.events_pkey ATTACH PARTITION hard.events_2025_pkey`,
    `${events('DROP CONSTRAINT events_pkey')}; ${events('ADD PRIMARY KEY (at, device)')}`,
  ),
  reported(
    ['~ index hard.events.events_device', ...lacking('partition index', 'events_device')],
    'DROP INDEX hard.events_device; CREATE INDEX events_device ON ONLY hard.events (device)',
    'DROP INDEX hard.events_device; CREATE INDEX events_device ON hard.events (device)',
  ),
  drift(
    '~ constraint hard.people.people_pkey',
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'hard.people_pkey'::regclass",
    "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'hard.people_pkey'::regclass",
  ),
  drift(
    '~ unique index hard.totals.totals_person',
    "UPDATE pg_index SET indisready = false WHERE indexrelid = 'hard.totals_person'::regclass",
    "UPDATE pg_index SET indisready = true WHERE indexrelid = 'hard.totals_person'::regclass",
  ),
  reported(
    '+ partition index options hard.events_2024.events_device',
    index2024('RENAME TO by_device'),
    'ALTER INDEX hard.by_device RENAME TO events_2024_device_idx',
  ),
  reported(
    '+ partition index options hard.events_2024.events_device',
    index2024('SET (fillfactor = 50)'),
    index2024('RESET (fillfactor)'),
  ),
  reported(
    '+ partition index options hard.events_2025_0.events_2025_pkey',
    of2025('RENAME CONSTRAINT events_2025_0_pkey TO by_time'),
    of2025('RENAME CONSTRAINT by_time TO events_2025_0_pkey'),
  ),
  reported(
    '+ partition index hard.events_2024.events_device',
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'hard.events_2024_device_idx'::regclass",
    "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'hard.events_2024_device_idx'::regclass",
  ),
  drift(
    '+ partition key hard.events_2025_1.events_2025_pkey',
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'hard.events_2025_1_pkey'::regclass",
    "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'hard.events_2025_1_pkey'::regclass",
  ),
  drift(
    '+ partition trigger hard.events_2024.partitioned',
    of2024('DISABLE TRIGGER ALL'),
    of2024('ENABLE TRIGGER ALL'),
  ),
  drift(
    '+ partition trigger hard.events_2025_0.partitioned',
    of2025('ENABLE REPLICA TRIGGER partitioned'),
    of2025('ENABLE TRIGGER partitioned'),
  ),
  drift(
    '+ partition trigger hard.events_rest.partitioned',
    'ALTER TABLE hard.events_rest ENABLE ALWAYS TRIGGER partitioned',
    'ALTER TABLE hard.events_rest ENABLE TRIGGER partitioned',
  ),
  drift(
    '~ trigger hard.events.partitioned',
    events('DISABLE TRIGGER partitioned'),
    events('ENABLE TRIGGER partitioned'),
  ),
  drift(
    [
      '+ enforcement hard.orders.orders_code',
      '+ enforcement hard.orders.orders_person',
      '+ enforcement hard.orders.orders_self',
    ],
    orders('DISABLE TRIGGER ALL'),
    orders('ENABLE TRIGGER ALL'),
  ),
  drift(
    [
      '+ enforcement hard.people."orders_person of hard.orders"',
      '+ enforcement hard.people."orders_self of hard.orders"',
      '~ trigger hard.people.changed',
      '~ trigger hard.people.late',
      '~ trigger hard.people.touched',
    ],
    people('DISABLE TRIGGER ALL'),
    `${people('ENABLE TRIGGER ALL')}; ${people('DISABLE TRIGGER sleeping')}`,
  ),
  reported(
    '+ partition index options hard.events_rest.events_device',
    'ALTER INDEX hard.events_rest_device_idx RENAME TO rest_device; ALTER INDEX hard.rest_device SET (fillfactor = 60)',
    'ALTER INDEX hard.rest_device RESET (fillfactor); ALTER INDEX hard.rest_device RENAME TO events_rest_device_idx',
  ),
  drift(
    '~ sequence hard.people_id_seq',
    'ALTER SEQUENCE hard.people_id_seq SET UNLOGGED',
    'ALTER SEQUENCE hard.people_id_seq SET LOGGED',
    15,
  ),
  drift(
    '~ sequence hard.scratch_id_seq',
    'ALTER SEQUENCE hard.scratch_id_seq SET LOGGED',
    'ALTER SEQUENCE hard.scratch_id_seq SET UNLOGGED',
    15,
  ),
];
