/*
 * ike_notify: notifications.
 *
 * Theory of operation. Three layouts of the fixed part, one table of types whose data have a form: its kind and how
 * many bytes the data may have. Types that are not in the table keep their data as they are, because private and new
 * types are everyday.
 */
#include "decode/ike_notify.h"

#define ANY UINT16_MAX

struct form_row {
    uint16_t type;
    uint8_t form;
    uint16_t least, most; /* bytes of data */
};

/* RFC 7296 3.10.1; RFC 4478, 4555, 5685, 5723, 7427; [MS-IKEE] 2.2.7. */
static const struct form_row rows2[] = {
    { IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, IKE_FORM_NUMBER, 1, 1 },
    { IKE_N_INVALID_MAJOR_VERSION, IKE_FORM_NUMBER, 0, 1 }, /* the text does not say whether the version is in it */
    { IKE_N_INVALID_MESSAGE_ID, IKE_FORM_NUMBER, 4, 4 },
    { IKE_N_INVALID_SPI, IKE_FORM_SPI, 4, 4 },
    { IKE_N_INVALID_KE_PAYLOAD, IKE_FORM_NUMBER, 2, 2 },
    { IKE_N_MS_STATUS, IKE_FORM_STATUS, 4, 4 },
    { IKE_N_SET_WINDOW_SIZE, IKE_FORM_NUMBER, 4, 4 },
    { IKE_N_IPCOMP_SUPPORTED, IKE_FORM_NUMBER, 3, ANY },
    { IKE_N_NAT_DETECTION_SOURCE_IP, IKE_FORM_HASH, 20, 20 },
    { IKE_N_NAT_DETECTION_DESTINATION_IP, IKE_FORM_HASH, 20, 20 },
    { IKE_N_COOKIE, IKE_FORM_COOKIE, 1, 64 },
    { IKE_N_ADDITIONAL_IP4_ADDRESS, IKE_FORM_ADDRESS, 4, 4 },
    { IKE_N_ADDITIONAL_IP6_ADDRESS, IKE_FORM_ADDRESS, 16, 16 },
    { IKE_N_COOKIE2, IKE_FORM_COOKIE, 8, 64 },
    { IKE_N_AUTH_LIFETIME, IKE_FORM_NUMBER, 4, 4 },
    { IKE_N_REDIRECT, IKE_FORM_REDIRECT, 3, ANY },
    { IKE_N_REDIRECTED_FROM, IKE_FORM_REDIRECT, 3, ANY },
    { IKE_N_TICKET_LT_OPAQUE, IKE_FORM_NUMBER, 5, ANY },
    { IKE_N_SIGNATURE_HASH_ALGORITHMS, IKE_FORM_HASHES, 2, ANY },
};

/* RFC 2407 4.6.3, RFC 3706 5.4, [MS-IKEE] 2.2.6. The lengths of NOTIFY_STATUS are checked where its SPI is found. */
static const struct form_row rows1[] = {
    { IKE1_N_INVALID_SPI, IKE_FORM_SPI, 0, ANY },
    { IKE1_N_RESPONDER_LIFETIME, IKE_FORM_ATTRIBUTES, 4, ANY },
    { IKE1_N_REPLAY_STATUS, IKE_FORM_NUMBER, 4, 4 },
    { IKE1_N_R_U_THERE, IKE_FORM_NUMBER, 4, 4 },
    { IKE1_N_R_U_THERE_ACK, IKE_FORM_NUMBER, 4, 4 },
    { IKE1_N_STATUS, IKE_FORM_STATUS, 4, 8 },
    { IKE1_N_DOS_COOKIE, IKE_FORM_COOKIE, 8, 8 },
    { IKE1_N_EXCHANGE_INFO, IKE_FORM_NUMBER, 4, 4 },
};

