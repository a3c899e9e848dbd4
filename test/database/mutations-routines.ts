import { drift, type Mutation, people, reported } from './mutations.ts';

const greet = (result: string, more = '', body = "RETURN 'Hello, ' || who;"): string =>
  `CREATE OR REPLACE FUNCTION hard.greet(who text DEFAULT 'you', VARIADIC more text[] DEFAULT '{}') RETURNS ${result} LANGUAGE plpgsql STABLE PARALLEL SAFE COST 50 SET search_path = hard, pg_temp ${more} AS $$\nBEGIN\n  ${body}\nEND $$`;
const total =
  'CREATE AGGREGATE hard.total_of(numeric) (SFUNC = hard.sum_step, STYPE = numeric, COMBINEFUNC = hard.sum_step, PARALLEL = SAFE';
const aggregateComment = "; COMMENT ON AGGREGATE hard.total_of(numeric) IS 'adds'";
const adults =
  'CREATE OR REPLACE VIEW hard.adults AS SELECT id, name, age + 1 AS next_age FROM hard.people WHERE age';
const noticed = (body: string): string =>
  `CREATE OR REPLACE FUNCTION hard.noticed() RETURNS event_trigger LANGUAGE plpgsql AS '${body}'`;
const noticedDepends = 'ALTER FUNCTION hard.noticed() DEPENDS ON EXTENSION pg_trgm';
const noDelete = 'CREATE OR REPLACE RULE no_delete AS ON DELETE TO hard.parent';
const late = (timing: string): string =>
  `DROP TRIGGER late ON hard.people; CREATE CONSTRAINT TRIGGER late AFTER INSERT ON hard.people ${timing} FOR EACH ROW EXECUTE FUNCTION hard.touch()`;
