import { describeSchema } from '../../../../src/schema/generate/describe-schema.ts';
import { writeSchema } from '../../../../src/schema/generate/whole.ts';
import type { Snapshot } from '../../../../src/schema/model/object.ts';
import type { SchemaGraph } from '../../../../src/schema/objects/common/schema-graph.ts';
import { hardSchema, ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { oddSchema, oddSchemaOfNewest } from '../../../fixtures/odd-schema.ts';
import { createDatabase, majors, named, newestMajor, type TestDatabase } from '../../../support/database.ts';
import { exampleFiles } from '../../../support/example.ts';

jest.setTimeout(120_000);

const example = Object.entries(exampleFiles())
  .filter(([path]) => !path.includes('.down.'))
  .map(([, content]) => content)
  .join('\n')
  .replaceAll(' CONCURRENTLY ', ' ');

const schemas = { 'bundled example': example, 'hard schema': hardSchema, 'odd schema': oddSchema } as const;

/** What SQL makes of an empty database, described with its privileges. */
async function built(major: number, sql: string): Promise<SchemaGraph> {
  const database: TestDatabase = await createDatabase(major);
  try {
    const session = await sessionOn(database);
    await session.run(sql);
    return await describeSchema(session, { ledger, withPrivileges: true });
  } finally {
    await database.drop();
  }
}

const plain = (snapshot: Snapshot): Record<string, unknown> =>
  Object.fromEntries([...snapshot].map(([object, { text, facets }]) => [object, { text, facets }]));

/**
 * Without what only one major says, and the versions that each brings. What a view reads by way of a function's row
 * type is known from 15 on.
 */
const comparable = (snapshot: Snapshot): Record<string, string> =>
  Object.fromEntries(
    [...snapshot]
      .filter(([, { kind }]) => kind !== 'extension version' && kind !== 'not null')
      .map(([object, { text }]) => [object, text.replace(/^reads .*\n?/m, '').trimEnd()]),
  );

describe.each(Object.entries(schemas))('%s', (_, sql) => {
  test.each(named(majors))(
    'is written on PostgreSQL $version so that it gives the same again',
    async ({ major }) => {
      const before = await built(major, sql);
      const written = writeSchema(before);
      expect(written.left).toEqual([]);
      const after = await built(major, written.sql);
      expect(plain(after.snapshot)).toEqual(plain(before.snapshot));
      expect(after.snapshot.size).toBeGreaterThan(60);
      expect(writeSchema(after).sql).toBe(written.sql);
    },
  );

  test('what the newest major writes gives the same on all', async () => {
    const newest = await built(newestMajor, sql);
    const written = writeSchema(newest);
    for (const major of majors)
      expect(comparable((await built(major, written.sql)).snapshot)).toEqual(comparable(newest.snapshot));
  });
});

test('what only the newest major has is written', async () => {
  if (newestMajor < 18) return;
  const before = await built(newestMajor, oddSchemaOfNewest);
  const written = writeSchema(before);
  const after = await built(newestMajor, written.sql);
  expect(plain(after.snapshot)).toEqual(plain(before.snapshot));
  expect(written.left).toEqual([]);
  expect(writeSchema(after).sql).toBe(written.sql);
});

test('a table reads as a person would have written it', async () => {
  const { sql } = writeSchema(await built(newestMajor, example));
  const from = sql.indexOf('CREATE TABLE trading.accounts');
  expect(sql.slice(from, sql.indexOf('\n\n', from))).toBe(`CREATE TABLE trading.accounts (
  id serial PRIMARY KEY,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now(),
  name varchar(255) NOT NULL UNIQUE,
  description text,
  status varchar(50) NOT NULL DEFAULT 'active',
  user_id integer NOT NULL REFERENCES trading.users (id),
  api_key varchar(255),
  api_secret varchar(255),
  api_passphrase varchar(255),
  leverage double precision NOT NULL DEFAULT 2.0,
  max_position_size_usd double precision NOT NULL DEFAULT 10000.0,
  risk_per_trade double precision NOT NULL DEFAULT 0.02,
  maker_fee_bps double precision NOT NULL DEFAULT 5.0,
  taker_fee_bps double precision NOT NULL DEFAULT 20.0,
  balance_usd double precision NOT NULL DEFAULT 0.0,
  is_paper_trading boolean NOT NULL DEFAULT false,
  is_multi_account boolean NOT NULL DEFAULT false,
  is_enabled boolean NOT NULL DEFAULT true,
  fee_tier text NOT NULL DEFAULT 'standard' CHECK (fee_tier IN ('standard', 'volume', 'market_maker'))
);
CREATE INDEX ix_trading_accounts_name ON trading.accounts (name);`);
});

test('what cannot be written is left with what depends on it, and said; the rest is written', async () => {
  const before = await built(
    newestMajor,
    `CREATE SCHEMA l;
     CREATE TYPE l.base;
     CREATE FUNCTION l.base_in(cstring) RETURNS l.base LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
     CREATE FUNCTION l.base_out(l.base) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
     CREATE TYPE l.base (INPUT = l.base_in, OUTPUT = l.base_out, LIKE = integer);
     CREATE TABLE l.of_base (id serial PRIMARY KEY, b l.base);
     COMMENT ON TABLE l.of_base IS 'of a type that needs C';
     CREATE VIEW l.view_of_it AS SELECT id FROM l.of_base;
     CREATE TABLE l.other (id integer, note text);
     CREATE INDEX broken ON l.other (id);
     COMMENT ON INDEX l.broken IS 'not valid';
     UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'l.broken'::regclass;`,
  );
  const { sql, left } = writeSchema(before);
  const after = await built(newestMajor, sql);
  const wanted = Object.keys(plain(before.snapshot)).filter((object) => !after.snapshot.has(object));
  expect(left).toEqual(expect.arrayContaining(wanted));
  expect(wanted).toEqual(
    expect.arrayContaining(['type l.base', 'table l.of_base', 'view l.view_of_it', 'index l.other.broken']),
  );
  expect(after.snapshot.has('column l.other.note')).toBe(true);
});

test('bodies are not checked where a table needs a function that reads it, or a body leaves out a schema', async () => {
  const sql = `CREATE SCHEMA c;
    CREATE FUNCTION c.total() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN 0; END';
    CREATE TABLE c.self (n bigint DEFAULT c.total());
    CREATE OR REPLACE FUNCTION c.total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM c.self';`;
  for (const statements of [
    sql,
    `CREATE SCHEMA c; CREATE TABLE c.self (n bigint); SET search_path = c;
     CREATE FUNCTION c.total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM self'; RESET search_path;`,
  ]) {
    const before = await built(newestMajor, statements);
    const written = writeSchema(before);
    expect(written.sql.startsWith('SET check_function_bodies = off;')).toBe(true);
    expect(written.left).toEqual([]);
    expect(plain((await built(newestMajor, written.sql)).snapshot)).toEqual(plain(before.snapshot));
  }
});
