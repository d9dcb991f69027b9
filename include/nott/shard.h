/* One shard of a window on its way through the network: what model.c, layers.c
 * and answer.c share. Private to the network.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SHARD_H
#define NOTT_SHARD_H

#include "nott/model.h"

struct shard {
    const struct model *m;
    struct work *w;
    const struct window *x;
    const struct pass *pass; /* NULL outside training */
    size_t first;            /* lane of the window that is lane 0 here */
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

/* Where step t of lane b is in the window's arrays. */
static inline size_t shard_place(const struct shard *s, size_t t, size_t b) {
    return t * s->x->lanes + s->first + b;
}

#endif
