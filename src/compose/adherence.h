/* How well a tune keeps to the form that was drawn for it.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ADHERENCE_H
#define NOTT_ADHERENCE_H

#include "nott/music/form.h"

/* What the lane that plays bar `bar` of t so, a bar of f that has begun, is to
 * lose, in nats, 0 = it keeps
 * to f: the bar does not come back as it should, or a part of which it is the
 * last bar lies elsewhere. */
double adherence_lost(const struct vocabulary *v, const struct tune *t,
                      const struct form *f, int bar);

#endif
