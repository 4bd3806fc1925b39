/* reproduce: `esplain reproduce`: a plan made of the request, written as a capture with its SA file beside it, and sent where that is asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/writer.h"
#include "engine/engine.h"
#include "engine/send.h"
#include "engine/told.h"
#include "inject/safile.h"
#include "report/json.h"

struct reproduce {
    const struct esplain_reproduction *what;
    struct told *told;             /* NULL: options are all there is */
    const struct recipe *recipe;
    struct plan_request request;
    struct sa_table *table;
    struct text sa_path, policy_path, keys_path;
};

static bool reproduce_address(const char *text, const char *option, struct addr *addr, struct error *error)
{
    return text == NULL || addr_parse(text, strlen(text), addr) || error_set(error, "%s takes an address", option);
}

/* Sets the request's SA: one with keys, between its addresses, with its SPI or any. How many there are. */
static size_t reproduce_sas(struct reproduce *reproduce, bool any_spi)
{
    struct plan_request *request = &reproduce->request;
    size_t at = 0, found = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(reproduce->table, &at)) != NULL;) {
        const struct sa_definition *sa = &entry->record.definition;
        bool keyed = sa->proto == SA_PROTO_AH ? sa->integrity != NULL : sa->encryption != NULL;
        if (!keyed || !prefix_is_host(&sa->dst) || (request->spi_given && !any_spi && sa->spi != request->spi) ||
            (request->proto && sa->proto != request->proto) || (request->dst.family && !addr_equal(&sa->dst.addr, &request->dst)) ||
            (request->src.family && sa->src.addr.family && !addr_equal(&sa->src.addr, &request->src)))
            continue;
        request->sa = sa;
        found++;
    }
    return found;
}

/* The SA of the files that the packets are sealed with: the one that was asked for, or the only one; for an SPI that no SA has, one of its pair. */
static bool reproduce_sa(struct reproduce *reproduce, struct error *error)
{
    const struct esplain_reproduction *what = reproduce->what;
    if (what->sa_count == 0)
        return true;
    if ((reproduce->table = sa_table_create(error)) == NULL)
        return false;
    for (size_t i = 0; i < what->sa_count; i++)
        if (!sa_table_add_file(reproduce->table, what->sas[i], error))
            return false;
    sa_table_check(reproduce->table);
    size_t found = reproduce_sas(reproduce, false);
    if (found == 0 && strcmp(reproduce->recipe->condition, "unknown-spi") == 0)
        found = reproduce_sas(reproduce, true);
    if (found == 1)
        return true;
    return error_set(error, found ? "%zu SAs of the files fit: say with --spi, --src and --dst which" : "no SA of the files, with keys, fits (%zu)", found);
}

static bool reproduce_request(struct reproduce *reproduce, struct error *error)
{
    const struct esplain_reproduction *what = reproduce->what;
    struct plan_request *request = &reproduce->request;
    struct text shown = { 0 };
    reproduce->recipe = recipe_find(what->condition, what->cause);
    if (reproduce->recipe == NULL) {
        text_escaped(&shown, what->condition, strlen(what->condition));
        error_set(error, "%s: no such condition, or not by that cause (--list shows them)", shown.chars ? shown.chars : "");
        text_free(&shown);
        return false;
    }
    *request = (struct plan_request){ .spi_given = what->spi_given, .spi = what->spi, .seq_given = what->seq_given, .seq = what->seq, .count = what->count };
    if (reproduce->recipe->flags & RECIPE_ESP || (what->proto && strcmp(what->proto, "esp") == 0))
        request->proto = SA_PROTO_ESP;
    if (reproduce->recipe->flags & RECIPE_AH || (what->proto && strcmp(what->proto, "ah") == 0))
        request->proto = SA_PROTO_AH;
    if (what->encap && strcmp(what->encap, "udp") == 0)
        request->encap = ENCAP_UDP;
    if (request->proto == SA_PROTO_AH && request->encap == ENCAP_UDP)
        return error_set(error, "AH does not travel in UDP");
    return reproduce_address(what->src, "--src", &request->src, error) && reproduce_address(what->dst, "--dst", &request->dst, error) &&
           reproduce_sa(reproduce, error);
}

