#!/bin/sh
# Tells whether a schema is there; for applications in any language whose image has psql.
#   schema.sh LOCKFILE              a probe: 0 when the ledger has the head of sql/schema.lock.json, or a later version,
#                                   as done, else 75
#   schema.sh LOCKFILE -- CMD ARGS  waits until so, then becomes CMD; 75 when SLIPWAY_WAIT_TIMEOUT is over
#   schema.sh VERSION ...           the same of a version
# environment: libpq's (PGHOST, PGUSER, ...) or DATABASE_URL, DATABASE_URL_FILE, PGPASSWORD_FILE; SLIPWAY_APP (the
#   lock's, else default), SLIPWAY_SCHEMA (slipway), SLIPWAY_WAIT_TIMEOUT (60s; as 500ms, 3s, 2m, 1h or seconds)
# needs: sh, awk, psql
# exit: 64 wrong usage, 66 a lock file that cannot be read, 75 not there yet, 78 no psql or a setting that cannot be read
set -eu

fail() { # fail CODE MESSAGE
  echo "schema.sh: $2" >&2
  exit "$1"
}

usage='usage: schema.sh LOCKFILE|VERSION [-- COMMAND ARGUMENTS...]'
version=${1:-}
app=${SLIPWAY_APP:-default}
case $version in
  *.json)
    [ -r "$version" ] || fail 66 "$version cannot be read by user $(id -u)"
    # Every other version in a lock is older: it is superseded, or the baseline's.
    version=$(grep -o '"[0-9]\{14\}"' "$version" | tr -d '"' | sort | tail -n 1)
    [ -n "$version" ] || fail 66 "$1 names no version"
    locked=$(sed -n 's/^ *"app" *: *"\([a-z0-9_.-]*\)".*/\1/p' "$1" | head -n 1)
    app=${SLIPWAY_APP:-${locked:-default}}
    ;;
  '' | *[!0-9]*) fail 64 "$usage; VERSION is 14 digits" ;;
