/* excerpt: `esplain reproduce --from`: the frames that show a finding, written as a capture, and what is said about them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/writer.h"
#include "engine/anonymise.h"

#define EXCERPT_COMMENTS_MAX 64u /* of one frame */
#define EXCERPT_FRAMES_SHOWN 20u

static const char excerpt_changed[] =
    "anonymised: addresses of IP, Ethernet and IKE stand for others; payloads in clear, identities, certificates, requests for them, proofs and unknown "
    "vendor IDs of IKE, IP options and padding are zeros; checksums are right where they were. SPIs, sequence numbers, ports, lengths, times, proposals, "
    "nonces and all that is encrypted are as they were";

struct excerpt {
    struct cut cut;
    struct anonymise anonymise; /* with what->anonymise */
    const struct esplain_options *options;
};

/* Frames of different interfaces stay so, whatever may be told of them: a frame that was captured twice is told by that. NULL: the first, unnamed. */
static const char *excerpt_interface(const struct excerpt *excerpt, const struct kept_frame *kept, char name[16])
{
    if (kept->interface != NULL && !excerpt->cut.what->anonymise)
        return kept->interface;
    snprintf(name, 16, "if%u", kept->frame.interface);
    return kept->frame.interface > 0 ? name : NULL;
}

/* "frame 17 of FILE", behind the comments that the frame has in its capture; of an anonymised one neither name nor comments. */
static bool excerpt_frame(const struct excerpt *excerpt, struct writer *writer, const struct kept_frame *kept, bool first)
{
    const char *comments[EXCERPT_COMMENTS_MAX];
    const char *capture = excerpt->cut.what->capture;
    bool anonymised = excerpt->cut.what->anonymise;
    char name[16];
    struct text place = { 0 };
    uint32_t count = 0;
    for (const char *at = kept->comments; !anonymised && count < kept->comment_count && count < EXCERPT_COMMENTS_MAX - 1; at += strlen(at) + 1)
        comments[count++] = at;
    text_printf(&place, "frame %llu", (unsigned long long)kept->frame.number);
    if (!anonymised) {
        text_put(&place, " of ");
        text_escaped(&place, capture, strlen(capture));
    } else if (first) {
        comments[count++] = excerpt_changed;
    }
    comments[count++] = place.chars ? place.chars : "";
    bool written = writer_packet(writer, &(struct writer_packet){ .bytes = kept->bytes, .captured = kept->frame.captured, .wire = kept->frame.wire,
                                                                  .time_ns = kept->frame.time_ns, .linktype = kept->frame.linktype,
                                                                  .interface = excerpt_interface(excerpt, kept, name),
                                                                  .comments = comments, .comment_count = count });
    text_free(&place);
    return written;
}

static bool excerpt_write(const struct excerpt *excerpt, struct error *error)
{
    const struct cut *cut = &excerpt->cut;
    struct writer *writer = writer_open(cut->what->write_path,
                                        &(struct writer_options){ .application = "esplain " ESPLAIN_VERSION, .spares = excerpt->options->write_spares,
                                                                  .spare_count = excerpt->options->write_spare_count }, error);
    if (writer == NULL)
        return false;
    for (uint32_t i = 0; i < cut->count && excerpt_frame(excerpt, writer, kept_at(cut->kept, cut->chosen[i]), i == 0); i++)
        ;
    int failed = writer_close(writer);
    return failed == 0 || error_set(error, "the capture could not be written: %s", strerror(failed));
}

/* None of the files beside the capture is one that this run reads. */
static bool excerpt_spares(const struct excerpt *excerpt, const char *path, struct error *error)
{
    struct stat about, other;
    if (stat(path, &about) != 0)
        return true;
    for (size_t i = 0; i < excerpt->options->write_spare_count; i++)
        if (stat(excerpt->options->write_spares[i], &other) == 0 && other.st_dev == about.st_dev && other.st_ino == about.st_ino)
            return error_set(error, "an SA file or policy of this run stands where one is to be written beside the capture: choose another name with -w");
    return true;
}

static bool excerpt_put(const char *path, const struct text *text, bool secret)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0666);
    const char *at = text->chars;
    size_t left = text->length;
    if (descriptor < 0)
        return false;
    for (ssize_t done; left > 0 && (done = write(descriptor, at, left)) > 0; left -= (size_t)done)
        at += done;
    return close(descriptor) == 0 && left == 0 && !text->failed;
}

/* The files beside the capture; those with keys are the owner's alone. `write` false: only whether they may be written. */
static bool excerpt_files(const struct excerpt *excerpt, bool write, struct error *error)
{
    bool good = true;
    for (uint32_t i = 0; i < excerpt->anonymise.file_count && good; i++) {
        const struct anonymise_file *beside = &excerpt->anonymise.files[i];
        struct text path = { 0 };
        text_printf(&path, "%s%s", excerpt->cut.what->write_path, beside->suffix.chars ? beside->suffix.chars : "");
        if (path.chars == NULL)
            good = error_set(error, "no memory");
        else if (!write)
            good = excerpt_spares(excerpt, path.chars, error);
        else if (!excerpt_put(path.chars, &beside->text, excerpt->cut.what->keep_keys))
            good = error_set(error, "%s, which belongs to the capture, could not be written: %s", beside->suffix.chars, strerror(errno));
        text_free(&path);
    }
    return good;
}

