import type { Case } from './changes-cases.ts';

const numbers = `CREATE TABLE s.a (id int PRIMARY KEY, n bigint, x real, y real[], z double precision DEFAULT 0.1);
INSERT INTO s.a VALUES (1, 7, 0.02, '{0.02,NULL,-1.5e10}', 0.3), (2, 8, 16777216, NULL, 1e-7);
CREATE SEQUENCE s.q;
SELECT setval('s.q', 3);
`;

/** Changes that work in one order, or as one statement. */
export const orderCases: readonly Case[] = [
  {
    name: 'functions that call each other by text, and a table that comes with them',
    start: 'CREATE TABLE s.t (a int)',
    wish: `CREATE TABLE s.made (a int);
CREATE FUNCTION s.z() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM s.made';
CREATE FUNCTION s.m() RETURNS bigint LANGUAGE sql AS 'SELECT s.z() + 1';
CREATE FUNCTION s.a() RETURNS bigint LANGUAGE sql AS 'SELECT s.m() + 1';
CREATE FUNCTION s.c() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION s.b() RETURNS bigint LANGUAGE sql SET search_path = s AS 'SELECT c()';`,
  },
  {
    name: 'functions in a circle',
    start: "CREATE FUNCTION s.a(n int) RETURNS int LANGUAGE sql AS 'SELECT n'",
    wish: `SET LOCAL check_function_bodies = off;
CREATE FUNCTION s.b(n int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN n > 0 THEN s.c(n - 1) ELSE 0 END';
CREATE FUNCTION s.c(n int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN n > 0 THEN s.b(n - 1) ELSE 0 END';`,
  },
  {
    name: 'a table that a new column points to',
    start: 'CREATE TABLE s.p (id int PRIMARY KEY, n int)',
    wish: 'CREATE TABLE s.o (id int PRIMARY KEY, k int UNIQUE); ALTER TABLE s.p ADD o int REFERENCES s.o (k), ADD q int REFERENCES s.o',
  },
  {
    name: 'two keys of the same column, on a table that is there and on one that comes',
    start: 'CREATE TABLE s.t (a int NOT NULL)',
    wish: `ALTER TABLE s.t ADD CONSTRAINT first UNIQUE (a); ALTER TABLE s.t ADD PRIMARY KEY (a);
CREATE TABLE s.u (a int PRIMARY KEY, b int);
ALTER TABLE s.u ADD UNIQUE (a), ADD CONSTRAINT again UNIQUE (a), ADD UNIQUE (b, a), ADD CONSTRAINT late UNIQUE (a) DEFERRABLE;`,
  },
  {
    name: 'a sequence that a new column comes to own',
    start: numbers,
    wish: "ALTER TABLE s.a ADD m bigint DEFAULT nextval('s.q'); ALTER SEQUENCE s.q OWNED BY s.a.m",
  },
  {
    name: 'a sequence that goes from a column that goes to one that comes',
    start: `${numbers}ALTER SEQUENCE s.q OWNED BY s.a.n;`,
    wish: 'ALTER TABLE s.a ADD m bigint; ALTER SEQUENCE s.q OWNED BY s.a.m; ALTER TABLE s.a DROP n',
  },
  {
    name: 'a sequence that goes from one table to another that is new',
    start: `${numbers}ALTER SEQUENCE s.q OWNED BY s.a.n;`,
    wish: "CREATE TABLE s.b (k bigint DEFAULT nextval('s.q')); ALTER SEQUENCE s.q OWNED BY s.b.k",
  },
  {
    name: 'limits that shut out where a sequence stands',
    start: numbers,
    wish: "SELECT setval('s.q', 200); ALTER SEQUENCE s.q MINVALUE 100 MAXVALUE 300 START 100",
  },
  {
    name: 'limits that lie beyond the old ones, downwards',
    start: `${numbers}ALTER SEQUENCE s.q MAXVALUE 50;`,
    wish: "ALTER SEQUENCE s.q MAXVALUE 9000; SELECT setval('s.q', 5000); ALTER SEQUENCE s.q MINVALUE 1000 INCREMENT -1 START 9000",
  },
  {
    name: 'a smaller type under a sequence',
    start: `CREATE SEQUENCE s.q AS bigint; SELECT setval('s.q', 70000);`,
    wish: `ALTER SEQUENCE s.q RESTART 5 MAXVALUE 99; ALTER SEQUENCE s.q AS smallint`,
  },
  {
    name: 'real becomes double precision and numeric, as people see it',
    start: numbers,
    wish: 'ALTER TABLE s.a ALTER x TYPE double precision USING x::text::double precision, ALTER y TYPE numeric[] USING y::text[]::numeric[], ALTER z DROP DEFAULT, ALTER z TYPE numeric USING z::text::numeric, ALTER z SET DEFAULT 0.1',
    left: { fix: ['column s.a.x', 'column s.a.y', 'column s.a.z'] },
  },
  {
    name: 'default privileges that come, change and go',
    start: `ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor GRANT UPDATE ON SEQUENCES TO pg_monitor WITH GRANT OPTION;`,
    wish: `ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT, INSERT ON TABLES TO pg_monitor WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA s REVOKE ALL ON FUNCTIONS FROM pg_monitor;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT USAGE ON TYPES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor REVOKE GRANT OPTION FOR UPDATE ON SEQUENCES FROM pg_monitor;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor REVOKE SELECT ON SEQUENCES FROM pg_monitor;`,
  },
  {
    name: 'columns that go with a check, an index and statistics on them, and what those lean on elsewhere',
    start: `CREATE FUNCTION s.f(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n + 1';
CREATE TYPE s.kind AS ENUM ('one', 'two');
CREATE TABLE s.z (id int PRIMARY KEY, n int CONSTRAINT above CHECK (s.f(n) > 0), m s.kind);
CREATE INDEX z_n ON s.z (s.f(n), (m > 'one'::s.kind));
CREATE STATISTICS s.z_both ON (s.f(n)), id FROM s.z;
INSERT INTO s.z VALUES (1, 2, 'one');`,
    wish: 'ALTER TABLE s.z DROP n, DROP m; DROP FUNCTION s.f(int); DROP TYPE s.kind',
  },
  {
    name: 'both sides of a key that points into its own table go',
    start: `CREATE TABLE s.span (id int PRIMARY KEY, ends int, "then, at" int,
  CONSTRAINT whole UNIQUE (id, ends), CONSTRAINT follows FOREIGN KEY (id, "then, at") REFERENCES s.span (id, ends));
INSERT INTO s.span VALUES (1, 2, 2);`,
    wish: 'ALTER TABLE s.span DROP "then, at", DROP ends',
  },
  {
    name: 'policies and rules of tables that go and read each other, by views and functions too',
    start: `CREATE TABLE s.a (id int); CREATE TABLE s.b (id int); CREATE TABLE s.c (id int, x int);
INSERT INTO s.a VALUES (1); INSERT INTO s.c VALUES (1, 2);
CREATE VIEW s.v AS SELECT id FROM s.a;
CREATE FUNCTION s.f(i int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT i > 0';
CREATE FUNCTION s.g(one s.a) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE POLICY p ON s.a USING (id IN (SELECT b.id FROM s.b));
CREATE POLICY p ON s.b USING (id IN (SELECT a.id FROM s.a));
CREATE POLICY q ON s.b USING (s.f(id) AND id IN (SELECT v.id FROM s.v));
CREATE POLICY q ON s.a USING (s.g(a) AND id IN (SELECT v.id FROM s.v));
CREATE RULE r AS ON INSERT TO s.a DO ALSO DELETE FROM s.b;
CREATE RULE r AS ON INSERT TO s.b DO ALSO DELETE FROM s.a;
CREATE RULE w AS ON INSERT TO s.v DO INSTEAD INSERT INTO s.b VALUES (NEW.id);
CREATE POLICY x ON s.c USING (x IN (SELECT a.id FROM s.a));`,
    wish: 'ALTER TABLE s.c DROP x CASCADE; DROP TABLE s.a, s.b CASCADE; DROP FUNCTION s.f',
  },
  {
    name: 'a sequence that goes from a table that goes to one that comes',
    start: 'CREATE TABLE s.tag (id serial PRIMARY KEY); INSERT INTO s.tag VALUES (DEFAULT), (DEFAULT);',
    wish: `CREATE TABLE s.label (id int PRIMARY KEY DEFAULT nextval('s.tag_id_seq'));
ALTER SEQUENCE s.tag_id_seq OWNED BY s.label.id;
DROP TABLE s.tag`,
  },
  {
    name: 'all of one table at once',
    start: `CREATE TABLE s.other (id bigint PRIMARY KEY);
INSERT INTO s.other VALUES (1);
CREATE TABLE s.t (a int NOT NULL, b varchar(5) DEFAULT 'x', c int, d real, e text, f int CONSTRAINT low CHECK (f > 0), g int GENERATED ALWAYS AS (a + 1) STORED, h text, CONSTRAINT pair UNIQUE (a, c));
ALTER TABLE s.t ALTER h SET STORAGE EXTERNAL;
INSERT INTO s.t VALUES (1, 'y', 1, 0.5, 'e', 3), (2, NULL, NULL, NULL, NULL, NULL);`,
    wish: `ALTER TABLE s.t ALTER a TYPE bigint, ALTER a SET DEFAULT 5, ALTER b TYPE text, ALTER b DROP DEFAULT, ALTER c TYPE bigint, ALTER d TYPE double precision USING d::text::double precision,
  DROP CONSTRAINT low, ADD CONSTRAINT low CHECK (f > 2), DROP CONSTRAINT pair, ADD CONSTRAINT pair UNIQUE (c, a), ADD i bigint DEFAULT 1, ADD CONSTRAINT other FOREIGN KEY (i) REFERENCES s.other, ADD CONSTRAINT high CHECK (a < 9) NOT VALID,
  DROP g, ADD g bigint GENERATED ALWAYS AS (a + 1) STORED, ALTER h SET STORAGE PLAIN, ALTER h SET STATISTICS 7, ALTER e SET DEFAULT 'e', SET (fillfactor = 70), ADD PRIMARY KEY (a), REPLICA IDENTITY FULL, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
    left: { fix: ['column s.t.a', 'column s.t.b'] },
  },
];
