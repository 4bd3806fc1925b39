/* invented: names that pages on the web list beside real IPsec errors, and that no Windows header contains. */
#include "catalogue/windows.h"

const struct invented_name invented_names[] = {
    { "ERROR_IPSEC_DOSP_STATE_UPDATE_FAILED", 13927, 13928,
      "No such constant: 13927 is ERROR_IPSEC_DOSP_INVALID_PACKET, and about state entries there are only 13928 "
      "(not found) and 13929 (no room)." },
    { "ERROR_IPSEC_DOSP_MAX_CONNECTIONS_REACHED", 13935, 13929,
      "No such constant: 13935 is unassigned, the hex 0x3683 given with it is another number (13955), and the limit "
      "that exists is ERROR_IPSEC_DOSP_MAX_ENTRIES, 13929." },
    { "ERROR_IPSEC_DOSP_MAX_DATA_IN_SESSION_REACHED", 13934, 0,
      "No such constant: 13934 is unassigned, the hex 0x3682 given with it is another number (13954), and IPsec DoS "
      "Protection has no limit of data for a session." },
    { "ERROR_IPSEC_KEY_EXCHANGE_FAILED", 13912, 0,
      "No such constant: 13912 is ERROR_IPSEC_WRONG_SA, and a failed negotiation has a code for its reason, such as "
      "13801 (authentication), 13805 (no answer) or 13868 (no common proposal)." },
    { "ERROR_IPSEC_PROCESSING_ERROR", 0, 13804,
      "No such constant: the name that exists is ERROR_IPSEC_IKE_GENERAL_PROCESSING_ERROR, 13804." },
    { "ERROR_IPSEC_SA_RENEGOTIATION", 0, 0,
      "No such constant: rekeying is no error, and nothing among the real codes means this." },
    { "ERROR_IPSEC_SA_RENDEZVOUS_FAILED", 13908, 0,
      "No such constant: 13908 is ERROR_IPSEC_IKE_STRONG_CRED_AUTHORIZATION_AND_CERTMAP_FAILURE, and a failure to "
      "set up an SA has a code for its reason, from 13801 on." },
    { "ERROR_IPSEC_IKE_NEGOTIATION_FAILED", 13856, 0,
      "No such constant: 13856 is ERROR_IPSEC_IKE_SRVQUERYCRED, and a failed negotiation has a code for its reason, "
      "such as 13801 (authentication), 13805 (no answer) or 13868 (no common proposal)." },
    { "ERROR_IPSEC_KEYMAIN_NOT_FOUND", 13859, 0,
      "No such constant: 13859 is ERROR_IPSEC_IKE_OUT_OF_MEMORY, and nothing among the real codes means a missing "
      "keying module." },
};
const size_t invented_name_count = sizeof invented_names / sizeof invented_names[0];
