#!/bin/sh
# Fails when the manual page does not tell of a note that the source can write, or tells of one that it cannot.
cd "$(dirname "$0")/.." || exit 2
in_source=$(grep -rhoE '"[a-z]+(-[a-z]+)+"' src/api src/collect src/ingest src/symbolize src/report --include='*.c' | tr -d '"' | sort -u)
in_manual=$(sed -n '/^\.SH NOTES/,/^\.SH SEE/p' tools/lprof/lprof.1 | sed -n 's/^\.B //p' | grep -E '^[a-z]+(-[a-z]+)+$' | sort -u)
bad=0
for code in $in_source; do
    echo "$in_manual" | grep -qx "$code" || { echo "not in lprof.1: $code"; bad=1; }
done
for code in $in_manual; do
    echo "$in_source" | grep -qx "$code" || { echo "in lprof.1 only: $code"; bad=1; }
done
exit $bad
