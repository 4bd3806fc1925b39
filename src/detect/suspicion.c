/* suspicion: the words for each mistake, and the line of the SA file that would have to be another. */
#include "detect/suspicion.h"

#include <stdio.h>
#include <string.h>

#include "receiver/suspect.h"
#include "sa/table.h"

bool suspicion_fits(const struct finding *finding)
{
    return finding->cause >= CAUSE_ICV_LENGTH && finding->cause <= CAUSE_MUTABLE_FIELD && finding->sa != SADB_NONE;
}

static const struct suspicion *suspicion_of(const struct detect *detect, const struct finding *finding)
{
    return suspicion_fits(finding) ? sadb_sa(detect->db, finding->sa)->suspicion : NULL;
}

static bool suspicion_is_aead(const struct sa_definition *definition)
{
    return definition->proto == SA_PROTO_ESP && definition->encryption != NULL && definition->encryption->icv != 0;
}

static unsigned suspicion_icv(const struct sa_definition *definition)
{
    if (definition->icv)
        return definition->icv;
    return suspicion_is_aead(definition) ? definition->encryption->icv
           : definition->integrity       ? definition->integrity->icv
                                         : 0;
}

static const char *suspicion_algorithm(const struct sa_definition *definition)
{
    if (suspicion_is_aead(definition))
        return definition->encryption->name;
    return definition->integrity ? definition->integrity->name : "?";
}

/* The rows that fit: of the algorithm that was found, or the SA's own with another ICV, where there is such a row. */
static const struct encryption *suspicion_encryption(const struct sa_definition *definition,
                                                     const struct suspicion *found)
{
    const struct encryption *own = found->encryption ? found->encryption : definition->encryption;
    for (size_t i = 0; i < suite_encryption_count; i++) {
        const struct encryption *row = &suite_encryptions[i];
        if (row->kind == own->kind && row->base == own->base && row->implicit_iv == own->implicit_iv &&
            row->icv == found->icv)
            return row;
    }
    return own;
}

static const struct integrity *suspicion_integrity(const struct sa_definition *definition,
                                                   const struct suspicion *found)
{
    const struct integrity *own = found->integrity ? found->integrity : definition->integrity;
    for (size_t i = 0; i < suite_integrity_count; i++) {
        const struct integrity *row = &suite_integrities[i];
        if (row->kind == own->kind && row->digest == own->digest && row->key == own->key && row->icv == found->icv)
            return row;
    }
    return own;
}

static void suspicion_mutable(unsigned covered, uint8_t version, char out[48])
{
    static const char *const four[] = { "TOS (DSCP, ECN)", "flags and offset", "TTL", "checksum", "" };
    static const char *const six[] = { "traffic class", "", "hop limit", "", "flow label" };
    size_t at = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < 5 && at < 47; i++)
        if (covered >> i & 1)
            at += (size_t)snprintf(out + at, 48 - at, "%s%s", at ? ", " : "", (version == 4 ? four : six)[i]);
}

void suspicion_note(const struct detect *detect, struct finding *finding)
{
    static const char *const salts[] = { "first", "zero", "reversed" };
    const struct suspicion *found = suspicion_of(detect, finding);
    if (found == NULL)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    char fields[48];
    if (detect->table != NULL && sa->line != 0) {
        const char *name = sa_table_file_name(detect->table, sa->file);
        size_t length = strlen(name);
        finding_text(finding, "sa_file", length > 47 ? name + length - 47 : name);
        finding_number(finding, "sa_line", sa->line);
    }
    if (finding->cause == CAUSE_ICV_LENGTH || finding->cause == CAUSE_OTHER_ALGORITHM) {
        finding_text(finding, "algorithm", suspicion_algorithm(sa->definition));
        finding_number(finding, "icv", suspicion_icv(sa->definition));
        finding_text(finding, "sender_algorithm",
                     suspicion_is_aead(sa->definition) ? suspicion_encryption(sa->definition, found)->name
                                                       : suspicion_integrity(sa->definition, found)->name);
        finding_number(finding, "sender_icv", found->icv);
    } else if (finding->cause == CAUSE_DIRECTIONS_SWAPPED || finding->cause == CAUSE_OTHER_SA_KEY) {
        finding->near = found->near;
        finding_spi(finding, "key_of_spi", sadb_sa(detect->db, found->near)->spi);
        finding_addr(finding, "key_of_dst", &sadb_sa(detect->db, found->near)->dst);
    } else if (finding->cause == CAUSE_ESN_HIGH) {
        finding_number(finding, "high_off", found->high_off);
    } else if (finding->cause == CAUSE_ESN_USED) {
        finding_number(finding, "sender_high", found->sender_high);
    } else if (finding->cause == CAUSE_SALT) {
        finding_text(finding, "salt", salts[found->salt]);
    } else if (finding->cause == CAUSE_ADDRESS_TRANSLATED) {
        finding_addr(finding, "sealed_src", &found->src);
        finding_addr(finding, "sealed_dst", &found->dst);
    } else if (finding->cause == CAUSE_FIELD_CHANGED) {
        finding_text(finding, "field", found->field);
        finding_number(finding, "field_at", found->field_at);
        finding_number(finding, "field_bytes", found->field_bytes);
        finding_number(finding, "sealed_with", found->field_was);
        finding_number(finding, "came_with", found->field_is);
    } else if (finding->cause == CAUSE_MUTABLE_FIELD) {
        suspicion_mutable(found->covered, finding->subject.dst.family == 6 ? 6 : 4, fields);
        finding_text(finding, "covered", fields);
    }
}

