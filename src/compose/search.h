/* Beam search: the likeliest chords for a given melody, all of it heard.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SEARCH_H
#define NOTT_SEARCH_H

#include "nott/compose/sample.h"

/* Whether that is asked for: the melody is given, and the model has learnt to
 * hear it beforehand. */
int search_is_for(const struct checkpoint *m, const struct sampling *how);

/* Gives the tune the chords that are likeliest together, as far as so many
 * lanes find them. With a chord temperature every bar likes some chords better
 * by chance, by so many nats times a Gumbel variable (Papandreou and Yuille
 * 2011, perturb and MAP): others are found, and the whole still fits together.
 * ERR_MEM. */
int search_chords(const struct checkpoint *m, struct sampled *s,
                  const struct sampling *how, struct err *e);

#endif
