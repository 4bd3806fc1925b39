t: #2, ESTABLISHED, IKEv2, 866350b5e6d096c2_i* 864e146e8e5ccb34_r
  local  'peer1' @ 10.77.0.1[4500]
  remote 'peer2' @ 10.77.0.2[4500]
  AES_GCM_16-256/PRF_HMAC_SHA2_256/ECP_256
  established 1s ago, rekeying in 14335s
  c: #1, reqid 1, DELETED, TUNNEL, ESP:AES_GCM_16-256
    installed 5s ago, rekeying in 3239s, expires in 3955s
    in  ca00ef5e,    252 bytes,     3 packets
    out c135c71f,      0 bytes,     0 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #2, reqid 1, DELETED, TUNNEL, ESP:AES_GCM_16-256
    installed 4s ago, rekeying in 3267s, expires in 3956s
    in  ccda0c6d,    252 bytes,     3 packets
    out c166c5a0,    252 bytes,     3 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #3, reqid 1, DELETED, TUNNEL, ESP:AES_GCM_16-256
    installed 2s ago, rekeying in 3249s, expires in 3958s
    in  c834b1ec,    420 bytes,     5 packets
    out c54b297a,    420 bytes,     5 packets
    local  10.1.0.0/24
    remote 10.2.0.0/24
  c: #4, reqid 1, INSTALLED, TUNNEL, ESP:AES_GCM_16-256
    installed 1s ago, rekeying in 3453s, expires in 3959s
    in  cd9ccde8,    252 bytes,     3 packets,     1s ago
    out cfdea832,    252 bytes,     3 packets,     1s ago
    local  10.1.0.0/24
    remote 10.2.0.0/24
t: #2, ESTABLISHED, IKEv2, 866350b5e6d096c2_i 864e146e8e5ccb34_r*
  local  'peer2' @ 10.77.0.2[4500]
  remote 'peer1' @ 10.77.0.1[4500]
  AES_GCM_16-256/PRF_HMAC_SHA2_256/ECP_256
  established 1s ago, rekeying in 14293s
  c: #1, reqid 1, DELETED, TUNNEL, ESP:AES_GCM_16-256
    installed 5s ago, rekeying in 3344s, expires in 3955s
    in  c135c71f,    252 bytes,     3 packets
    out ca00ef5e,    252 bytes,     3 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #2, reqid 1, DELETED, TUNNEL, ESP:AES_GCM_16-256
    installed 4s ago, rekeying in 3490s, expires in 3956s
    in  c166c5a0,    252 bytes,     3 packets
    out ccda0c6d,      0 bytes,     0 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #3, reqid 1, DELETED, TUNNEL, ESP:AES_GCM_16-256
    installed 2s ago, rekeying in 3365s, expires in 3958s
    in  c54b297a,    420 bytes,     5 packets
    out c834b1ec,      0 bytes,     0 packets
    local  10.2.0.0/24
    remote 10.1.0.0/24
  c: #4, reqid 1, INSTALLED, TUNNEL, ESP:AES_GCM_16-256
    installed 1s ago, rekeying in 3308s, expires in 3959s
    in  cfdea832,    252 bytes,     3 packets,     1s ago
    out cd9ccde8,    252 bytes,     3 packets,     1s ago
    local  10.2.0.0/24
    remote 10.1.0.0/24
