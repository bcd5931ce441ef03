#!/bin/sh
# Builds a real program from Debian's sources, once: with -O2 -g and without Debian's packaging.
# usage: get_program.sh CACHE lua|zstd|sqlite3|jsoncpp      leaves CACHE/bin/<program>
# The source comes through apt, from the machine's own mirrors, with lists of its own in CACHE: nothing of the system
# changes, and no root is needed.
set -eu
cache=$1
program=$2
[ ! -x "$cache/bin/$program" ] || exit 0

die() {
    echo "real: $*" >&2
    exit 1
}

# The machine's package sources, as sources of source packages.
write_apt_config() {
    mkdir -p "$cache/apt/sources" "$cache/apt/lists/partial" "$cache/apt/cache"
    : >"$cache/apt/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$file" ] || sed -n 's/^ *deb\(\|-src\)\( .*\)/deb-src\2/p' "$file" >>"$cache/apt/sources.list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$cache/apt/sources/${file##*/}"
    done
}

apt() {
    apt-get -q -o Dir::Etc::sourcelist="$cache/apt/sources.list" -o Dir::Etc::sourceparts="$cache/apt/sources" \
        -o Dir::State::lists="$cache/apt/lists" -o Dir::Cache="$cache/apt/cache" -o APT::Sandbox::User= "$@" </dev/null
}

# Leaves the upstream source of a package in $cache/$program.
fetch() { # PACKAGE
    rm -rf "${cache:?}/download" "${cache:?}/$program"
    mkdir -p "$cache/download"
    if [ ! -e "$cache/apt/updated" ]; then
        write_apt_config
        apt update || echo "real: apt-get update had errors" >&2
        touch "$cache/apt/updated"
    fi
    (cd "$cache/download" && apt source --download-only "$1") || {
        rm -f "$cache/apt/updated"
        die "the source of $1 cannot be had from this machine's Debian mirrors (no network?)"
    }
    dpkg-source --no-check --skip-patches -x "$cache"/download/*.dsc "$cache/$program" ||
        die "the source of $1 cannot be unpacked"
    rm -rf "$cache/download"
}

build_lua() {
    cd "$cache/lua/src"
    rm luac.c
    gcc -O2 -g -DLUA_USE_POSIX -o lua ./*.c -lm
}

build_zstd() {
    make -C "$cache/zstd/programs" -j2 zstd CFLAGS="-O2 -g" HAVE_ZLIB=0 HAVE_LZMA=0 HAVE_LZ4=0
    cd "$cache/zstd/programs"
}

build_sqlite3() {
    cd "$cache/sqlite3"
    ./configure --disable-tcl --disable-readline
    make sqlite3.c shell.c
    gcc -O2 -g -DSQLITE_OMIT_LOAD_EXTENSION -o sqlite3 shell.c sqlite3.c -lm -lpthread
}

# The program is the library's own tests, with -O3: of what -O2 makes, too many functions have no room to be counted.
build_jsoncpp() {
    cd "$cache/jsoncpp"
    g++ -O3 -g -Iinclude -o jsoncpp src/lib_json/*.cpp src/test_lib_json/*.cpp
}

mkdir -p "$cache/bin"
exec 9>"$cache/lock"
flock 9
case $program in
lua)
    fetch lua5.4
    build_lua
    ;;
zstd)
    fetch libzstd
    build_zstd
    ;;
sqlite3)
    fetch sqlite3
    build_sqlite3
    ;;
jsoncpp)
    fetch libjsoncpp
    build_jsoncpp
    ;;
*) die "unknown program $program" ;;
esac
cp "$program" "$cache/bin/$program.new"
mv "$cache/bin/$program.new" "$cache/bin/$program"
