#!/bin/bash
# crypto: crypto_bench beside `openssl speed`, in one run. tests/bench/crypto.sh BUILD, from the repository's root.
#
# The same sizes on the same core (the last one). `openssl speed` counts the text alone: a packet costs an IV, AAD and a tag besides; -aead
# adds these. For CBC with HMAC the sum of openssl's two times is the measure. The target is 85 % of openssl's speed.
set -eu
build=${1:-build/release}
pin="taskset -c $(($(nproc) - 1))"

speed() { # SIZE ARGUMENTS: nanoseconds for one operation, the best of three seconds as crypto_bench takes the best of its rounds
    local size=$1
    shift
    for _ in 1 2 3; do
        $pin openssl speed -seconds 1 -bytes "$size" "$@" 2>/dev/null | tail -n 1
    done | awk -v size="$size" '{ sub(/k$/, "", $NF); ns = size / ($NF * 1000) * 1e9; best = best == "" || ns < best ? ns : best } END { print best }'
}

$pin "$build/tests/bench/crypto_bench" >"$build/tests/bench/crypto.out"
gcm=$(speed 1400 -decrypt -evp aes-128-gcm)
gcm_sealed=$(speed 1400 -evp aes-128-gcm)
gcm_aead=$(speed 1400 -aead -decrypt -evp aes-128-gcm)
cbc=$(speed 1392 -decrypt -evp aes-128-cbc)
hmac=$(speed 1416 -hmac sha256)
chacha=$(speed 1400 -decrypt -evp chacha20-poly1305)

awk -v gcm="$gcm" -v gcm_sealed="$gcm_sealed" -v gcm_aead="$gcm_aead" -v cbc="$cbc" -v hmac="$hmac" -v chacha="$chacha" '
function beside(name, ns) { printf "%-34s %7.0f ns   openssl speed: %s, %.0f %%\n", $1, $2, name, 100 * ns / $2; told = 1 }
{ told = 0 }
$1 == "open-aes-128-gcm" {
    beside(sprintf("aes-128-gcm decrypting %.0f ns", gcm), gcm)
    beside(sprintf("-aead aes-128-gcm decrypting %.0f ns", gcm_aead), gcm_aead)
    beside(sprintf("aes-128-gcm encrypting %.0f ns", gcm_sealed), gcm_sealed)
}
$1 == "open-aes-128-cbc-hmac-sha256" { beside(sprintf("aes-128-cbc %.0f ns + hmac(sha256) %.0f ns", cbc, hmac), cbc + hmac) }
$1 == "open-chacha20-poly1305" { beside(sprintf("chacha20-poly1305 %.0f ns", chacha), chacha) }
!told { printf "%-34s %7.0f ns   %s MB/s\n", $1, $2, $3 }
' "$build/tests/bench/crypto.out"
