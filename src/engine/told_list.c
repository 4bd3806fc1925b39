/* told_list: reads a log, in whatever formats; esplain's own records are one of them. */
#include "engine/told_list.h"

#include <stdlib.h>
#include <string.h>

#include "logs/intake.h"

static void told_list_add(struct told_list *list, const struct telling *telling)
{
    if (list->count == TOLD_LIST_MAX) {
        list->beyond++;
        return;
    }
    for (uint32_t i = 0; i < list->count; i++)
        if (telling_same(&list->tellings[i], telling)) {
            list->tellings[i].number = telling->number ? telling->number : list->tellings[i].number;
            return;
        }
    if (list->count == list->room) {
        uint32_t room = list->room ? list->room * 2 : 16;
        struct telling *tellings = realloc(list->tellings, room * sizeof *tellings);
        list->failed |= tellings == NULL;
        if (tellings == NULL)
            return;
        list->tellings = tellings;
        list->room = room;
    }
    list->tellings[list->count++] = *telling;
}

/* Of a stream with verdicts, findings are the answer; verdicts alone are as good. */
static void told_list_report(void *context, const struct drop_report *report)
{
    struct told_list *list = context;
    struct telling telling;
    if (!telling_of(&telling, report))
        return;
    if (telling.kind != TELLING_VERDICT && list->count > 0 && list->tellings[0].kind == TELLING_VERDICT)
        list->count = 0;
    if (telling.kind != TELLING_VERDICT || list->count == 0 || list->tellings[0].kind == TELLING_VERDICT)
        told_list_add(list, &telling);
}

bool told_list_read(struct told_list *list, const char *text, const char *path, struct error *error)
{
    struct error why = { "" };
    struct intake_sink sink = { .context = list, .report = told_list_report, .remarks = true };
    struct intake *intake = intake_create(&sink, error);
    if (intake == NULL)
        return false;
    bool good = text ? intake_memory(intake, text, strlen(text), 0, &why) : intake_file(intake, path, 0, &why);
    intake_finish(intake);
    list->broken = intake_counts(intake)->broken;
    intake_destroy(intake);
    if (!good) {
        struct text name = { 0 };
        text_escaped(&name, text ? "--report" : path, strlen(text ? "--report" : path));
        error_set(error, "%.200s: %.200s", name.chars ? name.chars : "", why.message);
        text_free(&name);
    }
    return good && (!list->failed || error_set(error, "no memory"));
}

void told_list_free(struct told_list *list)
{
    free(list->tellings);
    *list = (struct told_list){ .tellings = NULL };
}
