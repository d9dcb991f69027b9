/* What a bar of a tune is like, in numbers, beside what came before it and
 * beside its form: how it moves, how it sounds over its chords, where notes are
 * struck and chords change, what it takes from other bars, and whether it does
 * what its form says. They are what a critic judges by (critic.h).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_GESTURES_H
#define NOTT_GESTURES_H

#include "nott/music/form.h"
#include "nott/music/tune.h"
#include "nott/music/vocabulary.h"

#define GESTURES 150

/* Bar b into out[GESTURES], as far as the tune has it; where it has none of it,
 * as a form may say, there are none. What comes after it is not looked at.
 * Counts are small numbers, all others 0 or 1. */
void gestures_of_bar(const struct vocabulary *v, const struct tune *t,
                     const struct form *f, int b, float out[GESTURES]);

#endif
