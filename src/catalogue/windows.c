/* windows: the table of IPsec errors as one ascending array; the rows are in windows_*.inc, a file for each family. */
#include "catalogue/windows.h"

/* What is true of many rows is said once. */
#define SAID "A Windows peer may state the number in a status notify (NOTIFY_STATUS)."
#define SHAPE_ONLY "Without IKE keys only the shape of the exchange shows."
#define STORE "No capture shows it: the policy store answers a local management call with it, and no packet takes part."
#define MARKER "Never: the number marks the edge of a range and no event produces it."

const struct windows_error windows_errors[] = {
#include "catalogue/windows_policy.inc"
#include "catalogue/windows_negotiation.inc"
#include "catalogue/windows_payload.inc"
#include "catalogue/windows_service.inc"
#include "catalogue/windows_crypto.inc"
#include "catalogue/windows_session.inc"
#include "catalogue/windows_authorization.inc"
#include "catalogue/windows_data.inc"
#include "catalogue/windows_dosp.inc"
};
const size_t windows_error_count = sizeof windows_errors / sizeof windows_errors[0];

const struct windows_error *windows_error_find(uint32_t code)
{
    size_t low = 0, high = windows_error_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (windows_errors[middle].code == code)
            return &windows_errors[middle];
        if (windows_errors[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
