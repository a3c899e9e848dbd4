import type pg from 'pg';
import { timescaleBaseline } from '../../../fixtures/timescale-schema.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { fingerprintOf, kindsChanged, lookWith, type Seen } from '../../../support/fingerprint.ts';
import { useTimescale } from '../../../support/timescale.ts';

const server = useTimescale(afterAll);

/** What changes what a user asked for. */
const changes: readonly string[] = [
  "SELECT public.set_chunk_time_interval('m.ticks', INTERVAL '3 days')",
  "SELECT public.remove_retention_policy('m.ticks')",
  "SELECT public.add_retention_policy('m.ticks', INTERVAL '2 years')",
  "SELECT public.alter_job(job_id, schedule_interval => INTERVAL '5 hours') FROM timescaledb_information.jobs WHERE hypertable_name = 'ticks'",
  "SELECT public.remove_compression_policy('m.ticks')",
  "ALTER TABLE m.ticks SET (timescaledb.compress, timescaledb.compress_segmentby = '')",
  "ALTER TABLE m.ticks SET (timescaledb.compress, timescaledb.compress_orderby = 'at ASC')",
  "SET timescaledb.enable_chunk_skipping = on; SELECT public.disable_chunk_skipping('m.ticks', 'seq')",
  'ALTER MATERIALIZED VIEW m.daily SET (timescaledb.materialized_only = false)',
  'CREATE INDEX daily_symbol ON m.daily (symbol)',
  "DO $$ BEGIN EXECUTE (SELECT format('DROP INDEX %s', c.oid::regclass) FROM pg_class c WHERE c.relname ~ 'daily_symbol$' ORDER BY c.oid LIMIT 1); END $$",
  "SELECT public.remove_continuous_aggregate_policy('m.daily')",
  'ALTER TABLE m.plain DISABLE TRIGGER ALL',
  'ALTER TABLE m.plain ENABLE TRIGGER ALL',
  "SELECT public.delete_job(job_id) FROM timescaledb_information.jobs WHERE proc_name = 'tidy'",
  'CREATE INDEX ticks_price ON m.ticks (price)',
  'ALTER TABLE m.ticks ADD note text',
  'ALTER TABLE m.ticks ADD CONSTRAINT positive CHECK (price > 0)',
  'DROP MATERIALIZED VIEW m.daily',
];

/** What comes and goes with the rows, and with time. */
const neutral: readonly string[] = [
  "INSERT INTO m.ticks SELECT '2026-01-01 00:00+00'::timestamptz + n * INTERVAL '1 day', 'a', n, n FROM generate_series(1, 30) n",
  "INSERT INTO m.readings SELECT '2026-01-01 00:00+00'::timestamptz + n * INTERVAL '1 day', 'a', n FROM generate_series(1, 30) n",
  'INSERT INTO m.events SELECT n * 100 FROM generate_series(1, 50) n',
  "SELECT public.compress_chunk(c) FROM public.show_chunks('m.ticks') AS c LIMIT 2",
  "SELECT public.decompress_chunk(c, true) FROM public.show_chunks('m.ticks') AS c",
  "CALL public.refresh_continuous_aggregate('m.daily', '2026-01-01', '2026-02-01')",
  "SELECT public.drop_chunks('m.ticks', older_than => '2026-01-15'::timestamptz)",
  'TRUNCATE m.readings',
  'ANALYZE m.ticks',
];

describe('TimescaleDB', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    ({ database } = await server.scene({}));
    await database.query(timescaleBaseline.replaceAll('SET LOCAL', 'SET'));
    await database.query('ALTER TABLE m.events ADD plain bigint REFERENCES m.plain');
  });

  /** One session at a time is there. */
  async function inSession<T>(look: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await database.connect();
    try {
      return await look(client);
    } finally {
      await client.end();
    }
  }
  const look = (): Promise<Seen> => inSession((client) => lookWith(client, { timescale: true }));

  test('rows, chunks and what is done with them change no fingerprint', async () => {
    const changed: string[] = [];
    const first = await look();
    let before = first;
    for (const statement of neutral) {
      await database.query(statement);
      const after = await look();
      if (after.fingerprint !== before.fingerprint) changed.push(statement);
      before = after;
    }
    expect(changed).toEqual([]);
    expect(before.snapshot).toEqual(first.snapshot);
  });

  test('what a user asks for changes it', async () => {
    const missed: string[] = [];
    const unseen: string[] = [];
    let before = await look();
    for (const statement of changes) {
      await database.query(statement);
      const after = await look();
      if (after.snapshot === null || before.snapshot === null) throw new Error('nobody else is there');
      if (kindsChanged(before.snapshot, after.snapshot).length === 0) unseen.push(statement);
      else if (after.fingerprint === before.fingerprint) missed.push(statement);
      before = after;
    }
    expect({ missed, unseen }).toEqual({ missed: [], unseen: [] });
  });

  test('where it is there and was not reckoned with, no fingerprint is the same twice', async () => {
    const [one, other] = [await inSession(fingerprintOf), await inSession(fingerprintOf)];
    expect(one).not.toBe(other);
  });
});
