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
skip() { echo "SKIP interop: $1"; exit 77; }

linux=$(command -v linux.uml || command -v linux || true)
modules=$(ls -d /usr/lib/uml/modules/* 2>/dev/null | tail -n 1)
if [ -n "${INTEROP_UML:-}" ]; then # an unpacked user-mode-linux package
    linux=$INTEROP_UML/usr/bin/linux.uml modules=$(ls -d "$INTEROP_UML"/usr/lib/uml/modules/* | tail -n 1)
fi
[ -x "$linux" ] && [ -d "$modules" ] || skip "the user-mode-linux package is not installed"
[ "$(uname -m)" = x86_64 ] || skip "the guest's register keeper is for x86-64"
for tool in ip tcpdump modprobe /usr/bin/python3; do
    command -v "$tool" >/dev/null || skip "no $tool"
done
mkdir -p "$out"
out=$(readlink -f "$out")
${CC:-cc} -O2 -shared -fPIC -o "$out/xstate.so" "$here/xstate.c" || skip "the register keeper does not build"

boot() { # SCRIPT FOLDER SECONDS
    mkdir -p "$2"
    scratch=$(mktemp -d)
    TMPDIR=$scratch timeout -k 5 "$3" env LD_PRELOAD="$out/xstate.so" "$linux" mem=512M root=none rootfstype=hostfs rootflags=/ ro \
        init="$here/init.sh" uml_dir="$scratch/" con=null con0=null,fd:1 con1=null ssl=null quiet random.trust_cpu=on \
        INTEROP_SCRIPT="$1" INTEROP_OUT="$2" INTEROP_MODULES="$modules" </dev/null >"$2/console.txt" 2>&1 || true
    rm -rf "$scratch"
    [ -f "$2/status" ] || skip "the guest did not finish: $(tail -n 3 "$2/console.txt" | tr '\n' ' ')"
}

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
