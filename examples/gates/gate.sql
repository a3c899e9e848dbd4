-- Whether the schema is at the version of a lock file, or past it; $1 is the text of that file, sql/schema.lock.json.
-- Where SLIPWAY_SCHEMA is set for Slipway, write that name in the place of slipway.
SELECT EXISTS (
  SELECT FROM slipway.ledger
   WHERE app = $1::jsonb ->> 'app' AND state = 'done'
     AND version >= coalesce((SELECT max(key) FROM jsonb_object_keys($1::jsonb -> 'migrations') AS key), $1::jsonb #>> '{baseline,version}')
) AS reached