static bool reproduce_capture(const struct reproduce *reproduce, const struct plan *plan, struct error *error)
{
    const char *path = reproduce->what->write_path;
    size_t count = reproduce->what->sa_count;
    const char **spares = calloc(count + 1, sizeof *spares);
    if (spares == NULL)
        return error_set(error, "no memory");
    for (size_t i = 0; i < count; i++)
        spares[i] = reproduce->what->sas[i];
    if (reproduce->what->told_path)
        spares[count++] = reproduce->what->told_path;
    struct writer_options options = { .application = "esplain " ESPLAIN_VERSION, .spares = spares, .spare_count = count };
    struct writer *writer = writer_open(path, &options, error);
    free(spares);
    if (writer == NULL)
        return false;
    for (size_t i = 0; i < plan->packet_count; i++) {
        const char *comment = plan->packets[i].what;
        struct writer_packet packet = { .bytes = plan->packets[i].bytes, .captured = plan->packets[i].length, .wire = plan->packets[i].length,
                                        .time_ns = plan->packets[i].time_ns, .linktype = LINKTYPE_RAW, .comments = &comment, .comment_count = 1 };
        writer_packet(writer, &packet);
    }
    int failed = writer_close(writer);
    return failed == 0 || error_set(error, "the capture could not be written: %s", strerror(failed));
}

/* A file beside the capture, named after it; `text` is wiped and freed. Nothing where it is empty. */
static bool reproduce_beside(const struct reproduce *reproduce, const char *suffix, struct text *text, struct text *path, struct error *error)
{
    if (text->length == 0)
        return true;
    text_printf(path, "%s%s", reproduce->what->write_path, suffix);
    FILE *file = path->chars ? fopen(path->chars, "we") : NULL;
    bool written = file != NULL && fwrite(text->chars, 1, text->length, file) == text->length;
    written = file != NULL && fclose(file) == 0 && written;
    secret_wipe(text->chars, text->length);
    text_free(text);
    return written || error_set(error, "%s, which belongs to the capture, could not be written: %s", suffix, strerror(errno));
}

static bool reproduce_files(struct reproduce *reproduce, struct plan *plan, struct error *error)
{
    struct text sas = { 0 };
    if (reproduce->request.sa == NULL)
        safile_write(plan, &sas);
    return reproduce_beside(reproduce, ".sa.txt", &sas, &reproduce->sa_path, error) &&
           reproduce_beside(reproduce, ".policy.txt", &plan->policy_text, &reproduce->policy_path, error) &&
           reproduce_beside(reproduce, ".ike-keys.txt", &plan->ike_keys, &reproduce->keys_path, error);
}

/* How `read` shows what was written. */
static void reproduce_tell_read(const struct reproduce *reproduce, const char *dst, struct text *text)
{
    const char *path = reproduce->what->write_path;
    text_put(text, "To see it: esplain read");
    if (reproduce->sa_path.length) {
        text_put(text, " -s ");
        text_escaped(text, reproduce->sa_path.chars, reproduce->sa_path.length);
    }
    for (size_t i = 0; i < reproduce->what->sa_count; i++) {
        text_put(text, " -s ");
        text_escaped(text, reproduce->what->sas[i], strlen(reproduce->what->sas[i]));
    }
    if (reproduce->keys_path.length) {
        text_put(text, " -k ");
        text_escaped(text, reproduce->keys_path.chars, reproduce->keys_path.length);
    }
    if (reproduce->policy_path.length) {
        text_put(text, " --policy ");
        text_escaped(text, reproduce->policy_path.chars, reproduce->policy_path.length);
    }
    if (reproduce->recipe->flags & RECIPE_RECEIVER)
        text_printf(text, " --receiver %s", dst);
    text_char(text, ' ');
    text_escaped(text, path, strlen(path));
    text_char(text, '\n');
}

