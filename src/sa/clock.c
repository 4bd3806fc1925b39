/* clock: the times of the SA table when somebody sets the clock that they were read from. */
#include "base/step.h"
#include "sa/sadb_inside.h"

static void clock_move_definition(struct sa_definition *definition, int64_t step_ns)
{
    step_move_any(&definition->added_ns, step_ns);
    step_move_any(&definition->used_ns, step_ns);
}

void sadb_set_clock(struct sadb *db, int64_t step_ns)
{
    for (uint32_t i = 0; i < db->count; i++) {
        struct sa *sa = &db->cold[i];
        step_move(&sa->born_ns, step_ns);
        step_move(&sa->ended_ns, step_ns);
        step_move_any(&sa->first_ns, step_ns);
        step_move_any(&sa->copied_ns, step_ns);
        step_move_any(&db->hot[i].last_ns, step_ns);
        if (sa->definition != NULL && !(db->hot[i].flags & SA_HOT_LARVAL)) /* a reserved one shares its definition with what came of it */
            clock_move_definition((struct sa_definition *)(uintptr_t)sa->definition, step_ns);
    }
}
