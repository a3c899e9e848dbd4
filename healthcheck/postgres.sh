#!/bin/sh
# The probe of a PostgreSQL container. It asks over TCP: while the official image initialises a new database, a
# temporary server answers on the socket only, and a probe on the socket would take it for the real one.
# environment: POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, PGPORT
# exit: 0 the server answers a query; else pg_isready's or psql's
set -eu

unset PGHOST PGHOSTADDR PGSERVICE PGOPTIONS
export PGPORT="${PGPORT:-5432}" PGUSER="${POSTGRES_USER:-postgres}" PGCONNECT_TIMEOUT=3
export PGDATABASE="${POSTGRES_DB:-$PGUSER}"

pg_isready --host=127.0.0.1 --quiet --timeout=3
command -v psql >/dev/null || exit 0
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ] && [ -r "$POSTGRES_PASSWORD_FILE" ]; then
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
fi
PGPASSWORD=${POSTGRES_PASSWORD:-} exec psql --host=127.0.0.1 --no-password --no-psqlrc --quiet --tuples-only \
  --command='select 1' >/dev/null
