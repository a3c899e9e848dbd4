import { takeSnapshot } from '../../../../src/schema/catalog/snapshot.ts';
import { type Kind, kinds } from '../../../../src/schema/kinds.ts';
import { ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, named, type TestDatabase } from '../../../support/database.ts';

const parts = 'CREATE TABLE p (id int PRIMARY KEY, n int CHECK (n > 0), w text) PARTITION BY RANGE (id)';
const trigger = `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`;
const attached = `${parts}; CREATE TABLE q PARTITION OF p FOR VALUES FROM (0) TO (9)`;

/**
 * SQL that makes an object of a kind in a database that is empty but for what it cannot be without. The readers of some
 * kinds are run only where the catalogs hold something of theirs: each must be found by itself.
 */
const alone: Record<Kind, string> = {
  database: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); END $$`,
  schema: 'CREATE SCHEMA s',
  extension: 'CREATE EXTENSION pg_trgm',
  'extension version': 'CREATE EXTENSION pg_trgm',
  language: 'CREATE LANGUAGE l HANDLER plpgsql_call_handler',
  'access method': 'CREATE ACCESS METHOD m TYPE INDEX HANDLER bthandler',
  conversion: "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
  collation: "CREATE COLLATION c (locale = 'C')",
  'text search parser':
    'CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
  'text search template': 'CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)',
  'text search dictionary': 'CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)',
  'text search configuration': 'CREATE TEXT SEARCH CONFIGURATION c (PARSER = default)',
  'foreign data wrapper': 'CREATE FOREIGN DATA WRAPPER w',
  'foreign server': 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w',
  'user mapping':
    'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s',
  type: 'CREATE TYPE r AS RANGE (SUBTYPE = float8)',
  transform:
    'CREATE LANGUAGE l HANDLER plpgsql_call_handler; CREATE TRANSFORM FOR int LANGUAGE l (FROM SQL WITH FUNCTION dsimple_init(internal))',
  sequence: 'CREATE SEQUENCE s',
  table: 'CREATE TABLE t ()',
  column: 'CREATE TABLE t (a int)',
  'column order': 'CREATE TABLE t (a int)',
  'column origin': 'CREATE TABLE t (a int); CREATE TABLE u (a int) INHERITS (t)',
  'not null': 'CREATE TABLE t (a int CONSTRAINT mine NOT NULL)',
  function: 'CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1',
  procedure: "CREATE PROCEDURE p() LANGUAGE sql AS ''",
  aggregate: 'CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)',
  operator: 'CREATE OPERATOR <# (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)',
  'operator family': 'CREATE OPERATOR FAMILY f USING btree',
  'operator class':
    'CREATE OPERATOR CLASS c FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)',
  cast: 'CREATE CAST (int AS date) WITHOUT FUNCTION',
  view: 'CREATE VIEW v AS SELECT 1 AS a',
  'materialized view': 'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a',
  'without data': 'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a WITH NO DATA',
  publication: 'CREATE PUBLICATION p',
  subscription: "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE)",
  'default privileges': 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor',
  'event trigger':
    "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
  constraint: 'CREATE TABLE t (a int CHECK (a > 0))',
  'unique index': 'CREATE TABLE t (a int); CREATE UNIQUE INDEX ON t (a)',
  index: 'CREATE TABLE t (a int); CREATE INDEX ON t (a)',
  'index options': 'CREATE TABLE t (a int PRIMARY KEY WITH (fillfactor = 50))',
  'partition key': `${parts}; CREATE TABLE q PARTITION OF p FOR VALUES FROM (0) TO (9); CREATE UNIQUE INDEX u ON ONLY p (id, n)`,
  'partition index': `${attached}; CREATE INDEX i ON ONLY p (n)`,
  'partition index options': `${attached}; CREATE INDEX i ON p (n); ALTER INDEX q_n_idx SET (fillfactor = 50)`,
  'partition constraint': `${attached}; CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE p ADD CONSTRAINT k FOREIGN KEY (n) REFERENCES t; ALTER TABLE q RENAME CONSTRAINT k TO other`,
  statistics: 'CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t',
  options: 'CREATE TABLE t (a int) WITH (fillfactor = 50)',
  'column options': 'CREATE TABLE t (a int); ALTER TABLE t ALTER a SET STATISTICS 300',
  trigger: `CREATE TABLE t (a int); ${trigger}; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
  'partition trigger': `${attached}; ${trigger}; CREATE TRIGGER g AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE q DISABLE TRIGGER g`,
  enforcement: 'CREATE TABLE t (a int PRIMARY KEY REFERENCES t); ALTER TABLE t DISABLE TRIGGER ALL',
  rule: 'CREATE TABLE t (a int); CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING',
  policy: 'CREATE TABLE t (a int); CREATE POLICY p ON t',
  'extension dependency':
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1; ALTER FUNCTION f DEPENDS ON EXTENSION plpgsql',
  comment: "CREATE TABLE t (); COMMENT ON TABLE t IS 'x'",
  owner: 'CREATE TABLE t ()',
  privileges: 'CREATE TABLE t (); GRANT SELECT ON t TO pg_monitor',
};

/** Kinds with more than one reader: each that is run only where there is something. */
const others: readonly (readonly [kind: Kind, sql: string])[] = [
  [
    'type',
    `CREATE TYPE b; CREATE FUNCTION b_in(cstring) RETURNS b LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
     CREATE FUNCTION b_out(b) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out'; CREATE TYPE b (INPUT = b_in, OUTPUT = b_out, LIKE = int)`,
  ],
];

/** What initdb made, in a schema of a user. */
const moved: readonly (readonly [kind: Kind, sql: string])[] = [
  ['text search configuration', 'ALTER TEXT SEARCH CONFIGURATION pg_catalog.english SET SCHEMA public'],
  ['text search dictionary', 'ALTER TEXT SEARCH DICTIONARY pg_catalog.english_stem SET SCHEMA public'],
  ['collation', 'ALTER COLLATION pg_catalog.ucs_basic SET SCHEMA public'],
  ['conversion', 'ALTER CONVERSION pg_catalog.iso_8859_1_to_utf8 SET SCHEMA public'],
  ['operator class', 'ALTER OPERATOR CLASS pg_catalog.text_pattern_ops USING btree SET SCHEMA public'],
];

/** What a kind is new in. */
const since: Partial<Record<Kind, number>> = { 'not null': 18 };

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(major);
  });
  afterAll(() => database.drop());

  test('an object of each kind is found where it is the only one of its kind', async () => {
    const session = await sessionOn(database);
    const missed: string[] = [];
    const rows = [...(Object.entries(alone) as [Kind, string][]), ...others, ...moved];
    for (const [kind, sql] of rows.filter(([kind]) => (since[kind] ?? 0) <= major)) {
      await session.run('BEGIN');
      await session.run(`SET LOCAL search_path = public; ${sql}`);
      const snapshot = await takeSnapshot(session, { ledger, withPrivileges: true });
      await session.run('ROLLBACK');
      if (![...snapshot.values()].some((object) => object.kind === kind)) missed.push(`${kind}: ${sql}`);
    }
    await session.end();
    expect(Object.keys(alone).sort()).toEqual(Object.keys(kinds).sort());
    expect(missed).toEqual([]);
  });
});
