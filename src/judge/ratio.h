/* Counting, for the rooms that measure. SPDX-License-Identifier: MIT */
#ifndef NOTT_RATIO_H
#define NOTT_RATIO_H

#include "nott/judge/measure.h"

static inline void ratio_count(struct ratio *r, int hit) {
    r->part += hit;
    r->whole += 1;
}

static inline struct ratio ratio_one(double value) {
    return (struct ratio){value, 1};
}

#endif
