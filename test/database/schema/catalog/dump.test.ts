import { takeSnapshot } from '../../../../src/schema/catalog/snapshot.ts';
import { diff } from '../../../../src/schema/compare/diff.ts';
import { expectedOf, hardSchema, ledger, lookAt, sessionOn } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, type TestDatabase } from '../../../support/database.ts';
import { hardRows } from '../../../support/hard-rows.ts';
import { dump, dumps, findPgDump, restore } from '../../../support/pg-dump.ts';

jest.setTimeout(120_000);

/**
 * What pg_dump writes and the snapshot leaves out on purpose: owners, and the comments that extensions bring along.
 * Indexes and constraints of partitions that hang on their parent's are told by the parent's.
 */
const leftOut = [
  /^COMMENT ON EXTENSION (?:pg_trgm|postgres_fdw) /,
  /^ALTER .* OWNER TO /,
  /^ALTER TABLE ONLY .* ATTACH PARTITION /,
  /^ALTER INDEX .* ATTACH PARTITION /,
];

const identifier = '(?:"(?:[^"]|"")*"|[^\\s".(,;]+)';
const qualified = `(?:${identifier}\\.)?${identifier}`;

/** Statement of a dump -> the objects that it makes; the first pattern that matches counts. */
type Make = (...found: string[]) => string;
const patterns: readonly (readonly [pattern: string, make: Make])[] = [
  ['CREATE SCHEMA (N)', (name) => `schema ${name}`],
  ['CREATE EXTENSION IF NOT EXISTS (N)', (name) => `extension ${name}`],
  ['CREATE (?:UNLOGGED )?TABLE (Q)', (name) => `table ${name}`],
  ['CREATE FOREIGN TABLE (Q)', (name) => `table ${name}`],
  ['CREATE (?:UNLOGGED )?SEQUENCE (Q)', (name) => `sequence ${name}`],
  ['CREATE VIEW (Q)', (name) => `view ${name}`],
  ['CREATE MATERIALIZED VIEW (Q)', (name) => `materialized view ${name}`],
  ['CREATE (?:TYPE|DOMAIN) (Q)', (name) => `type ${name}`],
  ['CREATE COLLATION (Q)', (name) => `collation ${name}`],
  ['CREATE FUNCTION (Q)\\(', (name) => `function ${name}(`],
  ['CREATE PROCEDURE (Q)\\(', (name) => `procedure ${name}(`],
  ['CREATE AGGREGATE (Q)\\(', (name) => `aggregate ${name}(`],
  ['CREATE (?:CONSTRAINT )?TRIGGER (N) .* ON (Q)', (name, table) => `trigger ${table}.${name}`],
  ['CREATE RULE (N) AS\\s+ON \\w+ TO (Q)', (name, table) => `rule ${table}.${name}`],
  ['CREATE EVENT TRIGGER (N)', (name) => `event trigger ${name}`],
  ['CREATE POLICY (N) ON (Q)', (name, table) => `policy ${table}.${name}`],
  ['CREATE UNIQUE INDEX (N) ON (?:ONLY )?(Q)', (name, table) => `unique index ${table}.${name}`],
  ['CREATE INDEX (N) ON (?:ONLY )?(Q)', (name, table) => `index ${table}.${name}`],
  ['CREATE STATISTICS (Q)', (name) => `statistics ${name}`],
  ['CREATE PUBLICATION (N)', (name) => `publication ${name}`],
  ['ALTER PUBLICATION (N) ADD', (name) => `publication ${name}`],
  ['CREATE CAST \\((.+?) AS (.+?)\\)', (from, to) => `cast ${from} as ${to.replace('pg_catalog.', '')}`],
  ['CREATE OPERATOR (Q) \\(', (name) => `operator ${name}(`],
  ['CREATE OPERATOR CLASS (Q)\\s', (name) => `operator class ${name} `],
  ['CREATE OPERATOR FAMILY (Q) USING (N)', (name, method) => `operator family ${name} using ${method}`],
  ['CREATE (?:OR REPLACE )?(?:TRUSTED )?(?:PROCEDURAL )?LANGUAGE (N)', (name) => `language ${name}`],
  [
    'CREATE TRANSFORM FOR (.+?) LANGUAGE (N)',
    (type, language) => `transform for ${type} language ${language}`,
  ],
  ['CREATE ACCESS METHOD (N)', (name) => `access method ${name}`],
  ['CREATE (?:DEFAULT )?CONVERSION (Q)', (name) => `conversion ${name}`],
  [
    'CREATE TEXT SEARCH (CONFIGURATION|DICTIONARY|PARSER|TEMPLATE) (Q)',
    (kind, name) => `text search ${kind.toLowerCase()} ${name}`,
  ],
  ['ALTER TEXT SEARCH CONFIGURATION (Q)', (name) => `text search configuration ${name}`],
  ['CREATE FOREIGN DATA WRAPPER (N)', (name) => `foreign data wrapper ${name}`],
  ['CREATE SERVER (N)', (name) => `foreign server ${name}`],
  ['CREATE USER MAPPING FOR (N) SERVER (N)', (user, server) => `user mapping ${user} on ${server}`],
  [
    'ALTER TRIGGER (N) ON (Q) DEPENDS ON EXTENSION (N)',
    (name, table, extension) => `extension dependency trigger ${name} on ${table} on ${extension}`,
  ],
  [
    'ALTER (FUNCTION|PROCEDURE) (Q)(\\(.*\\)) DEPENDS ON EXTENSION (N)',
    (kind, name, types, extension) =>
      `extension dependency ${kind.toLowerCase()} ${name}${types} on ${extension}`,
  ],
  [
    'ALTER (INDEX|MATERIALIZED VIEW) (Q) DEPENDS ON EXTENSION (N)',
    (kind, name, extension) => `extension dependency ${kind.toLowerCase()} ${name} on ${extension}`,
  ],
  ['ALTER TABLE (?:ONLY )?(Q)\\s+ADD CONSTRAINT (N) ', (table, name) => `constraint ${table}.${name}`],
  ['ALTER TABLE (?:ONLY )?(Q) ALTER COLUMN (N) SET DEFAULT', (table, name) => `column ${table}.${name}`],
  ['ALTER TABLE (?:ONLY )?(Q) ALTER COLUMN (N) ADD GENERATED', (table, name) => `column ${table}.${name}`],
  [
    'ALTER (?:FOREIGN )?TABLE (?:ONLY )?(Q) ALTER COLUMN (N) (?:SET|OPTIONS)',
    (table, name) => `column options ${table}.${name}`,
  ],
  [
    'ALTER (?:MATERIALIZED VIEW|TABLE) (?:ONLY )?(Q) (?:CLUSTER ON|REPLICA IDENTITY)',
    (name) => `options ${name}`,
  ],
  ['ALTER TABLE (?:ONLY )?(Q) (?:ENABLE|FORCE) ROW', (name) => `table ${name}`],
  [
    'ALTER TABLE (?:ONLY )?(Q) (?:ENABLE|DISABLE) (?:\\w+ )?TRIGGER (N)',
    (table, name) => `trigger ${table}.${name}`,
  ],
  ['ALTER STATISTICS (Q)', (name) => `statistics ${name}`],
  ['ALTER SEQUENCE (Q)', (name) => `sequence ${name}`],
  ['ALTER INDEX (Q) ALTER COLUMN', (name) => `index options .${name}`],
  ['COMMENT ON SERVER (N) IS', (name) => `comment server ${name}`],
  ['COMMENT ON COLUMN (.+?) IS ', (name) => `comment column ${name}`],
  ['COMMENT ON CONSTRAINT (N) ON (?:DOMAIN )?(Q)', (name, on) => `comment constraint ${name} on ${on}`],
  ['COMMENT ON CAST \\((.+?) AS ', (from) => `comment cast (${from} AS `],
  [
    'COMMENT ON (FUNCTION|PROCEDURE|AGGREGATE) (Q)\\(',
    (kind, name) => `comment ${kind.toLowerCase()} ${name}(`,
  ],
  ['COMMENT ON OPERATOR (Q) \\(', (name) => `comment operator ${name}(`],
  ['COMMENT ON OPERATOR CLASS (Q) ', (name) => `comment operator class ${name} `],
  [
    'COMMENT ON OPERATOR FAMILY (Q) USING (N) IS ',
    (name, method) => `comment operator family ${name} USING ${method}`,
  ],
  [
    'COMMENT ON TRANSFORM FOR (.+?) LANGUAGE (N) IS ',
    (type, language) => `comment transform for ${type} language ${language}`,
  ],
  [
    'COMMENT ON (FOREIGN DATA WRAPPER|STATISTICS|DOMAIN) (Q)',
    (kind, name) =>
      `comment ${{ STATISTICS: 'statistics object', DOMAIN: 'type' }[kind] ?? 'foreign-data wrapper'} ${name}`,
  ],
  [
    'COMMENT ON (TRIGGER|RULE|POLICY) (N) ON (Q)',
    (kind, name, table) => `comment ${kind.toLowerCase()} ${name} on ${table}`,
  ],
  ['COMMENT ON ([A-Z ]+?) (Q) IS ', (kind, name) => `comment ${kind.toLowerCase()} ${name}`],
];
const makers = patterns.map(([pattern, make]): readonly [RegExp, Make] => [
  new RegExp(`^${pattern.replaceAll('N)', `${identifier})`).replaceAll('Q)', `${qualified})`)}`, 's'),
  make,
]);

