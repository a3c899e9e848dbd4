import { drift, type Mutation, reported } from './mutations.ts';

const cast = (context: string): string =>
  `DROP CAST (hard.pair AS text); CREATE CAST (hard.pair AS text) WITH FUNCTION hard.pair_text(hard.pair) ${context}; COMMENT ON CAST (hard.pair AS text) IS 'its right side'`;

export const others: readonly Mutation[] = [
  drift(
    '~ sequence hard.free_seq',
    'ALTER SEQUENCE hard.free_seq INCREMENT 6',
    'ALTER SEQUENCE hard.free_seq INCREMENT 5',
  ),
  drift(
    '~ sequence hard.free_seq',
    'ALTER SEQUENCE hard.free_seq NO CYCLE',
    'ALTER SEQUENCE hard.free_seq CYCLE',
  ),
  drift(
    '~ sequence hard.people_id_seq',
    'ALTER SEQUENCE hard.people_id_seq OWNED BY NONE',
    'ALTER SEQUENCE hard.people_id_seq OWNED BY hard.people.id',
  ),
  drift(
    '~ sequence hard.free_seq',
    'ALTER SEQUENCE hard.free_seq SET UNLOGGED',
    'ALTER SEQUENCE hard.free_seq SET LOGGED',
    15,
  ),
  drift(
    '- sequence hard.free_seq',
    'DROP SEQUENCE hard.free_seq',
    "CREATE SEQUENCE hard.free_seq AS integer START 100 INCREMENT 5 MINVALUE 10 MAXVALUE 100000 CACHE 3 CYCLE; COMMENT ON SEQUENCE hard.free_seq IS 'nobody owns it'",
  ),
  drift(
    '~ type hard.maybe_mood',
    "ALTER DOMAIN hard.maybe_mood SET DEFAULT 'so-so'",
    "ALTER DOMAIN hard.maybe_mood SET DEFAULT 'sad'",
  ),
  drift(
    ['~ type hard.mood', '~ type hard.maybe_mood'],
    "ALTER TYPE hard.mood RENAME VALUE 'sad' TO 'blue'",
    "ALTER TYPE hard.mood RENAME VALUE 'blue' TO 'sad'",
  ),
  drift(
    '~ type hard.percent',
    'ALTER DOMAIN hard.percent DROP NOT NULL',
    'ALTER DOMAIN hard.percent SET NOT NULL',
  ),
  drift(
    '~ type hard.percent',
    'ALTER DOMAIN hard.percent ADD CONSTRAINT not_odd CHECK (VALUE <> 13)',
    'ALTER DOMAIN hard.percent DROP CONSTRAINT not_odd',
  ),
  drift(
    ['~ type hard.pair', '+ column hard.typed.third'],
    'ALTER TYPE hard.pair ADD ATTRIBUTE third date CASCADE',
    'ALTER TYPE hard.pair DROP ATTRIBUTE third CASCADE',
  ),
  reported('+ type hard.surplus', "CREATE TYPE hard.surplus AS ENUM ('x')", 'DROP TYPE hard.surplus'),
  drift(
    [
      '- schema "Odd Name"',
      '+ schema odd',
      '- table "Odd Name"."Table.With ""All"""',
      '+ table odd."Table.With ""All"""',
    ],
    'ALTER SCHEMA "Odd Name" RENAME TO odd',
    'ALTER SCHEMA odd RENAME TO "Odd Name"',
  ),
  reported('+ schema surplus', 'CREATE SCHEMA surplus', 'DROP SCHEMA surplus'),
  drift(
    ['~ extension pg_trgm', '~ index hard.people.people_name_trgm'],
    'ALTER EXTENSION pg_trgm SET SCHEMA hard',
    'ALTER EXTENSION pg_trgm SET SCHEMA public',
  ),
  reported('+ extension citext', 'CREATE EXTENSION citext SCHEMA public', 'DROP EXTENSION citext'),
  reported(
    '~ comment table hard.people',
    "COMMENT ON TABLE hard.people IS 'others'",
    "COMMENT ON TABLE hard.people IS 'those who take part'",
  ),
  reported(
    '- comment table column hard.people.name',
    'COMMENT ON COLUMN hard.people.name IS NULL',
    "COMMENT ON COLUMN hard.people.name IS E'as they say it\\nthemselves'",
  ),
  reported(
    '~ comment index hard.people_lower',
    "COMMENT ON INDEX hard.people_lower IS 'x'",
    "COMMENT ON INDEX hard.people_lower IS 'for the phone book'",
  ),
  reported(
    '+ comment trigger late on hard.people',
    "COMMENT ON TRIGGER late ON hard.people IS 'x'",
    'COMMENT ON TRIGGER late ON hard.people IS NULL',
  ),
  reported(
    '~ publication hard_changes',
    'ALTER PUBLICATION hard_changes DROP TABLE hard.people',
    'ALTER PUBLICATION hard_changes ADD TABLE hard.people',
  ),
  reported(
    '~ publication hard_changes',
    "ALTER PUBLICATION hard_changes SET (publish = 'insert')",
    "ALTER PUBLICATION hard_changes SET (publish = 'insert, update')",
  ),
  reported(
    '~ publication hard_changes',
    'ALTER PUBLICATION hard_changes SET TABLE hard.orders, hard.people (id, name)',
    'ALTER PUBLICATION hard_changes SET TABLE hard.orders, hard.people',
    15,
  ),
  reported(
    '~ publication hard_changes',
    'ALTER PUBLICATION hard_changes SET TABLE hard.orders, hard.people WHERE (id > 5)',
    'ALTER PUBLICATION hard_changes SET TABLE hard.orders, hard.people',
    15,
  ),
  reported(
    '~ publication hard_changes',
    'ALTER PUBLICATION hard_changes ADD TABLES IN SCHEMA "Odd Name"',
    'ALTER PUBLICATION hard_changes DROP TABLES IN SCHEMA "Odd Name"',
    15,
  ),
  drift('~ cast hard.pair as text', cast('AS IMPLICIT'), cast('AS ASSIGNMENT')),
  drift(
    '~ operator hard.<#(hard.pair,hard.pair)',
    'ALTER OPERATOR hard.<# (hard.pair, hard.pair) SET (RESTRICT = NONE)',
    'ALTER OPERATOR hard.<# (hard.pair, hard.pair) SET (RESTRICT = scalarltsel)',
  ),
  drift(
    ['- operator class hard.pair_ops using hash', '+ operator family hard.pair_ops using hash'],
    'DROP OPERATOR CLASS hard.pair_ops USING hash',
    "CREATE OPERATOR CLASS hard.pair_ops FOR TYPE hard.pair USING hash FAMILY hard.pair_ops AS OPERATOR 1 hard.=#, FUNCTION 1 hard.pair_hash(hard.pair); COMMENT ON OPERATOR CLASS hard.pair_ops USING hash IS 'by the left'",
  ),
  drift(
    '- collation hard.loose',
    'DROP COLLATION hard.loose',
    "CREATE COLLATION hard.loose (PROVIDER = icu, LOCALE = 'und', DETERMINISTIC = false)",
  ),
  drift(
    '~ collation hard.loose',
    "DROP COLLATION hard.loose; CREATE COLLATION hard.loose (PROVIDER = icu, LOCALE = 'und')",
    "DROP COLLATION hard.loose; CREATE COLLATION hard.loose (PROVIDER = icu, LOCALE = 'und', DETERMINISTIC = false)",
  ),
  drift(
    '~ text search configuration hard.search',
    'ALTER TEXT SEARCH CONFIGURATION hard.search DROP MAPPING FOR word',
    'ALTER TEXT SEARCH CONFIGURATION hard.search ADD MAPPING FOR word WITH hard.plain, simple',
  ),
  drift(
    '~ text search dictionary hard.plain',
    'ALTER TEXT SEARCH DICTIONARY hard.plain (STOPWORDS = german)',
    'ALTER TEXT SEARCH DICTIONARY hard.plain (STOPWORDS = english)',
  ),
  drift(
    '~ foreign data wrapper hard_idle',
    "ALTER FOREIGN DATA WRAPPER hard_idle OPTIONS (SET debug 'false')",
    "ALTER FOREIGN DATA WRAPPER hard_idle OPTIONS (SET debug 'true')",
  ),
  drift(
    '~ foreign server hard_far',
    "ALTER SERVER hard_far OPTIONS (SET host 'near.example')",
    "ALTER SERVER hard_far OPTIONS (SET host 'far.example')",
  ),
  drift(
    '~ foreign server hard_far',
    "ALTER SERVER hard_far OPTIONS (SET dbname 'there, host=far.example', DROP host)",
    "ALTER SERVER hard_far OPTIONS (SET dbname 'there', ADD host 'far.example')",
  ),
  drift(
    '~ foreign server hard_far',
    "ALTER SERVER hard_far VERSION '9 options (host=''x'''",
    "ALTER SERVER hard_far VERSION '9'",
  ),
  reported(
    '~ user mapping public on hard_far',
    "ALTER USER MAPPING FOR PUBLIC SERVER hard_far OPTIONS (SET user 'it''s, reader')",
    "ALTER USER MAPPING FOR PUBLIC SERVER hard_far OPTIONS (SET user 'reader')",
  ),
  drift(
    '~ owner relation hard.free_seq',
    'ALTER SEQUENCE hard.free_seq OWNER TO pg_monitor',
    'ALTER SEQUENCE hard.free_seq OWNER TO CURRENT_USER',
  ),
  drift(
    '+ privileges relation hard.people',
    'GRANT SELECT ON hard.people TO pg_monitor',
    'REVOKE SELECT ON hard.people FROM pg_monitor',
  ),
];
