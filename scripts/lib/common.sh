# scripts/lib/common.sh: what bootstrap, test and check share. Source it; bash only.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

core_count() { nproc 2>/dev/null || echo 2; }

# PACKAGE PROBE...; a probe is a command, pc:MODULE of pkg-config, or a file's path. A package is
# needed when a probe of it fails, so a node or a redis from elsewhere is left as it is.
package_table() {
    cat <<'TABLE'
pkg-config             pkg-config
ninja-build            ninja
libevent-dev           pc:libevent_core pc:libevent_pthreads pc:libevent_openssl
libhiredis-dev         pc:hiredis
libsqlite3-dev         pc:sqlite3
libssl-dev             pc:openssl
libcmocka-dev          pc:cmocka
libjansson-dev         pc:jansson
libsodium-dev          pc:libsodium
libzxcvbn-dev          /usr/include/zxcvbn.h
libqrencode-dev        pc:libqrencode
libinih-dev            pc:inih
libutf8proc-dev        pc:libutf8proc
libcurl4-openssl-dev   pc:libcurl
redis-server           redis-server
sqlite3                sqlite3
openssl                openssl
curl                   curl
ca-certificates        /etc/ssl/certs/ca-certificates.crt
tzdata                 /usr/share/zoneinfo/Asia/Shanghai
clang-14               clang-14
libclang-rt-14-dev     /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux
clang-format-14        clang-format-14
nodejs                 node
npm                    npm
chromium               chromium
fonts-noto-cjk         /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
TABLE
}

probe_holds() {
    case $1 in
    pc:*) has pkg-config && pkg-config --exists "${1#pc:}" ;;
    /*) [[ -e $1 ]] ;;
    *) has "$1" ;;
    esac
}

packages_all() { package_table | awk '{ print $1 }'; }

packages_missing() {
    local package probes probe
    while read -r package probes; do
        for probe in $probes; do
            probe_holds "$probe" && continue
            echo "$package"
            break
        done
    done < <(package_table)
}

# cmake_configure DIR OPTION...: keeps an existing build directory; ninja and ccache where present.
cmake_configure() {
    local dir=$1
    shift
    local options=("$@")
    if [[ ! -f $dir/CMakeCache.txt ]]; then
        has ninja && options+=(-G Ninja)
        has ccache && options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    fi
    cmake -S "$root" -B "$dir" "${options[@]}"
}

# quietly COMMAND...: shows the output only when the command fails.
quietly() {
    local output status=0
    output=$(mktemp)
    "$@" >"$output" 2>&1 || status=$?
    ((status == 0)) || cat "$output"
    rm -f "$output"
    return "$status"
}
