/* ike_vendor: the list of vendor IDs. */
#include "decode/ike_vendor.h"

/* What may follow the bytes of a row. */
enum tail {
    TAIL_NONE,
    TAIL_ANY,
    TAIL_TEXT,    /* printable ASCII up to the end */
    TAIL_WINDOWS, /* 4 bytes: the generation of Windows */
    TAIL_MODULE,  /* 4 bytes: a keying module */
    TAIL_FLAGS,   /* nothing, or 4 bytes of what may be fragmented */
};

struct vendor_row {
    const char *bytes;
    uint8_t length;
    uint8_t tail;
    uint8_t maker;
    uint16_t abilities;
    const char *name;
};

/*
 * The name is the text whose MD5 the bytes are, or which they spell, but for: XAUTH, the first 8 bytes of the MD5 of
 * "draft-ietf-ipsra-isakmp-xauth-06.txt"; Cisco Unity, the first 14 of "CISCO-UNITY"; RFC 3706 gives its own bytes,
 * less two of version; [MS-IKEE] those of the keying modules; and FortiGate, NetScreen, Check Point, SonicWALL and
 * ZyWALL are bytes that implementations know without a text. Longer rows stand before shorter ones that they begin
 * with.
 */
static const struct vendor_row rows[] = {
    { "\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61", 16,
      TAIL_WINDOWS, IKE_MAKER_MICROSOFT, 0, "MS NT5 ISAKMPOAKLEY" },
    { "\x01\x52\x8b\xbb\xc0\x06\x96\x12\x18\x49\xab\x9a\x1c\x5b\x2a\x51", 16,
      TAIL_MODULE, IKE_MAKER_MICROSOFT, 0, "Microsoft keying modules" },
    { "\x21\x4c\xa4\xfa\xff\xa7\xf3\x2d\x67\x48\xe5\x30\x33\x95\xae\x83", 16,
      TAIL_NONE, IKE_MAKER_MICROSOFT, IKE_CAN_AUTHIP, "MS-MamieExists" },
    { "\xfb\x1d\xe3\xcd\xf3\x41\xb7\xea\x16\xb7\xe5\xbe\x08\x55\xf1\x20", 16,
      TAIL_NONE, IKE_MAKER_MICROSOFT, IKE_CAN_DISCOVERY, "MS-Negotiation Discovery Capable" },
    { "\x26\x24\x4d\x38\xed\xdb\x61\xb3\x17\x2a\x36\xe3\xd0\xcf\xb8\x19", 16,
      TAIL_NONE, IKE_MAKER_MICROSOFT, IKE_CAN_INITIAL_CONTACT, "Vid-Initial-Contact" },
    { "\xe3\xa5\x96\x6a\x76\x37\x9f\xe7\x07\x22\x82\x31\xe5\xce\x86\x52", 16,
      TAIL_NONE, IKE_MAKER_MICROSOFT, IKE_CAN_CGA, "IKE CGA version 1" },
    { "\x62\x1b\x04\xbb\x09\x88\x2a\xc1\xe1\x59\x35\xfe\xfa\x24\xae\xee", 16,
      TAIL_ANY, IKE_MAKER_MICROSOFT, IKE_CAN_GSSAPI, "GSSAPI" },
    { "\xad\x2c\x0d\xd0\xb9\xc3\x20\x83\xcc\xba\x25\xb8\x86\x1e\xc4\x55", 16,
      TAIL_ANY, IKE_MAKER_NONE, IKE_CAN_GSSAPI, "GSS-API authentication" },
    { "\xb4\x6d\x89\x14\xf3\xaa\xa3\xf2\xfe\xde\xb7\xc7\xdb\x29\x43\xca", 16,
      TAIL_ANY, IKE_MAKER_NONE, IKE_CAN_GSSAPI, "GSS-API authentication (text with newline)" },
    { "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", 16,
      TAIL_NONE, IKE_MAKER_STRONGSWAN, 0, "strongSwan" },
    { "\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35", 16,
      TAIL_ANY, IKE_MAKER_RACOON, 0, "KAME/racoon" },
    { "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT, "RFC 3947" },
    { "\x4d\xf3\x79\x28\xe9\xfc\x4f\xd1\xb3\x26\x21\x70\xd5\x15\xc6\x62", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike" },
    { "\x44\x85\x15\x2d\x18\xb6\xbb\xcd\x0b\xe8\xa8\x46\x95\x79\xdd\xcc", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-00" },
    { "\x16\xf6\xca\x16\xe4\xa4\x06\x6d\x83\x82\x1a\x0f\x0a\xea\xa8\x62", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-01" },
    { "\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-02" },
    { "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-02 (text with newline)" },
    { "\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-03" },
    { "\x99\x09\xb6\x4e\xed\x93\x7c\x65\x73\xde\x52\xac\xe9\x52\xfa\x6b", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-04" },
    { "\x80\xd0\xbb\x3d\xef\x54\x56\x5e\xe8\x46\x45\xd4\xc8\x5c\xe3\xee", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-05" },
    { "\x4d\x1e\x0e\x13\x6d\xea\xfa\x34\xc4\xf3\xea\x9f\x02\xec\x72\x85", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-06" },
    { "\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-07" },
    { "\x8f\x8d\x83\x82\x6d\x24\x6b\x6f\xc7\xa8\xa6\xa4\x28\xc1\x1d\xe8", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-ietf-ipsec-nat-t-ike-08" },
    { "\x27\xba\xb5\xdc\x01\xea\x07\x60\xea\x4e\x31\x90\xac\x27\xc0\xd0", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-stenberg-ipsec-nat-traversal-01" },
    { "\x61\x05\xc4\x22\xe7\x68\x47\xe4\x3f\x96\x84\x80\x12\x92\xae\xcd", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-stenberg-ipsec-nat-traversal-02" },
    { "\x6a\x74\x34\xc1\x9d\x7e\x36\x34\x80\x90\xa0\x23\x34\xc9\xc8\x05", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "draft-huttunen-ipsec-esp-in-udp-00.txt" },
    { "\x50\x76\x0f\x62\x4c\x63\xe5\xc5\x3e\xea\x38\x6c\x68\x5c\xa0\x83", 16,
      TAIL_NONE, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT, "ESPThruNAT" },
    { "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57", 14,
      TAIL_ANY, IKE_MAKER_NONE, IKE_CAN_DPD, "RFC 3706 dead peer detection" },
    { "\x09\x00\x26\x89\xdf\xd6\xb7\x12", 8,
      TAIL_ANY, IKE_MAKER_NONE, IKE_CAN_XAUTH, "XAUTH" },
    { "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3", 16,
      TAIL_FLAGS, IKE_MAKER_NONE, IKE_CAN_FRAGMENT, "FRAGMENTATION" },
    { "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc", 14,
      TAIL_ANY, IKE_MAKER_CISCO, IKE_CAN_UNITY, "Cisco Unity" },
    { "\x43\x49\x53\x43\x4f\x2d\x44\x45\x4c\x45\x54\x45\x2d\x52\x45\x41\x53\x4f\x4e", 19,
      TAIL_ANY, IKE_MAKER_CISCO, IKE_CAN_DELETE_REASON, "CISCO-DELETE-REASON" },
    { "\x43\x49\x53\x43\x4f", 5,
      TAIL_TEXT, IKE_MAKER_CISCO, 0, "Cisco" },
    { "\x46\x4c\x45\x58\x56\x50\x4e\x2d\x53\x55\x50\x50\x4f\x52\x54\x45\x44", 17,
      TAIL_ANY, IKE_MAKER_CISCO, 0, "FLEXVPN-SUPPORTED" },
    { "\x4f\x45\x2d\x4c\x69\x62\x72\x65\x73\x77\x61\x6e\x2d", 13,
      TAIL_TEXT, IKE_MAKER_LIBRESWAN, 0, "Libreswan" },
    { "\x4f\x70\x70\x6f\x72\x74\x75\x6e\x69\x73\x74\x69\x63\x20\x49\x50\x73\x65\x63", 19,
      TAIL_NONE, IKE_MAKER_LIBRESWAN, 0, "Opportunistic IPsec" },
    { "\x48\x65\x61\x72\x74\x42\x65\x61\x74\x5f\x4e\x6f\x74\x69\x66\x79", 16,
      TAIL_ANY, IKE_MAKER_JUNIPER, 0, "HeartBeat_Notify" },
    { "\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde", 12,
      TAIL_ANY, IKE_MAKER_FORTINET, 0, "FortiGate" },
    { "\x69\x93\x69\x22\x87\x41\xc6\xd4\xca\x09\x4c\x93\xe2\x42\xc9\xde\x19\xe7\xb7\xc6", 20,
      TAIL_ANY, IKE_MAKER_JUNIPER, 0, "NetScreen" },
    { "\x16\x6f\x93\x2d\x55\xeb\x64\xd8\xe4\xdf\x4f\xd3\x7e\x23\x13\xf0\xd0\xfd\x84\x51", 20,
      TAIL_ANY, IKE_MAKER_JUNIPER, 0, "NetScreen" },
    { "\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f", 20,
      TAIL_ANY, IKE_MAKER_CHECKPOINT, 0, "Check Point" },
    { "\x40\x4b\xf4\x39\x52\x2c\xa3\xf6", 8,
      TAIL_NONE, IKE_MAKER_SONICWALL, 0, "SonicWALL" },
    { "\x62\x50\x27\x74\x9d\x5a\xb9\x7f\x56\x16\xc1\x60\x27\x65\xcf\x48\x0a\x3b\x7d\x0b", 20,
      TAIL_NONE, IKE_MAKER_ZYXEL, 0, "ZyWALL" },
    { "\x7f\x21\xa5\x96\xe4\xe3\x18\xf0\xb2\xf4\x94\x4c\x23\x84\xcb\x84", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 2.0.0" },
    { "\x28\x36\xd1\xfd\x28\x07\xbc\x9e\x5a\xe3\x07\x86\x32\x04\x51\xec", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 2.1.0" },
    { "\x0e\x58\xd5\x77\x4d\xf6\x02\x00\x7d\x0b\x02\x44\x36\x60\xf7\xeb", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 3.0.0" },
    { "\xf6\x42\x60\xaf\x2e\x27\x42\xda\xdd\xd5\x69\x87\x06\x8a\x99\xa0", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 4.0.0" },
    { "\x9a\xa1\xf3\xb4\x34\x72\xa4\x5d\x5f\x50\x6a\xeb\x26\x0c\xf2\x14", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 4.1.0" },
    { "\x89\xf7\xb7\x60\xd8\x6b\x01\x2a\xcf\x26\x33\x82\x39\x4d\x96\x2f", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 4.1.1" },
    { "\x68\x80\xc7\xd0\x26\x09\x91\x14\xe4\x86\xc5\x54\x30\xe7\xab\xee", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Communications Security IPSEC Express version 4.2.0" },
    { "\x05\x41\x82\xa0\x7c\x7a\xe2\x06\xf9\xd2\xcf\x9d\x24\x32\xc4\x82", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Sentinel" },
    { "\xb9\x16\x23\xe6\x93\xca\x18\xa5\x4c\x6a\x27\x78\x55\x23\x05\xe8", 16,
      TAIL_NONE, IKE_MAKER_SSH, 0, "SSH Sentinel 1.1" },
};

static const char *const makers[IKE_MAKER_COUNT] = {
    [IKE_MAKER_NONE] = "",
    [IKE_MAKER_MICROSOFT] = "Microsoft",
    [IKE_MAKER_STRONGSWAN] = "strongSwan",
    [IKE_MAKER_LIBRESWAN] = "Libreswan",
    [IKE_MAKER_RACOON] = "racoon",
    [IKE_MAKER_CISCO] = "Cisco",
    [IKE_MAKER_FORTINET] = "Fortinet",
    [IKE_MAKER_JUNIPER] = "Juniper",
    [IKE_MAKER_CHECKPOINT] = "Check Point",
    [IKE_MAKER_SSH] = "SSH Communications Security",
    [IKE_MAKER_SONICWALL] = "SonicWall",
    [IKE_MAKER_ZYXEL] = "Zyxel",
};

/* [MS-IKEE] appendix A: the version behind "MS NT5 ISAKMPOAKLEY". */
static const char *const windows[] = {
    [2] = "Windows 2000",
    [3] = "Windows XP",
    [4] = "Windows Server 2003",
    [5] = "Windows Vista",
    [6] = "Windows Server 2008",
    [7] = "Windows 7",
    [8] = "Windows Server 2008 R2",
    [9] = "Windows 8, Windows Server 2012 or later",
};

static const char *const modules[] = { "IKE", "AuthIP", "IKEv2" };

static bool is_printable(const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            return false;
    return length > 0;
}

static bool row_matches(const struct vendor_row *row, const uint8_t *bytes, uint32_t length)
{
    if (length < row->length || memcmp(bytes, row->bytes, row->length) != 0)
        return false;
    uint32_t tail = length - row->length;
    switch ((enum tail)row->tail) {
    case TAIL_NONE: return tail == 0;
    case TAIL_TEXT: return is_printable(bytes, length);
    case TAIL_FLAGS: case TAIL_WINDOWS: return tail == 0 || tail == 4;
    case TAIL_MODULE: return tail == 4;
    case TAIL_ANY: break;
    }
    return true;
}

static void read_version(const struct vendor_row *row, struct ike_vendor *vendor)
{
    bool numbered = row->tail == TAIL_WINDOWS || row->tail == TAIL_MODULE || row->tail == TAIL_FLAGS;
    if (!numbered || vendor->wire != row->length + 4u)
        return;
    vendor->versioned = true;
    vendor->version = bytes_get32(vendor->bytes + row->length);
    if (row->tail == TAIL_WINDOWS && vendor->version < sizeof windows / sizeof windows[0])
        vendor->release = windows[vendor->version];
    if (row->tail == TAIL_MODULE && vendor->version < sizeof modules / sizeof modules[0])
        vendor->release = modules[vendor->version];
}

enum decode_status ike_vendor_decode(const struct ike_payload *payload, struct ike_vendor *vendor,
                                     struct ike_fault *fault)
{
    *vendor = (struct ike_vendor){ .bytes = payload->body, .captured = payload->captured, .wire = payload->wire };
    if (payload->wire == 0)
        return ike_payload_tell(payload, IKE_DAMAGE_VENDOR_EMPTY, 0, 0, 1, fault);
    if (payload->captured < payload->wire)
        return DECODE_CUT;
    vendor->printable = is_printable(vendor->bytes, vendor->wire);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!row_matches(&rows[i], vendor->bytes, vendor->wire))
            continue;
        vendor->name = rows[i].name;
        vendor->maker = rows[i].maker;
        vendor->abilities = rows[i].abilities;
        read_version(&rows[i], vendor);
        break;
    }
    return DECODE_OK;
}

const char *ike_vendor_maker(enum ike_maker maker)
{
    return (unsigned)maker < IKE_MAKER_COUNT ? makers[maker] : "";
}