static bool reproduce_tell(const struct reproduce *reproduce, const struct plan *plan, const struct esplain_options *options, struct error *error)
{
    char dst[ADDR_TEXT_MAX];
    struct text text = { 0 };
    addr_print(&plan->dst, dst);
    text_printf(&text, "%s: %s; %zu packet%s to %s.\n", reproduce->recipe->condition, reproduce->recipe->what, plan->packet_count,
                plan->packet_count == 1 ? "" : "s", dst);
    if (reproduce->told)
        told_tell(reproduce->told, reproduce->recipe, plan, &text);
    if (reproduce->what->write_path)
        reproduce_tell_read(reproduce, dst, &text);
    bool told = text.chars != NULL && options->output(options->context, text.chars, text.length);
    text_free(&text);
    return told || error_set(error, "the output could not be written");
}

static bool reproduce_write(struct reproduce *reproduce, struct plan *plan, const struct esplain_options *options, struct error *error)
{
    if (reproduce->what->write_path != NULL && !(reproduce_capture(reproduce, plan, error) && reproduce_files(reproduce, plan, error)))
        return false;
    return reproduce_tell(reproduce, plan, options, error);
}

/* Written and sent, or neither where it may not be sent. */
static bool reproduce_carry_out(struct reproduce *reproduce, struct plan *plan, const struct esplain_options *options, struct error *error)
{
    const struct esplain_reproduction *what = reproduce->what;
    if (what->send_interface == NULL)
        return reproduce_write(reproduce, plan, options, error);
    static const char missing[] = "They are made for a receiver with the SAs, policies or keys of this plan: -w FILE writes those too.\n";
    bool own = (reproduce->request.sa == NULL && plan->event_count + plan->policy_count > 0) || plan->policy_text.length || plan->ike_keys.length;
    struct send *send = send_prepare(plan, what, error);
    bool good = send != NULL && reproduce_write(reproduce, plan, options, error) &&
                send_run(send, options, own && what->write_path == NULL ? missing : NULL, error);
    send_destroy(send);
    return good;
}

bool esplain_reproduce(const struct esplain_reproduction *what, const struct esplain_options *options, struct esplain_error *out)
{
    struct error error = { "" };
    struct esplain_reproduction asked = *what;
    struct reproduce reproduce = { .what = &asked };
    bool told = !told_is_asked(what) || (reproduce.told = told_fill(&asked, &error)) != NULL;
    struct plan *plan = told && reproduce_request(&reproduce, &error) ? plan_make(reproduce.recipe, &reproduce.request, &error) : NULL;
    bool good = plan != NULL && reproduce_carry_out(&reproduce, plan, options, &error);
    plan_destroy(plan);
    told_destroy(reproduce.told);
    sa_table_destroy(reproduce.table);
    text_free(&reproduce.sa_path);
    text_free(&reproduce.policy_path);
    text_free(&reproduce.keys_path);
    if (!good && out)
        snprintf(out->message, sizeof out->message, "%s", error.message);
    return good;
}

static void reproducible_json(struct text *text, const struct recipe *recipe)
{
    text_put(text, "{\"type\":\"recipe\"");
    json_string(text, "condition", recipe->condition);
    json_string(text, "cause", recipe->cause);
    json_string(text, "what", recipe->what);
    json_string(text, "why", recipe->why);
    json_string(text, "also", recipe->also);
    json_bool(text, "way", recipe->flags & RECIPE_WAY);
    if (recipe_code(recipe) != 0)
        json_number(text, "code", recipe_code(recipe));
    else
        json_null(text, "code");
    json_bool(text, "possible", recipe->make != NULL);
    json_bool(text, "receiver", recipe->flags & RECIPE_RECEIVER);
    json_bool(text, "malformed", recipe->flags & RECIPE_MALFORMED);
    json_bool(text, "kernel", !(recipe->flags & RECIPE_NO_KERNEL));
    text_put(text, "}\n");
}

bool esplain_reproducible(const struct esplain_options *options)
{
    struct text text = { 0 };
    size_t at = 0;
    for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;) {
        if (options->format == ESPLAIN_JSON) {
            reproducible_json(&text, recipe);
            continue;
        }
        text_printf(&text, "%s%s%s\n    %s%s\n", recipe->condition, recipe->cause ? " " : "", recipe->cause ? recipe->cause : "",
                    recipe->make ? "" : "not reproduced: ", recipe->make ? recipe->what : recipe->why);
    }
    bool told = text.chars != NULL && options->output(options->context, text.chars, text.length);
    text_free(&text);
    return told;
}