export const routines: readonly Mutation[] = [
  drift(
    '~ function hard.greet(who text, VARIADIC more text[])',
    greet('text', '', "RETURN 'Bye, ' || who;"),
    greet('text'),
  ),
  drift(
    '~ function hard.greet(who text, VARIADIC more text[])',
    greet('text', 'SECURITY DEFINER'),
    greet('text'),
  ),
  drift(
    '~ function hard.greet(who text, VARIADIC more text[])',
    'ALTER FUNCTION hard.greet VOLATILE',
    'ALTER FUNCTION hard.greet STABLE',
  ),
  drift(
    '~ function hard.greet(who text, VARIADIC more text[])',
    'ALTER FUNCTION hard.greet RESET search_path',
    'ALTER FUNCTION hard.greet SET search_path = hard, pg_temp',
  ),
  drift(
    '~ function hard.standard(x integer)',
    'CREATE OR REPLACE FUNCTION hard.standard(x integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC SELECT count(*) FROM hard.people WHERE age >= x; END',
    'CREATE OR REPLACE FUNCTION hard.standard(x integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT BEGIN ATOMIC SELECT count(*) FROM hard.people WHERE age > x; END',
  ),
  // PostgreSQL forgets the extension that it depends on.
  drift(
    ['~ function hard.noticed()', '- extension dependency function hard.noticed() on pg_trgm'],
    noticed('BEGIN NULL; END'),
    `${noticed('BEGIN END')}; ${noticedDepends}`,
  ),
  drift(
    '~ function hard.noticed()',
    `${noticed('BEGIN NULL; END')}; ${noticedDepends}`,
    `${noticed('BEGIN END')}; ${noticedDepends}`,
  ),
  drift(
    '- function hard.short(x integer)',
    'DROP FUNCTION hard.short',
    'CREATE FUNCTION hard.short(x integer) RETURNS integer LANGUAGE sql RETURN x + 1',
  ),
  reported(
    '+ function hard.surplus()',
    'CREATE FUNCTION hard.surplus() RETURNS integer LANGUAGE sql RETURN 1',
    'DROP FUNCTION hard.surplus',
  ),
  drift(
    '~ procedure hard.tidy(IN days integer, INOUT done bigint)',
    "CREATE OR REPLACE PROCEDURE hard.tidy(IN days integer, INOUT done bigint DEFAULT 0) LANGUAGE plpgsql AS 'BEGIN done := 2 * days; END'",
    "CREATE OR REPLACE PROCEDURE hard.tidy(IN days integer, INOUT done bigint DEFAULT 0) LANGUAGE plpgsql AS 'BEGIN done := days; END'",
  ),
  drift(
    '~ aggregate hard.total_of(numeric)',
    `DROP AGGREGATE hard.total_of(numeric); ${total}, INITCOND = '1')${aggregateComment}`,
    `DROP AGGREGATE hard.total_of(numeric); ${total}, INITCOND = '0')${aggregateComment}`,
  ),
  drift(
    '- aggregate hard.total_of(numeric)',
    'DROP AGGREGATE hard.total_of(numeric)',
    `${total}, INITCOND = '0')${aggregateComment}`,
  ),
  drift('~ trigger hard.people.touched', people('DISABLE TRIGGER touched'), people('ENABLE TRIGGER touched')),
  drift(
    '~ trigger hard.people.touched',
    people('ENABLE ALWAYS TRIGGER touched'),
    people('ENABLE TRIGGER touched'),
  ),
  drift(
    '~ trigger hard.people.sleeping',
    people('ENABLE TRIGGER sleeping'),
    people('DISABLE TRIGGER sleeping'),
  ),
  drift(
    '~ trigger hard.people.late',
    late('DEFERRABLE INITIALLY IMMEDIATE'),
    late('DEFERRABLE INITIALLY DEFERRED'),
  ),
  drift(
    '- trigger hard.people.changed',
    'DROP TRIGGER changed ON hard.people',
    'CREATE TRIGGER changed AFTER UPDATE ON hard.people REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION hard.touch()',
  ),
  drift(
    '- trigger hard.events.partitioned',
    'DROP TRIGGER partitioned ON hard.events',
    'CREATE TRIGGER partitioned BEFORE INSERT ON hard.events FOR EACH ROW EXECUTE FUNCTION hard.touch()',
  ),
  drift(
    '~ rule hard.parent.no_delete',
    `${noDelete} WHERE id > 5 DO INSTEAD NOTHING`,
    `${noDelete} DO INSTEAD NOTHING`,
  ),
  drift(
    '~ rule hard.parent.no_delete',
    'ALTER TABLE hard.parent DISABLE RULE no_delete',
    'ALTER TABLE hard.parent ENABLE RULE no_delete',
  ),
  drift(
    '- rule hard.parent.no_delete',
    'DROP RULE no_delete ON hard.parent',
    `${noDelete} DO INSTEAD NOTHING; COMMENT ON RULE no_delete ON hard.parent IS 'for ever'`,
  ),
  drift(
    '~ event trigger hard_noticed',
    'ALTER EVENT TRIGGER hard_noticed DISABLE',
    'ALTER EVENT TRIGGER hard_noticed ENABLE',
  ),
  drift(
    '~ policy hard.people.own',
    'ALTER POLICY own ON hard.people USING (name = SESSION_USER)',
    'ALTER POLICY own ON hard.people USING (name = CURRENT_USER)',
  ),
  drift(
    '~ policy hard.people.own',
    'ALTER POLICY own ON hard.people WITH CHECK (age > 2)',
    'ALTER POLICY own ON hard.people WITH CHECK (age > 1)',
  ),
  drift(
    '~ policy hard.people.readers',
    'ALTER POLICY readers ON hard.people TO pg_monitor',
    'ALTER POLICY readers ON hard.people TO pg_monitor, pg_read_all_stats',
  ),
  drift(
    '- policy hard.people.own',
    'DROP POLICY own ON hard.people',
    "CREATE POLICY own ON hard.people USING (name = CURRENT_USER) WITH CHECK (age > 1); COMMENT ON POLICY own ON hard.people IS 'one''s own'",
  ),
  drift('~ view hard.adults', `${adults} >= 21`, `${adults} >= 18`),
  drift(
    '~ view hard.adults',
    "ALTER VIEW hard.adults ALTER COLUMN name SET DEFAULT 'x'",
    "ALTER VIEW hard.adults ALTER COLUMN name SET DEFAULT 'nobody'",
  ),
  drift(
    '~ view hard.locked',
    'ALTER VIEW hard.locked RESET (security_barrier)',
    'ALTER VIEW hard.locked SET (security_barrier = true)',
  ),
  drift(
    '~ view hard.locked',
    'ALTER VIEW hard.locked SET (security_invoker = true)',
    'ALTER VIEW hard.locked RESET (security_invoker)',
    15,
  ),
  drift(
    '- view hard.walk',
    'DROP VIEW hard.walk',
    'CREATE VIEW hard.walk AS WITH RECURSIVE steps AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM steps WHERE n < 5) SELECT n, row_number() OVER (ORDER BY n) AS place FROM steps',
  ),
  drift(
    '- materialized view hard.totals',
    'DROP MATERIALIZED VIEW hard.totals',
    "CREATE MATERIALIZED VIEW hard.totals WITH (fillfactor = 60) AS SELECT person, sum(amount) AS total FROM hard.orders GROUP BY person; CREATE UNIQUE INDEX totals_person ON hard.totals (person); COMMENT ON MATERIALIZED VIEW hard.totals IS 'refreshed at night'",
  ),
  reported(
    '~ options hard.totals',
    'ALTER MATERIALIZED VIEW hard.totals SET (fillfactor = 61)',
    'ALTER MATERIALIZED VIEW hard.totals SET (fillfactor = 60)',
  ),
];
