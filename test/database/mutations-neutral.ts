/** A change after which the schema says what it said before. */
export interface Neutral {
  readonly name: string;
  readonly apply: string;
  /** What the session that looks sets for itself first. */
  readonly session?: string;
  readonly since: number;
}

const neutralOf = (name: string, apply: string, session?: string, since = 14): Neutral => ({
  name,
  apply,
  since,
  ...(session === undefined ? {} : { session }),
});

const scratchComes = 'CREATE UNLOGGED TABLE hard.scratch';
const scratchGoes = 'DROP RULE copy ON hard.other_parent; DROP TABLE hard.scratch';
const copy =
  "CREATE RULE copy AS ON INSERT TO hard.other_parent WHERE NEW.extra > '2020-01-01' DO ALSO INSERT INTO hard.scratch (line) SELECT NEW.extra::text || s.line FROM hard.scratch s";

export const neutral: readonly Neutral[] = [
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
    undefined,
    15,
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
  neutralOf('a search path', '', 'SET search_path = hard, public'),
  neutralOf('a role', 'GRANT pg_monitor TO CURRENT_USER', 'SET ROLE pg_monitor'),
  neutralOf('a time zone', '', "SET timezone = 'Asia/Kolkata'"),
  neutralOf(
    'a style of dates and intervals',
    '',
    "SET datestyle = 'German, DMY'; SET intervalstyle = 'iso_8601'",
  ),
  neutralOf(
    'digits, bytes and quotes',
    '',
    "SET extra_float_digits = -5; SET bytea_output = 'escape'; SET quote_all_identifiers = on",
  ),
  neutralOf(
    'a locale',
    '',
    "SET lc_messages = 'C'; SET lc_monetary = 'C'; SET standard_conforming_strings = off",
  ),
];
