/*
 * ike_end: what an IKE SA left open when the capture ended: requests that nobody answered, answers that nobody heard,
 * negotiations that broke off.
 *
 * A capture may end at any moment and may show one direction only; so a silence counts once it lasted, or once the
 * asker itself was seen to repeat what it asked.
 */
#include "track/ike_table.h"

#define END_SILENT_NS (4 * (int64_t)1000000000)
#define END_PROBES 3u /* informational messages of IKEv1 without a reaction */
#define END_PROBES_NS (2 * (int64_t)1000000000)
#define END_UNHEARD 2u /* repetitions after the answer */
/*
 * The smallest answer of IKE_AUTH that makes a Child SA, but for the proof, which has at least the size of the PRF's output: header 28, SK 4,
 * IV 8, AUTH 8, SA with one proposal of two transforms 32, TSi and TSr of one IPv4 range each 48, pad length 1, ICV 8 (RFC 7296 3).
 */
#define END_CHILD_LENGTH 137u
#define END_CHILD_ASKED 100u /* so much more has a request that asks for one: SA, TSi, TSr, and what only initiators say */
#define END_BROKEN_NS ((int64_t)1000000000)
#define END_AT_ONCE_NS ((int64_t)100000000)
#define END_ONE_WAY 3u /* how often a request must be seen where its answerer is never seen */

enum {
    MODE_MAIN = 2,
    MODE_AGGRESSIVE = 4,

    EXCHANGE_SA_INIT = 34,
    EXCHANGE_AUTH = 35,
    EXCHANGE_INFORM = 37
};

static void end_raise(struct ike_sessions *sessions, struct ike_session *session, enum ike_what what,
                      const struct ike_request *request, unsigned side)
{
    struct frame frame = { .number = request->last_frame, .time_ns = request->last_ns, .file = request->file };
    struct ike_context context = {
        .sessions = sessions, .session = session, .frame = &frame, .layer = &request->layer, .from_initiator = side == 0
    };
    struct ike_event event = { .what = (uint8_t)what, .request = request };
    ike_table_raise(&context, &event);
}

static bool end_is_unanswered(const struct ike_session *session, const struct ike_request *request, unsigned side,
                              int64_t last_ns)
{
    bool begins =
        request->exchange == EXCHANGE_SA_INIT || (request->message_id == 0 && session->version == IKE_VERSION_1);
    if (!request->pending || request->sent == 0 || (request->sent < 2 && last_ns - request->first_ns < END_SILENT_NS))
        return false;
    if (request->sent < 2 && (request->exchange == EXCHANGE_INFORM || session->version == IKE_VERSION_AUTHIP))
        return false; /* dead peer detection repeats itself; AuthIP's last words want no answer */
    if (request->sent < 2 && session->last_ns > request->last_ns)
        return false; /* the two talked on: the capture lacks the answer */
    if (session->messages[side ^ 1] == 0 && !(begins && side == 0) && request->sent < END_ONE_WAY)
        return false; /* perhaps the capture shows one direction */
    return !(session->stage == IKE_STAGE_LATE && session->version == IKE_VERSION_1 && request->message_id == 0);
}

/* IKEv1: an exchange that stopped where a refusal inside an encrypted informational message would stop it. */
static bool end_informed(const struct ike_session *session, unsigned by, const struct ike_request *request)
{
    return session->informed_ns[by] != 0 && session->informed_ns[by] >= request->first_ns;
}

/* Phase 1 of IKEv1 broke off where its keys come into use, and the other side said something that is encrypted. */
static bool end_refused1(const struct ike_session *session, unsigned side)
{
    const struct ike_request *request = &session->request[side];
    bool place =
        side == 0 ? request->exchange == MODE_MAIN && request->encrypted : request->exchange == MODE_AGGRESSIVE;
    return request->pending && request->message_id == 0 && place && session->stage < IKE_STAGE_UP &&
           session->stage != IKE_STAGE_LATE && end_informed(session, side ^ 1, request);
}

/*
 * Quick modes. The first message may be answered by an informational one, which without keys is told as what it most
 * likely is; the second must be sent again before a missing third is told, because nothing depends on that.
 */
static void end_quick(struct ike_sessions *sessions, struct ike_session *session, int64_t last_ns)
{
    for (uint32_t i = 0; session->quick != NULL && i < IKE_QUICK; i++) {
        const struct ike_quick *quick = &session->quick[i];
        unsigned side = quick->said == 2 ? quick->by ^ 1u : quick->by;
        const struct ike_request *request = &quick->request;
        bool informed = quick->said == 1 && request->pending && end_informed(session, side ^ 1, request);
        if (quick->said == 0 || quick->said == 3 || (quick->said == 2 && request->sent < 2))
            continue;
        if (informed && !session->decrypted)
            end_raise(sessions, session, IKE_SHORT_CHILD, request, side);
        else if (!informed && end_is_unanswered(session, request, side, last_ns))
            end_raise(sessions, session, IKE_UNANSWERED, request, side);
    }
}

