#!/bin/sh
# packages: what Debian 12 needs to build and to test esplain; the only place that lists it.
#   tests/packages.sh         install all of it (as root)
#   tests/packages.sh build   install what `make` alone needs
#   tests/packages.sh list    say what would be installed
set -eu

build="build-essential pkg-config libpcap-dev libnet1-dev libssl-dev zlib1g-dev libzstd-dev libmnl-dev libxml2-dev
libjansson-dev libseccomp-dev libcap-ng-dev libncurses-dev"
test="libcmocka-dev python3 tshark tcpdump python3-scapy zstd iproute2 openssl clang libclang-rt-14-dev
user-mode-linux tmux procps libcap2-bin"

case ${1:-all} in
list) printf '%s\n' $build $test && exit ;;
build) wanted=$build ;;
all) wanted="$build $test" ;;
*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
esac

missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
    echo "every package is there"
    exit
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086
apt-get install -y --no-install-recommends $missing
