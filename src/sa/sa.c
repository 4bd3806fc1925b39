/* sa: the names of what an SA can be. */
#include "sa/sa.h"

const char *sa_mode_name(enum sa_mode mode)
{
    switch (mode) {
    case SA_MODE_TRANSPORT:
        return "transport";
    case SA_MODE_TUNNEL:
        return "tunnel";
    case SA_MODE_BEET:
        return "beet";
    case SA_MODE_UNKNOWN:
        break;
    }
    return "unknown";
}

const char *sa_proto_name(uint8_t proto)
{
    switch (proto) {
    case SA_PROTO_ESP:
        return "esp";
    case SA_PROTO_AH:
        return "ah";
    case SA_PROTO_IPCOMP:
        return "comp";
    default:
        return "unknown";
    }
}

const char *sa_origin_name(enum sa_origin origin)
{
    switch (origin) {
    case SA_ORIGIN_KERNEL:
        return "kernel";
    case SA_ORIGIN_IKE:
        return "ike";
    case SA_ORIGIN_SEEN:
        return "seen";
    case SA_ORIGIN_FILE:
        break;
    }
    return "file";
}
