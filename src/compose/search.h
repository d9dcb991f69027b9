/* Beam search: the likeliest chords for a given melody, all of it heard.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SEARCH_H
#define NOTT_SEARCH_H

#include "nott/compose/sample.h"

/* Whether that is asked for: the melody is given, the model has learnt to hear
 * it beforehand, and how chords are to be drawn is not said. */
int search_is_for(const struct checkpoint *m, const struct sampling *how);

/* Gives the tune the chords that are likeliest together, as far as so many
 * lanes find them. ERR_MEM. */
int search_chords(const struct checkpoint *m, struct sampled *s,
                  const struct sampling *how, struct err *e);

#endif
