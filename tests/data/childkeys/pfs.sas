t: #2, ESTABLISHED, IKEv2, 94bb9350d44e22f1_i 7c0654534787b059_r*
  local  'peer1' @ 10.77.0.1[4500]
  remote 'peer2' @ 10.77.0.2[4500]
  AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519
  established 2s ago, rekeying in 13095s
  c: #1, reqid 1, DELETED, TUNNEL, ESP:AES_CBC-128/HMAC_SHA2_256_128
    installed 5s ago, rekeying in 3475s, expires in 3955s
    in  cbae024f,    252 bytes,     3 packets
    out c3fbe3c7,      0 bytes,     0 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #2, reqid 1, DELETED, TUNNEL, ESP:AES_CBC-128/HMAC_SHA2_256_128/MODP_2048
    installed 3s ago, rekeying in 3326s, expires in 3957s
    in  c5dd020c,    420 bytes,     5 packets
    out c18ccc8a,      0 bytes,     0 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #3, reqid 1, INSTALLED, TUNNEL, ESP:AES_CBC-128/HMAC_SHA2_256_128/MODP_2048
    installed 1s ago, rekeying in 3330s, expires in 3959s
    in  c907d6e1,    252 bytes,     3 packets,     0s ago
    out c032a4fa,    252 bytes,     3 packets,     0s ago
    local  10.1.0.0/24
    remote 10.2.0.0/24
t: #2, ESTABLISHED, IKEv2, 94bb9350d44e22f1_i* 7c0654534787b059_r
  local  'peer2' @ 10.77.0.2[4500]
  remote 'peer1' @ 10.77.0.1[4500]
  AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519
  established 2s ago, rekeying in 13528s
  c: #1, reqid 1, DELETED, TUNNEL, ESP:AES_CBC-128/HMAC_SHA2_256_128
    installed 5s ago, rekeying in 3398s, expires in 3955s
    in  c3fbe3c7,    252 bytes,     3 packets
    out cbae024f,    252 bytes,     3 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #2, reqid 1, DELETED, TUNNEL, ESP:AES_CBC-128/HMAC_SHA2_256_128/MODP_2048
    installed 3s ago, rekeying in 3420s, expires in 3957s
    in  c18ccc8a,    420 bytes,     5 packets
    out c5dd020c,    420 bytes,     5 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #3, reqid 1, INSTALLED, TUNNEL, ESP:AES_CBC-128/HMAC_SHA2_256_128/MODP_2048
    installed 1s ago, rekeying in 3293s, expires in 3959s
    in  c032a4fa,    252 bytes,     3 packets,     1s ago
    out c907d6e1,    252 bytes,     3 packets,     1s ago
    local  10.2.0.0/24
    remote 10.1.0.0/24
