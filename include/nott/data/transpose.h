/* Tunes moved up and down, so that a training tune is heard in many keys.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TRANSPOSE_H
#define NOTT_TRANSPOSE_H

#include <stdint.h>

#include "nott/base/rng.h"
#include "nott/data/dataset.h"

#define TRANSPOSE_MOST 12 /* semitones */

/* For each shift, the class that a class becomes; -1 = there is none. */
struct transpose {
    const struct dataset *data; /* borrowed */
    int16_t melody[2 * TRANSPOSE_MOST + 1][256];
    int16_t chord[2 * TRANSPOSE_MOST + 1][256];
};

void transpose_init(struct transpose *x, const struct dataset *data);

/* A shift drawn evenly from -most .. most semitones, among those that keep all
 * of the tune within the classes; 0 when a hundred draws find none. */
int transpose_draw(const struct transpose *x, size_t tune, int most,
                   struct rng *rng);

/* The classes of the tune's steps, moved by a shift that was drawn for it. */
void transpose_steps(const struct transpose *x, size_t tune, int shift,
                     uint8_t *melody, uint8_t *chord);

#endif
