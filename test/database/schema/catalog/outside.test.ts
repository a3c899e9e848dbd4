import { outside } from '../../../../src/schema/catalog/outside.ts';
import { diff } from '../../../../src/schema/compare/diff.ts';
import { expectedOf, hardSchema, lookAt } from '../../../fixtures/hard-schema.ts';
import { createDatabase, named, sweptMajors, type TestDatabase } from '../../../support/database.ts';

jest.setTimeout(600_000);

const here = (statement: string): string =>
  `DO $$ BEGIN EXECUTE format('${statement.replaceAll("'", "''")}', current_database()); END $$`;

/** Where the server knows the right. */
const maintain = (statement: string): string =>
  `DO $$ BEGIN IF current_setting('server_version_num')::int >= 170000 THEN EXECUTE '${statement}'; END IF; END $$`;

/** By the first words of what is left out: changes of it, and what undoes them; null where a test could not. */
const changes: Readonly<Record<string, readonly (readonly [apply: string, undo: string])[] | string>> = {
  'rows, large objects': [
    [
      "INSERT INTO hard.parent VALUES (4711, 'y'); SELECT lo_create(4712); COMMENT ON LARGE OBJECT 4712 IS 'x'; SELECT nextval('hard.free_seq')",
      'DELETE FROM ONLY hard.parent WHERE id = 4711; SELECT lo_unlink(4712)',
    ],
  ],
  'roles, their memberships': [
    ["ALTER ROLE CURRENT_USER SET work_mem = '3MB'", 'ALTER ROLE CURRENT_USER RESET work_mem'],
  ],
  'tablespaces, grants on parameters': 'it would be seen by the tests of other databases',
  "a database's name": [
    [here('ALTER DATABASE %I CONNECTION LIMIT 50'), here('ALTER DATABASE %I CONNECTION LIMIT -1')],
  ],
  'what everybody': [
    [here('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC'), here('GRANT TEMPORARY ON DATABASE %I TO PUBLIC')],
  ],
  'values of settings': [
    [
      here("ALTER DATABASE %I SET hard.api_token = 'another'"),
      here("ALTER DATABASE %I SET hard.api_token = 'one'"),
    ],
  ],
  "values of a user mapping's options": [
    [
      "ALTER USER MAPPING FOR pg_read_all_stats SERVER hard_far OPTIONS (SET password 'another'); ALTER SUBSCRIPTION hard_sub CONNECTION 'host=nowhere.example password=another'",
      "ALTER USER MAPPING FOR pg_read_all_stats SERVER hard_far OPTIONS (SET password 'one')",
    ],
  ],
  'whether a subscription is enabled': [
    [
      'ALTER SUBSCRIPTION hard_sub SET (slot_name = other_slot)',
      'ALTER SUBSCRIPTION hard_sub SET (slot_name = hard_sub)',
    ],
  ],
  'what belongs to an extension': [
    [
      'GRANT EXECUTE ON FUNCTION public.similarity(text, text) TO pg_monitor; COMMENT ON FUNCTION public.similarity(text, text) IS $$x$$',
      'REVOKE EXECUTE ON FUNCTION public.similarity(text, text) FROM pg_monitor; COMMENT ON FUNCTION public.similarity(text, text) IS NULL',
    ],
  ],
  'who granted a right': [
    [
      'SET ROLE pg_monitor; GRANT SELECT ON hard.people TO pg_read_all_stats; RESET ROLE',
      'SET ROLE pg_monitor; REVOKE SELECT ON hard.people FROM pg_read_all_stats; RESET ROLE',
    ],
  ],
  'grants on and comments': [
    [
      'GRANT EXECUTE ON FUNCTION pg_read_file(text) TO pg_monitor',
      'REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM pg_monitor',
    ],
  ],
  'the owner of the schema': [
    ['ALTER SCHEMA public OWNER TO pg_monitor', 'ALTER SCHEMA public OWNER TO CURRENT_USER'],
  ],
  '`MAINTAIN` in default': [
    [
      maintain('ALTER DEFAULT PRIVILEGES GRANT MAINTAIN ON TABLES TO pg_read_all_stats'),
      maintain('ALTER DEFAULT PRIVILEGES REVOKE MAINTAIN ON TABLES FROM pg_read_all_stats'),
    ],
    [
      maintain('REVOKE MAINTAIN ON hard.orders FROM CURRENT_USER'),
      maintain('GRANT MAINTAIN ON hard.orders TO CURRENT_USER'),
    ],
  ],
  'security labels': 'no server of the tests has a label provider',
  'the number at the end': [
    [
      'ALTER INDEX hard.events_2024_device_idx RENAME TO events_2024_device_idx1',
      'ALTER INDEX hard.events_2024_device_idx1 RENAME TO events_2024_device_idx',
    ],
  ],
  'temporary objects': [['CREATE TEMP TABLE passing (id integer)', 'DROP TABLE passing']],
  "the planner's statistics": [
    [
      'ANALYZE hard.people; ALTER TABLE hard.parent ADD hole integer; ALTER TABLE hard.parent DROP hole',
      'REINDEX TABLE hard.people',
    ],
  ],
  'the ledger, and owner': [
    [
      "CREATE SCHEMA slipway; CREATE TABLE slipway.ledger (app text); COMMENT ON SCHEMA slipway IS 'x'; GRANT USAGE ON SCHEMA slipway TO pg_monitor; ALTER SCHEMA slipway OWNER TO pg_monitor",
      'DROP SCHEMA slipway CASCADE',
    ],
  ],
};

const changesOf = (what: string) =>
  Object.entries(changes).find(([beginning]) => what.startsWith(beginning))?.[1];

test('each thing that is left out is tried, or it is said why not', () => {
  expect(outside.map(({ what }) => changesOf(what) !== undefined)).toEqual(outside.map(() => true));
  expect(Object.keys(changes)).toHaveLength(outside.length);
});

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(hardSchema);
    await database.query(
      `${here("ALTER DATABASE %I SET hard.api_token = 'one'")};
       ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_read_all_stats;
       GRANT USAGE ON SCHEMA hard TO pg_monitor;
       GRANT SELECT ON hard.people TO pg_monitor WITH GRANT OPTION;
       GRANT SELECT ON hard.people TO pg_read_all_stats;
       CREATE USER MAPPING FOR pg_read_all_stats SERVER hard_far OPTIONS (user 'x', password 'one');
       CREATE SUBSCRIPTION hard_sub CONNECTION 'host=nowhere.example password=one' PUBLICATION hard_changes WITH (connect = false)`,
    );
  });
  afterAll(async () => {
    await database.query('ALTER SUBSCRIPTION hard_sub SET (slot_name = NONE); DROP SUBSCRIPTION hard_sub');
    await database.drop();
  });

  test('what the page says is left out makes no difference', async () => {
    const inspection = await lookAt(database);
    const before = await inspection();
    const wrong: object[] = [];
    for (const { what } of outside) {
      const list = changesOf(what);
      if (list === undefined || typeof list === 'string') continue;
      for (const [apply, undo] of list) {
        await database.query(apply);
        const { differences } = diff(...expectedOf(before, await inspection()));
        await database.query(undo);
        if (differences.length > 0) wrong.push({ what, differences });
      }
    }
    expect(wrong).toEqual([]);
  });
});
