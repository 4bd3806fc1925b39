#!/bin/sh
# session_certs: a small PKI for the sessions. session_certs.sh FOLDER: common/ (the CA), A/ and B/ (what each host has), as swanctl wants it.
set -eu
mkdir -p "$1/common/x509ca" "$1/A/x509" "$1/A/private" "$1/B/x509" "$1/B/private" "$1/other"
cd "$1"

authority() { # NAME SUBJECT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" -days 7300 -subj "/O=esplain/CN=$2" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign,cRLSign 2>/dev/null
}

issue() { # CA HOST NAME COMMON-NAME ALGORITHM FROM TO
    host=$2 name=$3
    case $5 in
    ec) openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$host/private/$name.key" -out request.pem -subj "/O=esplain/CN=$4" ;;
    rsa) openssl req -new -newkey rsa:4096 -nodes -keyout "$host/private/$name.key" -out request.pem -subj "/O=esplain/CN=$4" ;;
    esac 2>/dev/null
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$4" >extensions
    # openssl ca, because x509 -req cannot date a certificate back
    mkdir -p ca && : >ca/index && [ -f ca/serial ] || echo 01 >ca/serial
    printf '[ca]\ndefault_ca=it\n[it]\ndatabase=ca/index\nserial=ca/serial\nnew_certs_dir=ca\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\nO=optional\nCN=supplied\n' >ca.conf
    openssl ca -batch -notext -config ca.conf -cert "$1.pem" -keyfile "$1.key" -in request.pem -out "$host/x509/$name.pem" \
        -startdate "$6" -enddate "$7" -extfile extensions 2>/dev/null
}

authority ca "esplain CA"
authority stranger "stranger CA"
cp ca.pem common/x509ca/ca.pem
from=20200101000000Z to=20450101000000Z
issue ca A a a.example ec $from $to
issue ca B b b.example ec $from $to
issue ca A a-rsa a-rsa.example rsa $from $to
issue ca B b-rsa b-rsa.example rsa $from $to
issue ca A a-expired a-expired.example ec $from 20210101000000Z
issue ca B b-expired b-expired.example ec $from 20210101000000Z
issue stranger A a-stranger a-stranger.example ec $from $to
issue stranger B b-stranger b-stranger.example ec $from $to
rm -rf ca ca.conf request.pem extensions