/**
 * Statements of a dump: what stands between comments and ends with a semicolon at the end of a line before an empty one,
 * or before the line that says what it goes with.
 */
const statementsOf = (sql: string): string[] =>
  sql
    .replaceAll(/^--.*\n/gm, '')
    .split(/;\n(?:\n+|(?=ALTER .* DEPENDS ON EXTENSION ))/)
    .map((statement) => statement.trim())
    .filter((statement) => /^(?:CREATE|ALTER|COMMENT) /.test(statement));

function madeBy(statement: string): string | null {
  for (const [pattern, make] of makers) {
    const found = pattern.exec(statement);
    if (found) return make(...found.slice(1));
  }
  return null;
}

/** How the snapshot's names are compared: a dump says less of arguments, and of what a comment is on. */
const simplify = (object: string): string =>
  object
    .replace(/^(comment) (?:(?:table|view|materialized view|foreign table) )(column|constraint)/, '$1 $2')
    .replace(/^comment domain constraint/, 'comment constraint');

const pgDump = findPgDump();
const dumped = majors.filter((major) => dumps(pgDump, major));

if (dumped.length === 0) {
  test('none of the majors that were chosen is one that pg_dump here can dump', () => {
    process.stderr.write('\nWHAT PG_DUMP WRITES IS NOT TESTED: it is older than every major of this run\n');
    expect(process.env.SLIPWAY_TEST_MAJORS ?? (pgDump === null && 'no pg_dump')).toBeTruthy();
  });
}

