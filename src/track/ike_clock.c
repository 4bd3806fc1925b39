/* ike_clock: the times of IKE SAs when somebody sets the clock that they were read from. */
#include "base/step.h"
#include "track/ike_table.h"

static void clock_move_request(struct ike_request *request, int64_t step_ns)
{
    step_move_any(&request->first_ns, step_ns);
    step_move_any(&request->last_ns, step_ns);
    step_move_any(&request->answer_ns, step_ns);
}

static void clock_move_side(struct ike_session *session, unsigned side, int64_t step_ns)
{
    clock_move_request(&session->request[side], step_ns);
    clock_move_request(&session->probe[side], step_ns);
    step_move_any(&session->informed_ns[side], step_ns);
    step_move_any(&session->missing[side].first_ns, step_ns);
    step_move_any(&session->missing[side].last_ns, step_ns);
    step_move_any(&session->joined_ns[side], step_ns);
}

static void clock_move_session(struct ike_session *session, int64_t step_ns)
{
    int64_t *const times[] = { &session->first_ns, &session->last_ns, &session->up_ns, &session->down_ns, &session->refusal_ns, &session->child_ns };
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
        step_move_any(times[i], step_ns);
    clock_move_side(session, 0, step_ns);
    clock_move_side(session, 1, step_ns);
    clock_move_request(&session->auth, step_ns);
    for (uint32_t i = 0; session->quick != NULL && i < IKE_QUICK; i++)
        clock_move_request(&session->quick[i].request, step_ns);
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++) {
        step_move_any(&session->children[i].born_ns, step_ns);
        step_move_any(&session->children[i].ended_ns, step_ns);
    }
}

void ike_sessions_set_clock(struct ike_sessions *sessions, int64_t step_ns)
{
    for (uint32_t i = 0; i < sessions->count; i++)
        clock_move_session(sessions->session[i], step_ns);
    ike_pieces_set_clock(sessions, step_ns);
}
