import type pg from 'pg';
import { fingerprintQuery } from '../../../../src/schema/catalog/index.ts';
import { type Kind, kinds } from '../../../../src/schema/kinds.ts';
import { kindOf } from '../../../../src/schema/model/names.ts';
import { hardSchema } from '../../../fixtures/hard-schema.ts';
import { everyMutation } from '../../../fixtures/mutations/all.ts';
import { createDatabase, majors, named, sampledOn, type TestDatabase } from '../../../support/database.ts';

jest.setTimeout(600_000);

const allKinds = Object.keys(kinds) as Kind[];

describe.each(named(majors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let session: pg.Client;
  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(hardSchema);
    session = await database.connect();
  });
  afterAll(async () => {
    await session.end();
    await database.drop();
  });

  const text = (client: pg.Client, of: Iterable<Kind>): Promise<string> =>
    client
      .query(
        `SET LOCAL search_path = pg_catalog; SET LOCAL join_collapse_limit = 1; ${fingerprintQuery(new Set(of), Math.floor(major), false)}`,
      )
      .then((results) => ([results].flat().at(-1) as pg.QueryResult).rows[0].fingerprint);
  const taken = async (of: Iterable<Kind>): Promise<string> => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const fingerprint = await text(session, of);
    await session.query('COMMIT');
    return fingerprint;
  };
  const kindsIn = (found: string | readonly string[]): Kind[] =>
    [found].flat().map((difference) => kindOf(difference.slice(2)) as Kind);

  test('every change of an object changes the fingerprint of its kind, and so does its undo', async () => {
    const missed: string[] = [];
    const tried = sampledOn(
      major,
      everyMutation.filter(({ since }) => since <= major),
    );
    for (const { apply, undo, found } of tried) {
      for (const kind of kindsIn(found)) {
        const before = await taken([kind]);
        await database.query(apply);
        const changed = await taken([kind]);
        await database.query(undo);
        const undone = await taken([kind]);
        if (changed === before) missed.push(`${kind}: ${apply}`);
        if (undone === changed) missed.push(`${kind}, undone: ${undo}`);
      }
    }
    process.stderr.write(`PostgreSQL ${major}: fingerprints of ${tried.length} changes\n`);
    expect(missed).toEqual([]);
  });

  test('a change and its undo in one transaction are two changes', async () => {
    const missed: string[] = [];
    const tried = sampledOn(
      major,
      everyMutation.filter(({ since }) => since <= major),
    );
    const client = await database.connect();
    for (const { apply, undo, found } of tried) {
      await client.query('BEGIN');
      try {
        await client.query(apply);
        const changed = await text(client, kindsIn(found));
        await client.query(`RESET search_path; ${undo}`);
        if ((await text(client, kindsIn(found))) === changed) missed.push(undo);
      } catch {
        // Not everything can be done twice in one transaction.
      }
      await client.query('ROLLBACK');
    }
    await client.end();
    expect(missed).toEqual([]);
  });

  test('what changes no definition changes no fingerprint', async () => {
    await database.query('REFRESH MATERIALIZED VIEW hard.totals');
    let before = await taken(allKinds);
    const noteWhere = async (what: string): Promise<void> => {
      const after = await taken(allKinds);
      if (after !== before) changed.push(what);
      before = after;
    };
    const changed: string[] = [];
    for (const statement of [
      'ANALYZE',
      'VACUUM (FREEZE) hard.people',
      'VACUUM FULL hard.people',
      'REINDEX TABLE hard.people',
      'REFRESH MATERIALIZED VIEW hard.totals',
      "SELECT nextval('hard.orders_alias_seq')",
      'CREATE TEMP TABLE passing (id serial PRIMARY KEY, CHECK (id > 0)); DROP TABLE passing',
      'CREATE TABLE hard.passing (id int); DROP TABLE hard.passing',
      'BEGIN; ALTER TABLE hard.people ADD passing int; ROLLBACK',
      'CREATE ROLE fingerprint_passing; DROP ROLE fingerprint_passing',
    ]) {
      await database.query(statement);
      await noteWhere(statement);
    }
    const temporary = await database.connect();
    await temporary.query(
      'CREATE TEMP TABLE stays (id serial PRIMARY KEY); CREATE TEMP VIEW seen AS SELECT 1 AS a',
    );
    await noteWhere('temporary objects of another session');
    await temporary.end();
    expect(changed).toEqual([]);
  });
});
