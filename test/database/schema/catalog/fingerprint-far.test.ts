import type pg from 'pg';
import type { Snapshot } from '../../../../src/schema/model/object.ts';
import { createDatabase, named, sweptMajors, type TestDatabase } from '../../../support/database.ts';
import { fingerprintOf, kindsChanged, lookWith, snapshotBy } from '../../../support/fingerprint.ts';

jest.setTimeout(300_000);

/** A change of something that shows in the description of something else, or of what counts at all. */
interface FarChange {
  readonly before: string;
  readonly change: string;
  /** The oldest major that has it. */
  readonly since?: number;
}

const table = `CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN short AS text CHECK (length(VALUE) < 9);
  CREATE TYPE pair AS (one int, two text); CREATE SEQUENCE ids; CREATE ROLE far_reader; CREATE ROLE far_owner;
  CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x';
  CREATE TABLE t (id int DEFAULT nextval('ids'), m mood DEFAULT 'sad', s short DEFAULT 'x'::short, p pair, body text, w int CHECK (f(w) > 0))`;
const ledgerMade = 'CREATE TABLE slipway.ledger (a int)';
const extension = 'CREATE EXTENSION pg_trgm; CREATE TABLE t (a text)';
const op = `CREATE FUNCTION less(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
  CREATE OPERATOR <# (LEFTARG = int, RIGHTARG = int, FUNCTION = less); CREATE TABLE t (a int CHECK (a OPERATOR(public.<#) 4))`;

