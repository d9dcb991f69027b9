/* Several ways for one tune to go on, played side by side.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_LANES_H
#define NOTT_LANES_H

#include "ensemble.h"

struct lanes {
    struct ensemble all;
    size_t n;
    struct tune *tune;    /* owned, as below: [n] */
    struct sampled *list; /* [n] */
    double *weight;       /* [n]: log */
    size_t *source;       /* [n]: see lanes_regroup */
    int *children;        /* [n]: for lanes_regroup */
};

/* n lanes that begin as the tune does, each with a stream of its own. ERR_MEM;
 * lanes_close in all cases. */
int lanes_open(struct lanes *x, size_t n, const struct checkpoint *m,
               struct sampled *s, const struct sampling *how, struct err *e);
void lanes_close(struct lanes *x);

/* Lane k goes on as lane source[k] did, whose first `steps` steps it gets.
 * Afterwards the lanes are in another order, source[k] is that in which they
 * are now: lane k is what lane source[k] was, and where a lane went on at all,
 * it stayed where it was. Between two steps. */
void lanes_regroup(struct lanes *x, size_t steps);

/* The tune becomes what lane k is. */
void lanes_finish(struct lanes *x, struct sampled *s, size_t k);

#endif