/* ---- which line of which file ---- */

void suspicion_place(const struct detect *detect, uint32_t index, struct text *text)
{
    const struct sa *sa = sadb_sa(detect->db, index);
    if (detect->table == NULL || sa->line == 0) {
        text_put(text, "its definition");
        return;
    }
    const char *name = sa_table_file_name(detect->table, sa->file);
    text_printf(text, "line %u of ", sa->line);
    text_escaped(text, name, strlen(name));
}

static bool suspicion_is_format(const struct detect *detect, uint32_t index, const char *name)
{
    const struct sa *sa = sadb_sa(detect->db, index);
    const struct sa_format *format = detect->table && sa->line ? sa_table_file_format(detect->table, sa->file) : NULL;
    return format != NULL && strcmp(format->name, name) == 0;
}

static void suspicion_change_algorithm(const struct detect *detect, const struct finding *finding,
                                       const struct suspicion *found, struct text *text)
{
    const struct sa_definition *definition = sadb_sa(detect->db, finding->sa)->definition;
    bool aead = suspicion_is_aead(definition);
    const struct encryption *encryption = aead ? suspicion_encryption(definition, found) : NULL;
    const struct integrity *integrity = aead ? NULL : suspicion_integrity(definition, found);
    const char *xfrm = aead ? encryption->xfrm : integrity->xfrm,
               *wireshark = aead ? encryption->wireshark : integrity->wireshark;
    const char *setkey = aead ? encryption->setkey : integrity->setkey;
    bool is_xfrm =
        suspicion_is_format(detect, finding->sa, "xfrm") || suspicion_is_format(detect, finding->sa, "monitor");
    if (is_xfrm && xfrm)
        text_printf(text, "its line must be '%s %s KEY %u'", aead ? "aead" : "auth-trunc", xfrm, found->icv * 8u);
    else if (suspicion_is_format(detect, finding->sa, "wireshark") && wireshark)
        text_printf(text, "its %s must be \"%s\"", aead ? "encryption" : "authentication", wireshark);
    else if (suspicion_is_format(detect, finding->sa, "setkey") && setkey)
        text_printf(text, "its algorithm must be %s", setkey);
    else
        text_printf(text, "its algorithm must be %s with an ICV of %u bits", aead ? encryption->name : integrity->name,
                    found->icv * 8u);
}

static void suspicion_change(const struct detect *detect, const struct finding *finding, const struct suspicion *found,
                             struct text *text)
{
    bool xfrm = suspicion_is_format(detect, finding->sa, "xfrm") || suspicion_is_format(detect, finding->sa, "monitor");
    text_put(text, "To see what is inside, change the SA at ");
    suspicion_place(detect, finding->sa, text);
    text_put(text, ": ");
    if (finding->cause == CAUSE_ICV_LENGTH || finding->cause == CAUSE_OTHER_ALGORITHM) {
        suspicion_change_algorithm(detect, finding, found, text);
    } else if (finding->cause == CAUSE_KEYS_SWAPPED) {
        text_put(text, "its encryption key and its integrity key must change places");
    } else if (finding->cause == CAUSE_DIRECTIONS_SWAPPED || finding->cause == CAUSE_OTHER_SA_KEY) {
        text_put(text, "it must have the keys of ");
        suspicion_place(detect, found->near, text);
        text_put(text,
                 finding->cause == CAUSE_DIRECTIONS_SWAPPED ? ", and that one probably the keys of this one" : "");
    } else if (finding->cause == CAUSE_ESN_USED) {
        text_put(text, xfrm ? "it must have 'flag esn'" : "it must say that extended sequence numbers are on");
    } else if (finding->cause == CAUSE_ESN_UNUSED) {
        text_put(text, xfrm ? "it must not have 'flag esn'" : "it must say that extended sequence numbers are off");
    } else if (finding->cause == CAUSE_SALT) {
        text_put(text, found->salt == SALT_FIRST
                           ? "the salt, the bytes that its key begins with now, must stand at the key's end"
                       : found->salt == SALT_ZERO ? "the salt, the last bytes of its key, must be zero"
                                                  : "the salt, the last bytes of its key, must stand in reverse order");
    }
    text_put(text, ". If that file shows what the receiver really has, the sender or the receiver must change: both "
                   "ends need the same. ");
}

/* ---- what it is ---- */