static void excerpt_words(struct text *text, const char *option, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_printf(text, " %s ", option);
        text_escaped(text, words[i], strlen(words[i]));
    }
}

/* The files beside the capture, as options. */
static void excerpt_beside(const struct excerpt *excerpt, struct text *text)
{
    const char *path = excerpt->cut.what->write_path;
    for (uint32_t i = 0; i < excerpt->anonymise.file_count; i++) {
        const struct anonymise_file *beside = &excerpt->anonymise.files[i];
        text_put(text, beside->policy ? " --policy " : " -s ");
        text_escaped(text, path, strlen(path));
        text_put(text, beside->suffix.chars ? beside->suffix.chars : "");
    }
}

/* The command that shows it. */
static void excerpt_command(const struct excerpt *excerpt, struct text *text)
{
    const struct esplain_cut *what = excerpt->cut.what;
    const struct esplain_options *options = &excerpt->cut.options;
    text_put(text, "To see it: esplain read");
    if (what->anonymise) {
        excerpt_beside(excerpt, text);
        excerpt_words(text, "--receiver", excerpt->anonymise.receiver_words, excerpt->anonymise.receiver_count);
    } else {
        excerpt_words(text, "-s", what->sas, what->sa_count);
        excerpt_words(text, "--policy", what->policies, what->policy_count);
        excerpt_words(text, "--receiver", options->receivers, options->receiver_count);
    }
    if (!what->anonymise || what->keep_keys)
        excerpt_words(text, "-k", what->ike_keys, what->ike_key_count);
    excerpt_words(text, "--mute", options->mutes, options->mute_count);
    if (options->no_receiver)
        text_put(text, " --no-receiver");
    if (options->window)
        text_printf(text, " --window %u", options->window);
    text_char(text, ' ');
    text_escaped(text, what->write_path, strlen(what->write_path));
    text_char(text, '\n');
}

/* "AH header (2): got a new ICV." */
static void excerpt_count(struct text *text, uint64_t count, const char *what, const char *how)
{
    if (count > 0)
        text_printf(text, "%s (%llu): %s.\n", what, (unsigned long long)count, how);
}

/* What was changed, and what whoever passes it on should know. */
static void excerpt_warn(const struct excerpt *excerpt, struct text *text)
{
    const struct esplain_cut *what = excerpt->cut.what;
    const struct veil_counts *counts = veil_counts(excerpt->anonymise.veil);
    text_printf(text, "It is %s.\n", excerpt_changed);
    text_put(text, "What is inside encrypted packets keeps its addresses: whoever has the keys can read them, so the keys must not go along.\n");
    if (what->keep_keys && what->ike_key_count > 0)
        text_put(text, "It is seen with the keys of -k, which are not copied: with them the packets can be read.\n");
    if (what->keep_keys && what->sa_count > 0)
        text_put(text, "The SA files beside it hold their keys (--keep-keys): pass them on only where the packets may be read.\n");
    excerpt_count(text, excerpt->anonymise.resealed, "AH header", "a new ICV, made with the keys of the SA files");
    excerpt_count(text, counts->ah - excerpt->anonymise.resealed, "AH header", "with the ICV of the original packet, which is right no more");
    excerpt_count(text, counts->null, "ESP packet without encryption", "changed inside, with the ICV of the original packet");
    excerpt_count(text, counts->hashes, "hash of NAT detection", "not of the packet's addresses, now zeros, which are not either");
}

static bool excerpt_tell(const struct excerpt *excerpt, struct error *error)
{
    const struct cut *cut = &excerpt->cut;
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
    if (cut->what->anonymise)
        excerpt_warn(excerpt, &text);
    excerpt_command(excerpt, &text);
    bool told = text.chars != NULL && excerpt->options->output(excerpt->options->context, text.chars, text.length);
    text_free(&text);
    return told || error_set(error, "the output could not be written");
}

bool esplain_cut(const struct esplain_cut *what, const struct esplain_options *options, struct esplain_error *out)
{
    struct error error = { "out of memory" };
    struct excerpt *excerpt = calloc(1, sizeof *excerpt);
    bool found = false, good = false;
    if (excerpt != NULL) {
        excerpt->options = options;
        cut_start(&excerpt->cut, what, options);
        found = cut_frames(&excerpt->cut, options, out);
        good = found && (!what->anonymise || anonymise_make(&excerpt->anonymise, &excerpt->cut, &error)) &&
               excerpt_files(excerpt, false, &error) && excerpt_write(excerpt, &error) && excerpt_files(excerpt, true, &error) && excerpt_tell(excerpt, &error);
        anonymise_stop(&excerpt->anonymise);
        cut_stop(&excerpt->cut);
    }
    if (!good && (found || excerpt == NULL))
        snprintf(out->message, sizeof out->message, "%s", error.message);
    free(excerpt);
    return good;
}
