#!/bin/sh
# run: esplain beside a real Linux kernel, which runs here as an ordinary process (user-mode Linux).
#   tests/interop/run.sh ESPLAIN OUT [WORD...]    only configurations and groups whose names contain a WORD; 77: not possible here
# A few of each without words; "all" takes an hour. Needs root or fakeroot for nothing: the guest is root by itself.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
esplain=$1 out=$2
shift 2
words="$*"
[ -n "$words" ] || words="esp4-tunnel-gcm128x16 esp6-transport-aes128-sha1 options4-beet-both nest4-tunnel-in-tunnel nest6-ah-in-ah mixed-4in6-beet
    udp4-tunnel-gcm esn-wrap-esp-gcm128x16-w64 ah6-tunnel-sha256 comp4-transport-flat-gcm tfc44-gcm128x16-200 window-64 contents-beet-44-gcm
    ah4-transport-sha1-4 deleted larval expire-packets-2 spd4-bundle"
. "$here/boot.sh"
mkdir -p "$out"
out=$(readlink -f "$out")
boot_ready

mkdir -p "$out/traffic" "$out/injected"
echo "$words" >"$out/traffic/wanted"
# shellcheck disable=SC2086
/usr/bin/python3 -B "$here/craft.py" $words >"$out/injected/groups.json" || skip "no python3-cryptography"
boot "$here/traffic.py" "$out/traffic" "${INTEROP_SECONDS:-120}"
boot "$here/inject.py" "$out/injected" "${INTEROP_SECONDS:-120}"
bad=0
python3 -B "$here/compare.py" "$esplain" traffic "$out"/traffic/*/ || bad=1
python3 -B "$here/compare.py" "$esplain" injected "$out"/injected/*/ || bad=1
exit $bad
