/* Beam search: the likeliest chords for a given melody, all of it heard.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SEARCH_H
#define NOTT_SEARCH_H

#include "nott/compose/sample.h"

/* Whether that is asked for: the melody is given, the model has learnt to hear
 * it beforehand, and there are lanes to draw in. */
int search_is_for(const struct checkpoint *m, const struct sampling *how);

/* Gives the tune the chords that are likeliest together, as far as so many
 * lanes find them, once sample.votes harmonisations by half the lanes have
 * voted (as in minimum Bayes-risk decoding, Goel and Byrne 2000: right at most
 * steps rather than likeliest as a whole). Nobody votes with a chord
 * temperature: with a chord temperature every bar likes some chords better by
 * chance, by so many nats times a Gumbel variable (Papandreou and Yuille 2011,
 * perturb and MAP): others are found, and the whole still fits together.
 * ERR_MEM. */
int search_chords(const struct checkpoint *m, struct sampled *s,
                  const struct sampling *how, struct err *e);

#endif
