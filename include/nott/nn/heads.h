/* The output heads: from the top layer's output to the probabilities of
 * chord and melody (model.h has the equations).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_HEADS_H
#define NOTT_HEADS_H

#include "nott/nn/softmax.h"
#include "nott/nn/workspace.h"

/* Columns of an output's weights: its classes, and with copies the gates. */
size_t heads_width(const struct model_config *c, enum model_output k);

/* Relative classes that an output has logits for: those seen from the key,
 * those seen from the chord, and those seen from the anchor. */
size_t heads_relative(const struct model_config *c, enum model_output k);

/* What an answer depends on besides the state: one element a slot, `copies` of
 * them in copy, as in struct window. What the network does not use is not
 * looked at. */
struct heads_given {
    const int16_t *chord; /* for the factored melody */
    const int16_t *copy;
    const uint8_t *key;
    const uint8_t *anchor; /* of this output */
};

/* After model_step: log probabilities of one output for `count` slots from
 * `first_slot` on, log_p[count, classes], bent by `params` (softmax.h; NULL =
 * as they are). `given` begins with the first of these slots. */
void heads_log_p(const struct model *m, struct workspace *w, size_t first_slot,
                 size_t count, enum model_output output,
                 const struct heads_given *given,
                 const struct softmax_params *params, real *log_p);

#endif
