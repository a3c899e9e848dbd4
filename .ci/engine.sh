#!/bin/bash
# The container engines on a Debian machine: Docker with both compose versions, podman with podman-compose.
# usage (root):  .ci/engine.sh up     installs what is missing, starts dockerd unless one answers
#                .ci/engine.sh down   ends the dockerd that `up` started, and no other
# What is there already is used as it is. Settings go to .cache/ci/engine.env, not to /etc.
source "$(dirname "$0")/lib.sh"

pid_file=$cache/dockerd.pid

# The newest server that Debian serves, which the database tests run on beside those from npm: this month's minor has
# to be met here first, so one that is installed is renewed.
install_server() {
  export DEBIAN_FRONTEND=noninteractive
  if { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql \
    $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 'postgresql-[0-9]*' 2>/dev/null | sed -n 's/^ii //p' | grep -x 'postgresql-[0-9]*'); } \
    >"$cache/apt-server.log" 2>&1 </dev/null; then
    log "apt: $(ls -d /usr/lib/postgresql/*/bin/postgres | tail -n 1) is the newest that is served"
  elif compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
    log "apt: THE POSTGRESQL SERVER WAS NOT RENEWED: $(tail -n 2 "$cache/apt-server.log")"
  else
    die "apt-get failed: $(tail -n 5 "$cache/apt-server.log")"
  fi
}

install_packages() {
  local wanted='' package
  need() { # need COMMAND PACKAGE...
    command -v "$1" >/dev/null || wanted="$wanted ${*:2}"
  }
  docker info >/dev/null 2>&1 || need dockerd docker.io
  need docker docker.io
  need docker-compose docker-compose
  need podman podman
  need podman-compose podman-compose
  need catatonit catatonit
  need mmdebstrap mmdebstrap
  need psql postgresql-client
  need pgbouncer pgbouncer
  need ip iproute2
  need alembic alembic
  need chromium chromium
  /usr/bin/python3 -c 'import psycopg2' >/dev/null 2>&1 || wanted="$wanted python3-psycopg2"
  /usr/bin/python3 -c 'import psycopg' >/dev/null 2>&1 || wanted="$wanted python3-psycopg"
  /usr/bin/python3 -c 'import pytest' >/dev/null 2>&1 || wanted="$wanted python3-pytest"
  /usr/bin/python3 -c 'import django' >/dev/null 2>&1 || wanted="$wanted python3-django"
  need docker-registry docker-registry
  need runc runc
  for package in netavark aardvark-dns; do # helpers of podman, not on PATH
    [ -x "/usr/lib/podman/$package" ] || wanted="$wanted $package"
  done
  [ -n "$wanted" ] || return 0
  log "apt: installing$wanted"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $wanted >"$cache/apt.log" 2>&1 </dev/null ||
    die "apt-get failed: $(tail -n 5 "$cache/apt.log")"
}

start_dockerd() {
  if docker info >/dev/null 2>&1; then
    log 'docker: answers already'
    return 0
  fi
  # A pid file whose process is gone keeps dockerd from starting.
  if [ -f /var/run/docker.pid ] && ! kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then
    rm -f /var/run/docker.pid
  fi
  setsid dockerd >"$cache/dockerd.log" 2>&1 </dev/null &
  echo $! >"$pid_file"
  wait_until 60 docker info || die "dockerd does not answer: $(tail -n 5 "$cache/dockerd.log")"
  log "docker: dockerd started, pid $(cat "$pid_file")"
}

stop_dockerd() {
  local pid
  [ -f "$pid_file" ] || return 0
  pid=$(cat "$pid_file")
  rm -f "$pid_file"
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || return 0
  kill "$pid"
  wait_until 30 test ! -d "/proc/$pid" || log "dockerd $pid does not end"
  log "docker: dockerd $pid ended"
}

# What Debian bookworm does not have and is one file: the package of the next release is unpacked, not installed.
from_next_release() { # from_next_release PACKAGE FILE TARGET
  local apt=$cache/apt mirror
  mirror=$(debian_mirror)
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$(dirname "$3")"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
  (
    cd "$apt"
    options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
      -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update
    apt-get "${options[@]}" download "$1"
    dpkg -x "$1"_*.deb unpacked
  )
  cp "$apt/unpacked/$2" "$3"
  rm -rf "$apt"
  log "docker: $1 unpacked"
}

# buildx reads the bake file and builds nothing here: it is no plugin, which would make `docker build` another program.
add_plugins() {
  local home=$cache/docker plugins=usr/libexec/docker/cli-plugins
  [ -x "$home/docker-buildx" ] || from_next_release docker-buildx $plugins/docker-buildx "$home/docker-buildx"
  [ -x "$cache/quadlet" ] || from_next_release podman usr/libexec/podman/quadlet "$cache/quadlet"
  if [ ! -x "$home/cli-plugins/docker-compose" ]; then
    if docker compose version >/dev/null 2>&1; then return 0; fi
    from_next_release docker-compose $plugins/docker-compose "$home/cli-plugins/docker-compose"
    # podman reads this folder too, and wants the file.
    echo '{}' >"$home/config.json"
  fi
  echo "DOCKER_CONFIG=$home" >>"$engine_env"
}

# Without systemd podman can use neither its cgroup manager nor the journal, and crun refuses a hybrid cgroup
# tree; without CAP_SYS_RESOURCE its default limits are above what it may set.
configure_podman() {
  local limit
  if [ -d /run/systemd/system ] || [ -n "${CONTAINERS_CONF:-}" ]; then return 0; fi
  limit=$(ulimit -Hn)
  cat >"$cache/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=$limit:$limit", "nproc=30000:30000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
  echo "CONTAINERS_CONF=$cache/containers.conf" >>"$engine_env"
}

mkdir -p "$cache"
case "${1:-}" in
  up)
    : >"$engine_env"
    install_packages
    install_server
    start_dockerd
    add_plugins
    configure_podman
    ;;
  down) stop_dockerd ;;
  *) die 'usage: .ci/engine.sh up|down' ;;
esac
