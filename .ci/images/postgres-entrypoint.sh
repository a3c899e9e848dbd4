#!/bin/bash
# What the tests rely on of the official image's entrypoint: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also
# as *_FILE), POSTGRES_INITDB_ARGS, PGDATA, /docker-entrypoint-initdb.d, and a temporary server during the first
# start that answers only on its socket.
set -euo pipefail

if [ "${1:-}" != postgres ]; then exec "$@"; fi
shift

from_file() { # from_file NAME DEFAULT: the variable's value, or its file's, or the default
  local file=${1}_FILE
  if [ -n "${!file:-}" ]; then export "$1=$(<"${!file}")"; else export "$1=${!1:-$2}"; fi
}
# As root: the files may be readable by root only, and the data directory may belong to root.
from_file POSTGRES_USER postgres
from_file POSTGRES_PASSWORD ''
from_file POSTGRES_DB "$POSTGRES_USER"
unset POSTGRES_USER_FILE POSTGRES_PASSWORD_FILE POSTGRES_DB_FILE

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" postgres "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -n "$POSTGRES_PASSWORD" ] || {
    echo 'POSTGRES_PASSWORD is not set' >&2
    exit 1
  }
  # shellcheck disable=SC2086
  initdb -D "$PGDATA" -E UTF8 --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth-local=trust --auth-host=trust ${POSTGRES_INITDB_ARGS:-} >/dev/null
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  export PGHOST=/var/run/postgresql PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -c unix_socket_directories=$PGHOST" -w start
  [ "$POSTGRES_DB" = postgres ] || createdb --maintenance-db=postgres "$POSTGRES_DB"
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sql) psql -v ON_ERROR_STOP=1 -q -f "$file" ;;
      # As the official image does: sourced, unless it can be executed.
      *.sh) if [ -x "$file" ]; then "$file"; else source "$file"; fi ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGHOST PGUSER PGDATABASE
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql "$@"
