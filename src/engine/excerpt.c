/* excerpt: `esplain reproduce --from`: the frames that show a finding, written as a capture, and what is said about them. */
#include <stdio.h>
#include <string.h>

#include "capture/writer.h"
#include "engine/cut.h"

#define EXCERPT_COMMENTS_MAX 64u /* of one frame */
#define EXCERPT_FRAMES_SHOWN 20u

/* "frame 17 of FILE", behind the comments that the frame has in its capture. */
static bool excerpt_frame(const struct cut *cut, struct writer *writer, const struct kept_frame *kept)
{
    const char *comments[EXCERPT_COMMENTS_MAX];
    struct text place = { 0 };
    uint32_t count = 0;
    for (const char *at = kept->comments; count < kept->comment_count && count < EXCERPT_COMMENTS_MAX - 1; at += strlen(at) + 1)
        comments[count++] = at;
    text_printf(&place, "frame %llu of ", (unsigned long long)kept->frame.number);
    text_escaped(&place, cut->what->capture, strlen(cut->what->capture));
    comments[count++] = place.chars ? place.chars : "";
    bool written = writer_packet(writer, &(struct writer_packet){ .bytes = kept->bytes, .captured = kept->frame.captured, .wire = kept->frame.wire,
                                                                  .time_ns = kept->frame.time_ns, .linktype = kept->frame.linktype,
                                                                  .interface = kept->interface, .comments = comments, .comment_count = count });
    text_free(&place);
    return written;
}

static bool excerpt_write(const struct cut *cut, const struct esplain_options *options, struct error *error)
{
    struct writer *writer = writer_open(cut->what->write_path,
                                        &(struct writer_options){ .application = "esplain " ESPLAIN_VERSION, .spares = options->write_spares,
                                                                  .spare_count = options->write_spare_count }, error);
    if (writer == NULL)
        return false;
    for (uint32_t i = 0; i < cut->count && excerpt_frame(cut, writer, kept_at(cut->kept, cut->chosen[i])); i++)
        ;
    int failed = writer_close(writer);
    return failed == 0 || error_set(error, "the capture could not be written: %s", strerror(failed));
}

static void excerpt_words(struct text *text, const char *option, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_printf(text, " %s ", option);
        text_escaped(text, words[i], strlen(words[i]));
    }
}

/* The command that shows it. */
static void excerpt_command(const struct cut *cut, struct text *text)
{
    const struct esplain_cut *what = cut->what;
    const struct esplain_options *options = &cut->options;
    text_put(text, "To see it: esplain read");
    excerpt_words(text, "-s", what->sas, what->sa_count);
    excerpt_words(text, "--policy", what->policies, what->policy_count);
    excerpt_words(text, "-k", what->ike_keys, what->ike_key_count);
    excerpt_words(text, "--receiver", options->receivers, options->receiver_count);
    excerpt_words(text, "--mute", options->mutes, options->mute_count);
    if (options->no_receiver)
        text_put(text, " --no-receiver");
    if (options->window)
        text_printf(text, " --window %u", options->window);
    text_char(text, ' ');
    text_escaped(text, what->write_path, strlen(what->write_path));
    text_char(text, '\n');
}

static bool excerpt_tell(const struct cut *cut, const struct esplain_options *options, struct error *error)
{
    struct text text = { 0 };
    text_printf(&text, "%s [%s]: %u of %llu frames show%s it:", cut->wanted.condition->name, certainty_name(cut->wanted.certainty), cut->count,
                (unsigned long long)cut->frames, cut->count == 1 ? "s" : "");
    for (uint32_t i = 0; i < cut->count && i < EXCERPT_FRAMES_SHOWN; i++)
        text_printf(&text, "%s %llu", i ? "," : "", (unsigned long long)kept_at(cut->kept, cut->chosen[i])->frame.number);
    text_put(&text, cut->count > EXCERPT_FRAMES_SHOWN ? ", ...\n" : ".\n");
    if (!cut->minimal)
        text_printf(&text, "Perhaps fewer would do: the search was ended after %u analyses.\n", cut->runs);
    else if (cut->count > 1)
        text_put(&text, "Without any one of them it is gone.\n");
    excerpt_command(cut, &text);
    bool told = text.chars != NULL && options->output(options->context, text.chars, text.length);
    text_free(&text);
    return told || error_set(error, "the output could not be written");
}

bool esplain_cut(const struct esplain_cut *what, const struct esplain_options *options, struct esplain_error *out)
{
    struct error error = { "" };
    struct cut cut;
    cut_start(&cut, what, options);
    bool found = cut_frames(&cut, options, out);
    bool good = found && excerpt_write(&cut, options, &error) && excerpt_tell(&cut, options, &error);
    if (found && !good)
        snprintf(out->message, sizeof out->message, "%s", error.message);
    cut_stop(&cut);
    return good;
}
