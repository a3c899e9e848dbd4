import { drift, type Mutation, reported } from './mutations.ts';

/** Of the database that is connected to: its name is another in each test. */
const here = (statement: string): string =>
  `DO $$ BEGIN EXECUTE format('${statement.replaceAll("'", "''")}', current_database()); END $$`;
const language = (trusted: string): string =>
  `CREATE OR REPLACE ${trusted}LANGUAGE hard_tongue HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator`;
const subscription =
  "CREATE SUBSCRIPTION hard_sub CONNECTION 'host=nowhere.example password=none' PUBLICATION hard_changes WITH (connect = false)";
const noSubscription = 'ALTER SUBSCRIPTION hard_sub SET (slot_name = NONE); DROP SUBSCRIPTION hard_sub';
const relatives = 'ALTER OPERATOR FAMILY hard.relatives USING btree';

/** What stands beside tables: languages and other code of the server's, what leads to other servers, the database itself. */
export const kinds: readonly Mutation[] = [
  reported(
    '+ database setting work_mem',
    here("ALTER DATABASE %I SET work_mem = '77MB'"),
    here('ALTER DATABASE %I RESET work_mem'),
  ),
  reported(
    '+ database setting search_path of postgres',
    here('ALTER ROLE postgres IN DATABASE %I SET search_path = hard, public'),
    here('ALTER ROLE postgres IN DATABASE %I RESET search_path'),
  ),
  reported(
    '+ database setting "hard.jwt_secret"',
    here("ALTER DATABASE %I SET hard.jwt_secret = 'not shown'"),
    here('ALTER DATABASE %I RESET hard.jwt_secret'),
  ),
  reported(
    '+ database comment',
    here("COMMENT ON DATABASE %I IS 'all of it'"),
    here('COMMENT ON DATABASE %I IS NULL'),
  ),
  reported(
    '+ database privileges',
    here('GRANT CREATE ON DATABASE %I TO pg_monitor'),
    here('REVOKE CREATE ON DATABASE %I FROM pg_monitor'),
  ),
  reported('+ subscription hard_sub', subscription, noSubscription),
  drift(
    '- user mapping pg_monitor on hard_far',
    'DROP USER MAPPING FOR pg_monitor SERVER hard_far',
    "CREATE USER MAPPING FOR pg_monitor SERVER hard_far OPTIONS (user 'watcher')",
  ),
  reported(
    '~ user mapping pg_monitor on hard_far',
    "ALTER USER MAPPING FOR pg_monitor SERVER hard_far OPTIONS (SET user 'keeper')",
    "ALTER USER MAPPING FOR pg_monitor SERVER hard_far OPTIONS (SET user 'watcher')",
  ),
  reported(
    '~ user mapping public on hard_far',
    "ALTER USER MAPPING FOR PUBLIC SERVER hard_far OPTIONS (ADD password 'none')",
    'ALTER USER MAPPING FOR PUBLIC SERVER hard_far OPTIONS (DROP password)',
  ),
  reported(
    '+ user mapping pg_read_all_stats on hard_far',
    'CREATE USER MAPPING FOR pg_read_all_stats SERVER hard_far',
    'DROP USER MAPPING FOR pg_read_all_stats SERVER hard_far',
  ),
  drift('~ language hard_tongue', language(''), language('TRUSTED ')),
  reported(
    '+ language surplus_tongue',
    'CREATE LANGUAGE surplus_tongue HANDLER plpgsql_call_handler',
    'DROP LANGUAGE surplus_tongue',
  ),
  drift(
    '- transform for hard.pair language hard_tongue',
    'DROP TRANSFORM FOR hard.pair LANGUAGE hard_tongue',
    "CREATE TRANSFORM FOR hard.pair LANGUAGE hard_tongue (FROM SQL WITH FUNCTION dsimple_init(internal)); COMMENT ON TRANSFORM FOR hard.pair LANGUAGE hard_tongue IS 'one way'",
  ),
  drift(
    '~ access method hard_tree',
    "DROP ACCESS METHOD hard_tree; CREATE ACCESS METHOD hard_tree TYPE INDEX HANDLER hashhandler; COMMENT ON ACCESS METHOD hard_tree IS 'grows'",
    "DROP ACCESS METHOD hard_tree; CREATE ACCESS METHOD hard_tree TYPE INDEX HANDLER bthandler; COMMENT ON ACCESS METHOD hard_tree IS 'grows'",
  ),
  drift(
    '~ conversion hard.from_latin',
    "DROP CONVERSION hard.from_latin; CREATE DEFAULT CONVERSION hard.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; COMMENT ON CONVERSION hard.from_latin IS 'westward'",
    "DROP CONVERSION hard.from_latin; CREATE CONVERSION hard.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; COMMENT ON CONVERSION hard.from_latin IS 'westward'",
  ),
  drift(
    '~ text search parser hard.reader',
    "DROP TEXT SEARCH PARSER hard.reader; CREATE TEXT SEARCH PARSER hard.reader (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype); COMMENT ON TEXT SEARCH PARSER hard.reader IS 'reads'",
    "DROP TEXT SEARCH PARSER hard.reader; CREATE TEXT SEARCH PARSER hard.reader (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline); COMMENT ON TEXT SEARCH PARSER hard.reader IS 'reads'",
  ),
  drift(
    '~ text search template hard.pattern',
    "DROP TEXT SEARCH TEMPLATE hard.pattern; CREATE TEXT SEARCH TEMPLATE hard.pattern (LEXIZE = dsimple_lexize); COMMENT ON TEXT SEARCH TEMPLATE hard.pattern IS 'as simple'",
    "DROP TEXT SEARCH TEMPLATE hard.pattern; CREATE TEXT SEARCH TEMPLATE hard.pattern (INIT = dsimple_init, LEXIZE = dsimple_lexize); COMMENT ON TEXT SEARCH TEMPLATE hard.pattern IS 'as simple'",
  ),
  drift(
    '~ operator family hard.relatives using btree',
    `${relatives} DROP OPERATOR 1 (integer, bigint)`,
    `${relatives} ADD OPERATOR 1 < (integer, bigint)`,
  ),
  drift(
    '~ operator family hard.relatives using btree',
    `${relatives} ADD OPERATOR 5 > (integer, bigint)`,
    `${relatives} DROP OPERATOR 5 (integer, bigint)`,
  ),
  reported(
    '+ without data hard.totals',
    'REFRESH MATERIALIZED VIEW hard.totals WITH NO DATA',
    'REFRESH MATERIALIZED VIEW hard.totals',
  ),
  reported(
    '- without data hard.empty_totals',
    'REFRESH MATERIALIZED VIEW hard.empty_totals',
    'REFRESH MATERIALIZED VIEW hard.empty_totals WITH NO DATA',
  ),
  reported(
    '- extension dependency function hard.noticed() on pg_trgm',
    'ALTER FUNCTION hard.noticed() NO DEPENDS ON EXTENSION pg_trgm',
    'ALTER FUNCTION hard.noticed() DEPENDS ON EXTENSION pg_trgm',
  ),
  reported(
    '+ extension dependency trigger late on hard.people on btree_gist',
    'ALTER TRIGGER late ON hard.people DEPENDS ON EXTENSION btree_gist',
    'ALTER TRIGGER late ON hard.people NO DEPENDS ON EXTENSION btree_gist',
  ),
  reported(
    '~ comment extension btree_gist',
    "COMMENT ON EXTENSION btree_gist IS 'others'",
    "COMMENT ON EXTENSION btree_gist IS 'for overlaps'",
  ),
  reported(
    '+ comment extension postgres_fdw',
    "COMMENT ON EXTENSION postgres_fdw IS 'far'",
    "COMMENT ON EXTENSION postgres_fdw IS 'foreign-data wrapper for remote PostgreSQL servers'",
  ),
  drift(
    '~ owner foreign server hard_far',
    'ALTER SERVER hard_far OWNER TO pg_monitor',
    'ALTER SERVER hard_far OWNER TO CURRENT_USER',
  ),
  drift(
    '~ owner publication hard_changes',
    here(
      'GRANT CREATE ON DATABASE %1$I TO pg_monitor; ALTER PUBLICATION hard_changes OWNER TO pg_monitor; REVOKE CREATE ON DATABASE %1$I FROM pg_monitor',
    ),
    'ALTER PUBLICATION hard_changes OWNER TO CURRENT_USER',
  ),
  drift(
    '~ owner operator class hard.pair_ops using hash',
    'ALTER OPERATOR CLASS hard.pair_ops USING hash OWNER TO pg_monitor',
    'ALTER OPERATOR CLASS hard.pair_ops USING hash OWNER TO CURRENT_USER',
  ),
  drift(
    '~ owner operator hard.<#(hard.pair,hard.pair)',
    'ALTER OPERATOR hard.<# (hard.pair, hard.pair) OWNER TO pg_monitor',
    'ALTER OPERATOR hard.<# (hard.pair, hard.pair) OWNER TO CURRENT_USER',
  ),
  drift(
    '~ owner statistics hard.people_stats',
    'ALTER STATISTICS hard.people_stats OWNER TO pg_monitor',
    'ALTER STATISTICS hard.people_stats OWNER TO CURRENT_USER',
  ),
  drift(
    '+ privileges foreign server hard_far',
    'GRANT USAGE ON FOREIGN SERVER hard_far TO pg_monitor',
    'REVOKE USAGE ON FOREIGN SERVER hard_far FROM pg_monitor',
  ),
  drift(
    '+ privileges foreign data wrapper hard_idle',
    'GRANT USAGE ON FOREIGN DATA WRAPPER hard_idle TO pg_monitor',
    'REVOKE USAGE ON FOREIGN DATA WRAPPER hard_idle FROM pg_monitor',
  ),
  drift(
    '~ privileges schema public',
    'GRANT CREATE ON SCHEMA public TO pg_monitor',
    'REVOKE CREATE ON SCHEMA public FROM pg_monitor',
  ),
  drift(
    '~ privileges schema public',
    'GRANT CREATE ON SCHEMA public TO PUBLIC',
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    15,
  ),
  drift(
    '- privileges schema public',
    'REVOKE USAGE ON SCHEMA public FROM PUBLIC',
    'GRANT USAGE ON SCHEMA public TO PUBLIC',
  ),
  drift(
    '- privileges language hard_tongue',
    'REVOKE USAGE ON LANGUAGE hard_tongue FROM PUBLIC',
    'GRANT USAGE ON LANGUAGE hard_tongue TO PUBLIC',
  ),
  drift(
    '+ privileges relation hard.orders',
    'GRANT MAINTAIN ON hard.orders TO pg_monitor',
    'REVOKE MAINTAIN ON hard.orders FROM pg_monitor',
    17,
  ),
  drift(
    '+ privileges relation hard.orders',
    'REVOKE UPDATE ON hard.orders FROM CURRENT_USER',
    'GRANT UPDATE ON hard.orders TO CURRENT_USER',
  ),
  drift(
    '+ privileges relation hard.orders',
    'GRANT SELECT ON hard.orders TO CURRENT_USER WITH GRANT OPTION',
    'REVOKE GRANT OPTION FOR SELECT ON hard.orders FROM CURRENT_USER',
  ),
  drift(
    '~ privileges routine hard.short(x integer)',
    'REVOKE EXECUTE ON FUNCTION hard.short(integer) FROM CURRENT_USER',
    'GRANT EXECUTE ON FUNCTION hard.short(integer) TO CURRENT_USER',
  ),
  drift(
    '+ privileges column hard.people.name',
    'GRANT SELECT (name) ON hard.people TO CURRENT_USER WITH GRANT OPTION',
    'REVOKE SELECT (name) ON hard.people FROM CURRENT_USER',
  ),
];
