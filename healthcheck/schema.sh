#!/bin/sh
# Tells whether a schema is there; for applications in any language whose image has psql.
#   schema.sh LOCKFILE              a probe: 0 when the ledger has the head of sql/schema.lock.json, or a later version,
#                                   as done, else 75
#   schema.sh LOCKFILE -- CMD ARGS  waits until so, then becomes CMD; 75 when SLIPWAY_WAIT_TIMEOUT is over
#   schema.sh VERSION ...           the same of a version
# environment: libpq's (PGHOST, PGUSER, ...) or DATABASE_URL, PGPASSWORD_FILE; SLIPWAY_APP (default),
#   SLIPWAY_SCHEMA (slipway), SLIPWAY_WAIT_TIMEOUT (60s; also in m, h, or without a unit for seconds)
# exit: 64 wrong usage, 66 a lock file that cannot be read, 75 not there yet, 78 no psql or a setting that cannot be read
set -eu

fail() { # fail CODE MESSAGE
  echo "schema.sh: $2" >&2
  exit "$1"
}

usage='usage: schema.sh LOCKFILE|VERSION [-- COMMAND ARGUMENTS...]'
version=${1:-}
case $version in
  *.json)
    [ -r "$version" ] || fail 66 "$version cannot be read by user $(id -u)"
    # Every other version in a lock is older: it is superseded, or the baseline's.
    version=$(grep -o '"[0-9]\{14\}"' "$version" | tr -d '"' | sort | tail -n 1)
    [ -n "$version" ] || fail 66 "$1 names no version"
    ;;
  '' | *[!0-9]*) fail 64 "$usage; VERSION is 14 digits" ;;
esac
[ "${#version}" -eq 14 ] || fail 64 "$usage; VERSION is 14 digits"
shift
if [ $# -gt 0 ]; then
  [ "$1" = -- ] && [ $# -gt 1 ] || fail 64 "$usage"
  shift
fi

timeout=${SLIPWAY_WAIT_TIMEOUT:-60s}
case $timeout in
  *m) unit=60 number=${timeout%m} ;;
  *h) unit=3600 number=${timeout%h} ;;
  *) unit=1 number=${timeout%s} ;;
esac
case $number in
  '' | *[!0-9]*) fail 78 "SLIPWAY_WAIT_TIMEOUT: '$timeout' is not a whole number of seconds, such as 60s" ;;
esac
command -v psql >/dev/null || fail 78 'psql is not in this image; install the PostgreSQL client'
if [ -n "${PGPASSWORD_FILE:-}" ]; then
  [ -r "$PGPASSWORD_FILE" ] || fail 78 "PGPASSWORD_FILE: $PGPASSWORD_FILE cannot be read by user $(id -u)"
  password=$(cat "$PGPASSWORD_FILE")
else
  password=${PGPASSWORD:-}
fi
# A SQLAlchemy driver suffix (postgresql+asyncpg://) means nothing to psql.
url=$(printf '%s' "${DATABASE_URL:-}" | sed 's|^\(postgres[a-z]*\)+[a-z0-9]*://|\1://|')
# %40 and the like, as they stand in a URL.
decode() {
  rest=$1
  while [ "${rest#*%}" != "$rest" ]; do
    printf '%s' "${rest%%\%*}"
    rest=${rest#*%}
    # shellcheck disable=SC2059
    printf "\\$(printf '%03o' "0x$(printf '%.2s' "$rest")")"
    rest=${rest#??}
  done
  printf '%s' "$rest"
}
# The password stands in no argument list: it goes from the URL into psql's environment.
case $url in
*://*:*@*)
  password=$(decode "$(printf '%s' "$url" | sed 's|^[^:]*://[^:@/]*:\([^@]*\)@.*|\1|')")
  url=$(printf '%s' "$url" | sed 's|^\([^:]*://[^:@/]*\):[^@]*@|\1@|')
  ;;
esac
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-3}"

# Prints t or f; psql's own message when the question cannot be asked. The password goes to psql alone.
ask() {
  PGPASSWORD=$password psql ${url:+--dbname="$url"} --no-password --no-psqlrc --quiet --tuples-only --no-align \
    --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse --set=ledger_schema="${SLIPWAY_SCHEMA:-slipway}" \
    --set=app="${SLIPWAY_APP:-default}" --set=version="$version" 2>&1 <<'SQL'
select exists (
  select from :"ledger_schema".ledger where app = :'app' and version >= :'version' and state = 'done');
SQL
}

# A shell that is PID 1 has no default action for these.
trap 'exit 143' TERM
trap 'exit 130' INT
now=$(date +%s)
deadline=$((now + number * unit))
said=
while :; do
  answer=$(ask) || true
  [ "$answer" != t ] || break
  [ "$answer" != f ] || answer="version $version is not in the ledger of ${SLIPWAY_APP:-default} yet"
  [ $# -gt 0 ] || fail 75 "$answer"
  [ "$(date +%s)" -lt "$deadline" ] || fail 75 "gave up after $timeout: $answer"
  [ "$answer" = "$said" ] || echo "schema.sh: waiting: $answer" >&2
  said=$answer
  sleep 1 &
  wait $!
done
trap - TERM INT
[ $# -eq 0 ] || exec "$@"
