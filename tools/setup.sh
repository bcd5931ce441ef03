# shellcheck shell=sh disable=SC2034
# Shared by tools/quickstart and tools/test (POSIX sh, sourced): steps, packages, builds.
# Packages are those of Debian 12 and 13. What is there already is not touched, and then nothing needs root.

# Everything that the build needs and the base system lacks.
BUILD_PACKAGES="cmake ninja-build gcc g++ libc6-dev pkg-config libelf-dev libdwarf-dev libcapstone-dev
libprotobuf-c-dev protobuf-c-compiler zlib1g-dev libdeflate-dev libzstd-dev liblzma-dev libiberty-dev uthash-dev"

# What the tests need on top: the framework, other compilers, the tools that lprof is compared with,
# and what builds the real programs of tests/real.
TEST_PACKAGES="libcriterion-dev clang libclang-rt-dev gfortran rustc llvm binutils python3 golang-go
linux-perf valgrind libdw-dev dpkg-dev make tcl csmith libcsmith-dev xz-utils dwz debuginfod libdebuginfod1"

step() { printf '==> %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Sets MISSING to those of the given packages that are not installed.
find_missing() {
    MISSING=
    for package; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
        [ "$status" = installed ] || MISSING="$MISSING $package"
    done
    MISSING=${MISSING# }
}

# Sets SUDO to what makes a command run as root: nothing, or sudo.
find_root() { # WHAT_ROOT_HAS_TO_DO
    SUDO=
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo >/dev/null || die "needs root, and there is no sudo. As root: $1"
    if [ -t 0 ]; then SUDO=sudo; else SUDO='sudo -n'; fi
    $SUDO true || die "needs root, and sudo does not allow it. As root: $1"
}

# Whether this user may sample its own programs, as far as the kernel's setting tells.
may_sample() {
    paranoid=$(cat /proc/sys/kernel/perf_event_paranoid 2>/dev/null) || return 0
    [ "$(id -u)" = 0 ] || [ "$paranoid" -le 2 ]
}

apt_get() {
    $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$LOG" 2>&1
}

install_packages() { # PACKAGE...
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        die "installs Debian packages, and this system has no apt-get: install the libraries that README.md lists, then run cmake --preset release"
    fi
    find_missing "$@"
    if [ -z "$MISSING" ]; then
        step "packages: all $# are installed"
        return
    fi
    step "packages: installing $(echo "$MISSING" | wc -w) of $#: $MISSING"
    find_root "apt-get install $MISSING"
    need_space /var 1500
    # One broken third-party source must not stop this: what counts is whether the install works.
    apt_get update || step "packages: apt-get update had errors, trying with the lists that are here"
    # shellcheck disable=SC2086 # a list of words
    apt_get install --no-install-recommends -y $MISSING ||
        die "apt-get could not install the packages (no network?): $(last_line). All of it: $LOG"
}

last_line() { grep -v '^ *$' "$LOG" | tail -n 1; }

need_space() { # FOLDER MEGABYTES
    free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -ge "$2" ] || die "needs $2 MB free in $1, there are ${free:-0}"
}

# Where everything that is built goes, and the log of all that is not shown.
open_log() { # NAME
    mkdir -p "$TOP/build" 2>/dev/null || die "cannot write into $TOP/build"
    LOG=$TOP/build/$1.log
    : >"$LOG" || die "cannot write $LOG"
}

try_build() { # PRESET
    step "build: build/$1"
    need_space "$TOP/build" 500
    command -v cmake >/dev/null || die "there is no cmake"
    (cd "$TOP" && cmake --preset "$1" && cmake --build --preset "$1") </dev/null >>"$LOG" 2>&1 || {
        tail -n 25 "$LOG" >&2
        printf '%s: build/%s could not be built. All of it: %s\n' "${0##*/}" "$1" "$LOG" >&2
        return 1
    }
}
