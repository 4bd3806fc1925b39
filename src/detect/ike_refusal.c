/* ike_refusal: the table of error notifies that end a negotiation. */
#include "detect/ike_refusal.h"

#include <stddef.h>

#include "detect/finding.h"

static const char *const proposal_remedies[] = {
    "Put the two lists of algorithms side by side, transform by transform (cipher with key length, integrity, PRF, "
    "group; for Child SAs also the PFS "
    "group and ESN). strongSwan: swanctl --list-conns and `proposals`, `esp_proposals` in swanctl.conf. Cisco: show "
    "crypto ikev2 proposal, show "
    "crypto ipsec transform-set. FortiGate: show vpn ipsec phase1-interface. Windows: Get-NetIPsecMainModeCryptoSet, "
    "Get-NetIPsecQuickModeCryptoSet, Get-VpnServerIPsecConfiguration.",
    "The refuser's log has both lists. strongSwan: `received proposals` and `configured proposals` in charon's log "
    "(journalctl -u strongswan). "
    "Cisco: show crypto ikev2 diagnose error. FortiGate: diagnose debug application ike -1. Windows: Get-WinEvent, "
    "event 4653 or 4654.",
    "If the lists of a Child SA agree, see whether the refuser could make an SA at all: strongSwan says "
    "NO_PROPOSAL_CHOSEN also "
    "when its kernel takes no SA or "
    "lacks the algorithm (charon's log, dmesg, lsmod).",
    NULL,
};

static const char *const secret_remedies[] = {
    "Type the pre-shared key anew on both sides, without blanks or quotes at its ends, and see that it belongs to "
    "the identities that are used: "
    "swanctl --list-conns and the secrets of swanctl.conf, show crypto ikev2 profile and keyring, "
    "Set-VpnConnectionIPsecConfiguration or the "
    "connection security rule on Windows.",
    "With certificates: dates (openssl x509 -noout -dates), chain, revocation, the identity in subjectAltName, and "
    "the clock of both hosts "
    "(timedatectl, w32tm /query /status).",
    "The refuser's log says which it was (strongSwan: `MAC mismatched`, `no matching peer config found`, `no trusted "
    "... key`; Cisco: show crypto "
    "ikev2 diagnose error; Windows: event 4652 or 4653; FortiGate: diagnose debug application ike -1).",
    NULL,
};

static const char *const selector_remedies[] = {
    "Compare the networks of both sides; each one's local side must cover the other's remote side. strongSwan: "
    "local_ts and remote_ts (swanctl "
    "--list-conns). Cisco: the crypto access list, show crypto ikev2 sa detailed. FortiGate: phase2 selectors "
    "(src-subnet, dst-subnet). Junos: "
    "traffic-selector or proxy-identity. Windows: Get-NetIPsecRule and its address filters.",
    "Behind a NAT or with virtual addresses the selectors are those of the inner addresses: see that the responder "
    "hands out or expects the same.",
    "If they agree, see whether the refuser could make an SA at all: libreswan says TS_UNACCEPTABLE also when its "
    "kernel takes no SA (its log, "
    "dmesg).",
    NULL,
};

static const char *const form_remedies[] = {
    "Both sides disagree on the form of messages: look for updates of both, above all of the one that sent what was "
    "refused.",
    "Capture at both ends and compare the refused message byte by byte: a device on the way may have cut or changed "
    "it (IP fragments, a firewall "
    "that inspects IKE).",
    "The refuser's log names the payload (charon log level enc 2, debug crypto ikev2 packet, diagnose debug "
    "application ike -1).",
    NULL,
};

static const char *const version_remedies[] = {
    "Set both sides to the same version of IKE, IKEv2 where both have it. strongSwan: `version` of the connection. "
    "Cisco: crypto map or profile "
    "with ikev2. FortiGate: set ike-version 2. Windows: Set-VpnConnection -TunnelType Ikev2.",
    NULL,
};

static const char *const address_remedies[] = {
    "The refuser hands out inner addresses: look at its pool. strongSwan: swanctl --list-pools. Cisco: show ip local "
    "pool. Windows server: "
    "Get-RemoteAccess, the static pool or DHCP behind it. FortiGate: diagnose vpn ike config list.",
    "FAILED_CP_REQUIRED: the client must ask for an address (strongSwan: vips = 0.0.0.0, ::).",
    NULL,
};

static const char *const limit_remedies[] = {
    "The refuser takes no more Child SAs in this IKE SA: look how many there are (swanctl --list-sas, show crypto "
    "ipsec sa count, "
    "Get-NetIPsecQuickModeSA | measure) and why they were not deleted.",
    "Some products allow exactly one; then rekeying must make a new IKE SA (reauthentication).",
    NULL,
};

static const char *const other_remedies[] = {
    "The refuser's log says what it did not like (journalctl -u strongswan, show crypto ikev2 diagnose error, "
    "diagnose debug application ike -1, "
    "Get-WinEvent for the IKE events 4650 to 4654).",
    NULL,
};

#define MEANS_AUTH \
    "It could not verify who the other side is: a wrong pre-shared key, an unknown identity, or a " \
    "certificate that it does not trust."
#define MEANS_FORM "It could not read the message: a payload was malformed, or of a form that it does not take."
#define MEANS_PROPOSAL "None of the combinations of algorithms that were offered is one that it allows."
#define ERROR SEVERITY_ERROR
#define WARNING SEVERITY_WARNING

