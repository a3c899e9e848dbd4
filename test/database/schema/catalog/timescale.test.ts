import type pg from 'pg';
import { readSnapshot, snapshotQuery } from '../../../../src/schema/catalog/snapshot.ts';
import type { Snapshot } from '../../../../src/schema/model/object.ts';
import { createDatabase, newestMajor, type TestDatabase } from '../../../support/database.ts';
import { fingerprintOf } from '../../../support/fingerprint.ts';

/**
 * The one TimescaleDB that a package registry has is 2.23 (test/database/migrate/timescale.test.ts), so the tables of other versions'
 * catalogs stand here with the columns that they have in 2.9, 2.17 and 2.30, as members of an extension of that name, and
 * hold rows as a real server gave them. What is proved is how Slipway reads them, not how TimescaleDB fills them.
 */
const tables = `
  CREATE SCHEMA trading;
  CREATE TABLE trading.market_data (time timestamp NOT NULL, id integer NOT NULL, symbol text, PRIMARY KEY (time, id));
  CREATE TABLE trading.orders (id integer PRIMARY KEY);
  CREATE TABLE trading._hyper_1_1_chunk (CONSTRAINT constraint_1 CHECK (time >= '2025-01-01')) INHERITS (trading.market_data);
  CREATE SCHEMA _timescaledb_internal;
  CREATE TABLE _timescaledb_internal._hyper_1_2_chunk () INHERITS (trading.market_data);
  CREATE SCHEMA _timescaledb_catalog; CREATE SCHEMA _timescaledb_config;
  CREATE TABLE _timescaledb_catalog.hypertable (id integer, schema_name name, table_name name,
    associated_schema_name name DEFAULT '_timescaledb_internal', associated_table_prefix name DEFAULT '_hyper_1', compression_state smallint, compressed_hypertable_id integer, status integer);
  CREATE TABLE _timescaledb_catalog.dimension (id integer, hypertable_id integer, column_name name, column_type regtype, num_slices smallint,
    partitioning_func_schema name, partitioning_func name, interval_length bigint, compress_interval_length bigint,
    integer_now_func_schema name, integer_now_func name);
  CREATE TABLE _timescaledb_catalog.tablespace (id integer, hypertable_id integer, tablespace_name name);
  CREATE TABLE _timescaledb_catalog.continuous_agg (mat_hypertable_id integer, raw_hypertable_id integer, user_view_schema name, user_view_name name,
    direct_view_schema name, direct_view_name name, materialized_only boolean);
  INSERT INTO _timescaledb_catalog.hypertable (id, schema_name, table_name, compression_state, compressed_hypertable_id, status)
    VALUES (1, 'trading', 'market_data', 0, NULL, 0), (2, '_timescaledb_internal', '_compressed_hypertable_2', 2, NULL, 0);
  INSERT INTO _timescaledb_catalog.dimension (id, hypertable_id, column_name, column_type, interval_length) VALUES (1, 1, 'time', 'timestamp', 604800000000);`;

const jobColumns = `(id integer, application_name name, schedule_interval interval, max_runtime interval, max_retries integer, retry_period interval,
    proc_schema name, proc_name name, scheduled boolean, fixed_schedule boolean, initial_start timestamptz, hypertable_id integer, config jsonb, check_schema name, check_name name, timezone text)`;

const versions = {
  '2.9': `CREATE TABLE _timescaledb_config.bgw_job ${jobColumns};
    CREATE TABLE _timescaledb_catalog.hypertable_compression (hypertable_id integer, attname name, segmentby_column_index smallint, orderby_column_index smallint, orderby_asc boolean, orderby_nullsfirst boolean);
    INSERT INTO _timescaledb_catalog.hypertable_compression VALUES (1, 'symbol', 1, NULL, NULL, NULL), (1, 'time', NULL, 1, false, true);
    CREATE TABLE _timescaledb_catalog.chunk (id integer, hypertable_id integer, schema_name name, table_name name, dropped boolean, osm_chunk boolean);
    INSERT INTO _timescaledb_catalog.chunk VALUES (1, 1, 'trading', '_hyper_1_1_chunk', false, false), (2, 1, '_timescaledb_internal', '_hyper_1_2_chunk', false, false)`,
  '2.17': `CREATE TABLE _timescaledb_config.bgw_job ${jobColumns};
    CREATE TABLE _timescaledb_catalog.compression_settings (relid regclass, segmentby text[], orderby text[], orderby_desc boolean[], orderby_nullsfirst boolean[]);
    INSERT INTO _timescaledb_catalog.compression_settings VALUES ('trading.market_data', '{symbol}', '{time}', '{t}', '{t}');
    CREATE TABLE _timescaledb_catalog.chunk (id integer, hypertable_id integer, schema_name name, table_name name, dropped boolean, osm_chunk boolean);
    INSERT INTO _timescaledb_catalog.chunk VALUES (1, 1, 'trading', '_hyper_1_1_chunk', false, false), (2, 1, '_timescaledb_internal', '_hyper_1_2_chunk', false, false)`,
  '2.30': `CREATE TABLE _timescaledb_catalog.bgw_job ${jobColumns};
    CREATE TABLE _timescaledb_catalog.compression_settings (relid regclass, compress_relid regclass, segmentby text[], orderby text[], orderby_desc boolean[], orderby_nullsfirst boolean[], index jsonb);
    INSERT INTO _timescaledb_catalog.compression_settings VALUES ('trading.market_data', NULL, '{symbol}', '{time}', '{t}', '{t}', NULL);
    CREATE TABLE _timescaledb_catalog.chunk (id integer, relid regclass, hypertable_id integer, osm_chunk boolean);
    INSERT INTO _timescaledb_catalog.chunk VALUES (1, 'trading._hyper_1_1_chunk', 1, false), (2, '_timescaledb_internal._hyper_1_2_chunk', 1, false)`,
} as const;

