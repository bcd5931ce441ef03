#!/bin/sh
# `small_rings.sh LPROF PROGRAM [ARG...]`: with little memory for samples they are made smaller
# before any is dropped. Without CAP_IPC_LOCK and with no limit of its own, a user has what
# kernel.perf_event_mlock_kb gives for each CPU: 512 KiB and a page by default.
skip() { echo "skipped: $*"; exit 77; }
fail() { printf '%s\n%s\n' "$1" "$said"; exit 1; }

lprof=$1
shift
[ "$(id -u)" != 0 ] || skip "root has no limit"
[ "$(cat /proc/sys/kernel/perf_event_mlock_kb)" -le 1000 ] || skip "kernel.perf_event_mlock_kb is large"
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
ulimit -l 0
said=$("$lprof" -v -o "$folder/small.lprof" "$@" 2>&1 >/dev/null) || fail "the run failed"
case $said in
*"8.0 KiB of stack with each sample"*) ;;
*) fail "not the smaller stacks" ;;
esac
case $said in
*", 0 samples"*) fail "nothing was sampled" ;;
*"none lost"*) ;;
*) fail "samples were lost" ;;
esac
