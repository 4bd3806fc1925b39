# boot: a user-mode Linux guest that runs one script; sourced by run.sh and sessions.sh, which set `here` (this folder) and `out`.
linux=$(command -v linux.uml || command -v linux || true)
modules=$(ls -d /usr/lib/uml/modules/* 2>/dev/null | tail -n 1)
if [ -n "${INTEROP_UML:-}" ]; then # an unpacked user-mode-linux package
    linux=$INTEROP_UML/usr/bin/linux.uml modules=$(ls -d "$INTEROP_UML"/usr/lib/uml/modules/* | tail -n 1)
fi
skip() { echo "SKIP interop: $1"; exit 77; }

boot_ready() { # the shim that the guest kernel needs, into $out
    [ -x "$linux" ] && [ -d "$modules" ] || skip "the user-mode-linux package is not installed"
    [ "$(uname -m)" = x86_64 ] || skip "the guest's register keeper is for x86-64"
    for tool in ip tcpdump modprobe /usr/bin/python3; do
        command -v "$tool" >/dev/null || skip "no $tool"
    done
    ${CC:-cc} -O2 -shared -fPIC -o "$out/xstate.so" "$here/xstate.c" || skip "the register keeper does not build"
}

boot() { # SCRIPT FOLDER SECONDS
    mkdir -p "$2"
    rm -f "$2/status"
    scratch=$(mktemp -d)
    TMPDIR=$scratch timeout -k 5 "$3" env LD_PRELOAD="$out/xstate.so" "$linux" mem=512M root=none rootfstype=hostfs rootflags=/ ro \
        init="$here/init.sh" uml_dir="$scratch/" con=null con0=null,fd:1 con1=null ssl=null quiet random.trust_cpu=on \
        INTEROP_SCRIPT="$1" INTEROP_OUT="$2" INTEROP_MODULES="$modules" </dev/null >"$2/console.txt" 2>&1 || true
    rm -rf "$scratch"
    [ -f "$2/status" ] || skip "the guest did not finish: $(tail -n 3 "$2/console.txt" | tr '\n' ' ')"
}
