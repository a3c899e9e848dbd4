import { type Neutral, neutralOf } from './neutral.ts';

/** Runs a statement for each row of a query, which `format` writes it from. */
const forEach = (query: string): string =>
  `DO $each$ DECLARE one record; BEGIN FOR one IN ${query} LOOP EXECUTE one.statement; END LOOP; END $each$`;
const ofHard = "relnamespace = 'hard'::regnamespace";
const comment = (on: string, text: string): string => `COMMENT ON ${on} IS '${text}'`;

/** What is made again, as its own definition says: by hand, or by a tool that moves a schema. */
export const madeAgain: readonly Neutral[] = [
  neutralOf(
    'views made again from pg_get_viewdef',
    forEach(`SELECT format('CREATE OR REPLACE VIEW %s %s AS %s', c.oid::regclass,
        'WITH (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid)) AS statement
      FROM pg_class c WHERE c.relkind = 'v' AND ${ofHard}`),
  ),
  neutralOf(
    'a view dropped and made again from its pretty definition',
    `CREATE TEMP TABLE walk AS SELECT pg_get_viewdef('hard.walk'::regclass, true) AS sql; DROP VIEW hard.walk;
     ${forEach("SELECT 'CREATE VIEW hard.walk AS ' || sql AS statement FROM pg_temp.walk")}; DROP TABLE pg_temp.walk`,
  ),
  neutralOf(
    'routines made again from pg_get_functiondef',
    `${forEach(`SELECT pg_get_functiondef(p.oid) AS statement FROM pg_proc p
      WHERE p.pronamespace = 'hard'::regnamespace AND p.prokind IN ('f', 'p')
        AND p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'internal')`)};
     ALTER FUNCTION hard.noticed() DEPENDS ON EXTENSION pg_trgm`,
  ),
  neutralOf(
    'triggers made again from pg_get_triggerdef',
    `${forEach(`SELECT format('DROP TRIGGER %I ON %s; %s', t.tgname, t.tgrelid::regclass, pg_get_triggerdef(t.oid)) AS statement
      FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgname IN ('late', 'changed', 'partitioned') AND t.tgparentid = 0`)}`,
  ),
  neutralOf(
    'indexes made again from pg_get_indexdef',
    `${forEach(`SELECT format('DROP INDEX %s; %s', i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)) AS statement
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE c.relname IN ('people_lower', 'people_cover', 'people_pattern', 'totals_person', 'events_2024_reading')`)};
     ${comment('INDEX hard.people_lower', 'for the phone book')}`,
  ),
  neutralOf(
    'checks made again from pg_get_constraintdef',
    `${forEach(`SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS statement
      FROM pg_constraint c WHERE c.contype = 'c' AND c.conrelid IN ('hard.people'::regclass, 'hard.parent'::regclass)`)};
     ${comment('CONSTRAINT age_positive ON hard.people', 'no unborn')}`,
  ),
  neutralOf(
    'statistics made again from their definition',
    `${forEach("SELECT format('DROP STATISTICS hard.people_stats; %s', pg_get_statisticsobjdef(oid)) AS statement FROM pg_statistic_ext WHERE stxname = 'people_stats'")};
     ALTER STATISTICS hard.people_stats SET STATISTICS 200; ${comment('STATISTICS hard.people_stats', 'they go together')}`,
  ),
  neutralOf(
    'a rule made again from pg_get_ruledef',
    `${forEach("SELECT 'DROP RULE no_delete ON hard.parent; ' || pg_get_ruledef(oid) AS statement FROM pg_rewrite WHERE rulename = 'no_delete'")};
     ${comment('RULE no_delete ON hard.parent', 'for ever')}`,
  ),
  neutralOf(
    'policies made again in another order',
    `DROP POLICY own ON hard.people; DROP POLICY readers ON hard.people;
     CREATE POLICY readers ON hard.people AS RESTRICTIVE FOR SELECT TO pg_read_all_stats, pg_monitor USING (EXISTS (SELECT 1 FROM hard.orders o WHERE o.person = people.id));
     CREATE POLICY own ON hard.people USING (name = CURRENT_USER) WITH CHECK (age > 1); ${comment('POLICY own ON hard.people', "one''s own")}`,
  ),
  neutralOf(
    'a key made from an index',
    `ALTER TABLE hard.orders DROP CONSTRAINT orders_pk; CREATE UNIQUE INDEX made_first ON hard.orders (id) INCLUDE (amount) WITH (fillfactor = 90);
     ALTER TABLE hard.orders ADD CONSTRAINT orders_pk PRIMARY KEY USING INDEX made_first`,
  ),
  neutralOf(
    'a foreign key added without a look at the rows, and validated',
    `ALTER TABLE hard.orders DROP CONSTRAINT orders_person;
     ALTER TABLE hard.orders ADD CONSTRAINT orders_person FOREIGN KEY (person) REFERENCES hard.people MATCH FULL ON UPDATE SET NULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;
     ALTER TABLE hard.orders VALIDATE CONSTRAINT orders_person`,
  ),
  neutralOf('an enum made again, a label at a time', [
    `ALTER TYPE hard.mood RENAME TO old_mood; CREATE TYPE hard.mood AS ENUM ('it''s fine'); ${comment('TYPE hard.mood', 'how it goes')}`,
    "ALTER TYPE hard.mood ADD VALUE 'sad' BEFORE 'it''s fine'",
    "ALTER TYPE hard.mood ADD VALUE 'so-so' AFTER 'sad'",
    `DROP DOMAIN hard.maybe_mood; CREATE DOMAIN hard.maybe_mood AS hard.mood DEFAULT 'sad';
       ALTER TABLE hard.people ALTER feeling DROP DEFAULT, ALTER feeling TYPE hard.mood USING feeling::text::hard.mood, ALTER feeling SET DEFAULT 'so-so';
       ALTER STATISTICS hard.people_stats SET STATISTICS 200; DROP TYPE hard.old_mood`,
  ]),
  neutralOf(
    'a publication made again, its tables in another order',
    `DROP PUBLICATION hard_changes; CREATE PUBLICATION hard_changes FOR TABLE hard.people, hard.orders WITH (publish = 'update, insert');
     ${comment('PUBLICATION hard_changes', 'for the warehouse')}`,
  ),
  neutralOf(
    'an identity made again',
    'ALTER TABLE hard.orders ALTER alias DROP IDENTITY; ALTER TABLE hard.orders ALTER alias ADD GENERATED BY DEFAULT AS IDENTITY',
  ),
  neutralOf(
    'a materialized view made again from its definition',
    `CREATE TEMP TABLE totals AS SELECT pg_get_viewdef('hard.totals'::regclass) AS sql; DROP MATERIALIZED VIEW hard.totals;
     ${forEach("SELECT 'CREATE MATERIALIZED VIEW hard.totals WITH (fillfactor = 60) AS ' || sql AS statement FROM pg_temp.totals")}; DROP TABLE pg_temp.totals;
     CREATE UNIQUE INDEX totals_person ON hard.totals (person); ${comment('MATERIALIZED VIEW hard.totals', 'refreshed at night')}`,
  ),
];
