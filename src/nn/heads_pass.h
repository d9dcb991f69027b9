/* The heads' part in a pass over a window: what model.c asks of heads.c.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_HEADS_PASS_H
#define NOTT_HEADS_PASS_H

#include "nott/nn/heads.h"
#include "share.h"

/* Scores both outputs at the steps t0 .. t1-1: nll and best. In training also
 * adds to the gradients of their weights, and turns the top layer's output into
 * the gradient of the loss by it. All threads call it together, each has its
 * rows; another's are done when all have waited for each other. */
void heads_score(const struct share *s, size_t t0, size_t t1);

#endif
