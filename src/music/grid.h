/* The time grid: ticks to steps. SPDX-License-Identifier: MIT */
#ifndef NOTT_GRID_H
#define NOTT_GRID_H

#include <stdint.h>

struct grid {
    int64_t ppq, spq; /* ticks and steps in a quarter note */
};

/* The nearest step to a tick, halves up. */
static inline int64_t grid_nearest(struct grid g, int64_t tick) {
    return (2 * tick * g.spq + g.ppq) / (2 * g.ppq);
}

#endif