/* [MS-AIPS] 2.2.3.5, 2.2.3.6. NOTIFY_ACK repeats the sequence number of a Crypto payload (3.1.5.1). */
static const struct form_row rows_authip[] = {
    { IKE1_N_DOS_COOKIE, IKE_FORM_COOKIE, 8, 8 },
    { IKE1_N_EXCHANGE_INFO, IKE_FORM_NUMBER, 4, 4 },
    { AUTHIP_N_STATUS, IKE_FORM_STATUS, 4, 4 },
    { AUTHIP_N_DOS_COOKIE, IKE_FORM_COOKIE, 8, 8 },
    { AUTHIP_N_ACK, IKE_FORM_NUMBER, 4, 4 },
    { AUTHIP_N_ACQUIRE, IKE_FORM_NUMBER, 8, 8 },
};

static const struct form_row *find_row(unsigned version, uint16_t type)
{
    const struct form_row *rows = version == IKE_VERSION_2 ? rows2 : version == IKE_VERSION_1 ? rows1 : rows_authip;
    size_t count = version == IKE_VERSION_2   ? sizeof rows2 / sizeof rows2[0]
                   : version == IKE_VERSION_1 ? sizeof rows1 / sizeof rows1[0]
                                              : sizeof rows_authip / sizeof rows_authip[0];
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

/* RFC 7296 3.10: an SPI belongs to AH or ESP and has 4 bytes; IKE's own SA has none (8 bytes are seen). */
static bool spi_fits2(const struct ike_notify *notify, uint8_t size, uint32_t *wanted)
{
    bool needed = notify->type == IKE_N_REKEY_SA || notify->type == IKE_N_INVALID_SELECTORS ||
                  notify->type == IKE_N_CHILD_SA_NOT_FOUND;
    *wanted = notify->protocol == 2 || notify->protocol == 3 || needed ? 4 : 0;
    switch (notify->protocol) {
    case 0: return size == 0 && !needed;
    case 1: return (size == 0 || size == 8) && !needed;
    case 2: case 3: return size == 4 || (size == 0 && !needed);
    default: return true;
    }
}

/* RFC 2408 3.14: the ISAKMP SA's SPI is its cookies, 0 to 16 bytes of no importance. DPD's are both (RFC 3706 5.4). */
static bool spi_fits1(const struct ike_notify *notify, uint8_t size, uint32_t *wanted)
{
    *wanted = notify->protocol == 1 ? 16 : 4;
    if (notify->type == IKE1_N_STATUS) /* 8 beside any protocol: see the header */
        return size <= 16;
    switch (notify->protocol) {
    case 2: case 3: return size == 4 || size == 0;
    case 4: return size == 4 || size == 2 || size == 0;
    default: return size <= 16;
    }
}

static uint32_t number_of(const uint8_t *bytes, uint32_t length)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < length && i < 4; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* RFC 5685 3: type, length, identity; behind it a nonce in answers to IKE_SA_INIT. */
static enum decode_status read_redirect(const struct ike_payload *payload, uint32_t from, struct ike_notify *notify,
                                        struct ike_fault *fault)
{
    uint8_t type = notify->data[0], length = notify->data[1];
    uint32_t wanted = type == 1 ? 4 : type == 2 ? 16 : length;
    if (length != wanted)
        return ike_payload_tell(payload, IKE_DAMAGE_NOTIFY_DATA, from + 1, length, wanted, fault);
    if (2 + (uint32_t)length > notify->wire)
        return ike_payload_tell(payload, IKE_DAMAGE_NOTIFY_DATA, from + 1, length, notify->wire - 2, fault);
    notify->number = type;
    if (type == 1 || type == 2) {
        notify->address = type == 1 ? addr_ip4(notify->data + 2) : addr_ip6(notify->data + 2);
    } else if (type == 3) {
        notify->text = notify->data + 2;
        notify->text_length = length;
    }
    return DECODE_OK;
}

/* The data are all there, and as long as their row wants. `from` is where they begin in the body. */
static enum decode_status read_form(const struct ike_payload *payload, uint32_t from, struct ike_notify *notify,
                                    struct ike_fault *fault)
{
    switch ((enum ike_notify_form)notify->form) {
    case IKE_FORM_NUMBER:
        notify->number = number_of(notify->data, notify->type == IKE_N_IPCOMP_SUPPORTED ? 2 : notify->wire);
        break;
    case IKE_FORM_SPI:
        if (notify->wire == 4)
            notify->number = number_of(notify->data, 4);
        else if (notify->spi_size == 4)
            notify->number = number_of(notify->spi, 4);
        else
            notify->form = IKE_FORM_OPAQUE;
        break;
    case IKE_FORM_STATUS:
        notify->has_message_id = notify->wire == 8;
        if (notify->has_message_id)
            notify->message_id = number_of(notify->data, 4);
        notify->number = number_of(notify->data + (notify->has_message_id ? 4 : 0), 4);
        break;
    case IKE_FORM_HASHES:
        if (notify->wire % 2 != 0)
            return ike_payload_tell(payload, IKE_DAMAGE_NOTIFY_DATA, from, notify->wire, notify->wire - 1, fault);
        notify->number = notify->wire / 2;
        break;
    case IKE_FORM_ADDRESS:
        notify->address = notify->wire == 4 ? addr_ip4(notify->data) : addr_ip6(notify->data);
        break;
    case IKE_FORM_REDIRECT:
        return read_redirect(payload, from, notify, fault);
    case IKE_FORM_OPAQUE: case IKE_FORM_COOKIE: case IKE_FORM_HASH: case IKE_FORM_ATTRIBUTES:
        break;
    }
    return DECODE_OK;
}

static enum decode_status read_data(const struct ike_payload *payload, uint32_t from, struct ike_notify *notify,
                                    struct ike_fault *fault)
{
    const struct form_row *row = find_row(payload->version, notify->type);
    notify->data = payload->body + from;
    notify->captured = payload->captured - from;
    notify->wire = payload->wire - from;
    uint32_t length = notify->wire;
    bool between = row != NULL && row->form == IKE_FORM_STATUS && length != row->least && length != row->most;
    if (row != NULL && (length < row->least || (row->most != ANY && length > row->most) || between))
        return ike_payload_tell(payload, IKE_DAMAGE_NOTIFY_DATA, from, length, length < row->least ? row->least
                                : row->most, fault);
    if (notify->captured < notify->wire)
        return DECODE_CUT;
    if (row == NULL)
        return DECODE_OK;
    notify->form = row->form;
    return read_form(payload, from, notify, fault);
}

enum decode_status ike_notify_decode(const struct ike_payload *payload, struct ike_notify *notify,
                                     struct ike_fault *fault)
{
    bool two = payload->version == IKE_VERSION_2;
    uint32_t head = two ? 0 : 4, from = head + 4, wanted; /* IKEv1 begins with the DOI */
    *notify = (struct ike_notify){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, from, IKE_DAMAGE_NOTIFY_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    const uint8_t *fixed = payload->body + head;
    notify->doi = two ? 0 : bytes_get32(payload->body);
    notify->protocol = fixed[0];
    notify->type = bytes_get16(fixed + 2);
    if (payload->version == IKE_VERSION_AUTHIP) { /* flags in place of the SPI size, and no SPI */
        notify->flags = fixed[1];
        return read_data(payload, from, notify, fault);
    }
    uint8_t size = fixed[1];
    bool fits = two ? spi_fits2(notify, size, &wanted) : spi_fits1(notify, size, &wanted);
    if (!fits)
        return ike_payload_tell(payload, IKE_DAMAGE_NOTIFY_SPI_SIZE, head + 1, size, wanted, fault);
    if (!two && notify->type == IKE1_N_STATUS && size == 8 && payload->wire == from + 8)
        size = 0;
    status = ike_payload_room(payload, from, size, IKE_DAMAGE_NOTIFY_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    notify->spi = size > 0 ? payload->body + from : NULL;
    notify->spi_size = size;
    return read_data(payload, from + size, notify, fault);
}

uint32_t ike_notify_spi(const struct ike_notify *notify)
{
    return notify->spi_size == 4 ? bytes_get32(notify->spi) : 0;
}
