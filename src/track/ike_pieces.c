/*
 * ike_pieces: fragments of IKEv1 messages ([MS-IKEE] 2.2.3.1 and 3.3.5.3, Cisco's form), put together before anything is read in them.
 *
 * Theory of operation. A sender cuts the whole message, its header with it, and sends each piece behind a header of its own that says
 * "Fragment" and is not encrypted; only the last piece says how many there are. So pieces of one side are collected until all numbers up to
 * the last are there; then what they make is a message as if it had come so, IVs and retransmissions included. strongSwan numbers all
 * messages alike, Windows and Cisco count: a piece of another number, or other bytes under the same one, begin the next message. The pieces of
 * a message that is whole are kept until then, because its retransmission is cut in the same way.
 *
 * A piece tells nothing without the others, and is nothing that a peer would answer: what never became whole is told by its missing
 * numbers (struct ike_missing).
 */
#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "track/ike_table.h"

#define ASSEMBLIES 64u
#define ASSEMBLY_TIMEOUT_NS (60 * (int64_t)1000000000) /* longer than any daemon waits before it begins anew */
#define WHOLE_MAX 65535u

struct assembly {
    uint8_t spi_i[8];
    uint8_t side;             /* 0: pieces of the original initiator */
    bool used;
    bool whole;               /* all came */
    uint16_t id;
    uint8_t last;             /* number of the last piece; 0: it did not come */
    uint64_t have, again;     /* sets of numbers - 1: those that came, and once more since the message was last whole */
    uint64_t hash[IKE_PIECES];
    uint32_t at[IKE_PIECES], size[IKE_PIECES], length;
    uint8_t *bytes;
    int64_t first_ns, last_ns;
    uint64_t first_frame, last_frame, turn;
};

struct ike_assemblies {
    struct assembly assemblies[ASSEMBLIES];
    uint64_t turn;
    uint8_t whole[WHOLE_MAX];
};

static unsigned assembly_highest(const struct assembly *assembly)
{
    return assembly->last ? assembly->last : assembly->have ? 64u - (unsigned)__builtin_clzll(assembly->have) : 0;
}

/* Where pieces are missing, the session keeps which. */
static void assembly_note(struct ike_sessions *sessions, struct assembly *assembly)
{
    struct ike_header header = { .next = 0 };
    memcpy(header.spi_i, assembly->spi_i, 8);
    struct ike_session *session = ike_table_find(sessions, &header);
    if (session != NULL && assembly->used && !assembly->whole) {
        struct ike_missing *missing = &session->missing[assembly->side];
        unsigned highest = assembly_highest(assembly);
        uint64_t all = highest >= 64 ? UINT64_MAX : ((uint64_t)1 << highest) - 1;
        *missing = (struct ike_missing){ .messages = missing->messages + 1,
                                         .id = assembly->id,
                                         .last = assembly->last,
                                         .numbers = all & ~assembly->have,
                                         .first_frame = assembly->first_frame,
                                         .last_frame = assembly->last_frame,
                                         .first_ns = assembly->first_ns,
                                         .last_ns = assembly->last_ns };
    }
}

static void assembly_end(struct ike_sessions *sessions, struct assembly *assembly)
{
    assembly_note(sessions, assembly);
    free(assembly->bytes);
    *assembly = (struct assembly){ .used = false };
}

void ike_pieces_end(struct ike_sessions *sessions)
{
    for (unsigned i = 0; sessions->assemblies != NULL && i < ASSEMBLIES; i++)
        if (sessions->assemblies->assemblies[i].used)
            assembly_end(sessions, &sessions->assemblies->assemblies[i]);
}

void ike_pieces_set_clock(struct ike_sessions *sessions, int64_t step_ns)
{
    for (unsigned i = 0; sessions->assemblies != NULL && i < ASSEMBLIES; i++) {
        step_move_any(&sessions->assemblies->assemblies[i].first_ns, step_ns);
        step_move_any(&sessions->assemblies->assemblies[i].last_ns, step_ns);
    }
}

void ike_pieces_destroy(struct ike_sessions *sessions)
{
    for (unsigned i = 0; sessions->assemblies != NULL && i < ASSEMBLIES; i++)
        free(sessions->assemblies->assemblies[i].bytes);
    free(sessions->assemblies);
    sessions->assemblies = NULL;
}

/* That of the sender's side of the session, or the one that was silent longest. */
static struct assembly *pieces_find(const struct ike_context *context)
{
    struct ike_sessions *sessions = context->sessions;
    uint8_t side = context->from_initiator ? 0 : 1;
    struct assembly *oldest = NULL;
    if (sessions->assemblies == NULL && (sessions->assemblies = calloc(1, sizeof *sessions->assemblies)) == NULL)
        return NULL;
    for (unsigned i = 0; i < ASSEMBLIES; i++) {
        struct assembly *assembly = &sessions->assemblies->assemblies[i];
        if (assembly->used && assembly->side == side && memcmp(assembly->spi_i, context->session->spi_i, 8) == 0)
            return assembly;
        if (oldest == NULL || assembly->turn < oldest->turn)
            oldest = assembly;
    }
    if (oldest->used)
        assembly_end(sessions, oldest);
    memcpy(oldest->spi_i, context->session->spi_i, 8);
    oldest->side = side;
    return oldest;
}