static void suspicion_esn_high(const struct finding *finding, struct text *text)
{
    long long off = words_fact(finding, "high_off");
    text_printf(text,
                "%s with a high half of the sequence number that is %lld %s than the one that the receiver infers (RFC "
                "4303 appendix A). ",
                finding->count == 1 ? "It verifies" : "They verify", off < 0 ? -off : off,
                off < 0 ? "lower" : "higher");
    if (off == -1)
        text_put(text, "So it is about old packets: they came later than the anti-replay window allows, or again, and "
                       "ESN takes a number that lies left of the window for the next 2^32. The key is right; it is "
                       "reordering, a replay, or a window that is too small, and Linux counts it as a wrong ICV, not "
                       "as XfrmInStateSeqError. ");
    else
        text_put(text,
                 "Sender and receiver have lost each other's count: 2^32 packets were lost, or one side began anew. ");
}

static void suspicion_sentence(const struct detect *detect, const struct finding *finding,
                               const struct suspicion *found, struct text *text)
{
    const char *verify = finding->count == 1 ? "It verifies" : "They verify";
    const struct fact *fact;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    const struct sa_definition *definition = sadb_sa(detect->db, finding->sa)->definition;
    if (finding->cause == CAUSE_ICV_LENGTH)
        text_printf(text,
                    "%s with this key and an ICV of %u bits instead of %u: the sender truncates it to another length. ",
                    verify, found->icv * 8u, suspicion_icv(definition) * 8u);
    else if (finding->cause == CAUSE_OTHER_ALGORITHM)
        text_printf(text,
                    "%s with this key as %s with an ICV of %u bits, and the SA says %s: the two ends do not mean the "
                    "same algorithm. ",
                    verify, found->encryption ? found->encryption->name : found->integrity->name, found->icv * 8u,
                    suspicion_algorithm(definition));
    else if (finding->cause == CAUSE_KEYS_SWAPPED)
        text_printf(text, "%s with the SA's encryption key used as its integrity key: the two were exchanged. ",
                    verify);
    else if (finding->cause == CAUSE_DIRECTIONS_SWAPPED || finding->cause == CAUSE_OTHER_SA_KEY) {
        text_printf(text, "%s with the keys of the ", verify);
        words_sa(detect, found->near, text);
        text_put(text, finding->cause == CAUSE_DIRECTIONS_SWAPPED
                           ? ", the opposite direction: the keys of the two directions were exchanged. "
                           : ", another SA between the same hosts. ");
    } else if (finding->cause == CAUSE_ESN_USED)
        text_printf(text,
                    "%s with extended sequence numbers (high half %lld), which the SA does not have: the ICV covers "
                    "the high half too. ",
                    verify, words_fact(finding, "sender_high"));
    else if (finding->cause == CAUSE_ESN_UNUSED)
        text_printf(text,
                    "%s without extended sequence numbers, which the SA has: the sender does not cover a high half. ",
                    verify);
    else if (finding->cause == CAUSE_SALT)
        text_printf(text, "%s with %s (RFC 4106 8.1: the key comes first, its salt last). ", verify,
                    found->salt == SALT_FIRST  ? "the salt taken from the front of the key"
                    : found->salt == SALT_ZERO ? "a salt of zero instead of the key's last bytes"
                                               : "the bytes of the salt in reverse order");
    else if (finding->cause == CAUSE_ADDRESS_TRANSLATED) {
        addr_print(&found->src, src);
        addr_print(&found->dst, dst);
        text_printf(text,
                    "%s with the addresses %s > %s: a NAT put others in their place, and AH covers addresses. AH "
                    "cannot pass a NAT; ESP in UDP can. ",
                    verify, src, dst);
    } else if (finding->cause == CAUSE_FIELD_CHANGED) {
        text_printf(text,
                    "The first verifies with the field '%s' (%s at byte %u of the IP packet) 0x%0*x instead of 0x%0*x: "
                    "a device on the way changed it, and AH covers it. TTL, DSCP, ECN, DF, checksum and flow label are "
                    "not covered and not the reason. ",
                    found->field, found->field_bytes == 1 ? "one byte" : "two bytes", found->field_at,
                    found->field_bytes * 2, found->field_was, found->field_bytes * 2, found->field_is);
    } else if (finding->cause == CAUSE_MUTABLE_FIELD && (fact = finding_fact(finding, "covered")) != NULL)
        text_printf(text,
                    "%s where %s of the IP header is covered by the ICV as well: the sender does not leave out what "
                    "routers may change (RFC 4302 3.3.3.1). ",
                    verify, fact->text);
}

void suspicion_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct suspicion *found = suspicion_of(detect, finding);
    if (found == NULL)
        return;
    if (finding->cause == CAUSE_ESN_HIGH) {
        suspicion_esn_high(finding, text);
        return;
    }
    suspicion_sentence(detect, finding, found, text);
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    if (sa->verified > 0)
        text_printf(text,
                    "But others of the SA verify as they are (%llu), so the definition is right and the sender does "
                    "not seal all packets alike. ",
                    (unsigned long long)sa->verified);
    else if (finding->cause < CAUSE_ADDRESS_TRANSLATED)
        suspicion_change(detect, finding, found, text);
}
