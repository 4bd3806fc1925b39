/* fuzz_xfrm_message: two bytes of type, one that says whether it stands in a dump, then the message behind its netlink header. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/xfrm_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xfrm_message message;
    uint16_t type;
    struct secrets *secrets = secrets_create();
    if (secrets == NULL || size < 3) {
        secrets_destroy(secrets);
        return 0;
    }
    memcpy(&type, data, sizeof type);
    xfrm_message_read(type, data + 3, (uint32_t)(size - 3), data[2] & 1, secrets, &message);
    const struct sa_definition *definition = &message.record.definition;
    if (message.moment.width > SA_MOMENT_WINDOW || message.policy.policy.templates > POLICY_TEMPLATE_MAX ||
        memchr(definition->encryption_name, 0, SA_NAME_MAX) == NULL || memchr(definition->integrity_name, 0, SA_NAME_MAX) == NULL)
        abort();
    secrets_destroy(secrets);
    return 0;
}