static void end_probes(struct ike_sessions *sessions, struct ike_session *session)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct ike_request *probe = &session->probe[side];
        bool unknown = !session->decrypted && (session->stage >= IKE_STAGE_UP || session->stage == IKE_STAGE_LATE);
        if (probe->pending && probe->sent >= END_PROBES && probe->last_ns - probe->first_ns >= END_PROBES_NS &&
            (unknown || session->probing[side]))
            end_raise(sessions, session, IKE_UNANSWERED, probe, side);
    }
}

/* True where something was told: a negotiation that also looks half-open is not told of twice. */
static bool end_requests(struct ike_sessions *sessions, struct ike_session *session, int64_t last_ns)
{
    bool told = false;
    for (unsigned side = 0; side < 2; side++) {
        const struct ike_request *request = &session->request[side];
        bool unheard = !request->pending && request->unheard >= END_UNHEARD;
        bool unanswered = end_is_unanswered(session, request, side, last_ns);
        bool waits = session->version == IKE_VERSION_1 && request->message_id == 0 && side == 1;
        if (unheard)
            end_raise(sessions, session, IKE_UNHEARD, request, side);
        else if (session->version == IKE_VERSION_1 && end_refused1(session, side))
            end_raise(sessions, session, IKE_SHORT_ANSWER, request, side);
        else if (unanswered) /* a responder waits for the initiator that began it */
            end_raise(sessions, session, waits ? IKE_HALF_OPEN : IKE_UNANSWERED, request, side);
        told |= unheard || unanswered;
    }
    return told;
}

/* The last word of IKE_AUTH was the responder's, and too short to agree: after EAP its failure, which the initiator does not answer. */
static bool end_breaks_off(const struct ike_session *session, int64_t last_ns)
{
    const struct ike_request *auth = &session->auth;
    return session->stage == IKE_STAGE_UP && !session->decrypted && auth->sent != 0 && !auth->answer_pieces &&
           auth->answer_length <= IKE_SHORT_LENGTH && session->last_ns <= auth->answer_ns && last_ns - auth->answer_ns >= END_BROKEN_NS;
}

/*
 * The initiator had its full answer and at once sent an informational message that has room for one notify or delete, its last: as one does
 * who does not accept what the responder says it is.
 */
static bool end_turned_down(const struct ike_session *session)
{
    const struct ike_request *auth = &session->auth, *last = &session->request[0];
    return session->stage == IKE_STAGE_UP && !session->decrypted && auth->sent != 0 && auth->answer_length > IKE_SHORT_LENGTH &&
           last->exchange == EXCHANGE_INFORM && last->message_id == auth->message_id + 1 && last->length <= IKE_SHORT_LENGTH &&
           last->first_ns - auth->answer_ns < END_AT_ONCE_NS && session->child_ns == 0 && !last->pending && last->sent == 1 &&
           !last->answered_twice && session->last_ns <= last->answer_ns && addr_equal(&last->layer.ip.src, &auth->layer.ip.src);
}

/* IKE_AUTH went well, but its answer has no room for the Child SA that was asked for. */
static bool end_lacks_child(const struct ike_session *session)
{
    const struct ike_request *auth = &session->auth;
    return session->stage == IKE_STAGE_UP && !session->decrypted && auth->sent != 0 && !auth->answer_pieces && session->child_ns == 0 &&
           session->prf_size != 0 && auth->answer_length > IKE_SHORT_LENGTH &&
           auth->answer_length < END_CHILD_LENGTH + session->prf_size && auth->length >= auth->answer_length + END_CHILD_ASKED;
}

void ike_end_session(struct ike_sessions *sessions, struct ike_session *session, int64_t last_ns)
{
    const struct ike_request *first = &session->request[0];
    if (session->stage == IKE_STAGE_REFUSED || session->stage == IKE_STAGE_DELETED)
        return;
    bool told = end_requests(sessions, session, last_ns);
    if (session->version == IKE_VERSION_1) {
        end_quick(sessions, session, last_ns);
        end_probes(sessions, session);
    }
    if (session->version != IKE_VERSION_2)
        return;
    if (!told && session->stage == IKE_STAGE_ANSWERED && last_ns - session->last_ns > END_SILENT_NS &&
        session->refusal == 0)
        end_raise(sessions, session, IKE_HALF_OPEN, first, 0);
    if (session->stage == IKE_STAGE_AUTH && first->exchange == EXCHANGE_AUTH && !first->pending &&
        !session->decrypted && first->answer_length <= IKE_SHORT_LENGTH && !first->answer_pieces)
        end_raise(sessions, session, IKE_SHORT_ANSWER, first, 0);
    if (end_breaks_off(session, last_ns))
        end_raise(sessions, session, IKE_SHORT_ANSWER, &session->auth, 0);
    else if (end_turned_down(session))
        end_raise(sessions, session, IKE_TURNED_DOWN, &session->auth, 0);
    else if (end_lacks_child(session))
        end_raise(sessions, session, IKE_SHORT_CHILD, &session->auth, 0);
    if (session->stage == IKE_STAGE_UP && session->auth_done && session->child_count == 0 &&
        session->pending_proto[0] != 0 && session->refusal == 0)
        end_raise(sessions, session, IKE_NO_CHILD, first, 0);
}
