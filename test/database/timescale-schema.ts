/** Something of everything that TimescaleDB keeps of a user's intent, on a server that has it. */
export const timescaleBaseline = `-- slipway: version 20260101000000
CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;
CREATE SCHEMA m;
CREATE SCHEMA chunks;

CREATE TABLE m.ticks (at timestamptz NOT NULL, symbol text NOT NULL, price double precision, seq bigint);
SELECT public.create_hypertable('m.ticks', 'at', chunk_time_interval => INTERVAL '7 days', create_default_indexes => false,
  associated_schema_name => 'chunks', associated_table_prefix => 'ticks_part');
SET LOCAL timescaledb.enable_chunk_skipping = on;
SELECT public.enable_chunk_skipping('m.ticks', 'seq');
CREATE INDEX ticks_symbol ON m.ticks (symbol, at DESC);
ALTER TABLE m.ticks SET (timescaledb.compress, timescaledb.compress_segmentby = 'symbol',
  timescaledb.compress_orderby = 'at DESC', timescaledb.compress_chunk_time_interval = '14 days');

CREATE TABLE m.readings (at timestamptz NOT NULL, device text NOT NULL, value double precision, UNIQUE (device, at));
SELECT public.create_hypertable('m.readings', 'at', create_default_indexes => false);
ALTER TABLE m.readings SET (timescaledb.compress);

CREATE TABLE m.events (id bigint NOT NULL, body text);
SELECT public.create_hypertable('m.events', 'id', chunk_time_interval => 1000, create_default_indexes => false);
CREATE FUNCTION m.now_of_events() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 5::bigint';
SELECT public.set_integer_now_func('m.events', 'm.now_of_events');

CREATE TABLE m.plain (id bigint PRIMARY KEY);

CREATE MATERIALIZED VIEW m.daily WITH (timescaledb.continuous) AS
  SELECT public.time_bucket('1 day', at) AS day, symbol, avg(price) AS price FROM m.ticks GROUP BY 1, 2 WITH NO DATA;
CREATE INDEX daily_price ON m.daily (price);
ALTER MATERIALIZED VIEW m.daily SET (timescaledb.compress);

SELECT public.add_retention_policy('m.ticks', INTERVAL '1 year');
SELECT public.add_compression_policy('m.ticks', INTERVAL '30 days', initial_start => '2026-01-01 00:00+00', timezone => 'Europe/Berlin');
SELECT public.add_continuous_aggregate_policy('m.daily', start_offset => INTERVAL '30 days', end_offset => INTERVAL '1 day',
  schedule_interval => INTERVAL '1 hour');
CREATE PROCEDURE m.tidy(job_id integer, config jsonb) LANGUAGE sql AS 'DELETE FROM m.plain';
SELECT public.add_job('m.tidy', '1 day', config => '{"hypertable_id": 3}');
`;
