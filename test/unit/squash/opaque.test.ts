import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { parseSql } from '../../../src/sql/script.ts';
import { isKept, keepSections } from '../../../src/squash/keep.ts';
import { opaqueStatements } from '../../../src/squash/opaque.ts';

const scriptOf = (text: string) => parseSql({ path: 'sql/baseline.sql', text, checksum: '' });
const shown = { functions: new Set(['setval', 'now', 'count', 'lower', 'create_hypertable', 'int4range']) };

/** A statement about the database that it runs in. */
const here = (statement: string, value?: string): string =>
  `DO $$ BEGIN EXECUTE format('${statement}', current_database()${value === undefined ? '' : `, '${value}'`}); END $$`;

const statements: readonly (readonly [sql: string, hidden: string | null])[] = [
  ['DO $$ BEGIN END $$', 'DO'],
  ['do language plpgsql $$ BEGIN END $$', 'DO'],
  [here('ALTER DATABASE %I SET work_mem TO %L', '64MB'), null],
  [here('ALTER ROLE "My role" IN DATABASE %I SET search_path TO %s', 'shop, public'), null],
  [here('ALTER DATABASE %I RESET shop.mode'), null],
  [here('COMMENT ON DATABASE %I IS %L', "it''s ours"), null],
  [here('GRANT CREATE, CONNECT ON DATABASE %I TO app'), null],
  [
    "do $body$ begin\n  execute format('ALTER DATABASE %I SET work_mem TO %L', current_database(), '64MB');\nend; $body$",
    null,
  ],
  [here('ALTER DATABASE %I SET shop.api_key TO %L', 'x'), 'DO'],
  [here('ALTER DATABASE %I CONNECTION LIMIT 5'), 'DO'],
  [here('ALTER DATABASE %I SET work_mem TO %L; DELETE FROM shop.items', '64MB'), 'DO'],
  [
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem TO %L', current_database(), '64MB'); DELETE FROM shop.items; END $$",
    'DO',
  ],
  ['CALL shop.tidy(3)', 'CALL'],
  ["SELECT setval('shop.s', 3)", null],
  ["SELECT pg_catalog.setval('shop.s', 3)", null],
  ['SELECT shop.fill(3)', 'shop.fill()'],
  ['SELECT fill (3)', 'fill()'],
  ['SELECT "Fill"(3)', '"Fill"()'],
  ["SELECT public.create_hypertable('a', 'b')", null],
  [
    'WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT 2) SELECT count(*) FROM a WHERE 1 IN (1) AND EXISTS (SELECT 1)',
    null,
  ],
  ['SELECT 1 FROM (VALUES (1)) AS v', null],
  ["SELECT 'fill(3)'", null],
  ['INSERT INTO shop.a SELECT shop.fill(1)', null],
  ['WITH x AS (SELECT 1 AS one) INSERT INTO shop.a (b) SELECT one FROM x', null],
  ['WITH x (one) AS (SELECT 1), y (a, b) AS NOT MATERIALIZED (VALUES (1, 2)) SELECT count(*) FROM x', null],
  [
    'WITH x AS (SELECT 1) INSERT INTO shop.a (b) SELECT 1 ON CONFLICT (b) DO UPDATE SET (c, d) = (1, 2)',
    null,
  ],
  [
    'WITH x AS (SELECT 1) MERGE INTO shop.a (b) USING x ON (true) WHEN NOT MATCHED THEN INSERT (b) VALUES (1)',
    null,
  ],
  ['SELECT v.one::decimal(3, 1), v.one::character varying (3) FROM (VALUES (1)) AS v(one)', null],
  ['WITH x AS (SELECT shop.fill(1)) INSERT INTO shop.a (b) SELECT 1 FROM x', 'shop.fill()'],
  ['SELECT * FROM shop.rows(1) AS (a int, b text)', 'shop.rows()'],
  ['CREATE TABLE shop.a (b int)', null],
  ['CREATE ROLE app', 'CREATE ROLE'],
  ['CREATE USER MAPPING FOR app SERVER s', null],
  ['ALTER DATABASE x SET a = b', 'ALTER DATABASE'],
  ['CREATE OR REPLACE LANGUAGE plperl', null],
  ["COMMENT ON DATABASE x IS 'y'", 'COMMENT ON DATABASE'],
  ["COMMENT ON TABLE shop.a IS 'y'", null],
  ["SECURITY LABEL ON TABLE shop.a IS 'y'", 'SECURITY LABEL'],
  ['GRANT app TO other', 'GRANT of a role'],
  ['GRANT SELECT ON shop.a TO app', null],
];

test.each(statements)('%s', (sql, hidden) => {
  expect(opaqueStatements(scriptOf(sql), shown).map(({ what }) => what)).toEqual(
    hidden === null ? [] : [hidden],
  );
});

test('sections that are kept, byte for byte, and what stands in them', () => {
  const first = '-- slipway: keep\n-- Why.\nDO $$ BEGIN\n-- slipway: end\nEND $$;\n\n  -- slipway: end';
  const second = '--slipway:keep\nCALL shop.tidy();\n--  slipway:  end';
  const script = scriptOf(`CREATE TABLE a ();\n${first}\nDO 'x';\n${second}`);
  const sections = keepSections(script);
  expect(sections.map(({ text }) => text)).toEqual([first, second]);
  expect(script.statements.map((statement) => isKept(sections, statement))).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

test('markers in strings and in data are none', () => {
  const script = scriptOf(
    "SELECT '\n-- slipway: keep\n';\nCOPY a FROM stdin;\n-- slipway: keep\n\\.\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- slipway: end\nSELECT 1 $$;\n",
  );
  expect(keepSections(script)).toEqual([]);
});

const wrong: readonly (readonly [what: string, text: string, place: string, message: RegExp])[] = [
  ['never ends', 'SELECT 1;\n-- slipway: keep\nSELECT 2;\n', '2:1', /never ends/],
  ['never began', 'SELECT 1;\n-- slipway: end\n', '2:1', /never began/],
  ['within another', '-- slipway: keep\n-- slipway: keep\n-- slipway: end\n', '2:1', /inside another/],
  ['within a statement', 'SELECT 1,\n-- slipway: keep\n2;\n-- slipway: end\n', '2:1', /inside a statement/],
];

test.each(wrong)('a marker that %s', (_, text, place, message) => {
  let error: unknown;
  try {
    keepSections(scriptOf(text));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SlipwayError);
  const { failure } = error as SlipwayError;
  expect(`${failure.place?.line}:${failure.place?.column}`).toBe(place);
  expect(failure.message).toMatch(message);
});
