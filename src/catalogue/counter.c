/* counter: what each line of /proc/net/xfrm_stat counts, and the Windows code that says the same. */
#include <string.h>
#include <strings.h>

#include "catalogue/counter.h"

const struct counter_row counter_rows[COUNTER_COUNT] = {
    [COUNTER_IN_ERROR] = { "XfrmInError",
        "Inbound failures that no other counter takes. They are the host's own, not the packet's.",
        "Memory for the packet's security path or route could not be had, or ESP inside TCP could not be taken "
        "apart.", 0 },
    [COUNTER_IN_BUFFER_ERROR] = { "XfrmInBufferError",
        "No room to go on with an inbound packet.",
        "More than six transformations nested in one packet, or a network card whose offload reported an error.", 0 },
    [COUNTER_IN_HDR_ERROR] = { "XfrmInHdrError",
        "The ESP, AH or IPComp header could not be read.",
        "An IP payload shorter than the fixed header: 8 bytes for ESP, 12 for AH.", 13914 },
    [COUNTER_IN_NO_STATES] = { "XfrmInNoStates",
        "No SA for the packet's destination, SPI and protocol. The source address plays no part in the search.",
        "An SPI that was never set up, has been deleted or rekeyed away, or passed its time limit; also SPI 0, another "
        "destination or another protocol than the SA's.", 13910 },
    [COUNTER_IN_STATE_PROTO_ERROR] = { "XfrmInStateProtoError",
        "The SA was found, but the packet could not be undone with it. A wrong integrity check value is only one of "
        "the reasons: it is that if the SA's own failed counter moved too.",
        "With the failed counter: wrong ICV. Without: too short, not whole blocks, an AH length that does not fit, a "
        "pad length beyond the data, or next header 59, which is a legal dummy packet.", 0 },
    [COUNTER_IN_STATE_MODE_ERROR] = { "XfrmInStateModeError",
        "The packet was opened, but what came out is not what the SA's mode carries.",
        "A tunnel SA whose next header is neither 4 nor 41, or an inner packet shorter than its own header.", 13914 },
    [COUNTER_IN_STATE_SEQ_ERROR] = { "XfrmInStateSeqError",
        "The sequence number was refused by the anti-replay window, before the ICV was looked at.",
        "A number that was accepted before, one left of the window, or 0 on an SA without extended sequence numbers.",
        13913 },
    [COUNTER_IN_STATE_EXPIRED] = { "XfrmInStateExpired",
        "The SA reached its hard limit of bytes or packets with this packet.",
        "One packet for each such SA: the next ones find no SA (XfrmInNoStates). An SA that ends by time never counts "
        "here.", 13911 },
    [COUNTER_IN_STATE_MISMATCH] = { "XfrmInStateMismatch",
        "The SA was found but is not made for packets of this kind.",
        "UDP encapsulation where the SA has none or the reverse, or an inner packet outside the SA's own selector.",
        13912 },
    [COUNTER_IN_STATE_INVALID] = { "XfrmInStateInvalid",
        "The SA was found but is no longer valid.",
        "A packet that comes in the short time between the end of an SA and its removal from the table.", 0 },
    [COUNTER_IN_TMPL_MISMATCH] = { "XfrmInTmplMismatch",
        "The packet was opened or needed no opening, and a policy says that it should have come another way.",
        "Clear text where the policy requires protection, or an SA whose request id, protocol, mode or addresses are "
        "not those of the policy's template.", 0 },
    [COUNTER_IN_NO_POLS] = { "XfrmInNoPols",
        "The packet was opened, and no policy covers what was inside.",
        "A tunnel's inner packet outside every policy's selector; up to Linux 6.1 also an inner packet of the other "
        "address family.", 13912 },
    [COUNTER_IN_POL_BLOCK] = { "XfrmInPolBlock",
        "A policy discards this traffic.",
        "Any packet, protected or clear, that a policy with action block selects.", 0 },
    [COUNTER_IN_POL_ERROR] = { "XfrmInPolError",
        "The search for an inbound policy failed.",
        "No particular packet: an error inside the search, in practice memory.", 0 },

    [COUNTER_OUT_ERROR] = { "XfrmOutError",
        "Outbound failures that no other counter takes.",
        "Memory or checksum trouble while a packet to be protected was prepared.", 0 },
    [COUNTER_OUT_BUNDLE_GEN_ERROR] = { "XfrmOutBundleGenError",
        "The chain of SAs that a policy asks for could not be put together for a packet.",
        "The first packet of a flow whose route or SAs do not fit together.", 0 },
    [COUNTER_OUT_BUNDLE_CHECK_ERROR] = { "XfrmOutBundleCheckError",
        "A chain of SAs made earlier was no longer good when it was to be used.",
        "A packet of a flow whose route or SA changed since the chain was made.", 0 },
    [COUNTER_OUT_NO_STATES] = { "XfrmOutNoStates",
        "A policy asks for protection and there is no SA to send with, so the packet is dropped.",
        "The first packets of a tunnel that is not up, or all packets if no IKE daemon acts on the request.", 0 },
    [COUNTER_OUT_STATE_PROTO_ERROR] = { "XfrmOutStateProtoError",
        "Building ESP or AH around an outbound packet failed.",
        "A failing cipher or lack of memory.", 0 },
    [COUNTER_OUT_STATE_MODE_ERROR] = { "XfrmOutStateModeError",
        "The outer header that the SA's mode needs could not be made.",
        "A packet too large for the tunnel that must not be fragmented, or of a family that the mode does not "
        "carry.", 0 },
    [COUNTER_OUT_STATE_SEQ_ERROR] = { "XfrmOutStateSeqError",
        "The SA has used its last sequence number and may not send any more.",
        "Every packet after number 4294967295 on an SA without extended sequence numbers, until it is rekeyed.", 0 },
    [COUNTER_OUT_STATE_EXPIRED] = { "XfrmOutStateExpired",
        "The SA to send with reached its hard limit of bytes or packets.",
        "The packet that goes beyond the limit because no rekey came in time.", 0 },
    [COUNTER_OUT_POL_BLOCK] = { "XfrmOutPolBlock",
        "A policy discards this outbound traffic.",
        "Any outbound packet that a policy with action block selects.", 0 },
    [COUNTER_OUT_POL_DEAD] = { "XfrmOutPolDead",
        "The policy was removed while a packet was being sent under it.",
        "Single packets at the moment of a change of policy.", 0 },
    [COUNTER_OUT_POL_ERROR] = { "XfrmOutPolError",
        "The search for an outbound policy failed.",
        "No particular packet: too many nested transformations in the policies that apply, or memory.", 0 },
    [COUNTER_FWD_HDR_ERROR] = { "XfrmFwdHdrError",
        "A packet to be forwarded could not be matched with a policy or route.",
        "A forwarded packet whose headers could not be read, or that has no way out under the policies.", 0 },
    [COUNTER_OUT_STATE_INVALID] = { "XfrmOutStateInvalid",
        "The SA to send with is no longer valid.",
        "A packet that leaves in the short time between the end of an SA and its removal from the table.", 0 },
    [COUNTER_ACQUIRE_ERROR] = { "XfrmAcquireError",
        "The SA is only reserved: its SPI was handed out, and the keys have not been installed yet.",
        "A peer that sends ESP before this end has finished the negotiation, or goes on after it failed here.", 13910 },

    [COUNTER_OUT_STATE_DIR_ERROR] = { "XfrmOutStateDirError",
        "An SA that is marked for the inbound direction was about to be used for sending.",
        "Only where SAs carry a direction (Linux 6.10 and later).", 0 },
    [COUNTER_IN_STATE_DIR_ERROR] = { "XfrmInStateDirError",
        "An SA that is marked for the outbound direction was found for a received packet.",
        "A packet that comes back with the SPI of the other direction, where SAs carry a direction (Linux 6.10 and "
        "later).", 0 },
    [COUNTER_IN_IPTFS_ERROR] = { "XfrmInIptfsError",
        "The aggregated packets inside an IP-TFS payload (RFC 9347) could not be taken apart.",
        "A payload whose header, block offset or inner lengths do not hold together.", 0 },
    [COUNTER_OUT_NO_QUEUE_SPACE] = { "XfrmOutNoQueueSpace",
        "The queue of an IP-TFS SA was full, and an outbound packet was dropped.",
        "More traffic than the constant rate of the SA lets through.", 0 },
};

const char *counter_name(enum counter counter)
{
    return (unsigned)counter < COUNTER_COUNT ? counter_rows[counter].name : NULL;
}

enum counter counter_find(const char *name, size_t length)
{
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++)
        if (strlen(counter_rows[i].name) == length && strncasecmp(counter_rows[i].name, name, length) == 0)
            return (enum counter)i;
    return COUNTER_NONE;
}
