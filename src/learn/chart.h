/* Line charts of a training run as SVG text.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CHART_H
#define NOTT_CHART_H

#include <stddef.h>

#include "nott/base/buf.h"

struct chart_curve {
    const char *name;
    const double *values; /* [count], borrowed; at epochs 1, 2, ... */
    size_t count;
    int dashed;
    int colour; /* the same number is the same colour; 0 .. 5, then again */
};

/* Appends a line chart. Values that are not finite are gaps; so are those
 * beyond 1e30 or, but for 0 itself, nearer to 0 than 1e-30. The y axis is
 * logarithmic when all values are positive and the largest is more than 8
 * times the smallest. `best` counts from 0, -1 is none: a line at that epoch,
 * with a dot on the first curve and its value there. Any text may be NULL, and
 * `curves` with n = 0. Failures stay in out->failed. */
void chart_draw(struct buf *out, const struct chart_curve *curves, size_t n,
                long best, const char *title, const char *x_label,
                const char *y_label);

#endif
