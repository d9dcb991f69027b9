/* One shard of a window on its way through the network: what model.c, layers.c
 * and heads.c share. Private to the network.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SHARD_H
#define NOTT_SHARD_H

#include "nott/nn/model.h"

struct shard {
    const struct model *m;
    struct workspace *w;
    const struct window *x;
    const struct training_pass *pass; /* NULL outside training */
    size_t first; /* slot of the window that is slot 0 here */
    size_t B, H;
    struct cell_blocks k;
};

/* The time since the last lap was spent on `part`. */
static inline void shard_lap(const struct shard *s, enum model_part part) {
    struct stopwatch *w = s->w->watch;
    if (!w)
        return;
    double now = w->now();
    w->spent[part] += now - w->last;
    w->last = now;
}

/* Where step t of slot b is in the window's arrays. */
static inline size_t shard_place(const struct shard *s, size_t t, size_t b) {
    return t * s->x->slots + s->first + b;
}

#endif
