/* What is known before a step, as the numbers of the input rows that are on.
 *
 * Everything here is a function of the steps up to t and of what a player may
 * choose beforehand (meter, bar lines): nothing looks ahead.
 *   always     melody class of step t, chord class of step t
 *   position   place in the bar of step t + 1, counted from the bar line
 *   meter      time signature
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CONTEXT_H
#define NOTT_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#define CONTEXT_POSITIONS 96 /* places in a bar; longer bars wrap around */
#define CONTEXT_METERS    10

struct context {
    int melody_count, chord_count;
    int position, meter; /* features, 0 or 1 */
    size_t rows;         /* of the input matrix */
    size_t active;       /* on at each step */
};

/* A tune as the network meets it. */
struct tune_view {
    const uint8_t *melody, *chord; /* steps 0 .. t at least */
    int bar, phase, beats, unit;
};

void context_init(struct context *c, int melody_count, int chord_count,
                  int position, int meter);

/* The rows that are on when step t is given and t + 1 is to be predicted;
 * rows[active] is written. */
void context_rows(const struct context *c, const struct tune_view *tune,
                  size_t t, uint16_t *rows);

#endif
