import type { Snapshot } from '../../../../src/schema/model/object.ts';
import { lookAt } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, type TestDatabase } from '../../../support/database.ts';

jest.setTimeout(300_000);

/** PostgreSQL's own types that columns can be of, by name, always quoted: which names must be is a matter of majors. */
const typesOf = async (database: TestDatabase): Promise<string[]> =>
  (
    await database.query<{ name: string }>(
      `SELECT '"' || typname || '"' AS name FROM pg_type
        WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' AND typrelid = 0 AND typarray <> 0`,
    )
  ).map(({ name }) => name);

/** Each type as argument and result of a routine, as column and as what a domain is over, with comments on all of them. */
const schemaOf = (types: readonly string[]): string =>
  [
    'CREATE SCHEMA typed',
    ...types.flatMap((type, at) => [
      `CREATE FUNCTION typed.f${at}(pg_catalog.${type}, many pg_catalog.${type}[]) RETURNS pg_catalog.${type} LANGUAGE sql AS 'SELECT $1'`,
      `COMMENT ON FUNCTION typed.f${at}(pg_catalog.${type}, pg_catalog.${type}[]) IS 'takes it'`,
      `CREATE FUNCTION typed.step${at}(pg_catalog.${type}, pg_catalog.${type}) RETURNS pg_catalog.${type} LANGUAGE sql AS 'SELECT $1'`,
      `CREATE AGGREGATE typed.a${at}(pg_catalog.${type}) (SFUNC = typed.step${at}, STYPE = pg_catalog.${type})`,
      `COMMENT ON AGGREGATE typed.a${at}(pg_catalog.${type}) IS 'adds it up'`,
      `CREATE OPERATOR typed.<~~~> (LEFTARG = pg_catalog.${type}, RIGHTARG = pg_catalog.${type}, FUNCTION = typed.step${at})`,
      `COMMENT ON OPERATOR typed.<~~~> (pg_catalog.${type}, pg_catalog.${type}) IS 'takes two'`,
      `CREATE TABLE typed.t${at} (one pg_catalog.${type}, many pg_catalog.${type}[])`,
      `CREATE DOMAIN typed.d${at} AS pg_catalog.${type}`,
      `COMMENT ON DOMAIN typed.d${at} IS 'over it'`,
      `CREATE CAST (typed.t${at} AS pg_catalog.${type}) WITH INOUT`,
      `COMMENT ON CAST (typed.t${at} AS pg_catalog.${type}) IS 'out of a row'`,
    ]),
  ].join(';\n');

test('every type of PostgreSQL has one name on all majors, wherever it stands', async () => {
  const databases = await Promise.all(majors.map((major) => createDatabase(major)));
  try {
    const lists = await Promise.all(databases.map(typesOf));
    const common = (lists[0] ?? []).filter((type) => lists.every((list) => list.includes(type))).sort();
    expect(common.length).toBeGreaterThanOrEqual(70);
    expect(common).toContain('"json"');
    const snapshots: Snapshot[] = [];
    for (const database of databases) {
      await database.query(schemaOf(common));
      snapshots.push(await (await lookAt(database))());
    }
    const [first, ...others] = snapshots.map((snapshot) =>
      [...snapshot].map(([object, { text }]) => `${object}: ${text}`),
    );
    expect(first?.length).toBeGreaterThan(common.length * 12);
    for (const other of others) expect(other).toEqual(first);
  } finally {
    await Promise.all(databases.map((database) => database.drop()));
  }
});
