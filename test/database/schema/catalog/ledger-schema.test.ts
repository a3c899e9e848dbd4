import { createLedger } from '../../../../src/ledger/write.ts';
import type { Session } from '../../../../src/postgres/index.ts';
import { takeSnapshot } from '../../../../src/schema/catalog/snapshot.ts';
import { ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, named } from '../../../support/database.ts';

/** What makes the ledger's schema a user's as well, by what it is. */
const more = {
  'a table': 'CREATE TABLE slipway.t ()',
  'a partitioned table': 'CREATE TABLE slipway.t (a int) PARTITION BY LIST (a)',
  'a view': 'CREATE VIEW slipway.v AS SELECT 1 AS a',
  'a materialized view': 'CREATE MATERIALIZED VIEW slipway.v AS SELECT 1 AS a',
  'a sequence': 'CREATE SEQUENCE slipway.s',
  'a foreign table':
    'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE slipway.f (a int) SERVER s',
  'a composite type': 'CREATE TYPE slipway.c AS (a int)',
  'an enum': "CREATE TYPE slipway.e AS ENUM ('a')",
  'a domain': 'CREATE DOMAIN slipway.d AS int',
  'a range': 'CREATE TYPE slipway.r AS RANGE (SUBTYPE = float8)',
  'a function': 'CREATE FUNCTION slipway.f() RETURNS int LANGUAGE sql RETURN 1',
  'a procedure': "CREATE PROCEDURE slipway.p() LANGUAGE sql AS ''",
  'an aggregate': 'CREATE AGGREGATE slipway.a (int) (SFUNC = int4pl, STYPE = int)',
  'what was moved there': 'CREATE TABLE public.t (); ALTER TABLE public.t SET SCHEMA slipway',
  'what an extension has there': 'CREATE EXTENSION pg_trgm SCHEMA slipway',
};

/** What is no relation, routine or type of a user's. */
const noMore = {
  'an index of the ledger': 'CREATE INDEX ON slipway.ledger (name)',
  'a shell type': 'CREATE TYPE slipway.shell',
  statistics: 'CREATE STATISTICS slipway.s ON app, version FROM slipway.ledger',
};

test.each(named(majors))(
  'PostgreSQL $version: the ledger’s schema is a user’s where it holds more',
  async ({ major }) => {
    const database = await createDatabase(major);
    const session = await sessionOn(database);
    try {
      for (const sql of createLedger(ledger, false)) await session.run(sql);
      expect(await isUsers(session)).toBe(false);
      const found: Record<string, boolean> = {};
      for (const [what, sql] of Object.entries({ ...more, ...noMore })) {
        await session.run(`BEGIN; ${sql}`);
        found[what] = await isUsers(session);
        await session.run('ROLLBACK');
      }
      expect(found).toEqual({ ...each(more, true), ...each(noMore, false) });
    } finally {
      await session.end();
      await database.drop();
    }
  },
);

const each = (objects: object, is: boolean): Record<string, boolean> =>
  Object.fromEntries(Object.keys(objects).map((what) => [what, is]));

const isUsers = async (session: Session): Promise<boolean> =>
  (await takeSnapshot(session, { ledger, withPrivileges: false })).has('schema slipway');
