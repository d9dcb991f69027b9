/* The time grid: ticks to steps. SPDX-License-Identifier: MIT */
#ifndef NOTT_GRID_H
#define NOTT_GRID_H

#include <stdint.h>

struct grid {
    int64_t ppq, spq; /* ticks and steps in a quarter note */
};

/* What to add to the end of a note: note-offs often come one tick early, which
 * is nothing where ticks are fine, and a step where they are coarse. */
static inline int64_t grid_tick(struct grid g) {
    return g.ppq >= 24 ? 1 : 0;
}

/* How far from where they are meant onsets and signs may stand, in ticks: a
 * 32nd of a quarter. */
static inline int64_t grid_slack(int64_t ppq) {
    return ppq / 32;
}

/* The nearest step to a tick, halves up. */
static inline int64_t grid_nearest(struct grid g, int64_t tick) {
    return (2 * tick * g.spq + g.ppq) / (2 * g.ppq);
}

#endif
