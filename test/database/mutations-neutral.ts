import { madeAgain } from './mutations-neutral-again.ts';
import { thereAndBack } from './mutations-neutral-back.ts';
import { type Neutral, neutralOf } from './neutral.ts';

const scratchComes = 'CREATE UNLOGGED TABLE hard.scratch';
const scratchGoes = 'DROP RULE copy ON hard.other_parent; DROP TABLE hard.scratch';
const copy =
  "CREATE RULE copy AS ON INSERT TO hard.other_parent WHERE NEW.extra > '2020-01-01' DO ALSO INSERT INTO hard.scratch (line) SELECT NEW.extra::text || s.line FROM hard.scratch s";

/** What happens to a schema that stays the same. */
const happening: readonly Neutral[] = [
  neutralOf(
    'the hole of a dropped column',
    'ALTER TABLE hard.people ADD hole integer; ALTER TABLE hard.people DROP hole',
  ),
  neutralOf(
    'a re-created index',
    'DROP INDEX hard.people_sum; CREATE INDEX people_sum ON hard.people ((age + 1), (age * 2)); ALTER INDEX hard.people_sum ALTER COLUMN 1 SET STATISTICS 300',
  ),
  neutralOf(
    'a re-created constraint',
    'ALTER TABLE hard.orders DROP CONSTRAINT orders_overlap; ALTER TABLE hard.orders ADD CONSTRAINT orders_overlap EXCLUDE USING gist (person WITH =, during WITH &&) WHERE (amount > 0)',
  ),
  neutralOf('another order of columns', `${scratchGoes}; ${scratchComes} (line text, id serial); ${copy}`),
  neutralOf(
    'a sequence, a default and an owner instead of serial',
    `${scratchGoes}; CREATE UNLOGGED SEQUENCE hard.scratch_id_seq AS integer; ${scratchComes} (id integer NOT NULL DEFAULT nextval('hard.scratch_id_seq'), line text); ALTER SEQUENCE hard.scratch_id_seq OWNED BY hard.scratch.id; ${copy}`,
    { since: 15 },
  ),
  neutralOf(
    'ATTACH instead of PARTITION OF',
    'DROP TABLE hard.events_rest; CREATE TABLE hard.events_rest (reading double precision DEFAULT 0, device integer NOT NULL, at timestamptz NOT NULL, CONSTRAINT events_reading_check CHECK (reading >= 0), PRIMARY KEY (at, device)); CREATE INDEX ON hard.events_rest (device); ALTER TABLE hard.events ATTACH PARTITION hard.events_rest DEFAULT',
  ),
  neutralOf(
    'another order of grants',
    'GRANT SELECT ON hard.child TO pg_monitor; GRANT INSERT ON hard.child TO pg_read_all_stats; REVOKE ALL ON hard.child FROM pg_monitor, pg_read_all_stats',
  ),
  neutralOf('REINDEX', 'REINDEX TABLE hard.people'),
  neutralOf(
    'rows',
    "INSERT INTO hard.parent SELECT n, 'n' || n FROM generate_series(1, 1000) n; INSERT INTO hard.events SELECT '2025-03-01'::timestamptz + n * interval '1 minute', n FROM generate_series(1, 1000) n; INSERT INTO hard.typed VALUES (1, 'x')",
  ),
  neutralOf('ANALYZE', 'ANALYZE'),
  neutralOf('VACUUM FULL', 'VACUUM FULL hard.parent'),
  neutralOf('REFRESH MATERIALIZED VIEW', 'REFRESH MATERIALIZED VIEW hard.totals'),
  neutralOf('a sequence that moved on', "SELECT nextval('hard.free_seq'), nextval('hard.people_id_seq')"),
  neutralOf(
    'temporary objects',
    "CREATE TEMP TABLE people (id serial PRIMARY KEY, x text); COMMENT ON TABLE people IS 'x'; CREATE TEMP VIEW adults AS SELECT 1; CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql RETURN 1; COMMENT ON FUNCTION pg_temp.f() IS 'x'; COMMENT ON CONSTRAINT people_pkey ON pg_temp.people IS 'x'",
  ),
  neutralOf('a comment set to what it is', "COMMENT ON TABLE hard.people IS 'those who take part'"),
  neutralOf(
    'a default set to what it is',
    "ALTER TABLE hard.people ALTER payload SET DEFAULT '{}'; ALTER DOMAIN hard.maybe_mood SET DEFAULT 'sad'",
  ),
  neutralOf(
    'a function replaced by itself',
    "CREATE OR REPLACE FUNCTION hard.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
  ),
  neutralOf(
    'a large object with a comment',
    "SELECT lo_create(4711); COMMENT ON LARGE OBJECT 4711 IS 'data'",
  ),
  neutralOf(
    'another order of options',
    'ALTER TABLE hard.people RESET (fillfactor, autovacuum_enabled); ALTER TABLE hard.people SET (autovacuum_enabled = true, fillfactor = 80)',
  ),
  neutralOf('a search path', '', { session: 'SET search_path = hard, public' }),
  neutralOf('a role', 'GRANT pg_monitor TO CURRENT_USER', { session: 'SET ROLE pg_monitor' }),
  neutralOf('a time zone', '', { session: "SET timezone = 'Asia/Kolkata'" }),
  neutralOf('a style of dates and intervals', '', {
    session: "SET datestyle = 'German, DMY'; SET intervalstyle = 'iso_8601'",
  }),
  neutralOf('digits, bytes and quotes', '', {
    session: "SET extra_float_digits = -5; SET bytea_output = 'escape'; SET quote_all_identifiers = on",
  }),
  neutralOf('a locale', '', {
    session: "SET lc_messages = 'C'; SET lc_monetary = 'C'; SET standard_conforming_strings = off",
  }),
  neutralOf('an explicit right that its owner has anyway', 'GRANT ALL ON hard.listed TO CURRENT_USER'),
  neutralOf('CLUSTER', 'CLUSTER hard.people'),
  neutralOf('REINDEX CONCURRENTLY', [
    'REINDEX INDEX CONCURRENTLY hard.people_name_trgm',
    'REINDEX TABLE CONCURRENTLY hard.events',
    'REINDEX INDEX CONCURRENTLY hard.people_sum',
  ]),
  neutralOf('TRUNCATE', 'TRUNCATE hard.people, hard.orders, hard.listed RESTART IDENTITY'),
  neutralOf(
    'a sequence that counts from elsewhere',
    "SELECT setval('hard.free_seq', 105, false); ALTER SEQUENCE hard.people_id_seq RESTART WITH 77",
  ),
  neutralOf(
    'an extension that comes, is upgraded and goes',
    "CREATE EXTENSION hstore SCHEMA hard VERSION '1.4'; ALTER EXTENSION hstore UPDATE; DROP EXTENSION hstore",
  ),
  neutralOf(
    'rows that another session writes and has not committed',
    "BEGIN; LOCK TABLE hard.people IN EXCLUSIVE MODE; INSERT INTO hard.people (name) VALUES ('Dora'); SELECT pg_advisory_lock(1)",
    { after: 'SELECT pg_advisory_unlock_all(); ROLLBACK' },
  ),
  neutralOf(
    "another session's changes to the schema, rolled back",
    'BEGIN; CREATE TABLE hard.never (id serial PRIMARY KEY); ALTER TABLE hard.scratch ADD never integer; ROLLBACK',
  ),
  neutralOf(
    'what the server counts',
    'SELECT pg_stat_reset(); UPDATE hard.parent SET label = label; DELETE FROM hard.events WHERE device > 500',
  ),
  neutralOf('another plan for what is asked', '', {
    session:
      'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off; SET enable_hashagg = off; SET from_collapse_limit = 1; SET join_collapse_limit = 1; SET work_mem = 64',
  }),
  neutralOf('an encoding of the client, and an isolation of transactions', '', {
    session:
      "SET client_encoding = 'UTF8'; SET default_transaction_isolation = 'serializable'; SET row_security = off",
  }),
];

/** Every change after which there is no difference. */
export const neutral: readonly Neutral[] = [...happening, ...madeAgain, ...thereAndBack];
