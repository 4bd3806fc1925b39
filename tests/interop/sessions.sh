#!/bin/sh
# sessions: real IKE sessions of two strongSwan hosts in a user-mode Linux guest, captured with keys, logs, tables and counters of both ends.
#   tests/interop/sessions.sh OUT [NAME...]    a name may end in *; without names all; 77: not possible here
# OUT/NAME gets a.pcap and b.pcap (what A and B saw), keysA|B, logA|B.txt, monitorA|B.txt, sas*, xfrm*, said.txt, about.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
. "$here/boot.sh"
for tool in /usr/sbin/charon-systemd swanctl iptables-legacy openssl ping conntrack; do
    command -v "$tool" >/dev/null || skip "no $tool (charon-systemd, strongswan-swanctl, libcharon-extra-plugins, libcharon-extauth-plugins, iptables, conntrack)"
done
mkdir -p "$out"
out=$(readlink -f "$out")
boot_ready
[ -d "$out/certs" ] || "$here/session_certs.sh" "$out/certs"
[ -f "$out/plugin/libstrongswan-save-keys.so" ] || "$here/session_keys.sh" "$out/plugin" || echo "no save-keys plugin: the sessions come without key files"
echo "$*" >"$out/wanted"
boot "$here/sessions.py" "$out" "${INTEROP_SECONDS:-900}"
cat "$out/console.txt"
