/* What the network answers: from the top layer's output to the probabilities of
 * chord and melody, and back. SPDX-License-Identifier: MIT */
#ifndef NOTT_HEADS_H
#define NOTT_HEADS_H

#include "nn/shard.h"

/* Columns of an output's weights: its classes, and with copies the gates. */
size_t heads_width(const struct model_config *c, enum model_output k);

/* Kinds that an output has logits for, from the key and over the chord. */
size_t heads_relative(const struct model_config *c, enum model_output k);

/* Scores both outputs at the steps t0 .. t1-1: nll and best. In training also
 * fills the gradients of their weights, and turns the top layer's output into
 * the gradient of the loss by it. */
void heads_score(const struct shard *s, size_t t0, size_t t1);

#endif
