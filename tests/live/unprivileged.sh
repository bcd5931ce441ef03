#!/bin/sh
# `unprivileged.sh PROGRAM [ARG...]`: runs a test as nobody, who may not sample the kernel by default.
skip() { echo "skipped: $*"; exit 77; }

[ "$(id -u)" = 0 ] || skip "only root can become nobody; as a user the test runs unprivileged anyway"
command -v setpriv >/dev/null || skip "setpriv(1) is not installed"
as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
$as_nobody test -x "$1" || skip "nobody cannot reach $1"
[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "kernel.perf_event_paranoid forbids perf events to users"
cd / && exec $as_nobody "$@"
