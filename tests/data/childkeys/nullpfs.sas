t: #1, ESTABLISHED, IKEv2, 0246bddc170053dd_i* 37e1ea5ba9a0f604_r
  local  'peer1' @ 10.77.0.1[4500]
  remote 'peer2' @ 10.77.0.2[4500]
  AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384
  established 3s ago, rekeying in 13583s
  c: #1, reqid 1, DELETED, TUNNEL, ESP:NULL/HMAC_SHA2_384_192/ESN
    installed 4s ago, rekeying in 3297s, expires in 3957s
    in  c2baee3b,    252 bytes,     3 packets
    out cae32d8b,      0 bytes,     0 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #2, reqid 1, INSTALLED, TUNNEL, ESP:NULL/HMAC_SHA2_384_192/ECP_256/ESN
    installed 2s ago, rekeying in 3471s, expires in 3958s
    in  cb4d46fc,    252 bytes,     3 packets,     0s ago
    out c2b50622,    252 bytes,     3 packets,     0s ago
    local  10.1.0.0/24
    remote 10.2.0.0/24
t: #1, ESTABLISHED, IKEv2, 0246bddc170053dd_i 37e1ea5ba9a0f604_r*
  local  'peer2' @ 10.77.0.2[4500]
  remote 'peer1' @ 10.77.0.1[4500]
  AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384
  established 5s ago, rekeying in 14295s
  c: #1, reqid 1, DELETED, TUNNEL, ESP:NULL/HMAC_SHA2_384_192/ESN
    installed 5s ago, rekeying in 3288s, expires in 3956s
    in  cae32d8b,    252 bytes,     3 packets
    out c2baee3b,    252 bytes,     3 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #2, reqid 1, INSTALLED, TUNNEL, ESP:NULL/HMAC_SHA2_384_192/ECP_256/ESN
    installed 3s ago, rekeying in 3278s, expires in 3957s
    in  c2b50622,    252 bytes,     3 packets,     1s ago
    out cb4d46fc,    252 bytes,     3 packets,     1s ago
    local  10.2.0.0/24
    remote 10.1.0.0/24
