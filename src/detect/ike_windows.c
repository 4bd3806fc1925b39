/* ike_windows: a Windows error code in a notify: the peer itself says what went wrong ([MS-IKEE] 2.2.6, 2.2.7,
 * [MS-AIPS] 2.2.3.5). */
#include "detect/ike_case.h"

#include <stdio.h>

#include "catalogue/windows.h"
#include "decode/ike_notify.h"

static const char *const windows_causes[] = {
    "Whatever the code stands for: the peer's own IPsec service says it. `esplain explain CODE` has its meaning and "
    "what to check first.",
    "A device that answers with Windows codes without being Windows (they are copied by a few products).",
    NULL,
};

static const char *const windows_remedies[] = {
    "Ask what the code means: esplain explain CODE.",
    "On the Windows host: Get-WinEvent -LogName Security for events 4650 to 4654 and 4976 to 4984, netsh wfp show "
    "state, netsh wfp capture start; Get-NetIPsecMainModeSA, Get-NetIPsecRule.",
    "13857 (IKE_GETSPIFAIL): the host got no SPI from its kernel; look at the number of SAs (Get-NetIPsecQuickModeSA "
    "| measure), memory, and restart the services IKEEXT and PolicyAgent.",
    NULL,
};

/* The documented error behind a status: itself, or inside an HRESULT, or as NTSTATUS. NULL for none. */
static const struct windows_error *windows_of(uint32_t status)
{
    const struct windows_error *error = windows_error_find(status);
    if (error == NULL && status >> 16 == 0x8007)
        error = windows_error_find(status & 0xffff);
    for (size_t i = 0; error == NULL && status != 0 && i < windows_error_count; i++)
        if (windows_errors[i].ntstatus == status)
            return &windows_errors[i];
    return error;
}

static bool windows_is_status(const struct ike_event *ike)
{
    if (ike->what != IKE_NOTIFIED || ike->notify == NULL)
        return false;
    uint16_t type = ike->notify->type;
    if (ike->session->version == IKE_VERSION_2)
        return type == IKE_N_MS_STATUS;
    return type == IKE1_N_STATUS || type == AUTHIP_N_STATUS;
}

static void windows_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (!windows_is_status(ike) || ike->spi == 0) /* 0 is success */
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, ike_case_kind(ike->spi, NULL, NULL), &is_new);
    if (!is_new)
        return;
    const struct windows_error *error = windows_of(ike->spi);
    bool swapped = error == NULL && windows_of(__builtin_bswap32(ike->spi)) != NULL;
    if (swapped)
        error = windows_of(__builtin_bswap32(ike->spi));
    char hex[16];
    snprintf(hex, sizeof hex, "0x%08x", ike->spi);
    finding_text(finding, "status", hex);
    finding_number(finding, "notify_number", ike->notify->type);
    finding_bool(finding, "decrypted", ike->decrypted);
    finding_bool(finding, "byte_swapped", swapped);
    finding->windows = error ? error->code : 0;
    if (error == NULL)
        finding->severity = SEVERITY_WARNING;
}

static void windows_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    const struct windows_error *error = finding->windows ? windows_error_find(finding->windows) : NULL;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " tells ");
    ike_case_addr(&finding->subject.dst, text);
    text_printf(text, " its own error in a status notify (type %lld, %s): %s", words_fact(finding, "notify_number"),
                finding_get(finding, "decrypted", 0) ? "decrypted" : "in clear", finding_words(finding, "status"));
    if (error == NULL) {
        text_put(text, ", which is none of the documented IPsec errors; it may be another Windows error code "
                       "(certutil -error or err.exe tells).");
        return;
    }
    text_printf(text, ", that is %u %s. ", error->code, error->name);
    if (finding_get(finding, "byte_swapped", 0))
        text_put(text, "The four bytes stand in reverse order; in network order they would be no known code, and "
                       "Microsoft does not say which order it is, so this reading is the only one that "
                       "makes sense, but not documented. ");
    text_printf(text, "%s This is no inference: the peer's IPsec service says it. ", error->meaning);
    if (!finding_get(finding, "decrypted", 0))
        text_put(text, "The notify is in clear, so nothing protects it against forgery.");
}

const struct condition condition_ike_windows_status = {
    .name = "ike-windows-status",
    .title = "A Windows peer says its error code",
    .severity = SEVERITY_ERROR,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "[MS-IKEE] 2.2.6, 2.2.7, [MS-AIPS] 2.2.3.5",
    .meaning = "Windows puts its own status code into notifies when a negotiation fails: 13801, 13868, 13857 and so "
               "on. The code of the finding is the one in the packet, so it is certain that the "
               "peer gave it. It may be in clear or come out of decrypted messages.",
    .causes = windows_causes,
    .remedies = windows_remedies,
    .events = 1u << EVENT_IKE,
    .decide = windows_decide,
    .explain = windows_explain,
};
