/* What a melody says of its chords: how often each degree of the key sounds
 * over each chord, on the beats and between them, counted in training tunes.
 *
 * A network that has learnt chords step by step trusts the chords before too
 * much, which are its own when it finds chords for a melody. The counts do not:
 * as the emissions of a hidden Markov model (Raphael and Stoddard 2004) they
 * weigh every step of the melody in a search for the chords of a whole tune.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_EVIDENCE_H
#define NOTT_EVIDENCE_H

#include "nott/base/err.h"
#include "nott/player/context.h"

#define EVIDENCE_COLUMNS 12 /* degrees above the tonic, in semitones */

struct evidence {
    size_t chords; /* relative classes of a chord: context_chords_in_key */
    float *log_p;  /* owned: [2 modes, 2 places, chords, 12]; NULL = none */
};

/* Rows of log_p for so many relative chords. */
size_t evidence_rows(size_t chords);

/* Learns from all tunes with a key and chords that are added, then log_p is
 * made. ERR_MEM; evidence_free in all cases. */
int evidence_begin(struct evidence *x, const struct context *c, struct err *e);
void evidence_add(struct evidence *x, const struct context *c,
                  const struct tune_view *tune);
void evidence_end(struct evidence *x);
void evidence_free(struct evidence *x);

/* The log probability of the class that sounds at step t over a chord; 0 where
 * nothing sounds, or nothing is known of it; over no chord all degrees are
 * alike. */
double evidence_score(const struct evidence *x, const struct context *c,
                      const struct tune_header *h, size_t t, int sounding,
                      int chord);

#endif