static const struct ike_refusal rows[] = {
    { 2, 1, 13823, 'M', ERROR, "RFC 7296 2.5",
      "The message held a payload that is marked critical and that it does "
      "not know.",
      form_remedies },
    { 2, 5, 13880, 'M', ERROR, "RFC 7296 2.5", "It does not speak this version of IKE.", version_remedies },
    { 2, 7, 13843, 'N', ERROR, "RFC 7296 3.10.1", MEANS_FORM, form_remedies },
    { 2, 14, 13868, 'P', ERROR, "RFC 7296 2.7", MEANS_PROPOSAL, proposal_remedies },
    { 2, 24, 13801, 'M', ERROR, "RFC 7296 2.21.2", MEANS_AUTH, secret_remedies },
    { 2, 34, 13868, 'P', ERROR, "RFC 7296 2.9", "It takes selectors for a single pair of addresses only.",
      selector_remedies },
    { 2, 35, 13884, 'P', WARNING, "RFC 7296 1.3", "It takes no more Child SAs in this IKE SA.", limit_remedies },
    { 2, 36, 13899, 'M', ERROR, "RFC 7296 3.15.4", "It had no inner address to give.", address_remedies },
    { 2, 37, 13900, 'M', ERROR, "RFC 7296 3.15.4",
      "It wants the other side to ask for an inner address, and that "
      "did not.",
      address_remedies },
    { 2, 38, 13858, 'P', ERROR, "RFC 7296 2.9",
      "None of the networks (traffic selectors) that were asked for is one "
      "that it allows to this peer.",
      selector_remedies },
    { 1, 1, 13843, 'N', ERROR, "RFC 2408 3.14.1", MEANS_FORM, form_remedies },
    { 1, 2, 13862, 'N', ERROR, "RFC 2408 3.14.1", "It does not know the domain of interpretation.", form_remedies },
    { 1, 3, 13863, 'N', ERROR, "RFC 2408 3.14.1", "It does not take the situation in the SA payload.", form_remedies },
    { 1, 4, 13846, 'N', WARNING, "RFC 2408 3.14.1",
      "It does not know these cookies: it has no such IKE SA (any "
      "more).",
      other_remedies },
    { 1, 5, 13880, 'M', ERROR, "RFC 2408 3.14.1", "It does not speak this version of IKE.", version_remedies },
    { 1, 7, 13824, 'N', ERROR, "RFC 2408 3.14.1", "It does not take this exchange, for instance aggressive mode.",
      version_remedies },
    { 1, 9, 13888, 'M', WARNING, "RFC 2408 3.14.1", "It did not expect this message ID.", other_remedies },
    { 1, 10, 13831, 'N', ERROR, "RFC 2408 3.14.1", "It does not know the protocol in the proposal.", form_remedies },
    { 1, 12, 13832, 'N', ERROR, "RFC 2408 3.14.1", "It does not know the transform in the proposal.",
      proposal_remedies },
    { 1, 13, 13802, 'M', ERROR, "RFC 2408 3.14.1", "It does not take the attributes of the proposal.",
      proposal_remedies },
    { 1, 14, 13868, 'P', ERROR, "RFC 2408 3.14.1", MEANS_PROPOSAL, proposal_remedies },
    { 1, 15, 13831, 'N', ERROR, "RFC 2408 3.14.1", "The proposal is malformed.", form_remedies },
    { 1, 16, 13843, 'N', ERROR, "RFC 2408 3.14.1", MEANS_FORM, form_remedies },
    { 1, 17, 13833, 'N', ERROR, "RFC 2408 3.14.1", "It does not take the key exchange data: the groups differ.",
      proposal_remedies },
    { 1, 18, 13834, 'N', ERROR, "RFC 2408 3.14.1",
      "It does not take the identity; in quick mode these are the networks that the SA is for, and they do not match "
      "its own.",
      selector_remedies },
    { 1, 19, 13835, 'N', ERROR, "RFC 2408 3.14.1", "It does not take the encoding of the certificate.",
      secret_remedies },
    { 1, 20, 13835, 'N', ERROR, "RFC 2408 3.14.1", "It does not take the certificate.", secret_remedies },
    { 1, 21, 13835, 'N', ERROR, "RFC 2408 3.14.1", "It does not take certificates of this type.", secret_remedies },
    { 1, 22, 13836, 'N', ERROR, "RFC 2408 3.14.1", "It does not know the certificate authority.", secret_remedies },
    { 1, 23, 13870, 'N', ERROR, "RFC 2408 3.14.1",
      "The hash of the message is wrong: the two sides do not have the "
      "same keys.",
      secret_remedies },
    { 1, 24, 13801, 'M', ERROR, "RFC 2408 3.14.1", MEANS_AUTH, secret_remedies },
    { 1, 25, 13826, 'N', ERROR, "RFC 2408 3.14.1", "The signature is wrong.", secret_remedies },
    { 1, 29, 13824, 'N', ERROR, "RFC 2408 3.14.1", "It does not take this exchange, for instance aggressive mode.",
      version_remedies },
    { 1, 30, 13843, 'N', ERROR, "RFC 2408 3.14.1", MEANS_FORM, form_remedies },
};

static const struct ike_refusal other[] = {
    { 1, 0, 0, 'P', ERROR, "RFC 2408 3.14.1", "No documented error of Windows stands for it.", other_remedies },
    { 2, 0, 0, 'P', ERROR, "RFC 7296 3.10.1", "No documented error of Windows stands for it.", other_remedies },
};

static const struct ike_refusal wrong_secret = {
    1,
    0,
    13801,
    'P',
    ERROR,
    "RFC 2409 5.4",
    "It could not decrypt the first message that is protected with keys made from the pre-shared key, so the "
    "pre-shared keys most likely differ.",
    secret_remedies
};

const struct ike_refusal *ike_refusal_find(uint8_t version, uint16_t type)
{
    uint8_t major = version == 2 ? 2 : 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].version == major && rows[i].type == type)
            return &rows[i];
    return &other[major - 1];
}

const struct ike_refusal *ike_refusal_wrong_secret(void)
{
    return &wrong_secret;
}
