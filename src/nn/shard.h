/* One shard of a window on its way through the network: what model.c, layers.c
 * and heads.c share. Private to the network.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SHARD_H
#define NOTT_SHARD_H

#include "nott/nn/workspace.h"

struct shard {
    const struct model *m;
    struct workspace *w;
    const struct window *x;
    const struct training_pass *pass; /* NULL outside training */
    size_t first; /* slot of the window that is slot 0 here */
    size_t B, H;
    struct cell_blocks k;
};

/* Where step t of slot b is in the window's arrays. */
static inline size_t shard_place(const struct shard *s, size_t t, size_t b) {
    return t * s->x->slots + s->first + b;
}

#endif
