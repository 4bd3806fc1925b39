/* operation: public functions for those who keep an analysis running: metrics, and giving up what the process may do. */
#include <stdio.h>

#include "engine/kernel.h"
#include "kernel/counters.h"
#include "report/metrics.h"
#include "system/privilege.h"
#include "system/replace.h"
#include "system/sandbox.h"

static void operation_copy(char *out, size_t room, const struct text *text)
{
    snprintf(out, room, "%s", text->chars ? text->chars : "");
}

bool esplain_write_metrics(struct esplain *esplain, const char *path, struct esplain_error *out)
{
    struct error error = { "out of memory for metrics" };
    struct text text = { 0 };
    struct counter_values kernel;
    bool counted = esplain->counters != NULL && counters_read(esplain->counters, &kernel);
    const struct metrics_state state = { .summary = &esplain->summary, .detect = &esplain->detect, .db = esplain->db,
                                         .interfaces = esplain->interfaces, .interface_count = esplain->interface_count,
                                         .kernel = counted ? kernel.value : NULL, .tally = confirm_tally(esplain->confirm),
                                         .started_ns = esplain->started_ns };
    if (esplain->metrics == NULL)
        esplain->metrics = metrics_create();
    bool good = esplain->metrics != NULL && metrics_print(esplain->metrics, &state, &text) &&
                replace_write(path, text.chars, text.length, &error);
    text_free(&text);
    if (!good && out)
        snprintf(out->message, sizeof out->message, "%s", error.message);
    return good;
}

bool esplain_confine(const struct esplain_confine *confine, char done[256], struct esplain_error *out)
{
    struct error error = { "" };
    struct text text = { 0 };
    const struct privilege_drop drop = { confine->user, confine->keep_kernel ? PRIVILEGE_KERNEL : 0 };
    bool good = privilege_drop(&drop, &text, &error);
    if (good && confine->unfiltered) {
        text_put(&text, ", system calls unfiltered as asked");
    } else if (good) {
        enum sandbox_answer answer = sandbox_enter(confine->caught, &error);
        good = answer != SANDBOX_FAILED;
        text_printf(&text, ", %s", answer == SANDBOX_ON ? "system calls filtered" : error.message);
    }
    operation_copy(done, 256, &text);
    text_free(&text);
    if (!good && out)
        snprintf(out->message, sizeof out->message, "%s", error.message);
    return good;
}

void esplain_permission_hint(bool kernel, char hint[1024])
{
    struct text text = { 0 };
    privilege_hint(PRIVILEGE_CAPTURE | (kernel ? PRIVILEGE_KERNEL : 0), &text);
    operation_copy(hint, 1024, &text);
    text_free(&text);
}
