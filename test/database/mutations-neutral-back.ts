import { type Neutral, neutralOf } from './neutral.ts';

const people = (change: string): string => `ALTER TABLE hard.people ${change}`;

/** What is changed and changed back. */
export const thereAndBack: readonly Neutral[] = [
  neutralOf(
    'a table renamed',
    'ALTER TABLE hard.people RENAME TO persons; ALTER TABLE hard.persons RENAME TO people',
  ),
  neutralOf(
    'columns renamed',
    `${people('RENAME age TO years')}; ${people('RENAME years TO age')}; ALTER TABLE hard.events RENAME device TO gadget; ALTER TABLE hard.events RENAME gadget TO device`,
  ),
  neutralOf(
    'names exchanged by way of a third',
    `${people('RENAME name TO third')}; ${people('RENAME surname TO name')}; ${people('RENAME third TO surname')};
     ${people('RENAME name TO third')}; ${people('RENAME surname TO name')}; ${people('RENAME third TO surname')}`,
  ),
  neutralOf('a schema renamed', 'ALTER SCHEMA hard RENAME TO soft; ALTER SCHEMA soft RENAME TO hard'),
  neutralOf(
    'types and labels renamed',
    "ALTER TYPE hard.mood RENAME VALUE 'sad' TO 'blue'; ALTER TYPE hard.mood RENAME TO humour; ALTER TYPE hard.humour RENAME VALUE 'blue' TO 'sad'; ALTER TYPE hard.humour RENAME TO mood; ALTER TYPE hard.pair RENAME ATTRIBUTE left_side TO lefthand CASCADE; ALTER TYPE hard.pair RENAME ATTRIBUTE lefthand TO left_side CASCADE",
  ),
  neutralOf(
    'constraints and indexes renamed',
    `${people('RENAME CONSTRAINT people_pkey TO key')}; ALTER INDEX hard.key RENAME TO people_pkey; ALTER INDEX hard.events_device RENAME TO by_device; ALTER INDEX hard.by_device RENAME TO events_device`,
  ),
  neutralOf(
    'routines, triggers, policies and rules renamed',
    'ALTER FUNCTION hard.touch RENAME TO feel; ALTER FUNCTION hard.feel RENAME TO touch; ALTER TRIGGER touched ON hard.people RENAME TO felt; ALTER TRIGGER felt ON hard.people RENAME TO touched; ALTER POLICY own ON hard.people RENAME TO mine; ALTER POLICY mine ON hard.people RENAME TO own; ALTER RULE no_delete ON hard.parent RENAME TO kept; ALTER RULE kept ON hard.parent RENAME TO no_delete',
  ),
  neutralOf(
    'a partition detached and attached',
    "ALTER TABLE hard.events DETACH PARTITION hard.events_2024; ALTER TABLE hard.events ATTACH PARTITION hard.events_2024 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')",
  ),
  neutralOf(
    'a partition detached and attached that has partitions itself',
    "ALTER TABLE hard.events DETACH PARTITION hard.events_2025; ALTER TABLE hard.events ATTACH PARTITION hard.events_2025 FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00')",
  ),
  neutralOf(
    'what a table is of, given up and taken again',
    'ALTER TABLE hard.typed NOT OF; ALTER TABLE hard.typed OF hard.pair',
  ),
  neutralOf('what is logged', [
    'ALTER TABLE hard.child SET UNLOGGED; ALTER TABLE hard.child SET LOGGED',
    'ALTER TABLE hard.scratch SET LOGGED; ALTER TABLE hard.scratch SET UNLOGGED',
  ]),
  neutralOf(
    'row security and triggers switched off and on',
    `${people('DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY')}; ${people('ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')};
     ${people('DISABLE TRIGGER ALL')}; ${people('ENABLE TRIGGER ALL')}; ${people('DISABLE TRIGGER sleeping')};
     ALTER TABLE hard.parent DISABLE RULE no_delete; ALTER TABLE hard.parent ENABLE RULE no_delete;
     ALTER EVENT TRIGGER hard_noticed DISABLE; ALTER EVENT TRIGGER hard_noticed ENABLE`,
  ),
  neutralOf(
    'comments taken away and written again',
    "COMMENT ON TABLE hard.people IS NULL; COMMENT ON TABLE hard.people IS 'those who take part'; COMMENT ON DOMAIN hard.percent IS ''; COMMENT ON DOMAIN hard.percent IS 'of a hundred'; COMMENT ON COLUMN hard.people.age IS 'x'; COMMENT ON COLUMN hard.people.age IS NULL",
  ),
  neutralOf(
    'other owners',
    'ALTER TABLE hard.people OWNER TO pg_monitor; ALTER TABLE hard.people OWNER TO CURRENT_USER; ALTER SCHEMA hard OWNER TO pg_monitor; ALTER SCHEMA hard OWNER TO CURRENT_USER; ALTER FUNCTION hard.touch OWNER TO pg_monitor; ALTER FUNCTION hard.touch OWNER TO CURRENT_USER; ALTER TYPE hard.mood OWNER TO pg_monitor; ALTER TYPE hard.mood OWNER TO CURRENT_USER',
  ),
  neutralOf(
    'another schema',
    'ALTER TABLE hard.people SET SCHEMA "Odd Name"; ALTER TABLE "Odd Name".people SET SCHEMA hard; ALTER FUNCTION hard.touch SET SCHEMA public; ALTER FUNCTION public.touch SET SCHEMA hard; ALTER TYPE hard.pair SET SCHEMA public; ALTER TYPE public.pair SET SCHEMA hard; ALTER EXTENSION pg_trgm SET SCHEMA hard; ALTER EXTENSION pg_trgm SET SCHEMA public',
  ),
  neutralOf('another tablespace', [
    'SET allow_in_place_tablespaces = on',
    "CREATE TABLESPACE hard_disk LOCATION ''",
    `${people('SET TABLESPACE hard_disk')}; ALTER INDEX hard.people_lower SET TABLESPACE hard_disk; ALTER MATERIALIZED VIEW hard.totals SET TABLESPACE hard_disk`,
    `${people('SET TABLESPACE pg_default')}; ALTER INDEX hard.people_lower SET TABLESPACE pg_default; ALTER MATERIALIZED VIEW hard.totals SET TABLESPACE pg_default`,
    'CHECKPOINT',
    'DROP TABLESPACE hard_disk',
  ]),
  neutralOf(
    'storage parameters and statistics targets',
    `ALTER TABLE hard.orders SET (fillfactor = 50); ALTER TABLE hard.orders RESET (fillfactor); ALTER INDEX hard.people_lower SET (fillfactor = 50); ALTER INDEX hard.people_lower RESET (fillfactor);
     ${people('ALTER surname SET (n_distinct = 5)')}; ${people('ALTER surname RESET (n_distinct)')}; ${people('ALTER age SET STATISTICS 7')}; ${people('ALTER age SET STATISTICS -1')};
     ${people('ALTER surname SET STORAGE MAIN')}; ${people('ALTER surname SET STORAGE EXTENDED')}; ${people('ALTER surname SET COMPRESSION pglz')}; ${people('ALTER surname SET COMPRESSION default')}`,
  ),
  neutralOf(
    'what is clustered and replicated by',
    `${people('SET WITHOUT CLUSTER')}; ${people('CLUSTER ON people_name_key')}; ALTER TABLE hard.orders REPLICA IDENTITY FULL; ALTER TABLE hard.orders REPLICA IDENTITY USING INDEX orders_identity`,
  ),
  neutralOf(
    'a column of another type',
    'ALTER TABLE hard.listed ALTER n TYPE bigint; ALTER TABLE hard.listed ALTER n TYPE integer',
  ),
  neutralOf(
    'a column dropped and added, which stands last then',
    `${people('DROP spans')}; ${people('ADD spans hard.float_span')}`,
  ),
  neutralOf(
    'NOT NULL, a default and an identity',
    `${people('ALTER note SET NOT NULL')}; ${people('ALTER note DROP NOT NULL')}; ${people('ALTER name DROP NOT NULL')}; ${people('ALTER name SET NOT NULL')}; ${people("ALTER note SET DEFAULT 'x'")}; ${people('ALTER note DROP DEFAULT')};
     ALTER TABLE hard.orders ALTER alias SET GENERATED ALWAYS, ALTER alias SET INCREMENT 7; ALTER TABLE hard.orders ALTER alias SET GENERATED BY DEFAULT, ALTER alias SET INCREMENT 1`,
  ),
  neutralOf(
    'a domain and a composite type that gain and lose',
    'ALTER DOMAIN hard.percent ADD CONSTRAINT odd CHECK (VALUE <> 13) NOT VALID; ALTER DOMAIN hard.percent DROP CONSTRAINT odd; ALTER DOMAIN hard.percent DROP NOT NULL; ALTER DOMAIN hard.percent SET NOT NULL; ALTER TYPE hard.pair ADD ATTRIBUTE third date CASCADE; ALTER TYPE hard.pair DROP ATTRIBUTE third CASCADE',
  ),
  neutralOf(
    'rights given and taken',
    'GRANT SELECT, INSERT ON hard.orders TO pg_monitor WITH GRANT OPTION; REVOKE ALL ON hard.orders FROM pg_monitor; REVOKE EXECUTE ON FUNCTION hard.touch FROM PUBLIC; GRANT EXECUTE ON FUNCTION hard.touch TO PUBLIC; REVOKE UPDATE ON hard.orders FROM CURRENT_USER; GRANT UPDATE ON hard.orders TO CURRENT_USER; GRANT SELECT (name) ON hard.people TO pg_monitor; REVOKE SELECT (name) ON hard.people FROM pg_monitor',
  ),
  neutralOf(
    'rights that are given by default',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA hard GRANT SELECT ON TABLES TO pg_monitor; ALTER DEFAULT PRIVILEGES IN SCHEMA hard REVOKE SELECT ON TABLES FROM pg_monitor; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC',
  ),
  neutralOf(
    'a role that comes, is given rights and goes',
    'CREATE ROLE hard_guest; GRANT USAGE ON SCHEMA hard TO hard_guest; GRANT SELECT ON ALL TABLES IN SCHEMA hard TO hard_guest; ALTER TABLE hard.scratch OWNER TO hard_guest; REASSIGN OWNED BY hard_guest TO CURRENT_USER; DROP OWNED BY hard_guest; DROP ROLE hard_guest',
  ),
  neutralOf(
    'settings of the database and of a role in it',
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %1$I SET work_mem = ''9MB''; ALTER DATABASE %1$I RESET work_mem; ALTER ROLE postgres IN DATABASE %1$I SET work_mem = ''9MB''; ALTER ROLE postgres IN DATABASE %1$I RESET ALL', current_database()); END $$",
  ),
  neutralOf(
    'what leads to other servers',
    "ALTER SERVER hard_far OPTIONS (SET host 'near.example', ADD port '1'); ALTER SERVER hard_far OPTIONS (SET host 'far.example', DROP port); ALTER FOREIGN TABLE hard.elsewhere OPTIONS (DROP table_name); ALTER FOREIGN TABLE hard.elsewhere OPTIONS (ADD table_name 'there'); DROP USER MAPPING FOR pg_monitor SERVER hard_far; CREATE USER MAPPING FOR pg_monitor SERVER hard_far OPTIONS (user 'watcher')",
  ),
  neutralOf(
    "a table and a function that become an extension's and go from it",
    'ALTER EXTENSION pg_trgm ADD TABLE hard.typed; ALTER EXTENSION pg_trgm DROP TABLE hard.typed; ALTER EXTENSION pg_trgm ADD FUNCTION hard.touch(); ALTER EXTENSION pg_trgm DROP FUNCTION hard.touch()',
  ),
  neutralOf(
    'a sequence of nobody, and its column again',
    'ALTER SEQUENCE hard.people_id_seq OWNED BY NONE; ALTER SEQUENCE hard.people_id_seq OWNED BY hard.people.id; ALTER SEQUENCE hard.free_seq NO CYCLE RESTART 500; ALTER SEQUENCE hard.free_seq CYCLE RESTART',
  ),
];
