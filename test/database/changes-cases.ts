import { keys, people, readers, split } from './changes-cases-start.ts';

/** One change of a schema that brings others along, with rows in the tables. */
export interface Case {
  readonly name: string;
  /** The schema `s` and its rows. */
  readonly start: string;
  /** What makes the wished schema of it. */
  readonly wish: string;
  /** Objects that are left: going there, undoing it, and by the fix that brings the wish back. */
  readonly left?: {
    readonly up?: readonly string[];
    readonly down?: readonly string[];
    readonly fix?: readonly string[];
  };
  readonly renames?: {
    readonly columns?: Readonly<Record<string, string>>;
    readonly tables?: Readonly<Record<string, string>>;
  };
  readonly since?: number;
}

export const cases: readonly Case[] = [
  {
    name: 'a wider type under everything that reads it',
    start: people + readers,
    wish:
      'SET client_min_messages = warning; DROP VIEW s.who; DROP VIEW s.older; DROP VIEW s.old; DROP MATERIALIZED VIEW s.sums; DROP TRIGGER aged ON s.people; DROP POLICY adults ON s.people; DROP RULE quiet ON s.people; DROP FUNCTION s.oldest(); ALTER TABLE s.people DROP next_age; ALTER TABLE s.people ALTER age TYPE bigint;' +
      readers.replace(/CREATE INDEX people_age[\s\S]*?LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';/, ''),
    left: { down: [], fix: ['column s.people.age'] },
  },
  {
    name: 'texts become numbers',
    start: `${people} CREATE TABLE s.t (id integer, n text DEFAULT '5'); INSERT INTO s.t VALUES (1, '12'), (2, NULL);`,
    wish: 'ALTER TABLE s.t ALTER n DROP DEFAULT; ALTER TABLE s.t ALTER n TYPE integer USING n::integer; ALTER TABLE s.t ALTER n SET DEFAULT 5',
    left: { fix: ['column s.t.n'] },
  },
  {
    name: 'a text becomes an enum',
    start: `${people} CREATE TYPE s.mood AS ENUM ('good', 'bad');`,
    wish: "ALTER TABLE s.people ALTER mood TYPE s.mood USING mood::s.mood; ALTER TABLE s.people ALTER mood SET DEFAULT 'good'",
    left: { fix: ['column s.people.mood'] },
  },
  {
    name: 'a new enum and the column of it',
    start: people,
    wish: "CREATE TYPE s.sort AS ENUM ('a', 'b'); ALTER TABLE s.people ADD sort s.sort NOT NULL DEFAULT 'b'",
  },
  {
    name: 'new labels, between and before',
    start: `CREATE TYPE s.sort AS ENUM ('b', 'd'); CREATE TABLE s.t (x s.sort); INSERT INTO s.t VALUES ('b');`,
    wish: "ALTER TYPE s.sort ADD VALUE 'a' BEFORE 'b'; ALTER TYPE s.sort ADD VALUE 'c' AFTER 'b'; ALTER TYPE s.sort ADD VALUE 'e'",
    left: { down: ['type s.sort'], fix: ['type s.sort'] },
  },
  {
    name: 'a column in the middle of a view that others read',
    start: `${people} CREATE VIEW s.v AS SELECT id, name FROM s.people; CREATE VIEW s.w AS SELECT name FROM s.v; CREATE FUNCTION s.put() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER into_v INSTEAD OF INSERT ON s.v FOR EACH ROW EXECUTE FUNCTION s.put(); GRANT SELECT (name), UPDATE (name) ON s.v TO pg_monitor; COMMENT ON COLUMN s.v.name IS 'who'; ALTER VIEW s.v ALTER name SET DEFAULT 'nobody';`,
    wish: "DROP VIEW s.w; DROP VIEW s.v; CREATE VIEW s.v AS SELECT id, age, name FROM s.people; CREATE VIEW s.w AS SELECT name FROM s.v; CREATE TRIGGER into_v INSTEAD OF INSERT ON s.v FOR EACH ROW EXECUTE FUNCTION s.put(); GRANT SELECT (name), UPDATE (name) ON s.v TO pg_monitor; COMMENT ON COLUMN s.v.name IS 'who'; ALTER VIEW s.v ALTER name SET DEFAULT 'nobody'",
  },
  {
    name: 'a column at the end of a view',
    start: `${people} CREATE VIEW s.v AS SELECT id FROM s.people; CREATE VIEW s.w AS SELECT id FROM s.v;`,
    wish: 'CREATE OR REPLACE VIEW s.v AS SELECT id, age AS years FROM s.people',
  },
  {
    name: 'another result of a function that much leans on',
    start: `CREATE FUNCTION s.f(x integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN x + 1; CREATE FUNCTION s.g() RETURNS integer LANGUAGE sql RETURN 3; ${people} CREATE VIEW s.v AS SELECT s.f(id) AS f FROM s.people; ALTER TABLE s.people ADD CONSTRAINT f_ok CHECK (s.f(age) > 0), ADD g integer DEFAULT s.g(), ADD h integer GENERATED ALWAYS AS (s.f(age)) STORED; CREATE INDEX people_f ON s.people (s.f(id));`,
    wish: `DROP VIEW s.v; ALTER TABLE s.people DROP CONSTRAINT f_ok, DROP h, ALTER g DROP DEFAULT; DROP INDEX s.people_f; DROP FUNCTION s.f; DROP FUNCTION s.g; CREATE FUNCTION s.f(x integer) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN x + 1; CREATE FUNCTION s.g() RETURNS bigint LANGUAGE sql RETURN 3; CREATE VIEW s.v AS SELECT s.f(id) AS f FROM s.people; ALTER TABLE s.people ADD CONSTRAINT f_ok CHECK (s.f(age) > 0), ALTER g SET DEFAULT s.g(), ADD h integer GENERATED ALWAYS AS (s.f(age)) STORED; CREATE INDEX people_f ON s.people (s.f(id))`,
  },
  {
    name: 'another name of an argument',
    start: `CREATE FUNCTION s.f(x integer, y text DEFAULT 'a') RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'; ${people} CREATE VIEW s.v AS SELECT s.f(id) AS f FROM s.people; COMMENT ON FUNCTION s.f IS 'one';`,
    wish: `DROP VIEW s.v; DROP FUNCTION s.f; CREATE FUNCTION s.f(z integer, y text DEFAULT 'a') RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE VIEW s.v AS SELECT s.f(id) AS f FROM s.people; COMMENT ON FUNCTION s.f IS 'one'`,
  },
  {
    name: 'a default of an argument that goes',
    start: `CREATE FUNCTION s.f(x integer DEFAULT 3) RETURNS integer LANGUAGE sql AS 'SELECT 1';`,
    wish: `DROP FUNCTION s.f; CREATE FUNCTION s.f(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
  },
  {
    name: 'a function that becomes a procedure',
    start: `CREATE FUNCTION s.f(x integer) RETURNS void LANGUAGE sql AS 'SELECT 1';`,
    wish: `DROP FUNCTION s.f; CREATE PROCEDURE s.f(x integer) LANGUAGE sql AS 'SELECT 1'`,
  },
  {
    name: 'a table goes that others point to',
    start: `${keys}CREATE VIEW s.v AS SELECT a.id FROM s.a JOIN s.b ON b.a = a.id;`,
    wish: 'DROP VIEW s.v; ALTER TABLE s.b DROP CONSTRAINT b_a; DROP TABLE s.a; DELETE FROM s.b',
  },
  {
    name: 'tables that point to each other',
    start: people,
    wish: 'CREATE TABLE s.x (id serial PRIMARY KEY, y integer); CREATE TABLE s.y (id serial PRIMARY KEY, x integer REFERENCES s.x); ALTER TABLE s.x ADD CONSTRAINT x_y FOREIGN KEY (y) REFERENCES s.y; CREATE INDEX ON s.x (y); CREATE VIEW s.xy AS SELECT x.id FROM s.x JOIN s.y USING (id)',
  },
  {
    name: 'a primary key that others point to',
    start: keys,
    wish: 'ALTER TABLE s.b DROP CONSTRAINT b_a; ALTER TABLE s.a DROP CONSTRAINT a_key; ALTER TABLE s.a ADD CONSTRAINT a_key PRIMARY KEY (id) INCLUDE (x); ALTER TABLE s.b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES s.a (id)',
  },
  {
    name: 'a unique index becomes a constraint',
    start: `${people} CREATE UNIQUE INDEX people_name ON s.people (name); ALTER TABLE s.people REPLICA IDENTITY USING INDEX people_name; ALTER TABLE s.people CLUSTER ON people_name;`,
    wish: 'ALTER TABLE s.people REPLICA IDENTITY DEFAULT, SET WITHOUT CLUSTER; DROP INDEX s.people_name; ALTER TABLE s.people ADD CONSTRAINT people_name UNIQUE (name)',
  },
  {
    name: 'the index of a replica identity',
    start: `${people} CREATE UNIQUE INDEX people_name ON s.people (name); ALTER TABLE s.people REPLICA IDENTITY USING INDEX people_name; ALTER TABLE s.people CLUSTER ON people_name; ALTER TABLE s.people SET (fillfactor = 70);`,
    wish: 'DROP INDEX s.people_name; CREATE UNIQUE INDEX people_name ON s.people (name DESC); ALTER TABLE s.people REPLICA IDENTITY USING INDEX people_name; ALTER TABLE s.people CLUSTER ON people_name',
  },
  {
    name: 'a column of a partitioned table',
    start: split,
    wish: "ALTER TABLE s.log ADD extra text NOT NULL DEFAULT 'e', DROP note, ALTER n TYPE bigint; CREATE INDEX log_n ON s.log (n)".replace(
      ', ALTER n TYPE bigint',
      '',
    ),
  },
  {
    name: 'a wider column of a partitioned table',
    start: split
      .replace('PARTITION BY LIST (n)', '')
      .replace('CREATE TABLE s.log_2_1 PARTITION OF s.log_2 DEFAULT;', ''),
    wish: 'ALTER TABLE s.log ALTER n TYPE bigint, ALTER note SET NOT NULL; ALTER TABLE s.log ALTER n SET DEFAULT 3; ALTER TABLE s.log_1 ALTER n SET DEFAULT 9',
    left: { fix: ['column s.log.n'] },
  },
  {
    name: 'a new partition and a new column',
    start: split,
    wish: "ALTER TABLE s.log ADD extra integer DEFAULT 3; CREATE TABLE s.log_3 PARTITION OF s.log (extra DEFAULT 4) FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE INDEX log_3_extra ON s.log_3 (extra)",
  },
  {
    name: 'a partition by itself, and another bound',
    start: split,
    wish: "ALTER TABLE s.log DETACH PARTITION s.log_2; ALTER TABLE s.log DETACH PARTITION s.log_1; ALTER TABLE s.log ATTACH PARTITION s.log_1 FOR VALUES FROM ('2023-01-01') TO ('2025-01-01')",
  },
  {
    name: 'what heirs inherit',
    start:
      "CREATE TABLE s.p (id integer, x text); CREATE TABLE s.c (own integer) INHERITS (s.p); CREATE TABLE s.d () INHERITS (s.c); INSERT INTO s.p VALUES (1, 'p'); INSERT INTO s.c VALUES (2, 'c', 3); INSERT INTO s.d VALUES (3, 'd', 4);",
    wish: 'ALTER TABLE s.p ADD y integer NOT NULL DEFAULT 8, ALTER x SET NOT NULL, ADD CONSTRAINT positive CHECK (id > 0); ALTER TABLE s.c ALTER y SET DEFAULT 9; ALTER TABLE s.p ALTER x TYPE varchar(5)',
  },
  {
    name: 'an heir that comes, and one that goes',
    start:
      "CREATE TABLE s.p (id integer, x text); CREATE TABLE s.c (own integer) INHERITS (s.p); INSERT INTO s.c VALUES (2, 'c', 3);",
    wish: 'ALTER TABLE s.p ADD y date; CREATE TABLE s.q (z integer); CREATE TABLE s.e (more text) INHERITS (s.p, s.q); ALTER TABLE s.c NO INHERIT s.p',
  },
  {
    name: 'serial becomes identity',
    start: "CREATE TABLE s.t (id serial PRIMARY KEY, x text); INSERT INTO s.t (x) VALUES ('a'), ('b');",
    wish: 'ALTER TABLE s.t ALTER id DROP DEFAULT; DROP SEQUENCE s.t_id_seq; ALTER TABLE s.t ALTER id ADD GENERATED ALWAYS AS IDENTITY',
  },
  {
    name: 'a wider serial',
    start:
      "CREATE TABLE s.t (id serial PRIMARY KEY, x text); INSERT INTO s.t (x) VALUES ('a'), ('b'); CREATE TABLE s.u (t integer REFERENCES s.t); INSERT INTO s.u VALUES (1);",
    wish: 'ALTER TABLE s.t ALTER id TYPE bigint; ALTER SEQUENCE s.t_id_seq AS bigint; ALTER TABLE s.u ALTER t TYPE bigint',
    left: { fix: ['column s.t.id', 'column s.u.t'] },
  },
  {
    name: 'a default that is lost with its sequence',
    start: "CREATE TABLE s.t (id serial PRIMARY KEY, x text); INSERT INTO s.t (x) VALUES ('a'), ('b');",
    wish: 'DROP SEQUENCE s.t_id_seq CASCADE',
  },
  {
    name: 'a column with all that is of it',
    start: `${people} CREATE INDEX people_age ON s.people (age); CREATE INDEX people_age_name ON s.people (age, name); ALTER TABLE s.people ADD CONSTRAINT grown CHECK (age > 1), ADD CONSTRAINT age_key UNIQUE (age, id); COMMENT ON COLUMN s.people.age IS 'years'; CREATE STATISTICS s.st ON age, name FROM s.people; CREATE VIEW s.v AS SELECT age FROM s.people; GRANT SELECT (age) ON s.people TO pg_monitor;`,
    wish: 'DROP VIEW s.v; ALTER TABLE s.people DROP age',
  },
  {
    name: 'an index that loses its second column',
    start: `${people} CREATE INDEX people_age_name ON s.people (age, name);`,
    wish: 'DROP INDEX s.people_age_name; ALTER TABLE s.people DROP age; CREATE INDEX people_age_name ON s.people (name)',
  },
  {
    name: 'a renamed column that much names',
    start: `${people} CREATE INDEX people_age ON s.people (age) WHERE age > 2; ALTER TABLE s.people ADD CONSTRAINT grown CHECK (age > 1); CREATE VIEW s.v AS SELECT id, age FROM s.people; COMMENT ON COLUMN s.people.age IS 'years'; CREATE TABLE s.k (a integer); ALTER TABLE s.people ADD UNIQUE (age); ALTER TABLE s.k ADD FOREIGN KEY (a) REFERENCES s.people (age); ALTER TABLE s.people ALTER age SET STATISTICS 50;`,
    wish: 'ALTER TABLE s.people RENAME age TO years; ALTER TABLE s.people ALTER years SET DEFAULT 3',
    renames: { columns: { 's.people.age': 'years' } },
  },
  {
    name: 'a renamed table',
    start:
      keys +
      "CREATE VIEW s.v AS SELECT id FROM s.a; COMMENT ON TABLE s.a IS 'a'; CREATE INDEX a_x ON s.a (x);",
    wish: 'ALTER TABLE s.a RENAME TO c; ALTER TABLE s.c RENAME x TO z; ALTER TABLE s.c ADD more text',
    renames: { tables: { 's.a': 'c' }, columns: { 's.a.x': 'z' } },
  },
  {
    name: 'a domain that is stricter',
    start:
      "CREATE DOMAIN s.pos AS integer CONSTRAINT pos CHECK (VALUE > 0); COMMENT ON CONSTRAINT pos ON DOMAIN s.pos IS 'more'; CREATE TABLE s.t (x s.pos); INSERT INTO s.t VALUES (3), (4);",
    wish: "ALTER DOMAIN s.pos DROP CONSTRAINT pos; ALTER DOMAIN s.pos ADD CONSTRAINT pos CHECK (VALUE > 1); COMMENT ON CONSTRAINT pos ON DOMAIN s.pos IS 'more'; ALTER DOMAIN s.pos SET NOT NULL; ALTER DOMAIN s.pos SET DEFAULT 4",
  },
  {
    name: 'a domain over another type',
    start:
      'CREATE DOMAIN s.d AS integer; CREATE TABLE s.t (x s.d); INSERT INTO s.t VALUES (1); CREATE DOMAIN s.free AS integer;',
    wish: 'DROP TABLE s.t; DROP DOMAIN s.d; CREATE DOMAIN s.d AS bigint; CREATE TABLE s.t (x s.d); DROP DOMAIN s.free; CREATE DOMAIN s.free AS text',
    left: { up: ['type s.d'], down: ['type s.d'], fix: ['type s.d'] },
  },
  {
    name: 'attributes of a composite type',
    start:
      "CREATE TYPE s.pair AS (a integer, b text); CREATE TABLE s.t (p s.pair); INSERT INTO s.t VALUES (ROW(1, 'x')); CREATE TYPE s.free AS (a integer, b text);",
    wish: 'ALTER TYPE s.pair ADD ATTRIBUTE c date; ALTER TYPE s.free ALTER ATTRIBUTE a TYPE bigint, DROP ATTRIBUTE b',
    left: { fix: ['type s.pair', 'type s.free'] },
  },
  {
    name: 'another subtype of a range',
    start:
      'CREATE TYPE s.span AS RANGE (SUBTYPE = integer); CREATE FUNCTION s.f(s.span) RETURNS integer LANGUAGE sql AS $$SELECT 1$$;',
    wish: 'DROP FUNCTION s.f; DROP TYPE s.span; CREATE TYPE s.span AS RANGE (SUBTYPE = bigint); CREATE FUNCTION s.f(s.span) RETURNS integer LANGUAGE sql AS $$SELECT 1$$',
  },
  {
    name: 'a whole schema',
    start: people,
    wish: `CREATE SCHEMA t; CREATE TYPE t.e AS ENUM ('a'); CREATE FUNCTION t.f() RETURNS integer LANGUAGE sql RETURN 1; CREATE TABLE t.x (id bigserial PRIMARY KEY, e t.e DEFAULT 'a', n integer DEFAULT t.f(), p integer REFERENCES s.people); CREATE VIEW t.v AS SELECT * FROM t.x; CREATE MATERIALIZED VIEW t.m AS SELECT n FROM t.v; CREATE INDEX m_n ON t.m (n); CREATE FUNCTION t.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER trg BEFORE INSERT ON t.x FOR EACH ROW EXECUTE FUNCTION t.trg(); ALTER TABLE t.x ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t.x USING (n > t.f()); GRANT USAGE ON SCHEMA t TO pg_monitor; GRANT SELECT ON t.x, t.v TO pg_monitor WITH GRANT OPTION; COMMENT ON TABLE t.x IS 'x'`,
  },
  {
    name: 'a view where a table was',
    start: `${people} CREATE TABLE s.v (id integer); INSERT INTO s.v VALUES (1);`,
    wish: 'DROP TABLE s.v; CREATE VIEW s.v AS SELECT id FROM s.people',
    left: { fix: [] },
  },
  {
    name: 'a materialized view where a view was',
    start: `${people} CREATE VIEW s.v AS SELECT id FROM s.people; CREATE VIEW s.w AS SELECT id FROM s.v;`,
    wish: 'DROP VIEW s.w; DROP VIEW s.v; CREATE MATERIALIZED VIEW s.v AS SELECT id FROM s.people; CREATE UNIQUE INDEX v_id ON s.v (id); CREATE VIEW s.w AS SELECT id FROM s.v',
  },
  {
    name: 'a trigger with its function',
    start: people,
    wish: "CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER f BEFORE INSERT ON s.people FOR EACH ROW EXECUTE FUNCTION s.f(); ALTER TABLE s.people ENABLE REPLICA TRIGGER f; COMMENT ON TRIGGER f ON s.people IS 'f'",
  },
  {
    name: 'grants',
    start: `${people} GRANT SELECT, INSERT ON s.people TO pg_monitor; GRANT UPDATE ON s.people TO pg_read_all_stats WITH GRANT OPTION; CREATE FUNCTION s.f() RETURNS integer LANGUAGE sql RETURN 1; CREATE SEQUENCE s.q;`,
    wish: 'REVOKE INSERT ON s.people FROM pg_monitor; GRANT SELECT ON s.people TO pg_monitor WITH GRANT OPTION; REVOKE GRANT OPTION FOR UPDATE ON s.people FROM pg_read_all_stats; GRANT SELECT (name) ON s.people TO pg_read_all_stats; REVOKE EXECUTE ON FUNCTION s.f() FROM public; GRANT USAGE ON SEQUENCE s.q TO pg_monitor; GRANT USAGE ON SCHEMA s TO public',
  },
  {
    name: 'a type that an extension brings',
    start: people,
    wish: "CREATE EXTENSION citext SCHEMA s; ALTER TABLE s.people ADD mail s.citext NOT NULL DEFAULT 'a@b'; CREATE INDEX people_mail ON s.people (mail)",
  },
  {
    name: 'a generated column that takes over, and one that is let go',
    start:
      'CREATE TABLE s.t (a integer, b integer, c integer GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO s.t (a, b) VALUES (1, 2), (3, 4); CREATE INDEX t_b ON s.t (b);',
    wish: 'ALTER TABLE s.t DROP b; ALTER TABLE s.t ADD b integer GENERATED ALWAYS AS (a + 1) STORED; CREATE INDEX t_b ON s.t (b); ALTER TABLE s.t ALTER c DROP EXPRESSION',
    left: { fix: ['column s.t.c'] },
  },
  {
    name: 'a virtual column',
    start: 'CREATE TABLE s.t (a integer); INSERT INTO s.t VALUES (1);',
    wish: 'ALTER TABLE s.t ADD b integer GENERATED ALWAYS AS (a * 2) VIRTUAL',
    since: 18,
  },
  {
    name: 'named NOT NULLs',
    start:
      'CREATE TABLE s.t (a integer CONSTRAINT first NOT NULL, b integer NOT NULL, c integer); INSERT INTO s.t VALUES (1, 2, 3);',
    wish: 'ALTER TABLE s.t RENAME CONSTRAINT first TO second; ALTER TABLE s.t RENAME CONSTRAINT t_b_not_null TO third; ALTER TABLE s.t ADD CONSTRAINT fourth NOT NULL c',
    since: 18,
  },
  {
    name: 'a column that must be filled',
    start: people,
    wish: "ALTER TABLE s.people ADD must text; UPDATE s.people SET must = 'x'; ALTER TABLE s.people ALTER must SET NOT NULL",
    left: { up: ['fails'] },
  },
  {
    name: 'options of a foreign table and its server',
    start:
      "CREATE EXTENSION postgres_fdw SCHEMA s; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'a, b'); CREATE FOREIGN TABLE s.f (id integer OPTIONS (column_name 'x'), n text) SERVER far OPTIONS (table_name 'f');",
    wish: "ALTER SERVER far OPTIONS (SET host 'c', ADD port '5'); ALTER FOREIGN TABLE s.f ADD more text OPTIONS (column_name 'y'), ALTER id OPTIONS (DROP column_name), ALTER n OPTIONS (ADD column_name 'z'); ALTER FOREIGN TABLE s.f OPTIONS (ADD schema_name 'q')",
  },
  {
    name: 'a quoted world',
    start: `CREATE TABLE s."T.x" ("A b" integer DEFAULT 1, "c""d" text); INSERT INTO s."T.x" VALUES (1, 'x'); CREATE INDEX "i i" ON s."T.x" ("A b");`,
    wish: `ALTER TABLE s."T.x" ADD "e.f" text DEFAULT ';', ALTER "A b" TYPE bigint, ADD CONSTRAINT "c c" CHECK ("A b" > 0); COMMENT ON COLUMN s."T.x"."e.f" IS 'a''b'; DROP INDEX s."i i"; CREATE INDEX "i i" ON s."T.x" ("c""d")`,
    left: { fix: ['column s."T.x"."A b"'] },
  },
];