/** What names something: by that, what is named there becomes another. */
const ofNames: readonly FarChange[] = [
  [`${table}; CREATE VIEW v AS SELECT body FROM t`, 'ALTER TABLE t RENAME body TO content'],
  [`${table}; CREATE VIEW v AS SELECT body FROM t`, 'ALTER TABLE t RENAME TO u'],
  [`${table}; CREATE VIEW v AS SELECT (p).two FROM t`, 'ALTER TYPE pair RENAME ATTRIBUTE two TO deux'],
  [`${table}; CREATE MATERIALIZED VIEW v AS SELECT * FROM t`, 'ALTER TABLE t RENAME w TO wide'],
  [
    `${table}; CREATE FUNCTION g(m mood) RETURNS short LANGUAGE sql AS 'SELECT NULL::public.short'`,
    'ALTER TYPE mood RENAME TO temper',
  ],
  [
    `${table}; CREATE FUNCTION g(m mood) RETURNS short LANGUAGE sql AS 'SELECT NULL::public.short'`,
    'ALTER DOMAIN short RENAME TO brief',
  ],
  [table, "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"],
  [
    'CREATE OPERATOR FAMILY f USING btree',
    'ALTER OPERATOR FAMILY f USING btree ADD FUNCTION 1 (int4, int8) btint48cmp(int4, int8)',
  ],
  [
    `${table}; GRANT SELECT ON t TO far_reader`,
    'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO far_reader',
  ],
  // A parent without columns is told by no column of the child.
  ['CREATE TABLE a (); CREATE TABLE t () INHERITS (a)', 'ALTER TABLE t NO INHERIT a'],
  ['CREATE DOMAIN list AS int[]; CREATE TABLE t (a list)', 'ALTER DOMAIN list RENAME TO lists'],
  ['CREATE TYPE r AS RANGE (SUBTYPE = int); CREATE TABLE t (a r[])', 'ALTER TYPE r RENAME TO s'],
  [
    'CREATE TYPE r AS RANGE (SUBTYPE = int); CREATE TABLE t (a r_multirange)',
    'ALTER TYPE r_multirange RENAME TO s',
  ],
  ['CREATE TABLE a (); CREATE TABLE t (a a[])', 'ALTER TABLE a RENAME TO b'],
  [
    "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e[] DEFAULT '{a}')",
    "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
  ],
  [table, 'ALTER SEQUENCE ids RENAME TO numbers'],
  [table, 'ALTER FUNCTION f RENAME TO g'],
  [table, 'CREATE SCHEMA other; ALTER FUNCTION f SET SCHEMA other'],
  [table, 'CREATE SCHEMA other; ALTER TYPE mood SET SCHEMA other'],
  [`${table}; CREATE SCHEMA a; ALTER TABLE t SET SCHEMA a`, 'ALTER SCHEMA a RENAME TO b'],
  [`${table}; CREATE INDEX ON t (f(w))`, 'ALTER FUNCTION f RENAME TO g'],
  [`${table}; CREATE INDEX ON t (w) WHERE f(w) > 0`, 'ALTER TABLE t RENAME w TO wide'],
  [`${table}; CREATE POLICY p ON t TO far_reader USING (true)`, 'ALTER ROLE far_reader RENAME TO far_other'],
  [`${table}; GRANT SELECT ON t TO far_reader`, 'ALTER ROLE far_reader RENAME TO far_other'],
  [`${table}; GRANT SELECT (body) ON t TO far_reader`, 'ALTER ROLE far_reader RENAME TO far_other'],
  [`${table}; GRANT EXECUTE ON FUNCTION f TO far_reader`, 'ALTER ROLE far_reader RENAME TO far_other'],
  [`${table}; GRANT USAGE ON SCHEMA public TO far_reader`, 'ALTER ROLE far_reader RENAME TO far_other'],
  [`${table}; ALTER TABLE t OWNER TO far_owner`, 'ALTER ROLE far_owner RENAME TO far_other'],
  [`${table}; ALTER FUNCTION f OWNER TO far_owner`, 'ALTER ROLE far_owner RENAME TO far_other'],
  [
    `${table}; ALTER DEFAULT PRIVILEGES FOR ROLE far_owner GRANT SELECT ON TABLES TO far_reader`,
    'ALTER ROLE far_owner RENAME TO far_other',
  ],
  [
    `${table}; DO $$ BEGIN EXECUTE format('ALTER ROLE far_reader IN DATABASE %I SET work_mem = ''5MB''', current_database()); END $$`,
    'ALTER ROLE far_reader RENAME TO far_other',
  ],
  [
    `${table}; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR far_reader SERVER s`,
    'ALTER ROLE far_reader RENAME TO far_other',
  ],
  [
    `${table}; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE r (a int) SERVER s`,
    'ALTER SERVER s RENAME TO other',
  ],
  [`CREATE COLLATION c (locale = 'C'); CREATE TABLE t (a text COLLATE c)`, 'ALTER COLLATION c RENAME TO d'],
  [
    `CREATE TABLE t (a text); CREATE INDEX ON t (a COLLATE ucs_basic)`,
    'ALTER COLLATION pg_catalog.ucs_basic RENAME TO other',
  ],
  [
    'CREATE TABLE t (a text); CREATE INDEX ON t (a text_pattern_ops)',
    'ALTER OPERATOR CLASS text_pattern_ops USING btree RENAME TO other',
  ],
  [op, 'CREATE SCHEMA other; ALTER OPERATOR <# (int, int) SET SCHEMA other'],
  [op, 'CREATE ROLE far_owner; ALTER OPERATOR <# (int, int) OWNER TO far_owner'],
  [op, 'ALTER FUNCTION less RENAME TO lesser'],
  [
    `CREATE TABLE t (a text); CREATE INDEX ON t USING gin (to_tsvector('english', a))`,
    'ALTER TEXT SEARCH CONFIGURATION pg_catalog.english RENAME TO british',
  ],
  [
    `CREATE TABLE t (a text, v tsvector GENERATED ALWAYS AS (to_tsvector('english', a)) STORED)`,
    'ALTER TEXT SEARCH CONFIGURATION pg_catalog.english SET SCHEMA public',
  ],
  [
    `CREATE TABLE t (a text, b text[] DEFAULT ts_lexize('english_stem', 'stars'))`,
    'ALTER TEXT SEARCH DICTIONARY pg_catalog.english_stem RENAME TO british_stem',
  ],
  [
    `CREATE TABLE t (a text CHECK (lower(a) <> ''))`,
    'ALTER FUNCTION pg_catalog.lower(text) RENAME TO lowered',
  ],
  [
    `CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE TABLE t (a int); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION g()`,
    'ALTER TABLE t RENAME a TO b',
  ],
  [`CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t)`, 'ALTER TABLE t RENAME a TO b'],
  [`CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t)`, 'ALTER TABLE t RENAME TO v'],
  ['CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t', 'ALTER TABLE t RENAME a TO c'],
  ['CREATE TABLE t (a int, b int); CREATE PUBLICATION p FOR TABLE t', 'ALTER TABLE t RENAME TO u'],
  ["CREATE TABLE t (a int); COMMENT ON COLUMN t.a IS 'x'", 'ALTER TABLE t RENAME a TO b'],
  [
    "CREATE TABLE t (a int CONSTRAINT k CHECK (a > 0)); COMMENT ON CONSTRAINT k ON t IS 'x'",
    'ALTER TABLE t RENAME CONSTRAINT k TO l',
  ],
  [
    "CREATE FUNCTION g(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON FUNCTION g IS 'x'",
    'ALTER FUNCTION g RENAME TO h',
  ],
  ["CREATE PUBLICATION p; COMMENT ON PUBLICATION p IS 'x'", 'ALTER PUBLICATION p RENAME TO q'],
  [
    'CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE u PARTITION OF t DEFAULT',
    'ALTER TABLE t RENAME a TO b',
  ],
  [
    'CREATE TABLE t (a int, EXCLUDE USING btree (a WITH =)); CREATE INDEX i ON t (a); ALTER TABLE t CLUSTER ON i',
    'ALTER INDEX i RENAME TO j',
  ],
  [
    `CREATE TABLE t (); CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE); COMMENT ON SUBSCRIPTION s IS 'x'`,
    'ALTER SUBSCRIPTION s RENAME TO r',
  ],
].map(([before = '', change = '']) => ({ before, change }));

