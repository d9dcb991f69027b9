/* Tunes as rows of numbers, for whoever learns to tell them apart: all
 * measures (measure.h), one by one, and finer ones, such as how common each
 * interval is, or how alike two bars are so far apart.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TRAITS_H
#define NOTT_TRAITS_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/data/surface.h"

#define TRAITS_NAME 32

struct traits {
    size_t tunes;
    double *value; /* owned: [tunes, traits_width()]; NaN = says nothing */
};

size_t traits_width(void);

/* "same_both_8", "step_-3". */
const char *traits_name(size_t trait, char name[TRAITS_NAME]);

/* Adds the tunes of a set; all zeros is none so far. ERR_MEM. */
int traits_add(struct traits *x, const struct surface_set *s, struct err *e);
void traits_free(struct traits *x); /* leaves it zeroed */

#endif
