t: #1, ESTABLISHED, IKEv2, 46de14959490e765_i* 7e752ca5c7848e11_r
  local  'peer1' @ 10.77.0.1[4500]
  remote 'peer2' @ 10.77.0.2[4500]
  AES_GCM_16-256/PRF_AES128_XCBC/ECP_384
  established 3s ago, rekeying in 14048s
  c: #1, reqid 1, DELETED, TUNNEL, AH:HMAC_SHA2_256_128
    installed 3s ago, rekeying in 3357s, expires in 3957s
    in  cfc5f9f0,    252 bytes,     3 packets
    out c4413b07,      0 bytes,     0 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #2, reqid 1, INSTALLED, TUNNEL, AH:HMAC_SHA2_256_128/ECP_256
    installed 1s ago, rekeying in 3253s, expires in 3959s
    in  cad6cbc7,    252 bytes,     3 packets,     0s ago
    out ce0a0e03,    252 bytes,     3 packets,     0s ago
    local  10.1.0.0/24
    remote 10.2.0.0/24
t: #1, ESTABLISHED, IKEv2, 46de14959490e765_i 7e752ca5c7848e11_r*
  local  'peer2' @ 10.77.0.2[4500]
  remote 'peer1' @ 10.77.0.1[4500]
  AES_GCM_16-256/PRF_AES128_XCBC/ECP_384
  established 4s ago, rekeying in 14139s
  c: #1, reqid 1, DELETED, TUNNEL, AH:HMAC_SHA2_256_128
    installed 4s ago, rekeying in 3280s, expires in 3956s
    in  c4413b07,    252 bytes,     3 packets
    out cfc5f9f0,    252 bytes,     3 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #2, reqid 1, INSTALLED, TUNNEL, AH:HMAC_SHA2_256_128/ECP_256
    installed 2s ago, rekeying in 3346s, expires in 3958s
    in  ce0a0e03,    252 bytes,     3 packets,     1s ago
    out cad6cbc7,    252 bytes,     3 packets,     1s ago
    local  10.2.0.0/24
    remote 10.1.0.0/24