/** What decides whose an object is. */
const ofWhose: readonly FarChange[] = [
  { before: `${table}; GRANT UPDATE ON t TO far_reader`, change: 'GRANT SELECT (ctid) ON t TO far_reader' },
  {
    before: `${table}; GRANT UPDATE ON t TO far_reader; GRANT SELECT (ctid) ON t TO far_reader`,
    change: 'REVOKE SELECT (ctid) ON t FROM far_reader',
  },
  { before: table, change: 'ALTER SEQUENCE ids OWNED BY t.id' },
  { before: `${table}; ALTER SEQUENCE ids OWNED BY t.id`, change: 'ALTER SEQUENCE ids OWNED BY NONE' },
  { before: 'SELECT', change: 'DROP SCHEMA public' },
  ...[
    'TEXT SEARCH CONFIGURATION pg_catalog.english',
    'TEXT SEARCH DICTIONARY pg_catalog.english_stem',
    'COLLATION pg_catalog.ucs_basic',
    'CONVERSION pg_catalog.iso_8859_1_to_utf8',
    'OPERATOR CLASS pg_catalog.text_pattern_ops USING btree',
    'OPERATOR FAMILY pg_catalog.array_ops USING gin',
    'TEXT SEARCH PARSER pg_catalog."default"',
    'TEXT SEARCH TEMPLATE pg_catalog.simple',
  ].map((what) => ({ before: 'SELECT', change: `ALTER ${what} SET SCHEMA public` })),
  {
    before: 'ALTER COLLATION pg_catalog.ucs_basic SET SCHEMA public',
    change: 'ALTER COLLATION public.ucs_basic RENAME TO other',
  },
  {
    before: 'ALTER TEXT SEARCH CONFIGURATION pg_catalog.english SET SCHEMA public',
    change: 'ALTER TEXT SEARCH CONFIGURATION public.english DROP MAPPING FOR word',
  },
  { before: extension, change: 'ALTER EXTENSION pg_trgm ADD TABLE t' },
  {
    before: `${extension}; ALTER EXTENSION pg_trgm ADD TABLE t`,
    change: 'ALTER EXTENSION pg_trgm DROP TABLE t',
  },
  { before: extension, change: 'ALTER EXTENSION pg_trgm DROP FUNCTION similarity(text, text)' },
  { before: extension, change: 'ALTER EXTENSION pg_trgm SET SCHEMA pg_catalog' },
  {
    before:
      'CREATE EXTENSION pg_trgm SCHEMA pg_catalog; CREATE TABLE t (a text); CREATE INDEX ON t USING gin (a gin_trgm_ops)',
    change: 'ALTER EXTENSION pg_trgm SET SCHEMA public',
  },
  {
    before:
      'CREATE EXTENSION pg_trgm SCHEMA pg_catalog; CREATE TABLE t (a text); CREATE INDEX ON t USING gin (a gin_trgm_ops)',
    change: 'ALTER OPERATOR CLASS pg_catalog.gin_trgm_ops USING gin RENAME TO other',
  },
  {
    before: `${extension}; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    change: 'ALTER FUNCTION f DEPENDS ON EXTENSION pg_trgm',
  },
  {
    before: `${extension}; CREATE ROLE far_owner`,
    change: 'ALTER FUNCTION similarity(text, text) OWNER TO far_owner',
  },
  {
    before: `${extension}; CREATE ROLE far_owner SUPERUSER; ALTER FUNCTION similarity(text, text) OWNER TO far_owner`,
    change: 'ALTER ROLE far_owner NOSUPERUSER',
  },
  {
    before: `${extension}; CREATE ROLE far_owner; ALTER FUNCTION similarity(text, text) OWNER TO far_owner`,
    change: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO far_owner', current_database()); END $$`,
  },
  {
    before: `CREATE SCHEMA slipway; ${ledgerMade}`,
    change: 'CREATE TABLE slipway.more ()',
  },
  {
    before: `CREATE SCHEMA slipway; ${ledgerMade}`,
    change: 'CREATE FUNCTION slipway.f() RETURNS int LANGUAGE sql RETURN 1',
  },
  {
    before: `CREATE SCHEMA slipway; ${ledgerMade}`,
    change: "CREATE TYPE slipway.e AS ENUM ('a')",
  },
  {
    before: `CREATE SCHEMA slipway; ${ledgerMade}`,
    change: 'ALTER FUNCTION pg_catalog.pg_rotate_logfile() SET SCHEMA slipway',
  },
  {
    before: `CREATE SCHEMA slipway; ${ledgerMade}`,
    change: 'ALTER TABLE slipway.ledger RENAME TO other',
  },
  { before: 'CREATE SCHEMA s; CREATE TABLE s.t ()', change: 'ALTER SCHEMA s RENAME TO timescaledb_x' },
  {
    before: 'SELECT',
    change: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()); END $$`,
  },
];

/** What may or may not show; where it does, it counts. */
const ofGuesses: readonly FarChange[] = [
  [op, 'CREATE OPERATOR pg_catalog.<# (LEFTARG = int, RIGHTARG = int, FUNCTION = less)'],
  [
    `CREATE TABLE t (a varchar CHECK (lower(a) <> ''))`,
    `CREATE FUNCTION pg_catalog.lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT $1::text'`,
  ],
  [
    `CREATE TYPE r AS RANGE (SUBTYPE = int); CREATE VIEW v AS SELECT lower(r(1, 2)) AS l`,
    'CREATE CAST (r AS text) WITH INOUT AS IMPLICIT',
  ],
  ['CREATE TABLE t (a int)', 'ALTER TYPE pg_catalog.int4 RENAME TO whole'],
  ['CREATE TABLE t (a xml)', 'ALTER TYPE pg_catalog.xml RENAME TO markup'],
  [
    'CREATE TABLE t (a int); CREATE INDEX ON t USING hash (a)',
    'ALTER OPERATOR CLASS int4_ops USING hash RENAME TO other',
  ],
  ['CREATE TABLE t (a int)', 'CREATE ROLE far_owner; REASSIGN OWNED BY far_owner TO CURRENT_USER'],
  ['CREATE TABLE t (a int)', 'DROP SCHEMA information_schema CASCADE'],
  [extension, "ALTER EXTENSION pg_trgm UPDATE TO '1.6'"],
].map(([before = '', change = '']) => ({ before, change }));

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase(major);
    client = await database.connect();
  });
  afterAll(() => database.drop());

  const run = (sql: string): Promise<unknown> => client.query(`SET LOCAL search_path = public; ${sql}`);

  /** The kinds that a change shows in, and those of them whose fingerprints stay the same. */
  async function tried({ before, change }: FarChange) {
    await client.query('BEGIN');
    try {
      await run(before);
      const first = await snapshotBy(client);
      await client.query('SAVEPOINT before_it');
      await run(change);
      const shown = kindsChanged(first, await snapshotBy(client));
      await client.query('ROLLBACK TO before_it');
      const old = new Map<string, string>();
      for (const kind of shown) old.set(kind, await fingerprintOf(client, { of: [kind] }));
      await run(change);
      const same: string[] = [];
      for (const kind of shown)
        if ((await fingerprintOf(client, { of: [kind] })) === old.get(kind)) same.push(kind);
      return { shown, same };
    } finally {
      await client.query('ROLLBACK');
    }
  }

  test.each([
    ['of what is named', ofNames],
    ['of whose an object is', ofWhose],
  ])('a change %s is one of the fingerprint', async (_, changes) => {
    const missed: string[] = [];
    const unseen: string[] = [];
    for (const far of changes.filter(({ since = 14 }) => since <= major)) {
      const { shown, same } = await tried(far).catch((error: Error) => {
        unseen.push(`${error.message}: ${far.change}`);
        return { shown: [null], same: [] };
      });
      if (shown.length === 0) unseen.push(`${far.before}; ${far.change}`);
      missed.push(...same.map((kind) => `${kind}: ${far.change} (${far.before})`));
    }
    expect({ missed, unseen }).toEqual({ missed: [], unseen: [] });
  });

  test('the name of a tablespace is one of what lies there', async () => {
    const [old, renamed] = [`far_space_${major * 100}`, `far_renamed_${major * 100}`];
    // From 15 on a tablespace needs no directory of its own (PostgreSQL docs, allow_in_place_tablespaces).
    if (major < 15) return;
    await client.query('SET allow_in_place_tablespaces = on');
    await client.query(`CREATE TABLESPACE ${old} LOCATION ''`);
    try {
      await client.query(
        `CREATE TABLE lies_there (a int PRIMARY KEY USING INDEX TABLESPACE ${old}) TABLESPACE ${old}`,
      );
      const before = await lookWith(client);
      const options = await fingerprintOf(client, { of: ['options'] });
      await client.query(`ALTER TABLESPACE ${old} RENAME TO ${renamed}`);
      const after = await lookWith(client);
      expect(kindsChanged(before.snapshot as Snapshot, after.snapshot as Snapshot)).toEqual([
        'index options',
        'options',
      ]);
      expect(after.fingerprint).not.toBe(before.fingerprint);
      expect(await fingerprintOf(client, { of: ['options'] })).not.toBe(options);
    } finally {
      await client.query('DROP TABLE IF EXISTS lies_there');
      for (const name of [old, renamed]) await client.query(`DROP TABLESPACE IF EXISTS ${name}`);
    }
  });

  test('a change that may show is one of the fingerprint where it does', async () => {
    const missed: string[] = [];
    let shownOnce = 0;
    for (const far of ofGuesses) {
      const { shown, same } = await tried(far).catch(() => ({ shown: [], same: [] }));
      shownOnce += Math.min(1, shown.length);
      missed.push(...same.map((kind) => `${kind}: ${far.change}`));
    }
    expect(missed).toEqual([]);
    expect(shownOnce).toBeGreaterThan(0);
  });
});
