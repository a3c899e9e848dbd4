"""Waits until the schema is at the version of the lock file, or past it: `python gate.py && exec python app.py`.

Reads DATABASE_URL or libpq's variables, PGPASSWORD_FILE, SLIPWAY_LOCKFILE, SLIPWAY_APP, SLIPWAY_SCHEMA, GATE_SECONDS.
Ends with 66 (no lock file), 75 (not there in time) or 78 (a setting that cannot be read), and prints no secret.
"""
import json, os, re, sys, time
import psycopg
from psycopg import conninfo, sql


def fail(code, message):
    print(f"gate: {message}", file=sys.stderr)
    sys.exit(code)


def server():
    """What DATABASE_URL says; libpq's own message about a URL shows a part of it, which may be the password."""
    # A driver's suffix, as SQLAlchemy has it (postgresql+asyncpg://), means nothing to libpq.
    url = re.sub(r"^(postgres(?:ql)?)\+[\w.-]+://", r"\1://", os.environ.get("DATABASE_URL", ""))
    try:
        said = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        said = None
    # What follows an unescaped @, : or / of a password is a host or a port to libpq.
    if said is None or re.search(r".@", said.get("host", "")) or re.search(r"[^\d,]", str(said.get("port", ""))):
        fail(78, "DATABASE_URL is no connection string; write %25 for %, %40 for @, %3A for : and %2F for / in a password")
    return said


def password():
    """From the file each time, since it may come late or be renewed; {} where no file is named."""
    path = os.environ.get("PGPASSWORD_FILE")
    if not path:
        return {}
    with open(path) as file:
        return {"password": file.read().removesuffix("\n")}


path = os.environ.get("SLIPWAY_LOCKFILE", "sql/schema.lock.json")
try:
    with open(path) as file:
        lock = json.load(file)
    head = max(lock["migrations"]) if lock["migrations"] else lock["baseline"]["version"]
except (OSError, ValueError, LookupError, TypeError) as error:
    fail(66, f"{path} cannot be read as a lock file: {error!r}")
seconds = os.environ.get("GATE_SECONDS", "300")
if not re.fullmatch(r"\d+", seconds):
    fail(78, f"GATE_SECONDS: {seconds!r} is no whole number")

app = os.environ.get("SLIPWAY_APP", lock["app"])
ledger = sql.Identifier(os.environ.get("SLIPWAY_SCHEMA", "slipway"), "ledger")
reached = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE app = %s AND state = 'done' AND version >= %s)").format(ledger)
where = server()
end = time.monotonic() + int(seconds)
while True:
    try:
        with psycopg.connect(**{"connect_timeout": 3, **password(), **where}) as connection:
            if connection.execute(reached, (app, head)).fetchone()[0]:
                break
            why = f"{head} is not in the ledger yet"
    except (psycopg.Error, OSError) as error:
        why = str(error).strip()
    if time.monotonic() > end:
        fail(75, f"gave up: {why}")
    time.sleep(1)
