"""Waits until the schema is at the version of the lock file, or past it: `python gate.py && exec python app.py`."""
import json, os, sys, time
import psycopg

lock = json.load(open(os.environ.get("SLIPWAY_LOCKFILE", "sql/schema.lock.json")))
head = max(lock["migrations"]) if lock["migrations"] else lock["baseline"]["version"]
reached = "SELECT EXISTS (SELECT FROM slipway.ledger WHERE app = %s AND state = 'done' AND version >= %s)"
end = time.monotonic() + float(os.environ.get("GATE_SECONDS", "300"))
while True:
    try:
        with psycopg.connect(os.environ.get("DATABASE_URL", ""), connect_timeout=3) as connection:
            if connection.execute(reached, (lock["app"], head)).fetchone()[0]:
                break
            why = f"{head} is not in the ledger yet"
    except psycopg.Error as error:
        why = str(error).strip()
    if time.monotonic() > end:
        sys.exit(f"gate: gave up: {why}")
    time.sleep(1)