/* Can the piece be one of the message that is collected, or of its repetition? */
static bool assembly_fits(const struct assembly *assembly, const struct ike_sealed *piece, uint64_t hash, int64_t now_ns)
{
    uint64_t bit = (uint64_t)1 << (piece->number - 1);
    if (assembly->id != piece->id || (!assembly->whole && now_ns - assembly->last_ns > ASSEMBLY_TIMEOUT_NS))
        return false;
    if (assembly->have & bit)
        return assembly->hash[piece->number - 1] == hash;
    if (assembly->last != 0)
        return !piece->last && piece->number < assembly->last;
    return !piece->last || piece->number >= assembly_highest(assembly);
}

/* The first pieces came once more, and now the one behind them with other bytes: it is the next message, which begins as this one does. */
static bool assembly_begins_alike(const struct assembly *assembly, const struct ike_sealed *piece)
{
    uint64_t again = assembly->again;
    return assembly->id == piece->id && again != 0 && (again & (again + 1)) == 0 && again >> (piece->number - 1) == 0 &&
           (piece->number == 1 || again >> (piece->number - 2) == 1);
}

static void assembly_renew(struct assembly *assembly)
{
    uint8_t *bytes = malloc(assembly->length + 1u);
    uint32_t length = 0;
    if (bytes == NULL)
        return;
    for (unsigned i = 0; i < IKE_PIECES; i++) {
        if (!(assembly->again >> i & 1))
            continue;
        memcpy(bytes + length, assembly->bytes + assembly->at[i], assembly->size[i]);
        assembly->at[i] = length;
        length += assembly->size[i];
    }
    free(assembly->bytes);
    assembly->bytes = bytes;
    assembly->length = length;
    assembly->have = assembly->again;
    assembly->again = 0;
    if (assembly->last != 0 && !(assembly->have >> (assembly->last - 1) & 1))
        assembly->last = 0;
    assembly->whole = false;
}

static bool assembly_keep(struct assembly *assembly, const struct ike_sealed *piece, uint64_t hash)
{
    unsigned index = piece->number - 1u;
    if (assembly->length + piece->wire > WHOLE_MAX)
        return false;
    uint8_t *bytes = realloc(assembly->bytes, assembly->length + piece->wire + 1);
    if (bytes == NULL)
        return false;
    assembly->bytes = bytes;
    memcpy(bytes + assembly->length, piece->bytes, piece->wire);
    assembly->hash[index] = hash;
    assembly->at[index] = assembly->length;
    assembly->size[index] = piece->wire;
    assembly->length += piece->wire;
    assembly->have |= (uint64_t)1 << index;
    if (piece->last)
        assembly->last = (uint8_t)piece->number;
    return true;
}

/* The piece into the assembly; true: the message is whole with it, or once more. */
static bool assembly_add(struct assembly *assembly, const struct ike_sealed *piece, uint64_t hash)
{
    uint64_t bit = (uint64_t)1 << (piece->number - 1);
    if (assembly->have & bit) {
        assembly->again |= bit;
        if (!assembly->whole || assembly->again != assembly->have)
            return false;
        assembly->again = 0;
        return true;
    }
    if (!assembly_keep(assembly, piece, hash))
        return false;
    assembly->whole = assembly->last != 0 && (unsigned)__builtin_popcountll(assembly->have) == assembly->last;
    return assembly->whole;
}

static bool assembly_join(struct ike_sessions *sessions, const struct assembly *assembly, const struct layer *layer, struct layer *whole)
{
    uint8_t *bytes = sessions->assemblies->whole;
    uint32_t length = 0;
    for (unsigned i = 0; i < assembly->last; i++) {
        memcpy(bytes + length, assembly->bytes + assembly->at[i], assembly->size[i]);
        length += assembly->size[i];
    }
    /* without a header of its own nobody could say with which payload it begins */
    if (length < IKE_HEADER || memcmp(bytes, assembly->spi_i, 8) != 0)
        return false;
    *whole = *layer;
    whole->bytes = bytes;
    whole->captured = whole->wire = length;
    return true;
}

bool ike_pieces_add(const struct ike_context *context, struct layer *whole, bool *joined)
{
    struct ike_walk walk;
    struct ike_payload payload;
    *joined = false;
    ike_walk_message(&walk, context->message);
    while (ike_walk_next(&walk, &payload))
        continue;
    const struct ike_sealed *piece = &walk.sealed;
    if (piece->kind != IKE_SEAL_FRAGMENT || walk.status != DECODE_OK || piece->captured < piece->wire || piece->number == 0 ||
        piece->number > IKE_PIECES)
        return false;
    struct assembly *assembly = pieces_find(context);
    if (assembly == NULL)
        return false;
    uint64_t hash = hash_bytes(&context->sessions->hash, piece->bytes, piece->wire);
    const struct frame *frame = context->frame;
    if (assembly->used && !assembly_fits(assembly, piece, hash, frame->time_ns) && assembly_begins_alike(assembly, piece)) {
        assembly_note(context->sessions, assembly);
        assembly_renew(assembly);
    }
    if (assembly->used && !assembly_fits(assembly, piece, hash, frame->time_ns)) {
        uint8_t side = assembly->side;
        assembly_end(context->sessions, assembly);
        memcpy(assembly->spi_i, context->session->spi_i, 8);
        assembly->side = side;
    }
    if (!assembly->used) {
        assembly->used = true;
        assembly->id = piece->id;
        assembly->first_ns = frame->time_ns;
        assembly->first_frame = frame->number;
    }
    assembly->last_ns = frame->time_ns;
    assembly->last_frame = frame->number;
    assembly->turn = ++context->sessions->assemblies->turn;
    if (assembly_add(assembly, piece, hash)) {
        context->session->joined[assembly->side]++;
        context->session->joined_ns[assembly->side] = frame->time_ns;
        *joined = assembly_join(context->sessions, assembly, context->layer, whole);
        return *joined;
    }
    return true;
}
