# Shared by the scripts of this folder; sourced, never run.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Everything that these scripts make outside the engines' own stores; ignored by git.
cache=$repository/.cache/ci
# Lines of KEY=VALUE that make the engines usable; .ci/run and test/support/containers.ts read them.
engine_env=$cache/engine.env

# pin KEY...: what pins.json holds under the key, or under the last of several.
pin() { node -p 'process.argv.slice(2).reduce((at, key) => at[key], JSON.parse(require("fs").readFileSync(process.argv[1])))' "$repository/pins.json" "$@"; }

log() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

die() {
  log "$*"
  exit 1
}

# The first Debian mirror that apt on this machine is set up with.
debian_mirror() {
  local found
  found=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/ { print $2; exit }')
  [ -n "$found" ] ||
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      sed 's/\[[^]]*\]//' | awk '$1 == "deb" { print $2; exit }')
  [ -n "$found" ] || die 'no Debian mirror found in /etc/apt'
  printf '%s\n' "$found"
}

# wait_until SECONDS COMMAND...: true as soon as COMMAND is; false after SECONDS.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.3
  done
}
