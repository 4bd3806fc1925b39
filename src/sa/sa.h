/*
 * sa: what a file, the kernel or IKE says of one security association (RFC 4301 4.4.2), and of one policy (RFC 4301 4.4.1).
 * Plain values; keys live in a struct secrets that outlives them.
 */
#ifndef SA_SA_H
#define SA_SA_H

#include "base/addr.h"
#include "base/secret.h"
#include "crypto/suite.h"
#include "decode/packet.h"

#define SA_PROTO_ESP 50
#define SA_PROTO_AH 51
#define SA_PROTO_IPCOMP 108
#define SA_NAME_MAX 64

enum sa_mode { SA_MODE_UNKNOWN, SA_MODE_TRANSPORT, SA_MODE_TUNNEL, SA_MODE_BEET };
enum sa_origin { SA_ORIGIN_FILE, SA_ORIGIN_KERNEL, SA_ORIGIN_IKE, SA_ORIGIN_SEEN };
enum sa_state { SA_STATE_MATURE, SA_STATE_LARVAL, SA_STATE_DYING, SA_STATE_DEAD };

/* RFC 4301 4.4.1.1; a zero protocol or a port range 0..65535 means any. ICMP type and code stand in the ports as there. */
struct selector {
    struct prefix src, dst;  /* family 0: any */
    uint8_t proto;
    uint16_t sport_low, sport_high, dport_low, dport_high;
};

struct sa_limits { /* 0: none */
    uint64_t bytes, packets;
    uint64_t add_s, use_s; /* seconds since added, since first used */
};

struct sa_definition {
    struct prefix src, dst;  /* outer; family 0 or a short prefix where the format has wildcards */
    uint32_t spi;
    uint8_t proto;           /* SA_PROTO_* */
    uint8_t mode;            /* enum sa_mode */
    uint8_t state;           /* enum sa_state */
    bool encap_known;        /* the format tells whether the SA is UDP-encapsulated */
    uint8_t encap;           /* enum encap */
    uint16_t encap_sport, encap_dport;
    const struct encryption *encryption; /* NULL: not told or not known */
    const struct integrity *integrity;
    char encryption_name[SA_NAME_MAX], integrity_name[SA_NAME_MAX]; /* as spelled there, "" where not told; escape when shown */
    struct secret encryption_key;  /* with its salt */
    struct secret integrity_key;
    uint8_t icv;             /* bytes of ICV where known (AEAD or integrity), else 0 */
    bool esn_known, esn;
    bool window_known;
    uint32_t window;         /* anti-replay window; 0 with window_known: no replay check */
    bool outbound;           /* this host's sending copy: its window says nothing of the receiver's */
    struct sa_limits hard, soft;
    bool added_known, used_known;
    int64_t added_ns, used_ns;
    bool has_selector;
    struct selector selector;
    uint32_t reqid, mark, mark_mask, if_id;
    bool align_unknown;      /* the format does not tell how AH's ICV is padded: both ways are right */
    bool align4;             /* AH ICV padded to 4 bytes on IPv4 (XFRM_STATE_ALIGN4) */
    bool af_unspec;          /* tunnel may carry the other family */
    bool keys_hidden;        /* the dump leaves keys out */
    bool keys_derived;       /* made by us from an IKE SA's: a right ICV proves them, nothing else does */
    bool offloaded;          /* a network card does its work: what the host's capture shows of it is not what was on the wire */
};

enum policy_direction { POLICY_IN, POLICY_OUT, POLICY_FWD };

#define POLICY_TEMPLATE_MAX 6
struct policy_template {
    struct addr src, dst;    /* zero or none: any */
    uint8_t proto, mode;
    uint32_t reqid, spi;
    bool optional;           /* level use */
};

struct policy {
    struct selector selector;
    uint8_t direction;       /* enum policy_direction */
    bool block;              /* action block; else allow */
    bool socket;             /* a per-socket policy (IKE daemons' bypass) */
    uint32_t priority;       /* lower first */
    uint32_t index, mark, mark_mask, if_id;
    unsigned templates;
    struct policy_template template[POLICY_TEMPLATE_MAX];
};

const char *sa_mode_name(enum sa_mode mode);       /* "tunnel" */
const char *sa_proto_name(uint8_t proto);          /* "esp", "ah", "comp" */
const char *sa_origin_name(enum sa_origin origin); /* "file", ... as records spell it */

#endif
