/* Pictures as SVG text: a tune as a score of note bars, curves of a training
 * run. The same arguments always give the same bytes, whatever the locale;
 * texts may hold anything, what is not valid UTF-8 becomes '?' and what does
 * not fit is cut. SPDX-License-Identifier: MIT */
#ifndef NOTT_PICTURE_H
#define NOTT_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/buf.h"
#include "nott/decode.h"
#include "nott/vocabulary.h"

#define PICTURE_ROWS 200 /* longer tunes are cut, and the picture says so */

/* Appends the tune in rows of (mostly) four bars: a rounded bar for every note
 * that is struck, over the colour of the chord's root. Every note is one
 * element of class "note"; where a note goes on in the next row, that part is
 * of class "tie". A name of a chord that finds no room is left out. `title`
 * and `subtitle` may be NULL. Failures stay in out->failed. */
void picture_tune(struct buf *out, const struct vocabulary *v,
                  const uint8_t *melody, const uint8_t *chord, size_t steps,
                  const struct tune_frame *f, const char *title,
                  const char *subtitle);

struct picture_curve {
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
void picture_curves(struct buf *out, const struct picture_curve *curves,
                    size_t n, long best, const char *title, const char *x_label,
                    const char *y_label);

#endif
