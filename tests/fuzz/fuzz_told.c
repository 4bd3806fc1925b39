/* fuzz_told: any bytes as what tells `reproduce` what to make: a row that exists, fields that can be read, and a plan or a reason; nothing that was written by others comes out raw. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/told.h"

static void fuzz_plan(const struct told *told, const struct esplain_reproduction *what)
{
    const struct recipe *recipe = recipe_find(what->condition, what->cause);
    struct error error = { "" };
    struct plan_request request = { .spi_given = what->spi_given, .spi = what->spi, .seq_given = what->seq_given, .seq = what->seq };
    struct text text = { 0 };
    if (recipe == NULL || (what->src && !addr_parse(what->src, strlen(what->src), &request.src)) ||
        (what->dst && !addr_parse(what->dst, strlen(what->dst), &request.dst)))
        abort();
    if (what->proto)
        request.proto = strcmp(what->proto, "ah") == 0 ? SA_PROTO_AH : SA_PROTO_ESP;
    if (what->encap && strcmp(what->encap, "udp") == 0 && request.proto != SA_PROTO_AH)
        request.encap = ENCAP_UDP;
    struct plan *plan = plan_make(recipe, &request, &error);
    if (plan == NULL && error.message[0] == '\0')
        abort();
    if (plan != NULL)
        told_tell(told, recipe, plan, &text);
    for (size_t i = 0; i < text.length; i++)
        if ((uint8_t)text.chars[i] < 0x20 && text.chars[i] != '\n')
            abort();
    text_free(&text);
    plan_destroy(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { "" };
    struct esplain_reproduction what = { .condition = NULL };
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    what.report = text;
    struct told *told = told_fill(&what, &error);
    if (told == NULL && error.message[0] == '\0')
        abort();
    if (told != NULL)
        fuzz_plan(told, &what);
    told_destroy(told);
    free(text);
    return 0;
}
