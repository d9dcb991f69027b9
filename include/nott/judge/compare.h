/* Sets of tunes side by side: the measures of each (measure.h), how sure they
 * are, and those of every tune. An interval holds 95 % of what 1000 sets have
 * that are drawn with replacement from the tunes of this one (the bootstrap).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_COMPARE_H
#define NOTT_COMPARE_H

#include "nott/base/err.h"
#include "nott/judge/measure.h"

struct compared {
    size_t tunes;
    struct measured *of; /* owned: of each tune */
    double value[MEASURES], low[MEASURES], high[MEASURES]; /* NaN = nothing */
};

int compare_set(const struct surface_set *s, struct compared *out,
                struct err *e);        /* ERR_MEM */
void compare_free(struct compared *c); /* leaves it zeroed */

#endif
