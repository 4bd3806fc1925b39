#!/bin/sh
# init: process 1 of the guest. Its root is this machine's, read-only; INTEROP_OUT is writable as /mnt/out; runs INTEROP_SCRIPT, then stops.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
# the kernel keeps x87, SSE and AVX registers only: keep the C library and OpenSSL off the others
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD,-AVX2,-ERMS,-RTM OPENSSL_ia32cap=~0x1000000000000000:0
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
mount -t tmpfs tmpfs /var/tmp
mkdir -p /run/netns /mnt/out /mnt/modules/lib/modules
mount -t hostfs none /mnt/out -o "$INTEROP_OUT"
ln -s "$INTEROP_MODULES" "/mnt/modules/lib/modules/$(uname -r)"
for module in ipv6 xfrm_user esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm4_tunnel xfrm6_tunnel veth authenc authencesn echainiv seqiv drbg \
    jitterentropy_rng gcm ccm ctr cbc ecb hmac xcbc cmac md5 sha1_generic sha256_generic sha512_generic ghash-generic chacha20poly1305 \
    chacha_generic poly1305_generic aes_generic des_generic camellia_generic crypto_null deflate \
    ip_tables iptable_filter iptable_nat xt_MASQUERADE xt_tcpudp xt_statistic nf_nat nf_conntrack_netlink sch_netem; do
    modprobe -q -d /mnt/modules "$module"
done
ip link set lo up
cd /mnt || exit
python3 -B "$INTEROP_SCRIPT"
echo $? >/mnt/out/status
sync
echo o >/proc/sysrq-trigger
while :; do sleep 1; done
