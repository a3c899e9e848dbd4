import { childAgain, drift, type Mutation, orders, people, reported } from './mutations.ts';

export const tables: readonly Mutation[] = [
  drift('~ table hard.people', people('DISABLE ROW LEVEL SECURITY'), people('ENABLE ROW LEVEL SECURITY')),
  drift('~ table hard.people', people('NO FORCE ROW LEVEL SECURITY'), people('FORCE ROW LEVEL SECURITY')),
  drift(
    '~ table hard.scratch',
    'ALTER TABLE hard.scratch SET LOGGED',
    'ALTER TABLE hard.scratch SET UNLOGGED',
  ),
  drift(
    [
      '~ table hard.events_2024',
      '+ constraint hard.events_2024.events_2024_pkey',
      '+ index hard.events_2024.events_2024_device_idx',
      '+ constraint hard.events_2024.events_reading_check',
    ],
    'ALTER TABLE hard.events DETACH PARTITION hard.events_2024',
    "ALTER TABLE hard.events ATTACH PARTITION hard.events_2024 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')",
  ),
  drift('~ table hard.child', 'ALTER TABLE hard.child NO INHERIT hard.other_parent', childAgain),
  drift('~ table hard.typed', 'ALTER TABLE hard.typed NOT OF', 'ALTER TABLE hard.typed OF hard.pair'),
  drift(
    '~ table hard.elsewhere',
    "ALTER FOREIGN TABLE hard.elsewhere OPTIONS (SET table_name 'else')",
    "ALTER FOREIGN TABLE hard.elsewhere OPTIONS (SET table_name 'there')",
  ),
  drift(
    '~ table hard.elsewhere',
    "ALTER FOREIGN TABLE hard.elsewhere OPTIONS (SET schema_name 'public, table_name=there', DROP table_name)",
    "ALTER FOREIGN TABLE hard.elsewhere OPTIONS (SET schema_name 'public', ADD table_name 'there')",
  ),
  drift(
    '- table hard.typed',
    'DROP TABLE hard.typed',
    'CREATE TABLE hard.typed OF hard.pair (left_side WITH OPTIONS DEFAULT 7)',
  ),
  reported(
    '+ table hard.surplus',
    'CREATE TABLE hard.surplus (id serial PRIMARY KEY, x text UNIQUE)',
    'DROP TABLE hard.surplus',
  ),
  reported(
    '+ table hard.events_2026',
    "CREATE TABLE hard.events_2026 PARTITION OF hard.events FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')",
    'DROP TABLE hard.events_2026',
  ),
  reported('~ options hard.people', people('SET (fillfactor = 81)'), people('SET (fillfactor = 80)')),
  reported(
    '~ options hard.people',
    people('RESET (toast.autovacuum_enabled)'),
    people('SET (toast.autovacuum_enabled = false)'),
  ),
  reported('~ options hard.people', people('SET WITHOUT CLUSTER'), people('CLUSTER ON people_name_key')),
  reported(
    '~ options hard.orders',
    orders('REPLICA IDENTITY FULL'),
    orders('REPLICA IDENTITY USING INDEX orders_identity'),
  ),
  reported(
    '+ options hard.events_2024',
    'ALTER TABLE hard.events_2024 SET (fillfactor = 50)',
    'ALTER TABLE hard.events_2024 RESET (fillfactor)',
  ),
];