/** An extension of another name that becomes TimescaleDB, with the tables as its members. */
const asMembers = `CREATE EXTENSION tcn; UPDATE pg_extension SET extname = 'timescaledb', extversion = 'VERSION' WHERE extname = 'tcn';
  DO $$ DECLARE t text; BEGIN
    FOR t IN SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname IN ('_timescaledb_catalog', '_timescaledb_config')
    LOOP EXECUTE format('ALTER EXTENSION timescaledb ADD TABLE %s', t); END LOOP; END $$`;

describe.each(Object.keys(versions) as (keyof typeof versions)[])(
  'the tables of TimescaleDB %s',
  (version) => {
    const jobs = version === '2.30' ? '_timescaledb_catalog.bgw_job' : '_timescaledb_config.bgw_job';
    const retention = (id: number, hypertable: number, every = '1 day'): string =>
      `INSERT INTO ${jobs} VALUES (${id}, 'Retention Policy [${id}]', '${every}', '00:05:00', -1, '00:05:00',
    '_timescaledb_functions', 'policy_retention', true, false, NULL, 1, '{"drop_after": "1 year", "hypertable_id": ${hypertable}}',
    '_timescaledb_functions', 'policy_retention_check')`;

    let database: TestDatabase;
    let client: pg.Client;

    beforeAll(async () => {
      database = await createDatabase(newestMajor);
      client = await database.connect();
      await client.query(`${tables}; ${versions[version]}; ${asMembers.replace('VERSION', `${version}.1`)}`);
    });
    afterAll(async () => {
      await client.end();
      await database.drop();
    });

    const plain = 'Time dimension "time" timestamp without time zone interval 7 days';
    const query = snapshotQuery({ ledger: { schema: 'slipway', app: 'default' }, withPrivileges: false });

    const table = 'table trading.market_data';

    async function facetOf(object: string): Promise<string | undefined> {
      return (await snapshot()).get(object)?.facets.TimescaleDB;
    }

    async function snapshot(begin = 'BEGIN', end = 'COMMIT'): Promise<Snapshot> {
      const results = (await client.query(
        `${begin}; SET LOCAL search_path = pg_catalog, pg_temp; ${query}; ${end}`,
      )) as unknown as pg.QueryResult[];
      return readSnapshot(results.at(-2)?.rows ?? []);
    }

    /** What a change makes of the hypertable's facets; undone afterwards. */
    async function facetsAfter(change: string): Promise<Readonly<Record<string, string>> | undefined> {
      await client.query(`BEGIN; ${change}`);
      const facets = (await snapshot('SAVEPOINT s', 'RELEASE SAVEPOINT s')).get(table)?.facets;
      await client.query('ROLLBACK');
      return facets;
    }
    const facetAfter = async (change: string): Promise<string | undefined> =>
      (await facetsAfter(change))?.TimescaleDB;

    test('a hypertable is a facet of its table; that of a plain table is empty', async () => {
      expect(await facetOf(table)).toBe(plain);
      expect(await facetOf('table trading.orders')).toBe('');
    });

    test('chunks are left out, with all that hangs on them, wherever they stand', async () => {
      expect([...(await snapshot()).keys()].filter((object) => object.includes('chunk'))).toEqual([]);
    });

    test('the tables of TimescaleDB are left out themselves', async () => {
      expect([...(await snapshot()).keys()].filter((object) => object.includes('_timescaledb_'))).toEqual([]);
    });

    test.each([
      [
        'another interval',
        'UPDATE _timescaledb_catalog.dimension SET interval_length = 86400000000',
        /interval 1 day/,
      ],
      [
        'a policy',
        retention(1001, 1),
        /job _timescaledb_functions\.policy_retention every 1 day .*"drop_after": "1 year"/,
      ],
    ])('the facet shows %s', async (_, change, shows) => {
      const before = await facetOf(table);
      const after = await facetAfter(change);
      expect(after).not.toBe(before);
      expect(after).toMatch(shows);
      expect(await facetOf(table)).toBe(before);
    });

    test('the fingerprint is of what users ask for, and not of chunks', async () => {
      const fingerprintAfter = async (change: string): Promise<string> => {
        await client.query(`BEGIN; ${change}`);
        const fingerprint = await fingerprintOf(client, { timescale: true });
        await client.query('ROLLBACK');
        return fingerprint;
      };
      const chunk = 'trading._hyper_1_1_chunk';
      const internal = '_timescaledb_internal._hyper_1_2_chunk';
      const before = await fingerprintAfter('SELECT');
      for (const changed of [chunk, internal])
        expect(
          await fingerprintAfter(
            `ALTER TABLE ${changed} ADD CONSTRAINT k CHECK (id > 0); CREATE INDEX ON ${changed} (id)`,
          ),
        ).toBe(before);
      for (const change of [
        retention(1001, 1),
        'UPDATE _timescaledb_catalog.dimension SET interval_length = 86400000000',
        'UPDATE _timescaledb_catalog.chunk SET osm_chunk = true WHERE id = 1',
        'ALTER TABLE trading.market_data ADD CHECK (id > 0)',
        'ALTER SCHEMA _timescaledb_catalog OWNER TO pg_monitor',
      ])
        expect({ change, fingerprint: await fingerprintAfter(change) }).not.toEqual({
          change,
          fingerprint: before,
        });
    });

    const compress =
      version === '2.30'
        ? 'UPDATE _timescaledb_catalog.hypertable SET status = 4 WHERE id = 1'
        : 'UPDATE _timescaledb_catalog.hypertable SET compression_state = 1, compressed_hypertable_id = 2 WHERE id = 1';
    const compressed = {
      TimescaleDB: `${plain}\ncompressed`,
      'TimescaleDB, compress_segmentby': 'symbol',
      'TimescaleDB, compress_orderby': '"time" desc nulls first',
    };
    const left = 'TimescaleDB, compression left to its defaults';

    test('compression is told with its columns', async () => {
      expect(await facetsAfter(compress)).toEqual(
        version === '2.30' ? { ...compressed, [left]: '' } : compressed,
      );
    });

    if (version !== '2.9')
      test('columns that were not given are left open by a version that chooses for each chunk', async () => {
        const nothing = 'segmentby = NULL, orderby = NULL, orderby_desc = NULL, orderby_nullsfirst = NULL';
        const facets = await facetsAfter(
          `${compress}; UPDATE _timescaledb_catalog.compression_settings SET ${nothing}`,
        );
        expect(facets).toEqual(
          version === '2.30'
            ? { TimescaleDB: `${plain}\ncompressed`, [left]: 'compress_segmentby, compress_orderby' }
            : {
                TimescaleDB: `${plain}\ncompressed`,
                'TimescaleDB, compress_segmentby': 'none',
                'TimescaleDB, compress_orderby': 'none',
              },
        );
      });

    test.each([
      ['more chunks', 'INSERT INTO _timescaledb_catalog.chunk SELECT * FROM _timescaledb_catalog.chunk'],
      [
        "another extension's job",
        `INSERT INTO ${jobs} SELECT 3, 'Telemetry', '1 day', '0', 1, '0', '_timescaledb_functions', 'policy_telemetry', true, false, NULL, NULL, '{}', NULL, NULL, NULL`,
      ],
    ])('the facet does not show %s', async (_, change) => {
      expect(await facetAfter(change)).toBe(await facetOf(table));
    });

    test('a policy is the same whatever its number', async () => {
      const one = await facetAfter(retention(1001, 1));
      const other = await facetAfter(retention(1007, 12));
      expect(one).toMatch(/policy_retention/);
      expect(other).toBe(one);
    });

    test('a role needs no right on the schema of a compressed hypertable', async () => {
      const role = `${database.name}_reader`;
      await client.query(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA _timescaledb_catalog, _timescaledb_config TO ${role};
        GRANT SELECT ON ALL TABLES IN SCHEMA _timescaledb_catalog, _timescaledb_config TO ${role}`);
      try {
        const facets = await facetsAfter(`${compress}; SET LOCAL ROLE ${role}`);
        expect(facets).toMatchObject(compressed);
      } finally {
        await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });

    test("tables of a role that is not trusted are not TimescaleDB's, nor are those that are no members", async () => {
      const role = `${database.name}_eve`;
      await client.query(`CREATE ROLE ${role}`);
      try {
        expect(
          await facetAfter(`ALTER TABLE _timescaledb_catalog.hypertable OWNER TO ${role}`),
        ).toBeUndefined();
        expect(await facetAfter(`ALTER SCHEMA _timescaledb_catalog OWNER TO ${role}`)).toBeUndefined();
        expect(
          await facetAfter('ALTER EXTENSION timescaledb DROP TABLE _timescaledb_catalog.dimension'),
        ).toBeUndefined();
      } finally {
        await client.query(`DROP ROLE ${role}`);
      }
    });
  },
);
