/* Sequential Monte Carlo (Gordon et al. 1993; Doucet and Johansen 2009, section
 * 3) with the network as proposal. At the end of each bar the critic weighs
 * what every lane has just played; when few lanes carry the weight, they are
 * drawn anew by it, and the others begin again as one of those. So what the
 * critic misses in the network's tunes is looked for bar by bar among many, not
 * patched (Deng et al. 2020: a residual energy).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PARTICLES_H
#define NOTT_PARTICLES_H

#include "nott/compose/sample.h"

/* Whether the tunes are played so: where lanes are asked for, the model has a
 * critic, and all tunes have a form. */
int particles_are_for(const struct checkpoint *m, const struct sampled *list,
                      size_t n, const struct sampling *how);

/* Plays one tune. ERR_MEM. */
int particles_play(const struct checkpoint *m, struct sampled *s,
                   const struct sampling *how, struct err *e);

#endif
