#!/bin/sh
# session_keys: strongSwan's save-keys plugin, which Debian's packages leave out, from Debian's source of the same version.
#   session_keys.sh FOLDER    makes FOLDER/libstrongswan-save-keys.so
set -eu
mkdir -p "$1/lists/partial"
cd "$1"
apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(COMPONENT) [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)' |
    sed -n 's/^Packages Debian main /deb-src /p' >sources.list
options="-qq -o Dir::Etc::sourcelist=$PWD/sources.list -o Dir::Etc::sourceparts=/nowhere -o Dir::State::lists=$PWD/lists"
version=$(dpkg-query -W -f '${Version}' strongswan-libcharon)
# shellcheck disable=SC2086
{
    apt-get $options update
    # the archive may have dropped the very patch level; the original sources are the same
    apt-get $options --download-only source "strongswan=$version" || true
} >/dev/null 2>&1
tar xf strongswan_*.orig.tar.*[2z]
cd strongswan-*/
./configure --enable-mediation --disable-gmp >/dev/null 2>&1 # mediation: Debian has it, and it changes structs
${CC:-cc} -shared -fPIC -O2 -include config.h -Isrc/libstrongswan -Isrc/libcharon -o ../libstrongswan-save-keys.so src/libcharon/plugins/save_keys/*.c