esac
[ "${#version}" -eq 14 ] || fail 64 "$usage; VERSION is 14 digits"
shift
if [ $# -gt 0 ]; then
  [ "$1" = -- ] && [ $# -gt 1 ] || fail 64 "$usage"
  shift
fi

command -v awk >/dev/null || fail 78 'awk is not in this image; install it'
command -v psql >/dev/null || fail 78 'psql is not in this image; install the PostgreSQL client'
timeout=${SLIPWAY_WAIT_TIMEOUT:-60s}
# Whole seconds, rounded up; nothing where it is no duration, or longer than 596 h.
seconds=$(TEXT=$timeout awk 'BEGIN {
  text = ENVIRON["TEXT"]
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  if (text !~ /^[0-9]+(\.[0-9]+)?[ \t]*(ms|s|m|h)?$/) exit
  scale = text ~ /ms$/ ? 0.001 : text ~ /m$/ ? 60 : text ~ /h$/ ? 3600 : 1
  exact = (text + 0) * scale
  if (exact > 2147483.647) exit
  whole = int(exact)
  print whole < exact ? whole + 1 : whole
}')
[ -n "$seconds" ] || fail 78 "SLIPWAY_WAIT_TIMEOUT: '$timeout' is no duration; write 500ms, 3s, 2m, 1h or a number of seconds, at most 596h"

read_file() { # read_file VARIABLE PATH
  [ -r "$2" ] || fail 78 "$1: $2 cannot be read by user $(id -u)"
  cat "$2"
}

# An argument would be seen by everybody on the machine: the connection string is read from the environment, and its
# password goes to psql there. Prints the string without it, then, where there was one, that password on lines of its own.
# Of a string that cannot be read it prints why, and ends with 1; no part of it is shown.
take_password() {
  LC_ALL=C awk '
    function refuse(why) {
      print why
      exit 1
    }
    function byte(hex) {
      return (index(digits, substr(hex, 1, 1)) - 1) * 16 + index(digits, substr(hex, 2, 1)) - 1
    }
    function decode(text,    out, at, hex) {
      while ((at = index(text, "%")) > 0) {
        hex = tolower(substr(text, at + 1, 2))
        if (hex !~ /^[0-9a-f][0-9a-f]$/ || hex == "00") refuse("has a % that is not followed by two hexadecimal digits; write a literal % as %25")
        out = out substr(text, 1, at - 1) sprintf("%c", byte(hex))
        text = substr(text, at + 3)
      }
      return out text
    }
    function take(name, value) {
      if (name == "sslpassword") refuse("has sslpassword, which psql can only be given where others see it; use a key without a password")
      if (name != "password") return 0
      password = value
      isGiven = 1
      return 1
    }
    function readUrl(rest,    scheme, at, colon, mark, query, count, pairs, i, equals) {
      scheme = "postgresql://"
      match(rest, /[@\/]/)
      if (RSTART > 0 && substr(rest, RSTART, 1) == "@") {
        at = RSTART
        user = substr(rest, 1, at - 1)
        rest = substr(rest, at + 1)
        colon = index(user, ":")
        if (colon > 0) {
          take("password", decode(substr(user, colon + 1)))
          user = substr(user, 1, colon - 1)
        }
        scheme = scheme user "@"
      }
      if (index(rest, "@") > 0) refuse("has an @ after the host has begun; write %40 for @, %3A for :, %2F for /, %3F for ? and %25 for %")
      mark = index(rest, "?")
      if (mark == 0) return scheme rest
      count = split(substr(rest, mark + 1), pairs, "&")
      for (i = 1; i <= count; i++) {
        equals = index(pairs[i], "=")
        if (equals > 0 && take(decode(substr(pairs[i], 1, equals - 1)), decode(substr(pairs[i], equals + 1)))) continue
        query = query (query == "" ? "?" : "&") pairs[i]
      }
      return scheme substr(rest, 1, mark - 1) query
    }
    function readPairs(rest,    out, name, value, pair) {
      gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", rest)
      while (rest != "") {
        if (!match(rest, /^[A-Za-z_]+[ \t\r\n]*=[ \t\r\n]*/)) refuse("is neither a URL nor name=value pairs")
        name = substr(rest, 1, RLENGTH)
        sub(/[ \t\r\n]*=.*/, "", name)
        rest = substr(rest, RLENGTH + 1)
        if (!match(rest, /^(\047([^\047\\]|\\.)*\047|([^ \t\r\n\047\\]|\\.)*)/)) refuse("has a value that does not end")
        value = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        if (rest != "" && rest !~ /^[ \t\r\n]/) refuse("has a quote inside a value; write \\\047 for it")
        sub(/^[ \t\r\n]+/, "", rest)
        pair = name "=" value
        if (value ~ /^\047/) value = substr(value, 2, length(value) - 2)
        value = unescape(value)
        if (!take(name, value)) out = out " " pair
      }
      return substr(out, 2)
    }
    function unescape(text,    out, at) {
      while ((at = index(text, "\\")) > 0) {
        out = out substr(text, 1, at - 1) substr(text, at + 1, 1)
        text = substr(text, at + 2)
      }
      return out text
    }
    BEGIN {
      digits = "0123456789abcdef"
      text = ENVIRON["CONNECTION"]
      if (match(tolower(text), /^(postgres|postgresql|postgis|pgsql|timescale|timescalegis)([+][a-z0-9_.-]+)?:\/\//)) text = readUrl(substr(text, RLENGTH + 1))
      else if (text ~ /^[ \t\r\n]*[A-Za-z_]+[ \t\r\n]*=/) text = readPairs(text)
      else refuse("does not begin with postgresql:// or postgres://")
      if (index(text, "\n") > 0) refuse("has a line break")
      print text
      if (isGiven) print password
    }'
}

password=${PGPASSWORD:-}
[ -z "${PGPASSWORD_FILE:-}" ] || password=$(read_file PGPASSWORD_FILE "$PGPASSWORD_FILE")
url=${DATABASE_URL:-}
[ -z "${DATABASE_URL_FILE:-}" ] || url=$(read_file DATABASE_URL_FILE "$DATABASE_URL_FILE")
if [ -n "$url" ]; then
  taken=$(CONNECTION=$url take_password) || fail 78 "DATABASE_URL $taken"
  url=${taken%%"
"*}
  [ "$url" = "$taken" ] || password=${taken#*"
"}
fi
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-3}"

# Prints t or f; psql's own message when the question cannot be asked. The password goes to psql alone.
ask() {
  LC_ALL=C PGPASSWORD=$password psql ${url:+--dbname="$url"} --no-password --no-psqlrc --quiet --tuples-only --no-align \
    --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse --set=ledger_schema="${SLIPWAY_SCHEMA:-slipway}" \
    --set=app="$app" --set=version="$version" 2>&1 <<'SQL'
select exists (
  select from :"ledger_schema".ledger where app = :'app' and version >= :'version' and state = 'done');
SQL
}

# A shell that is PID 1 has no default action for these.
trap 'exit 143' TERM
trap 'exit 130' INT
now=$(date +%s)
deadline=$((now + seconds))
said=
while :; do
  answer=$(ask) || true
  case $answer in
    t) break ;;
    # It cannot be read, and will not be later.
    'psql: error: invalid '* | 'psql: error: missing '* | 'psql: error: could not match '* | 'psql: error: definition of service '*)
      fail 78 "$answer"
      ;;
  esac
  [ "$answer" != f ] || answer="version $version is not in the ledger of $app yet"
  [ $# -gt 0 ] || fail 75 "$answer"
  [ "$(date +%s)" -lt "$deadline" ] || fail 75 "gave up after $timeout: $answer"
  [ "$answer" = "$said" ] || echo "schema.sh: waiting: $answer" >&2
  said=$answer
  sleep 1 &
  wait $!
done
trap - TERM INT
[ $# -eq 0 ] || exec "$@"
