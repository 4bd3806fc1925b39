#!/bin/sh
# live: `esplain live -s kernel` on a host of a real kernel, which runs here as an ordinary process (user-mode Linux).
#   tests/interop/live.sh ESPLAIN OUT PHASE...    77: not possible here. What happened is in OUT/live/; the phases are those of live.py
set -eu
here=$(cd "$(dirname "$0")" && pwd)
esplain=$(readlink -f "$1") out=$2
shift 2
mkdir -p "$out"
out=$(readlink -f "$out")
. "$here/boot.sh"
boot_ready
mkdir -p "$out/live"
${CC:-cc} -O2 -shared -fPIC -o "$out/live/redact.so" "$here/redact.c" || skip "the library that zeroes keys does not build"
echo "$esplain" >"$out/live/esplain"
echo "$@" >"$out/live/phases"
boot "$here/live.py" "$out/live" "${INTEROP_SECONDS:-400}"
