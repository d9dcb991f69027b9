/* Sequential Monte Carlo (Gordon et al. 1993; Doucet and Johansen 2009, section
 * 3) with the network as proposal. At the end of each bar every lane is
 * weighed: by how well it keeps to its form (adherence.h), and by what the
 * critic, if the model has one, says of what it has just played; when few lanes
 * carry the weight, they are drawn anew by it, and the others begin again as
 * one of those. So what is missed in the network's tunes is looked for bar by
 * bar among many, not patched (Deng et al. 2020: a residual energy).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PARTICLES_H
#define NOTT_PARTICLES_H

#include "nott/compose/sample.h"

/* Whether a tune is played so: where lanes are asked for, and it has a form. */
int particles_are_for(const struct sampled *s, const struct sampling *how);

/* Whether a longer stretch of a training tune than sample.max_copy allows ends
 * at steps from..to-1. */
int particles_copy(const struct checkpoint *m, const struct sampled *s,
                   const struct sampling *how, size_t from, size_t to);

/* Plays one tune. ERR_MEM. */
int particles_play(const struct checkpoint *m, struct sampled *s,
                   const struct sampling *how, struct err *e);

#endif
