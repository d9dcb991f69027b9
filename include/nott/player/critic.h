/* A critic: by the gestures of a bar (gestures.h), how much likelier it is in a
 * real tune than in one that the network has made.
 *
 * It is a logistic regression, learnt from bars of training tunes and bars of
 * tunes composed by the model itself: its score is the logarithm of the ratio
 * of the two densities, as far as gestures tell (Gutmann and Hyvarinen 2010,
 * section 2.2). SPDX-License-Identifier: MIT */
#ifndef NOTT_CRITIC_H
#define NOTT_CRITIC_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/gestures.h"

struct critic {
    int is_known; /* 0 = the model has none */
    float weight[GESTURES];
};

/* In nats; above 0 it is more like a real one. */
double critic_score(const struct critic *c, const float gestures[GESTURES]);

/* Learns from n bars, of which real[i] tells whether bar i is one, what tells
 * them apart, and adds it to the weights: a ratio to what was played under the
 * critic so far. Newton's method on the penalized likelihood. ERR_MEM, ERR_NUM,
 * and then the weights stay as they are. */
int critic_learn(struct critic *c, const float *gestures, const uint8_t *real,
                 size_t n, double penalty, struct err *e);

#endif
