#!/bin/sh
# live: `esplain live -s kernel` on a host of a real kernel, which runs here as an ordinary process (user-mode Linux).
#   tests/interop/live.sh ESPLAIN OUT    77: not possible here. What happened is in OUT/live/
set -eu
here=$(cd "$(dirname "$0")" && pwd)
esplain=$(readlink -f "$1") out=$2
mkdir -p "$out/live"
out=$(readlink -f "$out")
. "$here/boot.sh"
boot_ready
echo "$esplain" >"$out/live/esplain"
boot "$here/live.py" "$out/live" "${INTEROP_SECONDS:-180}"