for (const major of dumped)
  describe(`PostgreSQL ${major}`, () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createDatabase(major);
      await database.query(hardSchema);
    });
    afterAll(() => database.drop());

    test('what pg_dump --schema-only writes is in the snapshot', async () => {
      if (pgDump === null) throw new Error('no pg_dump');
      const statements = statementsOf(dump(pgDump, database, ['--schema-only', '--no-owner']));
      const session = await sessionOn(database);
      const objects = [...(await takeSnapshot(session, { ledger, withPrivileges: false })).keys()].map(
        simplify,
      );
      const isThere = (object: string): boolean =>
        objects.some(
          (name) =>
            name === object ||
            // A default of a view's column is told by the view.
            (object.startsWith(`${name.replace(/^view /, 'column ')}.`) && name.startsWith('view ')) ||
            // A family that was made with a class is told by the class.
            (object.startsWith('operator family ') && name === object.replace('family', 'class')) ||
            (/[( ]$/.test(object) && name.startsWith(object)) ||
            (object.startsWith('index options .') &&
              name.startsWith('index options ') &&
              name.endsWith(object.slice(object.lastIndexOf('.')))),
        );
      const attached = new Set(
        statements.flatMap((statement) => /ATTACH PARTITION (?:.*\.)?(.*)$/.exec(statement)?.[1] ?? []),
      );
      const isParents = (object: string): boolean =>
        /^(?:index|unique index|constraint) /.test(object) &&
        attached.has(object.slice(object.lastIndexOf('.') + 1));
      const wanted = statements.filter((statement) => !leftOut.some((pattern) => pattern.test(statement)));
      const missing = wanted.filter((statement) => {
        const object = madeBy(statement);
        return object === null || !(isThere(object) || isParents(object));
      });
      expect(wanted.length).toBeGreaterThan(160);
      expect(missing).toEqual([]);
    });

    test('what psql restores from a dump is the same, rows and all', async () => {
      if (pgDump === null) throw new Error('no pg_dump');
      await database.query(hardRows);
      // A dump does not tell a language's handler where that is an extension's.
      await database.query('DROP LANGUAGE hard_tongue CASCADE');
      const restored = await createDatabase(major);
      try {
        await restore(pgDump, restored, dump(pgDump, database));
        const [before, after] = [await (await lookAt(database))(), await (await lookAt(restored))()];
        const { differences } = diff(...expectedOf(before, after));
        expect(differences).toEqual([]);
        const [rows] = await restored.query('SELECT count(*)::int AS n FROM hard.events');
        expect(rows).toEqual({ n: 4 });
      } finally {
        await restored.drop();
      }
    });
  });
