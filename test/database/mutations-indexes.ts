import { drift, type Mutation, reported } from './mutations.ts';

export const indexes: readonly Mutation[] = [
  reported(
    '- index hard.people.people_lower',
    'DROP INDEX hard.people_lower',
    "CREATE INDEX people_lower ON hard.people (lower(surname) DESC NULLS LAST) WHERE age > 17; COMMENT ON INDEX hard.people_lower IS 'for the phone book'",
  ),
  reported(
    '~ index hard.people.people_pattern',
    'DROP INDEX hard.people_pattern; CREATE INDEX people_pattern ON hard.people (name varchar_pattern_ops, surname)',
    'DROP INDEX hard.people_pattern; CREATE INDEX people_pattern ON hard.people (name varchar_pattern_ops, surname COLLATE "C")',
  ),
  reported(
    '~ index hard.people.people_cover',
    'DROP INDEX hard.people_cover; CREATE INDEX people_cover ON hard.people (age) INCLUDE (feeling) WITH (fillfactor = 70) WHERE age > 1',
    'DROP INDEX hard.people_cover; CREATE INDEX people_cover ON hard.people (age) INCLUDE (feeling) WITH (fillfactor = 70)',
  ),
  reported(
    '~ index hard.people.people_cover',
    'ALTER INDEX hard.people_cover SET (fillfactor = 71)',
    'ALTER INDEX hard.people_cover SET (fillfactor = 70)',
  ),
  drift(
    '- unique index hard.totals.totals_person',
    'DROP INDEX hard.totals_person',
    'CREATE UNIQUE INDEX totals_person ON hard.totals (person)',
  ),
  drift(
    '~ unique index hard.totals.totals_person',
    'DROP INDEX hard.totals_person; CREATE INDEX totals_person ON hard.totals (person)',
    'DROP INDEX hard.totals_person; CREATE UNIQUE INDEX totals_person ON hard.totals (person)',
  ),
  drift(
    '~ index hard.people.people_pattern',
    'DROP INDEX hard.people_pattern; CREATE UNIQUE INDEX people_pattern ON hard.people (name varchar_pattern_ops, surname COLLATE "C")',
    'DROP INDEX hard.people_pattern; CREATE INDEX people_pattern ON hard.people (name varchar_pattern_ops, surname COLLATE "C")',
  ),
  drift(
    '~ unique index hard.totals.totals_person',
    'DROP INDEX hard.totals_person; CREATE UNIQUE INDEX totals_person ON hard.totals (person) NULLS NOT DISTINCT',
    'DROP INDEX hard.totals_person; CREATE UNIQUE INDEX totals_person ON hard.totals (person)',
    15,
  ),
  reported(
    ['- index hard.events.events_device', '+ index hard.events.events_gadget'],
    'ALTER INDEX hard.events_device RENAME TO events_gadget',
    'ALTER INDEX hard.events_gadget RENAME TO events_device',
  ),
  reported(
    '~ index hard.people.people_lower',
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'hard.people_lower'::regclass",
    "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'hard.people_lower'::regclass",
  ),
  reported(
    '+ index hard.people.surplus',
    'CREATE INDEX surplus ON hard.people (ratio)',
    'DROP INDEX hard.surplus',
  ),
  reported(
    '~ index options hard.people.people_sum',
    'ALTER INDEX hard.people_sum ALTER COLUMN 1 SET STATISTICS 301',
    'ALTER INDEX hard.people_sum ALTER COLUMN 1 SET STATISTICS 300',
  ),
  reported(
    '~ index options hard.orders.orders_pk',
    'ALTER INDEX hard.orders_pk SET (fillfactor = 91)',
    'ALTER INDEX hard.orders_pk SET (fillfactor = 90)',
  ),
  reported(
    '~ statistics hard.people_stats',
    'ALTER STATISTICS hard.people_stats SET STATISTICS 201',
    'ALTER STATISTICS hard.people_stats SET STATISTICS 200',
  ),
  reported(
    '- statistics hard.people_stats',
    'DROP STATISTICS hard.people_stats',
    "CREATE STATISTICS hard.people_stats (ndistinct, dependencies) ON age, feeling FROM hard.people; ALTER STATISTICS hard.people_stats SET STATISTICS 200; COMMENT ON STATISTICS hard.people_stats IS 'they go together'",
  ),
];
