/* One thread's share of a pass over a window: what model.c, layers.c and
 * heads.c hand to each other. Private to the network.
 *
 * Within a step the threads split the units of a layer, so that each keeps its
 * columns of the weights in its own cache from step to step; with many slots
 * they may also split those, into groups. All other work they split by rows or
 * by columns, as it comes. SPDX-License-Identifier: MIT */
#ifndef NOTT_SHARE_H
#define NOTT_SHARE_H

#include "nott/base/team.h"
#include "nott/nn/workspace.h"

struct share {
    const struct model *m;
    struct workspace *w;
    const struct window *x;
    const struct training_pass *pass; /* NULL outside training */
    const struct team_member *who;
    size_t B, H;
    struct cell_blocks k;
    size_t groups; /* of slots */
    struct team_part slots, units;
};

/* Where step t of slot b is in the window's arrays, and in the workspace's. */
static inline size_t share_place(const struct share *s, size_t t, size_t b) {
    return t * s->B + b;
}

static inline void share_lap(const struct share *s, enum timing_part part) {
    timing_lap(s->w->watch ? s->w->watch + s->who->i : NULL, part);
}

#endif
