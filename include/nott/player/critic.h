/* A critic: by the traits of a bar (traits.h), how much likelier it is in a real
 * tune than in one that the network has made.
 *
 * It is a logistic regression, learnt from bars of training tunes and bars of
 * tunes composed by the model itself: its score is the logarithm of the ratio
 * of the two densities, as far as traits tell (Gutmann and Hyvarinen 2010,
 * section 2.2). SPDX-License-Identifier: MIT */
#ifndef NOTT_CRITIC_H
#define NOTT_CRITIC_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/traits.h"

struct critic {
    int is_known; /* 0 = the model has none */
    float weight[TRAITS];
};

/* In nats; above 0 it is more like a real one. */
double critic_score(const struct critic *c, const float traits[TRAITS]);

/* Learns from n bars, of which real[i] tells whether bar i is one: adds to the
 * weights what still tells them apart, given the score[i] of the critic so far
 * (the offset; NULL = 0). Newton's method on the penalized likelihood. ERR_MEM,
 * ERR_NUM. */
int critic_learn(struct critic *c, const float *traits, const uint8_t *real,
                 size_t n, double penalty, struct err *e);

#endif
