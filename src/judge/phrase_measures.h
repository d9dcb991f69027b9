/* How phrases end, and the tune. SPDX-License-Identifier: MIT */
#ifndef NOTT_PHRASE_MEASURES_H
#define NOTT_PHRASE_MEASURES_H

#include "nott/judge/measure.h"

/* Fills in its measures. */
void phrase_measures_of(const struct surface *t, struct ratio out[MEASURES]);

#endif
